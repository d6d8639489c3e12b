"""Plant bugs in a copy of the sources, one at a time, and run the tests that must find them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from media.store import StoreSettings
from tests.reliability.histories import Setting
from tests.reliability.mutations.bug import Bug, Edit, SuiteRun
from tests.support import database

ROOT = Path(__file__).parents[3]
COPIED = ("inspect_server", "schemas", "media", "tests", "web", "tools", "wsgi.py", "setup.cfg")
LEFT_OUT = shutil.ignore_patterns("node_modules", "static", "__pycache__", "*.pyc")
RUN_SECONDS = 900
# Exit codes of a run: the suite failed, as it should, or it did not end in time.
SUITE_FAILED = 1
TIMED_OUT = 124
# Without byte code: a file of the same second and size would be taken for the patched source.
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}


class DoesNotFit(Exception):
    """The old text of an edit does not occur in its file exactly once."""


@dataclass(frozen=True)
class Verdict:
    """Whether a planted bug was caught, and the line of output that says why."""

    bug: Bug
    caught: bool
    reason: str

    def line(self) -> str:
        """One row of the table."""
        result = "caught" if self.caught else "MISSED"
        bug = self.bug
        return f"{result}  {bug.name} ({bug.invariant}) by {bug.run.suite}: {self.reason}"


@dataclass(frozen=True)
class SourceCopy:
    """A copy of the sources with running engines, in which bugs are planted one at a time."""

    tree: Path
    setting: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def plant(self, bug: Bug) -> Verdict:
        """Plant a bug, run its tests, remove the bug. Raises `DoesNotFit`."""
        before = {edit.file: (self.tree / edit.file).read_text() for edit in bug.edits}
        try:
            for edit in bug.edits:
                apply(self.tree, edit)
            code, output = self.run(bug.run)
        finally:
            for name, text in before.items():
                (self.tree / name).write_text(text)
        if code not in (0, SUITE_FAILED):
            return Verdict(bug, False, f"the run itself broke ({code}): {output[-400:]}")
        return Verdict(bug, code == SUITE_FAILED, _reason(output))

    def run(self, suite_run: SuiteRun) -> tuple[int, str]:
        """Run tests in the copy; a run that does not end has neither passed nor caught the bug."""
        try:
            done = subprocess.run(
                suite_run.command(self.setting),
                cwd=suite_run.folder(self.tree),
                env={**os.environ, **self.env},
                capture_output=True,
                text=True,
                timeout=RUN_SECONDS,
            )
        except subprocess.TimeoutExpired as stopped:
            return TIMED_OUT, f"not at its end after {stopped.timeout:.0f} s"
        return done.returncode, done.stdout + done.stderr


def apply(tree: Path, edit: Edit) -> None:
    """Make one edit. Raises `DoesNotFit`."""
    path = tree / edit.file
    text = path.read_text()
    if (times := text.count(edit.old)) != 1:
        raise DoesNotFit(f"{edit.file}: {times} times: {edit.old!r}")
    path.write_text(text.replace(edit.old, edit.new))


_REASONS = (
    *("lost  ", "duplicated  ", "dangling  ", "incomplete  ", "unpublished ", "disorder  "),
    *("op ", "record ", "photo ", "move ", "I1", "FAILED", "AssertionError", "FAIL", "broke off"),
)


def _reason(output: str) -> str:
    """The first line of the output that says what was wrong."""
    lines = [line.strip() for line in output.splitlines()]
    reasons = [line for line in lines if line.startswith(_REASONS)]
    return (reasons or lines or ["nothing"])[0][:160]


@contextmanager
def source_copy(template: database.Template, store: StoreSettings) -> Iterator[SourceCopy]:
    """Copy the sources; all runs use this filled database and this store."""
    with tempfile.TemporaryDirectory(prefix="inspect-mutations-") as folder:
        tree = Path(folder) / "tree"
        copy_tree(tree)
        setting = Path(folder) / "setting.json"
        setting.write_text(json.dumps(Setting.of(template, store).document()))
        yield SourceCopy(tree, setting, {**ENVIRONMENT, "PYTHONPATH": str(tree)})


def copy_tree(tree: Path) -> None:
    """Copy what the runs need; installed packages are shared."""
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, tree / name)
    (tree / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
