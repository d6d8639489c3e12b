"""Makes a Chromium as slow as a cheap phone, and measures how slow it then is.

The DevTools throttle slows the page's own thread only: the worker that shrinks photos stays quick.
Holding the renderer's whole process still most of the time slows every thread of it alike.
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

# A round of running and standing still, short beside everything that is measured.
_PERIOD_SECONDS = 0.02
_LOOK_AGAIN_SECONDS = 0.1

_WORK = "let t = performance.now(), x = 0; for (let i = 0; i < 4e7; i++) x += i % 7;"
_WORKED = f"""async () => {{
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
    """Measure on a blank page, whose policy allows it; the best of three."""
    rounds = [page.evaluate(_WORKED) for _ in range(3)]
    return Pace(min(here for here, _ in rounds), min(there for _, there in rounds))


def slow_page(page: Page, times: float) -> None:
    """The DevTools throttle."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


@contextmanager
def slow_renderers(browser: int, times: float) -> Iterator[None]:
    """Let the renderers of this browser (its process id) run one part in `times` of the time."""
    stop = threading.Event()
    holder = threading.Thread(target=_hold, args=(browser, times, stop))
    holder.start()
    try:
        yield
    finally:
        stop.set()
        holder.join()


def _hold(browser: int, times: float, stop: threading.Event) -> None:
    runs = _PERIOD_SECONDS / times
    held: list[int] = []
    look_again = 0.0
    try:
        while not stop.is_set():
            if time.monotonic() >= look_again:
                held = _renderers(browser)
                look_again = time.monotonic() + _LOOK_AGAIN_SECONDS
            _tell(held, signal.SIGSTOP)
            time.sleep(_PERIOD_SECONDS - runs)
            _tell(held, signal.SIGCONT)
            time.sleep(runs)
    finally:
        _tell(held, signal.SIGCONT)


def _renderers(browser: int) -> list[int]:
    found = []
    for child in psutil.Process(browser).children(recursive=True):
        try:
            if "--type=renderer" in child.cmdline():
                found.append(child.pid)
        except psutil.Error:  # it ended while we looked
            continue
    return found


def _tell(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            continue
