"""A phone with its own browser profile on the disk, which may be killed and opened again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from threading import Timer
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from inspect_server.launcher import embedded_store
from media.store import ObjectStore
from tests.e2e import chromium
from tests.e2e.live import Live
from tests.e2e.people import CHINESE, PATIENCE_MS, PHONE
from tests.reliability import checker

CATEGORY, INITIALS = "GG0402", "ljmy"
CREATE = "observation.create"

# Reports to the test what the page shows, at the moment it is drawn.
WATCH = """
new MutationObserver(() => {
  const held = document.querySelectorAll('[data-testid="held-photo"]').length
  if (held) window.shown('held', held)
  if (document.querySelector('[data-testid="saved-sheet"]')) window.shown('saved', 1)
}).observe(document, { childList: true, subtree: true })
"""
# The whole local store, with the hash of every photo's stored bytes.
READ = """
async () => {
  const opened = indexedDB.open('inspect-field')
  const answer = (request) => new Promise((ok, no) => {
    request.onsuccess = () => ok(request.result)
    request.onerror = no
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
  const rows = { ops: await all('ops'), photos: await all('photos'), hashes }
  const [session] = await all('session')
  const device = await answer(table('meta').get('device'))
  const vanished = (await answer(table('meta').get('vanished'))) ?? null
  const records = (await all('records')).map((row) => row.data)
  const categories = (await all('categories')).map((row) => row.data.code)
  db.close()
  const ids = { person_id: session.person.id, device_id: device.id }
  return { ...rows, ...ids, records, categories, vanished }
}
"""


@dataclass
class Handset:
    """A phone whose browser is closed or killed, and opened again on the same profile."""

    playwright: Playwright
    live: Live
    profile: Path
    # What the page showed: photos of the draft, and whether the record was shown as saved.
    held: int = 0
    saved: bool = False

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
        """Send SIGKILL to every process of this browser after a delay, whatever runs then."""
        group = self._browser()
        pidfds: list[int] = []

        def kill() -> None:
            # Every process started until this moment, as on a phone.
            for pid in _processes():
                with suppress(ProcessLookupError):
                    if os.getpgid(pid) == group:
                        pidfds.append(os.pidfd_open(pid))
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

        timer = Timer(after_ms / 1000, kill)
        timer.start()
        with suppress(Error):
            yield
        timer.join()
        with suppress(Error):
            # Reports the page sent before the kill are still received.
            while not page.is_closed():
                page.wait_for_timeout(20)
        # The next start must find a profile that no process writes any more.
        for pidfd in pidfds:
            select([pidfd], [], [])
            os.close(pidfd)

    def _browser(self) -> int:
        """The first process of this profile's browser, which leads the group of all others."""
        option = f"--user-data-dir={self.profile}".encode()
        for pid in _processes():
            with suppress(OSError):
                arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if option in arguments and os.getpgid(pid) == pid:
                    return pid
        raise AssertionError("no browser runs on this profile")

    def sign_in(self, login: str) -> None:
        """Sign in for the first time and wait for points, categories and service worker."""
        with self.opened(online=True) as page:
            page.goto("/#/signin")
            page.get_by_test_id("login-input").fill(login)
            page.get_by_test_id("password-input").fill(self.live.passwords[login])
            page.get_by_test_id("sign-in").click()
            expect(page.get_by_test_id("point-row").first).to_be_visible()
            page.evaluate("navigator.serviceWorker.ready.then(() => null)")
            # They come on a later page of the first pull than the points.
            while CATEGORY not in page.evaluate(READ)["categories"]:
                page.wait_for_timeout(50)

    def fill_in(self, page: Page, note: str, photos: Sequence[Path]) -> None:
        """Fill in a record with these photos; it is not saved yet."""
        page.get_by_test_id("file-input").set_input_files(list(photos))
        expect(page.get_by_test_id("held-photo")).to_have_count(len(photos))
        page.get_by_test_id("category-open").click()
        page.get_by_test_id("category-search").fill(INITIALS)
        page.get_by_test_id(f"category-item-{CATEGORY}").click()
        page.get_by_test_id("more").click()
        page.get_by_test_id("note").fill(note)

    def deliver(self) -> dict[str, Any]:
        """Go online and send until nothing is left; returns the local store."""
        with self.opened(online=True) as page:
            page.goto("/#/outbox")
            line = page.locator('[data-testid="queue-line"][data-state="delivered"]')
            expect(line).to_be_visible(timeout=4 * PATIENCE_MS)
            while not records_are_pulled(stored := page.evaluate(READ)):
                page.wait_for_timeout(50)
        return dict(stored)

    def _shown(self, _source: object, event: str, count: int) -> None:
        if event == "held":
            self.held = max(self.held, count)
        else:
            self.saved = True


def records_are_pulled(stored: dict[str, Any]) -> bool:
    """Whether the cycle that sent the records has also pulled them, its last phase."""
    pulled = {record["id"] for record in stored["records"]}
    return all(op["entity_id"] in pulled for op in stored["ops"] if op["kind"] == CREATE)


def _processes() -> list[int]:
    """The ids of all processes of this machine."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def run_checker(product: Live, stored: dict[str, Any]) -> checker.Report:
    """Compare the phone, the rows and the bucket."""
    home = Path(product.env["INSPECT_HOME"])
    settings = embedded_store.settings_of(home)
    assert settings is not None
    dump = {
        "device_id": stored["device_id"],
        "person_id": stored["person_id"],
        "ops": {
            op["op_id"]: {"state": op["state"], "content": op["content"]} for op in stored["ops"]
        },
        "photos": {
            photo["photo_id"]: {
                "state": photo["state"],
                "sha256": photo["declaration"]["sha256"],
                "bytes": photo["declaration"]["bytes"],
                "op_id": photo["op_id"],
                "held": stored["hashes"].get(photo["photo_id"]) == photo["declaration"]["sha256"],
            }
            for photo in stored["photos"]
            if photo["op_id"] is not None
        },
        "saved": {
            op["op_id"]: [photo["photo_id"] for photo in op["content"]["photos"]]
            for op in stored["ops"]
        },
        "whole": True,
        "quiet": True,
    }
    store = ObjectStore(settings)
    try:
        return checker.examine_at(f"sqlite:///{home / 'inspect.sqlite3'}", store, [dump])
    finally:
        store.close()
