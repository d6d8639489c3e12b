"""Goodput 有效吞吐: the bytes and the time that photos need over a link that fails.

python -m tests.reliability.goodput [--seed N] [--runs N] [--plain] [--small]

The phone's own queue (`web/field/core/sync`) in a real Chromium, through the fault proxy, to the
real product as `inspect-server up` starts it; for comparison a plain client that PUTs whole files.
Bytes are those the proxy read from the phone: request headers, pushes and receipts included,
headers of TCP and IP not.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from bench.photographs import photograph
from tests.e2e import chromium, live
from tests.reliability.proxy import Link, Proxy, Script, proxied

ROOT = Path(__file__).parents[2]
LOGIN = "chen"
# 2 Mbit/s up and ten times that down; every 15 s it is dead for 3 s, with all connections.
LOSSY = Link(up=250_000, down=2_500_000, rtt_seconds=0.1, period_seconds=15, dead_seconds=3)
SMALL, MANY = 400_000, 18
LARGE, FEW = 3_000_000, 4
MAX_BYTES_RATIO = 1.05
MAX_TIME_RATIO = 1.3
# A client that is not done is stopped after so many physical times.
PATIENCE = 4
AT_ONCE = 3
_MAX_COMMENT = 65_533


@dataclass(frozen=True)
class Figures:
    """The figures of one run."""

    client: str
    photos: int
    stored: int
    size: int
    sent: int
    seconds: float
    physical: float
    outages: int

    @property
    def bytes_ratio(self) -> float:
        """Bytes sent for each byte of a photo."""
        return self.sent / self.size

    @property
    def time_ratio(self) -> float:
        """Time needed, divided by the time the link needs at best."""
        return self.seconds / self.physical

    def __str__(self) -> str:
        """One line of the report."""
        return (
            f"{self.client}: {self.stored} of {self.photos} photos stored, "
            f"{self.size / 1e6:.1f} MB, sent {self.sent / 1e6:.2f} MB (× {self.bytes_ratio:.3f}), "
            f"{self.seconds:.1f} s of {self.physical:.1f} s physical (× {self.time_ratio:.2f}), "
            f"{self.outages} outages"
        )


def photo(size: int, seed: int) -> bytes:
    """A JPEG of exactly `size` bytes: a photograph, filled up with comments of noise.

    Raises `ValueError` for a size that is too small for the photograph.
    """
    whole = photograph(min(size - 20_000, SMALL - 20_000))
    if len(whole) > size - 4:
        raise ValueError(f"the photograph has {len(whole)} bytes, the photo shall have {size}")
    noise = random.Random(seed)
    fill = bytearray()
    while (left := size - len(whole) - len(fill)) > 0:
        # What is left must never be less than the four bytes of a segment header.
        take = left - 4 if left <= _MAX_COMMENT else min(_MAX_COMMENT, left - 8) - 4
        fill += b"\xff\xfe" + (take + 2).to_bytes(2, "big") + noise.randbytes(take)
    return whole[:2] + bytes(fill) + whole[2:]


def records_of_photos(seed: int, *, large_too: bool = True) -> list[list[bytes]]:
    """Three records: 18 photos of 400 kB and 4 of 3 MB, at most nine to a record."""
    small = [photo(SMALL, seed * 100 + number) for number in range(MANY)]
    large = [photo(LARGE, seed * 100 + MANY + number) for number in range(FEW)]
    return [small[:9], small[9:], large] if large_too else [small[:9], small[9:]]


# --- the phone ------------------------------------------------------------------------------------


def bundle(folder: Path) -> str:
    """The phone's queue as one script. Raises `RuntimeError` with the output of the bundler."""
    script = folder / "goodput.js"
    options = ["--format", "iife", "--name", "goodput", "--platform", "browser", "-o", str(script)]
    done = subprocess.run(
        [ROOT / "web/node_modules/.bin/rolldown", "reliability/goodput.ts", *options],
        cwd=ROOT / "web",
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return script.read_text(encoding="utf-8")


@contextmanager
def phone_page(browser: Any, origin: str, script: str) -> Iterator[Any]:
    """A page of this origin that has only the queue."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{origin}/livez")
        page.evaluate(f"(() => {{ {script}; globalThis.goodput = goodput }})()")
        yield page
    finally:
        context.close()


def base64_photos(record: Sequence[bytes]) -> list[str]:
    """Photos as the page expects them."""
    return [base64.b64encode(one).decode() for one in record]


def by_phone(
    browser: Any,
    script: str,
    proxy: Proxy,
    password: str,
    records: Sequence[Sequence[bytes]],
    link: Link,
) -> tuple[Figures, int]:
    """Save the records on a phone with a good link, then set the failing link and send."""
    photos = [one for record in records for one in record]
    size = sum(map(len, photos))
    physical = link.physical_seconds(size)
    with phone_page(browser, proxy.origin, script) as page:
        page.evaluate("credentials => goodput.signIn(...credentials)", [LOGIN, password])
        for record in records:
            page.evaluate("photos => goodput.save(photos)", base64_photos(record))
        proxy.set_link(link)
        sent, cuts, began = proxy.bytes_up, proxy.cuts, time.monotonic()
        result = page.evaluate("ms => goodput.send(ms)", max(60, physical * PATIENCE) * 1000)
        seconds = time.monotonic() - began
        figures = Figures(
            "phone",
            len(photos),
            result["stored"],
            size,
            proxy.bytes_up - sent,
            seconds,
            physical,
            proxy.cuts - cuts,
        )
        proxy.set_link(None)
    return figures, result["cycles"]


# --- the plain client -----------------------------------------------------------------------------


class _PutServer(BaseHTTPRequestHandler):
    """Accepts a file when it is complete, as a PUT does; no server is faster than this."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        while left and (piece := self.rfile.read1(left)):
            left -= len(piece)
        if left:
            self.close_connection = True
            return
        self.send_response(204)
        self.end_headers()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def put_server() -> Iterator[str]:
    """Run a server that accepts whole files; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _PutServer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def by_plain_put(proxy: Proxy, photos: Sequence[bytes], link: Link, at_once: int) -> Figures:
    """PUT every file, and the whole file again after a cut and a random pause."""
    size = sum(map(len, photos))
    physical = link.physical_seconds(size)
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for one in photos:
        waiting.put(one)
    stored: list[int] = []
    proxy.set_link(link)
    sent, cuts, began = proxy.bytes_up, proxy.cuts, time.monotonic()
    stopped = threading.Event()

    def send() -> None:
        generator = random.Random(0)
        with contextlib.suppress(queue.Empty):
            while not stopped.is_set():
                one = waiting.get_nowait()
                while not stopped.is_set() and not _put(proxy.port, one):
                    stopped.wait(generator.random() * 2)
                else:
                    if not stopped.is_set():
                        stored.append(len(one))

    threads = [threading.Thread(target=send) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, began + physical * PATIENCE - time.monotonic()))
    seconds = time.monotonic() - began
    bytes_sent = proxy.bytes_up - sent
    stopped.set()
    proxy.set_link(None)
    proxy.cut_connections()
    for thread in threads:
        thread.join()
    return Figures(
        f"plain PUT, {at_once} at once",
        len(photos),
        len(stored),
        size,
        bytes_sent,
        seconds,
        physical,
        proxy.cuts - cuts,
    )


def _put(port: int, body: bytes) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("PUT", "/photo", body)
        return connection.getresponse().status == 204
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# --- the measurement ------------------------------------------------------------------------------


def print_line(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Measure and print; the exit code says whether the goals were met."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.goodput")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="also run the plain PUT client")
    parser.add_argument("--small", action="store_true", help="without the photos of 3 MB")
    options = parser.parse_args(arguments)
    large_too = not options.small
    met = True
    with (
        tempfile.TemporaryDirectory(prefix="goodput-") as folder,
        live.running(Path(folder) / "home") as product,
        sync_playwright() as playwright,
        proxied(product.origin, Script(seed=options.seed)) as proxy,
    ):
        script = bundle(Path(folder))
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=[*chromium.QUIET]
        )
        for run in range(options.runs):
            seed = options.seed + run
            figures, cycles = by_phone(
                browser,
                script,
                proxy,
                product.passwords[LOGIN],
                records_of_photos(seed, large_too=large_too),
                LOSSY,
            )
            print_line(f"seed {seed}: {figures}; {cycles} cycles")
            met &= figures.stored == figures.photos
            met &= figures.bytes_ratio <= MAX_BYTES_RATIO and figures.time_ratio <= MAX_TIME_RATIO
        browser.close()
    if options.plain:
        photos = [
            one for record in records_of_photos(options.seed, large_too=large_too) for one in record
        ]
        for at_once in (AT_ONCE, 1):
            with put_server() as origin, proxied(origin) as proxy:
                print_line(str(by_plain_put(proxy, photos, LOSSY, at_once)))
    print_line(
        "goals met" if met else f"goals MISSED: bytes ≤ {MAX_BYTES_RATIO}, time ≤ {MAX_TIME_RATIO}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
