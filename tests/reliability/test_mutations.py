"""A few planted bugs are caught here, all of them by `make teeth`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.store import StoreSettings
from tests.reliability import mutations
from tests.reliability.mutations import BUGS, Bug, DoesNotFit, Edit, SourceCopy, Suite
from tests.support import database as engines

ROOT = Path(__file__).parents[2]
SAMPLE = (
    "duplicate-gets-a-new-result",
    "refused-op-is-shown-to-nobody",
    "x-sync-not-required",
    "amended-after-sending",
)


@pytest.fixture(scope="session")
def source_copy(database: engines.Template, store_settings: StoreSettings) -> Iterator[SourceCopy]:
    """A copy of the sources to plant bugs in."""
    with mutations.source_copy(database, store_settings) as made:
        yield made


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_planted_bug_fits_the_sources(bug: Bug) -> None:
    for edit in bug.edits:
        assert (ROOT / edit.file).read_text(encoding="utf-8").count(edit.old) == 1, edit.file
        assert edit.old != edit.new


@pytest.mark.one_database
@pytest.mark.timeout(mutations.RUN_SECONDS)
@pytest.mark.parametrize("name", SAMPLE)
def test_a_planted_bug_is_caught(source_copy: SourceCopy, name: str) -> None:
    (bug,) = (bug for bug in BUGS if bug.name == name)
    verdict = source_copy.plant(bug)
    assert verdict.caught, verdict.line()


@pytest.mark.one_database
def test_the_copy_is_clean_again_after_a_bug(source_copy: SourceCopy) -> None:
    bug = next(bug for bug in BUGS if bug.run.suite is Suite.VITEST)
    source_copy.plant(bug)
    edit = bug.edits[0]
    assert (source_copy.tree / edit.file).read_text() == (ROOT / edit.file).read_text()


def test_an_edit_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("twice twice")
    with pytest.raises(DoesNotFit):
        mutations.apply(tmp_path, Edit("file", "twice", "once"))


def test_there_are_enough_bugs_on_both_sides() -> None:
    sides = Counter("web" if bug.edits[0].file.startswith("web/") else "server" for bug in BUGS)
    assert len({bug.name for bug in BUGS}) == sum(sides.values()) >= 20
    assert min(sides.values()) >= 8
