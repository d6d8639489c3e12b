"""The phone's figures: shutter to stored, nine photos from the album, reopening without a network.

The product as `inspect-server up` runs it, a real Chromium made four times slower, and a camera
of 1920 x 1440. Times are taken inside the page, from the tap until the picture is shown in the
strip, which happens after it was written, read back and hashed.
`python -m bench.field [--shots N] [--albums N] [--reopenings N] [--slow page|all]`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.photographs import CAMERA_PX, PHOTO_PX, photograph
from bench.slowness import pace, slow_page, slow_renderers
from tests.e2e import chromium, live
from tests.e2e.people import Phone

TIMES = 4.0
PHOTOS = 9
ALBUM_BYTES = 3_500_000
CAMERA_BYTES = 600_000
# The page ignores a second press at once: on a wet screen one tap can arrive twice.
BETWEEN_SHOTS_MS = 400
RECORDS = 300

_STORED = """(wanted) => new Promise((resolve) => {
  const count = () => document.querySelectorAll('[data-testid="held-photo"]').length
  const look = () => {
    if (count() < wanted()) return
    watcher.disconnect()
    resolve(performance.now())
  }
  const watcher = new MutationObserver(look)
  watcher.observe(document.body, { subtree: true, childList: true })
})"""
# The tap is timed where it arrives, before the product handles it.
_SHOT = f"""async () => {{
  const held = document.querySelectorAll('[data-testid="held-photo"]').length
  const stored = ({_STORED})(() => held + 1)
  const began = performance.now()
  document.querySelector('[data-testid="camera-shutter"]').click()
  return (await stored) - began
}}"""
_ALBUM = f"""() => {{
  const stored = ({_STORED})(() => {PHOTOS})
  const chosen = new Promise((resolve) =>
    addEventListener('change', () => resolve(performance.now()), {{ capture: true, once: true }}))
  window.album = Promise.all([chosen, stored]).then(([began, ended]) => ended - began)
}}"""
# Interactive: the lists are drawn, and the page's thread has answered once more after that.
_OPENED = """() => {
  const drawn = () =>
    document.querySelector('[data-testid="point-row"]') &&
    document.querySelector('[data-testid="record-item"]')
  window.opened = new Promise((resolve) => {
    const look = () => {
      if (!drawn()) return
      watcher.disconnect()
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))
    }
    const watcher = new MutationObserver(look)
    watcher.observe(document, { subtree: true, childList: true })
  })
}"""


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    what: str
    goal_ms: float
    times_ms: list[float]

    def __str__(self) -> str:
        """Return n, the median, the 95th percentile, and whether it meets the goal."""
        ordered = sorted(self.times_ms)
        p95 = ordered[max(0, round(0.95 * len(ordered)) - 1)]
        verdict = "met" if p95 <= self.goal_ms else "MISSED"
        return (
            f"{self.what:34} n={len(ordered):3d}  p50 {statistics.median(ordered):6.0f} ms"
            f"  p95 {p95:6.0f} ms  goal p95 <= {self.goal_ms:.0f} ms: {verdict}"
        )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, default=45)
    parser.add_argument("--albums", type=int, default=10, help="how often nine files are chosen")
    parser.add_argument("--reopenings", type=int, default=20)
    parser.add_argument("--slow", choices=("page", "all", "no"), help="only this kind of slowness")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspect-bench-") as folder, sync_playwright() as pw:
        home = Path(folder)
        files = _make_album(home)
        with live.running(home / "product") as product:
            product.command("demo", "--records", str(RECORDS))
            browser = pw.chromium.launch(
                executable_path=chromium.find(),
                args=[*chromium.QUIET, *chromium.camera(_camera(home))],
            )
            for way in [options.slow] if options.slow else ["page", "all"]:
                _measure(browser, product, files, way, options)
            browser.close()


def _measure(
    browser: Browser, product: live.Live, files: list[Path], way: str, options: argparse.Namespace
) -> None:
    process = _process_of(browser)
    with _blank(browser) as page:
        free = pace(page)
    with slow_renderers(process, TIMES) if way == "all" else nullcontext():
        slow_down = _slow_down if way == "page" else _leave_unchanged
        with _blank(browser) as page:
            slow_down(page)
            now = pace(page)
        print(
            f"slowed: {way}; the page's thread {now.page / free.page:.1f} times"
            f" ({free.page:.0f} -> {now.page:.0f} ms), a worker {now.worker / free.worker:.1f}"
            f" times ({free.worker:.0f} -> {now.worker:.0f} ms); load {_load()}"
        )
        phone: Phone = Phone.of(browser, product)
        phone.sign_in("chen")
        # First, because later runs leave many unfinished records, which is not usual.
        phone.go_offline()
        opened = _reopenings(phone, options.reopenings, slow_down)
        print(Figure("today, reopened offline", 1500, opened), f"load {_load()}", flush=True)
        phone.go_online()
        slow_down(phone.page)
        shots = _shots(phone, options.shots)
        print(Figure("shutter to stored", 1000, shots), f"load {_load()}", flush=True)
        albums = _albums(phone, files, options.albums)
        print(Figure("9 photos from the album", 5000, albums), f"load {_load()}", flush=True)
        phone.context.close()


def _shots(phone: Phone, count: int) -> list[float]:
    """Take nine photos a record, as many records as it needs; the first shot warms up."""
    times_ms: list[float] = []
    while len(times_ms) <= count:
        _new_record(phone)
        expect(phone.page.locator('.viewfinder[data-state="on"]')).to_be_visible()
        for _ in range(min(PHOTOS, count + 1 - len(times_ms))):
            times_ms.append(phone.page.evaluate(_SHOT))
            phone.page.wait_for_timeout(BETWEEN_SHOTS_MS)
    return times_ms[1:]


def _albums(phone: Phone, files: list[Path], count: int) -> list[float]:
    times_ms = []
    for _ in range(count):
        _new_record(phone)
        expect(phone.see("file-input")).to_be_enabled()
        phone.page.evaluate(_ALBUM)
        phone.see("file-input").set_input_files(files)
        times_ms.append(float(phone.page.evaluate("window.album")))
    return times_ms


def _new_record(phone: Phone) -> None:
    """Open a new record from the screen of today, as a person does."""
    phone.open("/#/")
    phone.press("capture-open")


def _reopenings(phone: Phone, count: int, slow_down: Callable[[Page], None]) -> list[float]:
    """Open the page in a new tab, each time without a page in memory."""
    times_ms = []
    for _ in range(count):
        page = phone.context.new_page()
        slow_down(page)
        page.add_init_script(f"({_OPENED})()")
        page.goto("/")
        times_ms.append(float(page.evaluate("window.opened")))
        page.close()
    return times_ms


@contextmanager
def _blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def _slow_down(page: Page) -> None:
    slow_page(page, TIMES)


def _leave_unchanged(page: Page) -> None:
    """Leave the page as it is: it is slowed from outside, or not at all."""


def _process_of(browser: Browser) -> int:
    """The process id of the browser itself."""
    session = browser.new_browser_cdp_session()
    info = session.send("SystemInfo.getProcessInfo")
    session.detach()
    return next(int(one["id"]) for one in info["processInfo"] if one["type"] == "browser")


def _make_album(home: Path) -> list[Path]:
    files = [home / f"album-{number}.jpg" for number in range(PHOTOS)]
    for file in files:
        file.write_bytes(photograph(ALBUM_BYTES, CAMERA_PX))
    return files


def _camera(home: Path) -> Path:
    """Write one frame of raw pixels, so that no decoding of video is measured."""
    camera_photo = home / "kept.jpg"
    camera_photo.write_bytes(photograph(CAMERA_BYTES))
    with Image.open(camera_photo) as picture:
        light, blue, red = (np.asarray(one) for one in picture.convert("YCbCr").split())
    path = home / "camera.y4m"
    width, height = PHOTO_PX
    path.write_bytes(
        f"YUV4MPEG2 W{width} H{height} F15:1 Ip A1:1 C420jpeg\n".encode()
        + b"FRAME\n"
        + b"".join(
            np.ascontiguousarray(one).tobytes() for one in (light, blue[::2, ::2], red[::2, ::2])
        )
    )
    return path


def _load() -> str:
    """The load of the last minute beside the number of processors."""
    return f"{os.getloadavg()[0]:.1f} on {psutil.cpu_count()} processors"


if __name__ == "__main__":
    main()
