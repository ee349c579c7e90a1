"""How long it takes: learnt from recent jobs, and honest before there are any."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from shared.generation.catalogue import TEXT_TO_IMAGE, model_of
from shared.generation.slots import KEEP, Slots, next_tag, tag_of, turn
from shared.generation.times import ENOUGH, Times, queue_wait, times

MODEL = model_of(TEXT_TO_IMAGE)
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_without_history_the_catalogue_speaks_and_says_so() -> None:
    """A few jobs are no history."""
    told = Times(median=MODEL.typical_seconds, p90=MODEL.p90_seconds, learnt=False)
    assert times((), MODEL) == times([1.0] * (ENOUGH - 1), MODEL) == told


def test_median_and_p90_are_those_of_recent_jobs() -> None:
    """Of ten jobs the ninth in order is the p90."""
    assert times([10, 9, 8, 7, 6, 5, 4, 3, 2, 100], MODEL) == Times(median=6.5, p90=10, learnt=True)


def test_what_is_left_is_unknown_once_nine_of_ten_would_be_done() -> None:
    """Before the median until the median, then until the p90, then nobody can say."""
    expects = Times(median=20, p90=60)
    assert [expects.left(elapsed) for elapsed in (0, 19.5, 20, 59.5, 60, 600)] == [20, 1.0, 40, 1.0, None, None]


def test_only_the_last_results_of_a_model_are_remembered() -> None:
    """Of each model apart; a document does not grow for ever."""
    slots = Slots()
    for seconds in range(KEEP + 10):
        slots = slots.learn("a", seconds, announced=True)
    assert slots.learn("b", 1, announced=True).recent == {
        "a": tuple(float(n) for n in range(10, KEEP + 10)),
        "b": (1.0,),
    }


def test_webhooks_are_counted_on_while_they_come() -> None:
    """Not before a few came, and no longer when two of the last five did not."""
    slots, told = Slots(), []
    for announced in (True, True, True, True, True, False, True, False, True, True, True, True):
        slots = slots.learn("a", 30, announced=announced)
        told.append(slots.expects(MODEL).announced)
    assert told == [False] * 4 + [True] * 3 + [False] * 3 + [True] * 2


@given(st.integers(0, 500), st.integers(-3, 15), st.integers(1, 15), st.floats(1, 900))
def test_a_queue_is_waited_for_as_long_as_it_takes_to_serve_it(
    ahead: int, free: int, limit: int, seconds: float
) -> None:
    """Nothing while a place is free; one more before it never makes it quicker; a job's time over the limit each."""
    wait = queue_wait(ahead, free, limit, seconds)
    assert (wait == 0) == (ahead < free or wait < 0.05)
    assert queue_wait(ahead + limit, free, limit, seconds) >= wait
    assert queue_wait(ahead, 0, limit, seconds) <= (ahead // limit + 1) * seconds + 0.1


@given(st.lists(st.tuples(st.integers(0, 10**11), st.integers(0, 10**6), st.text("abc", min_size=1, max_size=5))))
def test_turns_sort_by_tag_then_by_time(entries: list[tuple[int, int, str]]) -> None:
    """As text, as the database compares them; and the tag can be read back."""
    made = sorted(
        (turn(tag, NOW.replace(microsecond=micro % 10**6), name), tag, micro % 10**6, name)
        for tag, micro, name in entries
    )
    assert [row[1:] for row in made] == sorted(row[1:] for row in made)
    assert all(tag_of(row[0]) == row[1] for row in made)


def test_a_users_hundredth_job_is_behind_anothers_first() -> None:
    """Start-time fair queueing."""
    greedy = 0
    for _ in range(100):
        greedy = next_tag(3, greedy)
    assert next_tag(3, 0) == 4 < greedy == 103
