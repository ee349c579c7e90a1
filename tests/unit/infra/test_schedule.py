"""Cron expressions of the manifest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.local.manifest import read_functions
from infra.local.schedule import matches

WEDNESDAY = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("* * * * *", True),
        ("30 * * * *", True),
        ("31 * * * *", False),
        ("*/15 * * * *", True),
        ("*/20 * * * *", False),
        ("0-40/10 10 * * *", True),
        ("5,30 9-11 25 11 3", True),
        ("30 10 1 * 3", True),
        ("30 10 25 * 1", True),
        ("30 10 1 * 1", False),
        ("30 10 * * 0", False),
        ("10/20 * * * *", True),
    ],
)
def test_an_expression_fires_as_cron_says(expression: str, *, fires: bool) -> None:
    """Day and weekday: either is enough when both are restricted."""
    assert matches(expression, WEDNESDAY) is fires


def test_sunday_is_0_and_7() -> None:
    """Both are usual."""
    sunday = datetime(2026, 11, 29, 0, 0, tzinfo=UTC)
    assert matches("0 0 * * 0", sunday)
    assert matches("0 0 * * 7", sunday)


@pytest.mark.parametrize(
    "expression", ["", "* * * *", "60 * * * *", "* 24 * * *", "x * * * *", "5-1 * * * *", "*/0 * * * *"]
)
def test_a_malformed_expression_is_refused(expression: str) -> None:
    """And not taken for never."""
    with pytest.raises(ValueError, match=r"."):
        matches(expression, WEDNESDAY)


def test_every_schedule_of_the_manifest_can_be_read() -> None:
    """And every cron function has one."""
    for function in read_functions():
        assert (function.kind == "cron") == bool(function.schedule)
        if function.schedule:
            matches(function.schedule, WEDNESDAY)
