"""What a model phone stores, and at which await of a cycle its process is killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# The states of an op that is not settled yet.
OPEN = ("saved", "sending", "deferred")


@dataclass
class Store:
    """What survives a kill of the process."""

    tokens: dict[str, str]
    epoch: str | None
    cursor: str | None
    backed_up_to: str | None = None
    ops: dict[str, dict[str, Any]] = field(default_factory=dict)
    photos: dict[str, dict[str, Any]] = field(default_factory=dict)
    bytes: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    visits: dict[str, dict[str, Any]] = field(default_factory=dict)

    def use_session(self, session: dict[str, Any]) -> None:
        """Keep the tokens of a session."""
        self.tokens = {"access": session["access_token"], "refresh": session["refresh_token"]}

    def copies(self, collection: str) -> dict[str, dict[str, Any]]:
        """The pulled copies of a collection; other collections are not kept."""
        kept = {"observations": self.records, "tasks": self.tasks, "visits": self.visits}
        return kept.get(collection, {})

    def clear_copies(self) -> None:
        """Forget all pulled copies and the cursor."""
        self.cursor = None
        self.records.clear()
        self.tasks.clear()
        self.visits.clear()


@dataclass
class Answers:
    """Every final answer a phone received, also for rows it deleted later."""

    ops: dict[str, str] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)


class Killed(Exception):
    """The process was killed; what was written stays."""


class KillSwitch:
    """Counts the awaits of a cycle and kills the process at one of them."""

    def __init__(self, kill_at: int | None) -> None:
        """`kill_at`: how many awaits pass before the kill; None: no kill."""
        self._left = kill_at

    def step(self) -> None:
        """An await. Raises `Killed`."""
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Killed
