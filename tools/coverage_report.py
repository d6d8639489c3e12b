"""The coverage of both languages as one table for docs/testing.md: lines, branches, least covered.

python -m tools.coverage_report .make/coverage.json web/coverage/coverage-summary.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LEAST_COVERED = 10
# A module of a few statements says nothing by its share.
SMALLEST = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """What tests ran of one file: lines (statements) and branches."""

    name: str
    lines: int
    lines_run: int
    branches: int
    branches_run: int

    @property
    def share(self) -> float:
        """The share of lines and branches together."""
        return (self.lines_run + self.branches_run) / ((self.lines + self.branches) or 1)

    def row(self) -> str:
        """One line of the table."""
        return (
            f"| {self.name} | {_percent(self.lines_run, self.lines)} of {self.lines}"
            f" | {_percent(self.branches_run, self.branches)} of {self.branches} |"
        )


def python_files(report: dict[str, Any]) -> Iterator[Measured]:
    """Read the JSON report of coverage.py."""
    for name, file in report["files"].items():
        summary = file["summary"]
        yield Measured(
            f"`{name}`",
            summary["num_statements"],
            summary["covered_lines"],
            summary["num_branches"],
            summary["covered_branches"],
        )


def web_files(report: dict[str, Any]) -> Iterator[Measured]:
    """Read the JSON summary of vitest."""
    for name, file in report.items():
        if name != "total":
            yield Measured(
                f"`{Path(name).relative_to(ROOT)}`",
                file["statements"]["total"],
                file["statements"]["covered"],
                file["branches"]["total"],
                file["branches"]["covered"],
            )


def total(name: str, files: list[Measured]) -> Measured:
    """All files of one language as one line."""
    return Measured(
        name,
        sum(file.lines for file in files),
        sum(file.lines_run for file in files),
        sum(file.branches for file in files),
        sum(file.branches_run for file in files),
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "all"


def main() -> None:
    """Print the totals and the least covered files."""
    python_report, web_report = (json.loads(Path(path).read_text()) for path in sys.argv[1:3])
    python, web = list(python_files(python_report)), list(web_files(web_report))
    head = "| file | lines | branches |\n|---|---:|---:|"
    lines = [
        head,
        total("Python (all tests)", python).row(),
        total("TypeScript and Vue (unit tests)", web).row(),
    ]
    for language, files in (("Python", python), ("TypeScript and Vue", web)):
        least = sorted((f for f in files if f.lines >= SMALLEST), key=lambda file: file.share)
        lines += ["", f"Least covered, {language}:", "", head]
        lines += [file.row() for file in least[:LEAST_COVERED]]
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
