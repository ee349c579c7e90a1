"""`python -m infra.check`: what can be proved of the cloud without one. Ends with 1 if something is wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from infra.check import alerts, build, events, gcloud, manifest, rules
from infra.check.terraform import Failed, workplace


def terraform() -> Iterator[str]:
    """Format, types, references and the tests of the whole plan."""
    try:
        with workplace() as place:
            place.check()
    except Failed as failed:
        yield str(failed)


PARTS: dict[str, Callable[[], Iterable[str]]] = {
    "Terraform: format, types, and the tests of the whole plan": terraform,
    "cloudbuild.yaml: schema, waits, substitutions": build.problems,
    "functions.yaml and the code: targets, roles, queues, secrets, settings": manifest.problems,
    "events, metrics, alerts, playbooks, dashboard": lambda: [*events.problems(), *alerts.problems()],
    "Firestore's rules: nobody but the functions": rules.problems,
    "gcloud commands of releases, guide and playbooks": gcloud.problems,
}


def _timed(check: Callable[[], Iterable[str]]) -> tuple[list[str], float]:
    began = time.monotonic()
    return list(check()), time.monotonic() - began


def main() -> int:
    """Two at a time: there are two processors."""
    wrong = False
    with ThreadPoolExecutor(2) as pool:
        for name, (found, seconds) in zip(PARTS, pool.map(_timed, PARTS.values()), strict=True):
            sys.stdout.write(f"{'WRONG' if found else 'ok   '} {name} ({seconds:.0f} s)\n")
            sys.stdout.write("".join(f"      {problem}\n" for problem in found))
            sys.stdout.flush()
            wrong = wrong or bool(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
