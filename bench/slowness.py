"""Makes a Chromium as slow as a cheap phone, and measures how slow it then is.

The DevTools throttle slows the page's own thread only: the worker that compresses photos stays
fast. Stopping the renderer's whole process most of the time slows all its threads equally.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from playwright.sync_api import Page

# A period of running and stopping, short compared with everything that is measured.
_PERIOD_SECONDS = 0.02
_SCAN_SECONDS = 0.1

_WORK = "let t = performance.now(), x = 0; for (let i = 0; i < 4e7; i++) x += i % 7;"
_MEASURE = f"""async () => {{
  const here = new Function('{_WORK} return performance.now() - t')()
  const code = 'onmessage = () => {{ {_WORK} postMessage(performance.now() - t) }}'
  const worker = new Worker(URL.createObjectURL(new Blob([code])))
  const there = await new Promise((resolve) => {{
    worker.onmessage = (event) => resolve(event.data)
    worker.postMessage(0)
  }})
  worker.terminate()
  return [here, there]
}}"""


@dataclass(frozen=True)
class Pace:
    """Milliseconds of the same work on the page's thread and in a worker."""

    page: float
    worker: float


def pace(page: Page) -> Pace:
    """Measure on an empty page, whose policy allows it; the best of three."""
    rounds = [page.evaluate(_MEASURE) for _ in range(3)]
    return Pace(min(here for here, _ in rounds), min(there for _, there in rounds))


def slow_page(page: Page, times: float) -> None:
    """Slow the page by the DevTools throttle."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


@contextmanager
def slow_renderers(browser: int, times: float) -> Iterator[None]:
    """Let the renderers of this browser (its process id) run one part in `times` of the time."""
    stop = threading.Event()
    thread = threading.Thread(target=_stop_and_continue, args=(browser, times, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _stop_and_continue(browser: int, times: float, stop: threading.Event) -> None:
    runs = _PERIOD_SECONDS / times
    pids: list[int] = []
    next_scan = 0.0
    try:
        while not stop.is_set():
            if time.monotonic() >= next_scan:
                pids = _renderers(browser)
                next_scan = time.monotonic() + _SCAN_SECONDS
            _send_signal(pids, signal.SIGSTOP)
            time.sleep(_PERIOD_SECONDS - runs)
            _send_signal(pids, signal.SIGCONT)
            time.sleep(runs)
    finally:
        _send_signal(pids, signal.SIGCONT)


def _renderers(browser: int) -> list[int]:
    pids = []
    for child in psutil.Process(browser).children(recursive=True):
        try:
            if "--type=renderer" in child.cmdline():
                pids.append(child.pid)
        except psutil.Error:  # it ended during the scan
            continue
    return pids


def _send_signal(pids: list[int], signum: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            continue
