"""What a planted bug is, and which part of the test suites must find it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a file: `old`, which must occur exactly once, becomes `new`."""

    file: str
    old: str
    new: str


class Suite(StrEnum):
    """A part of the test suites."""

    MODEL = "histories of the model"
    PHONE = "histories of the real phone"
    PYTEST = "pytest"
    VITEST = "vitest"


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """What is run: these tests, or so many histories of so many ops."""

    suite: Suite
    tests: tuple[str, ...] = ()
    histories: int = 12
    ops: int = 30

    def command(self, setting: Path) -> list[str]:
        """The command to run in the copy of the sources."""
        match self.suite:
            case Suite.PYTEST:
                options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header"]
                return [sys.executable, "-m", "pytest", *options, *self.tests]
            case Suite.VITEST:
                return ["node", "node_modules/vitest/vitest.mjs", "run", *self.tests]
        options = ["--n", str(self.histories), "--ops", str(self.ops), "--setting", str(setting)]
        options += ["--until-caught", *(["--node"] if self.suite is Suite.PHONE else [])]
        return [sys.executable, "-m", "tests.reliability.histories", *options]

    def folder(self, tree: Path) -> Path:
        """The folder to run it in."""
        return tree / "web" if self.suite is Suite.VITEST else tree


MODEL_HISTORIES = SuiteRun(Suite.MODEL)
PHONE_HISTORIES = SuiteRun(Suite.PHONE)


def pytest(*arguments: str) -> SuiteRun:
    """Run these Python tests."""
    return SuiteRun(Suite.PYTEST, arguments)


def vitest(*files: str) -> SuiteRun:
    """Run these web tests."""
    return SuiteRun(Suite.VITEST, files)


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug: the invariant it breaks, its edits, and the run that must find it."""

    name: str
    invariant: str
    edits: tuple[Edit, ...]
    run: SuiteRun


def bug(name: str, invariant: str, run: SuiteRun, *edits: tuple[str, str, str]) -> Bug:
    """Make a bug of edits written as (file, old, new)."""
    return Bug(name, invariant, tuple(Edit(*edit) for edit in edits), run)
