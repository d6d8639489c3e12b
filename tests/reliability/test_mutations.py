"""The suites bite: a few planted bugs are caught here, all of them by `make teeth`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.store import StoreSettings
from tests.reliability import mutations
from tests.reliability.mutations import BUGS, ROOT, Bug, DoesNotFit, Edit, Garden, Hunter
from tests.support import database as engines

SLICE = (
    "duplicate-gets-a-new-result",
    "refused-op-is-shown-to-nobody",
    "x-sync-not-required",
    "amended-after-sending",
)


@pytest.fixture(scope="session")
def plot(database: engines.Template, store_settings: StoreSettings) -> Iterator[Garden]:
    """A copy of the tree to plant in."""
    with mutations.garden(database, store_settings) as made:
        yield made


@pytest.mark.parametrize("planted", BUGS, ids=lambda bug: bug.name)
def test_every_planted_bug_fits_the_sources(planted: Bug) -> None:
    for edit in planted.edits:
        assert (ROOT / edit.file).read_text(encoding="utf-8").count(edit.old) == 1, edit.file
        assert edit.old != edit.new


@pytest.mark.one_database
@pytest.mark.timeout(mutations.HUNT_SECONDS)
@pytest.mark.parametrize("name", SLICE)
def test_a_planted_bug_is_caught(plot: Garden, name: str) -> None:
    (planted,) = (bug for bug in BUGS if bug.name == name)
    verdict = plot.plant(planted)
    assert verdict.caught, verdict.line()


@pytest.mark.one_database
def test_the_copy_is_clean_again_after_a_bug(plot: Garden) -> None:
    planted = next(bug for bug in BUGS if bug.hunt.by is Hunter.VITEST)
    plot.plant(planted)
    edit = planted.edits[0]
    assert (plot.tree / edit.file).read_text() == (ROOT / edit.file).read_text()


def test_an_edit_that_does_not_fit_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("twice twice")
    with pytest.raises(DoesNotFit):
        mutations.apply(tmp_path, Edit("file", "twice", "once"))


def test_there_are_enough_of_them_on_both_sides() -> None:
    sides = Counter("web" if bug.edits[0].file.startswith("web/") else "server" for bug in BUGS)
    assert len({bug.name for bug in BUGS}) == sum(sides.values()) >= 20
    assert min(sides.values()) >= 8
