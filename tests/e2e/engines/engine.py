"""A browser engine that Selenium drives: how it is started on a profile, and how it is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from select import select

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.common.service import Service
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.file_detector import UselessFileDetector
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

WIDTH, HEIGHT = 390, 844
PIXEL_RATIO = 2
# A browser starts within this time on a busy machine.
ANSWER_SECONDS = 120
# A session of its own: every process of the browser is recognised by it, whoever started it.
OWN_SESSION = {"start_new_session": True}


@dataclass(frozen=True)
class Opened:
    """A running browser, and the process of its driver, which leads the session of all others."""

    driver: WebDriver
    service: Service

    def kill(self) -> None:
        """End every process of the browser at once, as a phone does that needs the memory."""
        kill(self.service)

    def close(self) -> None:
        """End the browser; nothing writes its profile any more when this returns."""
        if self.service.process.poll() is None:
            with suppress(WebDriverException, HTTPError, OSError):
                self.driver.quit()
            kill(self.service)


@dataclass(frozen=True)
class Engine:
    """A browser engine of this machine."""

    name: str
    # A driver, and how it starts the browser on a profile that stays on the disk; with a log.
    prepared: Callable[[Path, Path], AbstractContextManager[tuple[Service, ArgOptions]]]
    # What is set once it runs.
    settle: Callable[[WebDriver], None] = lambda _: None

    @contextmanager
    def opened(self, profile: Path, log: Path) -> Iterator[Opened]:
        """The browser, until the end or until it is killed."""
        with self.prepared(profile, log) as (service, options):
            service.start()
            try:
                driver = connect(service, options)
            except BaseException:
                kill(service)
                raise
            browser = Opened(driver, service)
            try:
                self.settle(driver)
                yield browser
            finally:
                browser.close()


def connect(service: Service, options: ArgOptions) -> WebDriver:
    """Start the browser through its driver, which runs.

    Not by Selenium's classes for a browser: they may call its manager, which fetches drivers.
    """
    client = ClientConfig(service.service_url, timeout=ANSWER_SECONDS)
    connection = RemoteConnection(client_config=client)
    # The driver reads the files of a file input itself.
    return WebDriver(connection, options=options, file_detector=UselessFileDetector())


def kill(service: Service) -> None:
    """Send SIGKILL to a driver and to every process of its browser; returns when all have ended."""
    ended: set[int] = set()
    # A process that started another one before it ended is followed by one more round.
    while running := _session(service.process.pid) - ended:
        for pid in running:
            with suppress(ProcessLookupError):
                _kill(pid)
        ended |= running
    service.process.wait()
    service.stop()


def _kill(pid: int) -> None:
    handle = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select([handle], [], [])
    finally:
        os.close(handle)


def _session(leader: int) -> set[int]:
    """The processes of this session."""
    members = set()
    for entry in Path("/proc").iterdir():
        with suppress(ProcessLookupError, ValueError):
            pid = int(entry.name)
            if os.getsid(pid) == leader:
                members.add(pid)
    return members
