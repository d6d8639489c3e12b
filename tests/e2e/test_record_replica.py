"""The browser's database is lost between two starts: saved records are restored from their replica
in Cache Storage, and arrive."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.handset import READ, Handset, run_checker
from tests.e2e.people import Album

# Bytes cut off the journal of the database: less than its smallest record, so the last one is then
# half written.
CUT_BYTES = 5


def save_offline(phone: Handset, note: str, photos: list[Path]) -> None:
    """Save a record without a network, until the page shows it as saved; close the browser."""
    with phone.opened(online=False) as page:
        page.get_by_test_id("capture-open").click()
        phone.fill_in(page, note, photos)
        page.get_by_test_id("save-record").click()
        expect(page.get_by_test_id("saved-sheet")).to_be_visible()


def database_of(phone: Handset) -> Path:
    """The folder of the page's IndexedDB."""
    (folder,) = (phone.profile / "Default" / "IndexedDB").glob("*.indexeddb.leveldb")
    return folder


def expect_restored_and_received(phone: Handset, note: str, photos: int, album: Album) -> None:
    """The page shows a message and no sign-in; the record arrives complete and once."""
    with phone.opened(online=False) as page:
        expect(page.get_by_test_id("restored")).to_contain_text(f"1 条记录、{photos} 张照片")
        expect(page.get_by_test_id("today")).to_be_visible()
        album.keep(page, "restored")
        restored = page.evaluate(READ)
    (op,) = (op for op in restored["ops"] if op["content"]["data"].get("note") == note)
    declared = op["content"]["photos"]
    assert len(declared) == photos
    assert all(restored["hashes"][row["photo_id"]] == row["sha256"] for row in declared)
    stored = phone.deliver()
    report = run_checker(phone.live, stored)
    assert report.ok, "\n".join(report.lines())
    assert [record["data"].get("note") for record in stored["records"]].count(note) == 1


def test_a_record_survives_the_loss_of_its_database(
    handset: Handset, pictures: list[Path], album: Album
) -> None:
    save_offline(handset, "库没了", pictures)
    shutil.rmtree(database_of(handset))
    expect_restored_and_received(handset, "库没了", len(pictures), album)


def test_a_record_survives_a_database_the_browser_finds_damaged(
    handset: Handset, pictures: list[Path], album: Album
) -> None:
    """The journal ends as a kill leaves it, with half a record. The next start appends to it, the
    start after that finds invalid data in the middle and creates a new database."""
    save_offline(handset, "写到一半", pictures)
    journal = max(database_of(handset).glob("*.log"))
    with journal.open("r+b") as file:
        file.truncate(journal.stat().st_size - CUT_BYTES)
    with handset.opened(online=False) as page:
        expect(page.get_by_test_id("today")).to_be_visible()
    expect_restored_and_received(handset, "写到一半", len(pictures), album)
