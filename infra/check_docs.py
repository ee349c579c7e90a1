"""Check that every relative link in the documentation leads somewhere: `python -m infra.check_docs`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        plain = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(plain.replace(" ", "-"))
    return found


def broken_links(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere, each with what is wrong."""
    problems = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            problems.append(f"{page}: {link}: no such file")
        elif (line := re.fullmatch(r"L(\d+)", anchor)) and target.suffix != ".md":
            if int(line[1]) > len(target.read_text(encoding="utf-8").splitlines()):
                problems.append(f"{page}: {link}: no such line")
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            problems.append(f"{page}: {link}: no such heading")
    return problems


def main() -> int:
    """Look at every Markdown file that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 fixed words
    problems = [problem for name in listed.split() for problem in broken_links(ROOT / name)]
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
