"""Runs the tests at seven moments: no test may depend on today's date, hour or weekday.

    python -m tests.support.dates [--part K/N] [--date 2028-02-29] [--drawn COMMIT] [-- PYTEST…]

Each date has its own pytest process, whose clock libfaketime moves by an offset; it goes on from
there. Child processes have the same clock (tests/support/faked_clock). The true clock stays with
SeaweedFS and MinIO, which are static programs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

import click

ROOT = Path(__file__).parents[2]
FAKED_CLOCK = Path(__file__).parent / "faked_clock"


@dataclass(frozen=True)
class Moment:
    """A moment in Shanghai at which a run begins."""

    starts_at: datetime
    why: str

    @property
    def date(self) -> str:
        return f"{self.starts_at:%Y-%m-%d}"

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M %a} ({self.why})"


def moment(text: str, why: str) -> Moment:
    return Moment(datetime.fromisoformat(f"{text}+08:00"), why)


MOMENTS = (
    moment("2026-12-31T23:50", "ten minutes before a new year"),
    moment("2027-01-01T00:10", "a holiday; in UTC still the old year"),
    moment("2027-02-08T10:30", "inside the Spring Festival"),
    moment("2027-03-13T15:00", "a Saturday"),
    moment("2027-03-15T10:00", "a Monday morning"),
    moment("2028-02-29T14:00", "a leap day"),
    moment("2031-06-15T11:00", "past the calendar library's data"),
)
FOLDERS = ("tests/unit", "tests/integration", "tests/contract", "tests/architecture")
# What CI runs at two of the moments: what computes with days, hours and deadlines.
SLICE = (
    "tests/unit/registry",
    "tests/unit/tasks",
    "tests/integration/operations/test_demo.py",
    "tests/integration/registry/test_calendar.py",
    "tests/integration/reporting",
    "tests/integration/tasks/test_date_filters.py",
    "tests/integration/tasks/test_lists.py",
    "tests/integration/tasks/test_search.py",
)


def test_files() -> list[str]:
    """Every test file but those of the browser and of the long histories."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("test_*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in paths)


def share(works: Sequence[tuple[Moment, str]], part: str) -> Sequence[tuple[Moment, str]]:
    """The K-th of N shares of the work, K/N written as 2/7."""
    k, n = map(int, part.split("/"))
    if not 1 <= k <= n:
        raise click.BadParameter(f"{part}: 1/N is the first part, N/N the last")
    return works[len(works) * (k - 1) // n : len(works) * k // n]


def drawn(commit: str) -> tuple[Moment, Moment]:
    """Two of the moments, drawn by the hash of a commit."""
    first, step = divmod(int(commit, 16), len(MOMENTS) - 1)
    first %= len(MOMENTS)
    return MOMENTS[first], MOMENTS[(first + 1 + step) % len(MOMENTS)]


def library() -> str | None:
    """What libfaketime's own program would preload, or None where there is no such program."""
    if shutil.which("faketime") is None:
        return None
    completed = subprocess.run(
        ["faketime", "-m", "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True
    )
    return completed.stdout.strip() or None


def clock(moment: Moment, preload: str) -> dict[str, str]:
    """The variables that give a process the clock of a moment, from now on."""
    offset = round(moment.starts_at.timestamp() - time.time())
    return {
        "LD_PRELOAD": preload,
        "PYTHONPATH": str(FAKED_CLOCK),
        "FAKETIME": f"{offset:+d}",
        # Waiting is measured by the monotonic clock, which stays true.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Each process knows its offset: nothing is shared, nothing is left in /dev/shm.
        "FAKETIME_DISABLE_SHM": "1",
    }


def run(moment: Moment, preload: str, arguments: Sequence[str]) -> bool:
    """Run pytest at a moment, print its result, and return whether it passed."""
    click.echo(f"== {moment}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments],
            cwd=ROOT,
            env=os.environ | clock(moment, preload),
        )
        click.echo(f"== {moment.date}: {counts(report)}, {time.monotonic() - began:.0f} s")
    return done.returncode == 0


def counts(report: Path) -> str:
    """How many passed, failed and were left out."""
    if not report.is_file():
        return "no report"
    (suite,) = ElementTree.parse(report).getroot().iter("testsuite")
    tests, failed, errors, skipped = (
        int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")
    )
    passed = tests - failed - errors - skipped
    return f"{passed} passed, {failed + errors} failed, {skipped} not run"


@click.command()
@click.option("--part", default="1/1", help="the K-th of N shares of all dates and files: K/N")
@click.option("--date", default="", help="only this date, such as 2028-02-29")
@click.option("--drawn", "commit", help="the slice of CI, at two dates drawn by this commit")
@click.argument("arguments", nargs=-1)
def main(part: str, date: str, commit: str | None, arguments: tuple[str, ...]) -> None:
    """Run the tests at seven moments; ARGUMENTS go to pytest."""
    preload = library()
    if preload is None:
        click.echo(
            "日期测试 NOT RUN：没有 faketime，也无法自行安装（需要 root 和 apt）。 "
            "(the tests under other dates: no faketime here and no way to install it)"
        )
        return
    moments = drawn(commit) if commit else MOMENTS
    if date:
        moments = tuple(m for m in MOMENTS if m.date == date)
        if not moments:
            raise click.BadParameter(f"{date} is not among " + ", ".join(m.date for m in MOMENTS))
    files = list(SLICE) if commit else test_files()
    works = share([(moment, file) for moment in moments for file in files], part)
    results = [
        run(moment, preload, [*arguments, *(file for _, file in works_of_moment)])
        for moment, works_of_moment in groupby(works, key=lambda work: work[0])
    ]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
