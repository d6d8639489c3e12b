"""Signals that stop the supervisor: the first raises an exception, later ones shorten the stop."""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final


class StopRequested(BaseException):
    """The supervisor shall stop: Ctrl-C, SIGTERM, a closed terminal."""


class StopSignals:
    """Turns signals into `StopRequested`, until stopping has begun; a second Ctrl-C then kills.

    Also wakes `wait` whenever a child ends.
    """

    _SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __enter__(self) -> StopSignals:
        self.impatient = False
        self._deferring = False
        self._deferred = False
        self._reader, writer = socket.socketpair()
        self._writer = writer
        self._reader.setblocking(False)
        writer.setblocking(False)
        self._before = {s: signal.signal(s, self._request_stop) for s in self._SIGNALS}
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        self._fd_before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Raise `StopRequested` only at the end of this block.

        A child that is being started must be known before it can be stopped.
        """
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False
            if self._deferred:
                raise StopRequested

    def begin_stopping(self) -> None:
        """From now on, a second Ctrl-C kills the children instead of raising."""
        for number in self._SIGNALS:
            signal.signal(number, self._hurry)

    def wait(self, seconds: float | None) -> None:
        """Wait for a signal (the end of a child is one), at most so many seconds."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        if ready:
            with suppress(BlockingIOError):
                self._reader.recv(4096)

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.begin_stopping()
        if self._deferring:
            self._deferred = True
        else:
            raise StopRequested

    def _hurry(self, _number: int, _frame: FrameType | None) -> None:
        self.impatient = True
