"""Chromium is killed while it saves and while it syncs: what the page showed as saved is there
afterwards, and arrives.

`make faults` kills more often (`INSPECT_FAULTS=full`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.handset import READ, Handset, judge
from tests.e2e.live import Live
from tests.reliability.size import FULL

SEED = 20261122
KILLS = 200 if FULL else 24
# How long after the start of an action the browser is killed, at the latest.
SAVING_MS, HOLDING_MS, SYNCING_MS = 100, 300, 1500
# What the person does when the browser is killed, in turn.
ACTIONS = ("save", "sync", "hold", "saved", "sync")


@pytest.mark.timeout(3600)
def test_what_was_shown_as_saved_survives_every_kill_and_arrives(
    handset: Handset, product: Live, pictures: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(SEED)
    shown: dict[str, int] = {}
    received: set[str] = set()
    gone: set[int] = set()
    action = None
    for number in range(KILLS + 1):
        with handset.opened(online=False) as page:
            # What the kill before has left.
            expect(page.get_by_test_id("today")).to_be_visible()
            found = page.evaluate(READ)
            _see_all(found, shown, received, handset, action)
            gone |= {found["vanished"]["noticed_at"]} if found["vanished"] else set()
            if number == KILLS:
                break
            action = ACTIONS[number % len(ACTIONS)]
            handset.held, handset.saved = 0, False
            note = f"第 {number} 次"
            if action == "sync":
                page.context.set_offline(False)
                with handset.killed(page, random.uniform(0, SYNCING_MS)):
                    page.get_by_test_id("queue-line").click()
            else:
                page.get_by_test_id("capture-open").click()
                _take(handset, page, action, note, pictures[: 1 + number % 3], random)
        if handset.saved:
            shown[note] = handset.held
    kept = handset.deliver()
    report = judge(product, kept)
    told = [
        f"seed {SEED}, {KILLS} kills, {len(shown)} records shown as saved,"
        f" the database thrown away by the browser {len(gone)} times",
        *report.lines(),
    ]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *told, ""]))
    assert report.ok, "\n".join(report.lines())
    arrived = {record["data"].get("note") for record in kept["records"]}
    assert set(shown) <= arrived
    assert shown, "the kills came too early to prove anything"


def _take(
    handset: Handset, page: Page, action: str, note: str, photos: list[Path], random: Random
) -> None:
    """Make a record, and be killed while its photos are kept, while it is saved, or just after."""
    if action == "hold":
        with handset.killed(page, random.uniform(0, HOLDING_MS)):
            page.get_by_test_id("file-input").set_input_files(photos)
        return
    handset.fill_in(page, note, photos)
    if action == "saved":
        page.get_by_test_id("save-record").click()
        expect(page.get_by_test_id("saved-sheet")).to_be_visible()
        with handset.killed(page, random.uniform(0, SAVING_MS)):
            page.wait_for_event("close")
        return
    with handset.killed(page, random.uniform(0, SAVING_MS)):
        page.get_by_test_id("save-record").click(no_wait_after=True)


def _see_all(
    kept: dict[str, Any],
    shown: dict[str, int],
    received: set[str],
    handset: Handset,
    action: str | None,
) -> None:
    """Every record shown as saved is on the phone with its photos, byte for byte."""
    by_note = {op["content"]["data"].get("note"): op for op in kept["ops"]}
    photos = {photo["photo_id"]: photo for photo in kept["photos"]}
    for note, held in shown.items():
        op = by_note.get(note)
        # The browser may throw the database away; what was received is then the server's alone.
        if op is None and note in received and kept["vanished"]:
            continue
        assert op is not None, f"{note} was shown as saved and is gone"
        declared = op["content"]["photos"]
        assert len(declared) == held, f"{note} was shown with {held} photos"
        for one in declared:
            row = photos[one["photo_id"]]
            assert kept["hashes"].get(one["photo_id"]) == one["sha256"], (note, row["state"])
        if op["state"] == "accepted" and all(
            photos[one["photo_id"]]["state"] == "stored" for one in declared
        ):
            received.add(note)
    if action == "hold":
        in_drafts = [p for p in kept["photos"] if p["draft_id"] is not None]
        whole = [p for p in in_drafts if kept["hashes"].get(p["photo_id"]) is not None]
        assert len(whole) >= handset.held, "a photo that was shown is gone"
