"""Chromium is killed while it saves and while it syncs: what the page showed as saved is stored
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

from tests.e2e.handset import READ, Handset, run_checker
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
    losses: set[int] = set()
    action = None
    for number in range(KILLS + 1):
        with handset.opened(online=False) as page:
            # The state after the last kill.
            expect(page.get_by_test_id("today")).to_be_visible()
            stored = page.evaluate(READ)
            _expect_all(stored, shown, received, handset, action)
            losses |= {stored["vanished"]["noticed_at"]} if stored["vanished"] else set()
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
                _make_record(handset, page, action, note, pictures[: 1 + number % 3], random)
        if handset.saved:
            shown[note] = handset.held
    stored = handset.deliver()
    report = run_checker(product, stored)
    summary = [
        f"seed {SEED}, {KILLS} kills, {len(shown)} records shown as saved,"
        f" the database deleted by the browser {len(losses)} times",
        *report.lines(),
    ]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *summary, ""]))
    assert report.ok, "\n".join(report.lines())
    arrived = {record["data"].get("note") for record in stored["records"]}
    assert set(shown) <= arrived
    assert shown, "the kills came too early to prove anything"


def _make_record(
    handset: Handset, page: Page, action: str, note: str, photos: list[Path], random: Random
) -> None:
    """Make a record and kill the browser while photos are stored, while it is saved, or after."""
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


def _expect_all(
    stored: dict[str, Any],
    shown: dict[str, int],
    received: set[str],
    handset: Handset,
    action: str | None,
) -> None:
    """Every record shown as saved is on the phone with all bytes of its photos."""
    by_note = {op["content"]["data"].get("note"): op for op in stored["ops"]}
    photos = {photo["photo_id"]: photo for photo in stored["photos"]}
    for note, held in shown.items():
        op = by_note.get(note)
        # The browser may delete the database; received records are then on the server only.
        if op is None and note in received and stored["vanished"]:
            continue
        assert op is not None, f"{note} was shown as saved and is lost"
        declared = op["content"]["photos"]
        assert len(declared) == held, f"{note} was shown with {held} photos"
        for photo in declared:
            row = photos[photo["photo_id"]]
            assert stored["hashes"].get(photo["photo_id"]) == photo["sha256"], (note, row["state"])
        if op["state"] == "accepted" and all(
            photos[photo["photo_id"]]["state"] == "stored" for photo in declared
        ):
            received.add(note)
    if action == "hold":
        drafts = [p for p in stored["photos"] if p["draft_id"] is not None]
        complete = [p for p in drafts if stored["hashes"].get(p["photo_id"]) is not None]
        assert len(complete) >= handset.held, "a photo that was shown is lost"
