"""Search: the index finds the same cases as a scan of all, on both databases."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_server.core import migrate
from inspect_server.models import Observation, Task, TaskGram, TaskWords
from inspect_server.registry import reference
from inspect_server.tasks.queries import search as search_queries
from inspect_server.tasks.rules import search
from inspect_server.tasks.services import search_index
from schemas.texts import fold
from tests.integration.tasks.test_lists import city, counts, listed, notes, sent
from tests.support.actors import Device, record
from tests.support.clock import FakeClock
from tests.support.rows import Rows

__all__ = ["city"]

ALPHABET = "渣土车门前垃圾12ABab ,%_'\\１Ａß⻔⼟\u200bⅧ"
TEXTS = st.text(ALPHABET, max_size=12)
RECORDS = (
    ("渣土车洒漏,门前垃圾未清", "人民路12号"),
    ("门前垃圾AB12", "土车门"),
    ("１２Ａb ｂ垃", None),
    (None, "100%_'路\\"),
    ("车门 前垃", "圾渣"),
    ("STRASSE straße", "b1a2"),
    ("⻔前垃\u200b圾", "⼟车ⅷ"),
)


@pytest.fixture
def records(observer: Device, rows: Rows, fake_clock: FakeClock) -> Rows:
    """Cases with overlapping words; their numbers contain none of the words."""
    fake_clock.stop_at("2026-05-04T09:00:00+08:00")
    sent(observer, *(record(note=note, address=address) for note, address in RECORDS))
    return rows


def scan_hits(rows: Rows, text: str) -> set[int]:
    """The serials of the cases that contain the text, by a scan of all cases."""

    def read(session: Any) -> set[int]:
        edition = reference.current(session)
        result = set()
        for task, seen in session.query(Task, Observation).join(
            Observation, Observation.id == Task.observation_id
        ):
            texts = [task.number, seen.note, seen.address]
            texts.append(edition.categories[task.category_code].name_zh)
            texts.append(edition.units[task.unit_id].name if task.unit_id else None)
            folded = [fold(string) for string in texts if string]
            terms = fold(text).split()
            if terms and all(any(term in string for string in folded) for term in terms):
                result.add(task.serial)
        return result

    return rows.read(read)


def index_hits(rows: Rows, text: str, limit: int = search_queries.FEW) -> set[int]:
    """The serials by the index, which is used first up to `limit` cases."""

    def read(session: Any) -> set[int]:
        result = search_queries.mentions(session, reference.current(session), text, limit)
        return {task.serial for task in session.query(Task).where(*result.conditions)}

    return rows.read(read)


def test_the_index_finds_what_a_naive_scan_finds(records: Rows) -> None:
    @settings(max_examples=30, deadline=None)
    @given(TEXTS, st.sampled_from((0, 1, 4000)))
    def compare(text: str, limit: int) -> None:
        assert index_hits(records, text, limit) == scan_hits(records, text)

    compare()


def test_the_words_of_every_record_are_found_in_pieces(records: Rows) -> None:
    for note, address in RECORDS:
        for string in filter(None, (note, address)):
            for begins in range(len(string) - 1):
                piece = string[begins : begins + 2]
                assert index_hits(records, piece) == scan_hits(records, piece), piece


EXPECTED = [
    ("未清", {"渣土车洒漏,门前垃圾未清"}),
    ("12", {"渣土车洒漏,门前垃圾未清", "门前垃圾AB12", "１２Ａb ｂ垃"}),
    ("260504", {note for note, _ in RECORDS}),
    ("ab12", {"门前垃圾AB12"}),
    ("ＡＢ１２", {"门前垃圾AB12"}),
    ("strasse", {"STRASSE straße"}),
    ("100% _", {None}),
    ("渣土 12号", {"渣土车洒漏,门前垃圾未清"}),
    ("垃圾未前", set()),
]


def test_a_text_finds_what_a_person_expects(
    records: Rows, city: Device, subtests: pytest.Subtests
) -> None:
    for text, expected in EXPECTED:
        with subtests.test(text):
            assert notes(city, text=text) == expected


def test_a_case_is_found_by_its_category_and_its_unit(observer: Device, city: Device) -> None:
    sent(observer, record(note="甲", category="MQ0201"), record(note="乙", category="GG0401"))
    (row,) = [r for r in listed(city) if r["note"] == "甲"]
    assert notes(city, text=row["category_name"][:2]) == {"甲"}
    assert "甲" in notes(city, text=row["unit"]["name"])


def test_a_case_is_found_by_the_name_of_its_shop(observer: Device, city: Device) -> None:
    shop = observer.get("/shops").json["items"][0]
    sent(observer, record(note="门前", shop_id=shop["id"], category="MQ0101"), record(note="别处"))
    assert "门前" in notes(city, text=shop["name"])


def test_an_amended_note_is_found_by_its_new_words_only(observer: Device, city: Device) -> None:
    op = record(note="井盖移位")
    sent(observer, op)
    amended = {
        **record(),
        "kind": "observation.amend",
        "entity_id": op["entity_id"],
        "base_version": 1,
        "data": {"fields": {"note": "护栏倒伏"}},
    }
    sent(observer, amended)
    assert notes(city, text="移位") == set()
    assert notes(city, text="护栏") == {"护栏倒伏"}


def test_counts_of_a_text_are_those_of_its_list(records: Rows, city: Device) -> None:
    totals = counts(city, text="垃圾")
    assert sum(totals["states"].values()) == len(listed(city, text="垃圾"))


def test_words_that_were_folded_otherwise_are_found_after_the_migration(
    observer: Device, city: Device, rows: Rows
) -> None:
    sent(observer, record(note="⻔前垃圾"), record(note="车门"))
    older = "⻔前垃圾"

    def as_before(session: Any) -> None:
        task = session.query(TaskWords).filter(TaskWords.words.contains("门前")).one()
        task.words = task.words.replace("门前垃圾", older)
        grams = session.query(TaskGram).filter(TaskGram.task_serial == task.task_serial)
        grams.filter(TaskGram.gram == "门前").update({"gram": "⻔前"})

    def migrated(session: Any) -> None:
        with Operations.context(MigrationContext.configure(session.connection())):
            (path,) = (migrate.MIGRATIONS / "versions").glob("*_fold_search.py")
            import_module(f"inspect_server.migrations.versions.{path.stem}").upgrade()

    rows.write(as_before)
    assert notes(city, text="门前") == set()
    rows.write(migrated)
    assert notes(city, text="门前") == notes(city, text=older) == {older}


@pytest.mark.one_database
def test_half_a_surrogate_pair_is_not_indexed() -> None:
    assert search.grams("车门 前") == {"车门"}


def test_an_unchanged_index_entry_is_not_written_again(observer: Device, rows: Rows) -> None:
    sent(observer, record(note="井盖"))

    def again(session: Any) -> None:
        task = session.query(Task).one()
        seen = session.get(Observation, task.observation_id)
        search_index.index_again(session, task, seen)

    rows.write(again)
    assert index_hits(rows, "井盖") == scan_hits(rows, "井盖") != set()
