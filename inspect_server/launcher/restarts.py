"""One supervised process: how it is started, and when it is started again after it ended."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# A child that ran this long was healthy: its next restart is immediate again.
_HEALTHY_SECONDS: Final = 30.0
_LONGEST_PAUSE_SECONDS: Final = 30.0


@dataclass(slots=True)
class SupervisedChild:
    """A child, its log, and how often it has failed."""

    label: str
    launch: Callable[[], subprocess.Popen[bytes]]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    # When it is started again, on the monotonic clock.
    due_at: float | None = None

    def start(self) -> None:
        """Start it now."""
        self.process = self.launch()
        self.started_at = time.monotonic()
        self.due_at = None

    def plan_restart(self) -> float:
        """Return the seconds until the next start: none after a healthy run, then 0.5, 1, … 30."""
        now = time.monotonic()
        if now - self.started_at > _HEALTHY_SECONDS:
            self.failures = 0
        pause = min(_LONGEST_PAUSE_SECONDS, 0.25 * 2**self.failures) if self.failures else 0.0
        self.failures += 1
        self.process = None
        self.due_at = now + pause
        return pause
