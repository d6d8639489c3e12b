"""The browser's database is gone between two starts: what was saved is restored, and arrives."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.handset import READ, Handset, judge
from tests.e2e.people import Album

# Less than the smallest record of the database's journal: its last one is then half written.
HALF_A_RECORD = 5


def save_offline(one: Handset, note: str, photos: list[Path]) -> None:
    """A record that the page shows as saved, without a network; then the browser is closed."""
    with one.opened(online=False) as page:
        page.get_by_test_id("capture-open").click()
        one.fill_in(page, note, photos)
        page.get_by_test_id("save-record").click()
        expect(page.get_by_test_id("saved-sheet")).to_be_visible()


def database_of(one: Handset) -> Path:
    """Where Chromium keeps the page's IndexedDB."""
    (found,) = (one.profile / "Default" / "IndexedDB").glob("*.indexeddb.leveldb")
    return found


def see_it_back_and_arrive(one: Handset, note: str, photos: int, album: Album) -> None:
    """The person sees a notice, need not sign in, and the record arrives whole and once."""
    with one.opened(online=False) as page:
        expect(page.get_by_test_id("restored")).to_contain_text(f"1 条记录、{photos} 张照片")
        expect(page.get_by_test_id("today")).to_be_visible()
        album.keep(page, "restored")
        found = page.evaluate(READ)
    (op,) = (op for op in found["ops"] if op["content"]["data"].get("note") == note)
    declared = op["content"]["photos"]
    assert len(declared) == photos
    assert all(found["hashes"][one["photo_id"]] == one["sha256"] for one in declared)
    kept = one.deliver()
    report = judge(one.live, kept)
    assert report.ok, "\n".join(report.lines())
    assert [record["data"].get("note") for record in kept["records"]].count(note) == 1


def test_a_record_outlives_its_database(
    handset: Handset, pictures: list[Path], album: Album
) -> None:
    save_offline(handset, "库没了", pictures)
    shutil.rmtree(database_of(handset))
    see_it_back_and_arrive(handset, "库没了", len(pictures), album)


def test_a_record_outlives_a_browser_that_takes_its_database_for_damaged(
    handset: Handset, pictures: list[Path], album: Album
) -> None:
    """As a kill leaves it: half a record at the end, to which the next start appends, so that the
    start after that finds rubbish in the middle and begins a new database."""
    save_offline(handset, "写到一半", pictures)
    journal = max(database_of(handset).glob("*.log"))
    with journal.open("r+b") as file:
        file.truncate(journal.stat().st_size - HALF_A_RECORD)
    with handset.opened(online=False) as page:
        expect(page.get_by_test_id("today")).to_be_visible()
    see_it_back_and_arrive(handset, "写到一半", len(pictures), album)
