"""Chromium is killed while it saves and while it syncs: what the page showed as saved is there
afterwards, and arrives.

`make faults` kills more often (`INSPECT_FAULTS=full`).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from select import select
from threading import Timer
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from inspect_server import embedded
from media.store import ObjectStore
from tests.browser import chromium
from tests.browser.conftest import PHOTOS
from tests.browser.live import Live
from tests.browser.people import CHINESE, PATIENCE_MS, PHONE
from tests.faults import checker
from tests.faults.size import FULL

SEED = 20261122
KILLS = 200 if FULL else 24
# When in a deed the browser is killed, at the latest.
SAVING_MS, HOLDING_MS, SYNCING_MS = 100, 300, 1500
CATEGORY, INITIALS = "GG0402", "ljmy"

# Tells the test what the person sees, at the moment it is drawn.
WATCH = """
new MutationObserver(() => {
  const held = document.querySelectorAll('[data-testid="held-photo"]').length
  if (held) window.shown('held', held)
  if (document.querySelector('[data-testid="saved-sheet"]')) window.shown('saved', 1)
}).observe(document, { childList: true, subtree: true })
"""
# The whole ledger, every photo's bytes hashed as they lie there.
READ = """
async () => {
  const opened = indexedDB.open('inspect-field')
  const answer = (asked) => new Promise((ok, no) => {
    asked.onsuccess = () => ok(asked.result)
    asked.onerror = no
  })
  const db = await answer(opened)
  const table = (name) => db.transaction(name).objectStore(name)
  const all = (name) => answer(table(name).getAll())
  const hex = (byte) => byte.toString(16).padStart(2, '0')
  const hashes = {}
  for (const { photo_id, bytes } of await all('photo_bytes')) {
    const digest = await crypto.subtle.digest('SHA-256', bytes)
    hashes[photo_id] = [...new Uint8Array(digest)].map(hex).join('')
  }
  const found = { ops: await all('ops'), photos: await all('photos'), hashes }
  const [session] = await all('session')
  const device = await answer(table('meta').get('device'))
  db.close()
  return { ...found, person_id: session.person.id, device_id: device.id }
}
"""


@dataclass
class Handset:
    """A phone whose browser is killed and opened again on the same profile."""

    playwright: Playwright
    live: Live
    profile: Path
    # What the page showed: photos held by note of the draft, and notes of saved records.
    held: int = 0
    saved: bool = False
    kept: set[str] = field(default_factory=set)

    @contextmanager
    def opened(self, *, online: bool) -> Iterator[Page]:
        """The browser, until the end or until it is killed."""
        context: BrowserContext = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=chromium.find(),
            args=list(chromium.QUIET),
            base_url=self.live.origin,
            **CHINESE,
            **PHONE,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.expose_binding("shown", self._shown)
        context.add_init_script(WATCH)
        context.set_offline(not online)
        try:
            page = context.pages[0]
            page.goto("/")
            yield page
        finally:
            with suppress(Error):
                context.close()

    @contextmanager
    def killed(self, page: Page, after_ms: float) -> Iterator[None]:
        """SIGKILL for every process of this browser so much later, whatever is done meanwhile."""
        group = self._browser()
        endings: list[int] = []

        def kill() -> None:
            # Whoever is born until this moment: a phone spares nobody either.
            for one in _processes():
                with suppress(ProcessLookupError):
                    if os.getpgid(one) == group:
                        endings.append(os.pidfd_open(one))
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

        timer = Timer(after_ms / 1000, kill)
        timer.start()
        with suppress(Error):
            yield
        timer.join()
        with suppress(Error):
            # What the page told before its end is still heard.
            while not page.is_closed():
                page.wait_for_timeout(20)
        # The next start must find a profile that nobody writes any more.
        for ending in endings:
            select([ending], [], [])
            os.close(ending)

    def _browser(self) -> int:
        """The first process of this profile's browser, which leads the group of all others."""
        mine = f"--user-data-dir={self.profile}".encode()
        for one in _processes():
            with suppress(OSError):
                words = Path(f"/proc/{one}/cmdline").read_bytes().split(b"\0")
                if mine in words and os.getpgid(one) == one:
                    return one
        raise AssertionError("no browser runs on this profile")

    def _shown(self, _source: object, what: str, many: int) -> None:
        if what == "held":
            self.held = max(self.held, many)
        else:
            self.saved = True


def _processes() -> list[int]:
    """Every process of this machine, now."""
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]


@pytest.fixture
def handset(product: Live, playwright_driver: Playwright, tmp_path: Path) -> Iterator[Handset]:
    """小陈's phone, signed in."""
    one = Handset(playwright_driver, product, tmp_path / "profile")
    with one.opened(online=True) as page:
        page.goto("/#/signin")
        page.get_by_test_id("login-input").fill("chen")
        page.get_by_test_id("password-input").fill(product.passwords["chen"])
        page.get_by_test_id("sign-in").click()
        expect(page.get_by_test_id("point-row").first).to_be_visible()
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    yield one


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Three small photographs: a kill is about the moment, not the size."""
    made = []
    for name in ("bins-before", "bins-close", "bins-after"):
        path = tmp_path / f"{name}.jpg"
        with Image.open(PHOTOS / f"{name}.jpg") as whole:
            whole.resize((640, 480)).save(path, quality=80)
        made.append(path)
    return made


@pytest.mark.timeout(3600)
def test_what_was_shown_as_saved_survives_every_kill_and_arrives(
    handset: Handset, product: Live, pictures: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(SEED)
    shown: dict[str, int] = {}
    for number in range(KILLS):
        note = f"第 {number} 次"
        deed = ("save", "sync", "hold")[number % 5 % 3]
        handset.held, handset.saved = 0, False
        with handset.opened(online=deed == "sync") as page:
            if deed == "sync":
                with handset.killed(page, random.uniform(0, SYNCING_MS)):
                    page.get_by_test_id("queue-line").click()
            else:
                page.get_by_test_id("capture-open").click()
                _take(handset, page, deed, note, pictures[: 1 + number % 3], random)
        if handset.saved:
            shown[note] = handset.held
        with handset.opened(online=False) as page:
            expect(page.get_by_test_id("today")).to_be_visible()
            _see_all(page.evaluate(READ), shown, handset, deed)
    with handset.opened(online=True) as page:
        page.goto("/#/outbox")
        expect(page.locator('[data-testid="queue-line"][data-state="delivered"]')).to_be_visible(
            timeout=4 * PATIENCE_MS
        )
        kept = page.evaluate(READ)
    report = _judge(product, kept)
    told = [f"seed {SEED}, {KILLS} kills, {len(shown)} records shown as saved", *report.lines()]
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *told, ""]))
    assert report.ok, "\n".join(report.lines())
    arrived = {op["content"]["data"].get("note") for op in kept["ops"]}
    assert set(shown) <= arrived
    assert shown, "the kills came too early to prove anything"


def _take(
    handset: Handset, page: Page, deed: str, note: str, photos: list[Path], random: Random
) -> None:
    """Make a record, and be killed while its photos are kept, or while it is saved."""
    if deed == "hold":
        with handset.killed(page, random.uniform(0, HOLDING_MS)):
            page.get_by_test_id("file-input").set_input_files(photos)
        return
    page.get_by_test_id("file-input").set_input_files(photos)
    expect(page.get_by_test_id("held-photo")).to_have_count(len(photos))
    page.get_by_test_id("category-open").click()
    page.get_by_test_id("category-search").fill(INITIALS)
    page.get_by_test_id(f"category-item-{CATEGORY}").click()
    page.get_by_test_id("more").click()
    page.get_by_test_id("note").fill(note)
    with handset.killed(page, random.uniform(0, SAVING_MS)):
        page.get_by_test_id("save-record").click(no_wait_after=True)


def _see_all(kept: dict[str, Any], shown: dict[str, int], handset: Handset, deed: str) -> None:
    """Every record shown as saved is on the phone with its photos, byte for byte."""
    by_note = {op["content"]["data"].get("note"): op for op in kept["ops"]}
    photos = {photo["photo_id"]: photo for photo in kept["photos"]}
    for note, held in shown.items():
        op = by_note.get(note)
        assert op is not None, f"{note} was shown as saved and is gone"
        declared = op["content"]["photos"]
        assert len(declared) == held, f"{note} was shown with {held} photos"
        for one in declared:
            row = photos[one["photo_id"]]
            assert kept["hashes"].get(one["photo_id"]) == one["sha256"], (note, row["state"])
    if deed == "hold":
        in_drafts = [p for p in kept["photos"] if p["draft_id"] is not None]
        whole = [p for p in in_drafts if kept["hashes"].get(p["photo_id"]) is not None]
        assert len(whole) >= handset.held, "a photo that was shown is gone"


def _judge(product: Live, kept: dict[str, Any]) -> checker.Report:
    """Hold the phone, the rows and the bucket against each other."""
    home = Path(product.env["INSPECT_HOME"])
    settings = embedded.settings_of(home)
    assert settings is not None
    dump = {
        "device_id": kept["device_id"],
        "person_id": kept["person_id"],
        "ops": {
            op["op_id"]: {"state": op["state"], "content": op["content"]} for op in kept["ops"]
        },
        "photos": {
            photo["photo_id"]: {
                "state": photo["state"],
                "sha256": photo["declaration"]["sha256"],
                "bytes": photo["declaration"]["bytes"],
                "op_id": photo["op_id"],
                "held": kept["hashes"].get(photo["photo_id"]) == photo["declaration"]["sha256"],
            }
            for photo in kept["photos"]
            if photo["op_id"] is not None
        },
        "saved": {
            op["op_id"]: [photo["photo_id"] for photo in op["content"]["photos"]]
            for op in kept["ops"]
        },
        "whole": True,
        "quiet": True,
    }
    store = ObjectStore(settings)
    try:
        return checker.examine_at(f"sqlite:///{home / 'inspect.sqlite3'}", store, [dump])
    finally:
        store.close()
