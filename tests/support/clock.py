"""The clock of a test: real time until the test stops it or moves it on."""

from __future__ import annotations

from datetime import datetime, timedelta

from inspect_server.core import clock


class FakeClock:
    """The clock of the app under test."""

    def __init__(self) -> None:
        """Run with the real clock."""
        self._stopped: datetime | None = None
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the current time of this clock."""
        return (self._stopped or clock.now()) + self._ahead

    def stop_at(self, moment: str) -> None:
        """Stand still at a moment written as ISO 8601 with its zone."""
        self._stopped, self._ahead = datetime.fromisoformat(moment), timedelta()

    def forward(self, **span: float) -> None:
        """Move on by so many days, hours, minutes or seconds."""
        self._ahead += timedelta(**span)
