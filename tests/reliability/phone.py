"""A phone as a history uses it: played by the model in Python or by the real core in Node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tests.support.actors import Shot


class Phone(Protocol):
    """A phone of a history. An action that is not possible now returns None."""

    def record(self, shots: Sequence[Shot], note: str, outcome: str) -> dict[str, Any]:
        """Save a record with these photos; returns the op shown as saved."""

    def amend(self, which: int, shots: Sequence[Shot], note: str) -> dict[str, Any] | None:
        """Correct one of the records on this phone."""

    def withdraw(self, which: int) -> dict[str, Any] | None:
        """Withdraw one of the records on this phone."""

    def move(
        self, which: int, choice: int, shots: Sequence[Shot], note: str
    ) -> dict[str, Any] | None:
        """Take a step of one of the tasks on this phone."""

    def visit(
        self, which: int, choice: int, shots: Sequence[Shot], note: str
    ) -> dict[str, Any] | None:
        """Record the finding of one of the visits assigned to this person 现场复核."""

    def sync(self, seconds: int, kill_at: int | None) -> str:
        """Run one cycle after so many seconds, killed at the given await; returns its outcome."""

    def signed_in_again(self, session: dict[str, Any]) -> None:
        """Use the tokens of a new sign-in."""

    def dump(self, quiet: bool) -> dict[str, Any]:
        """The data of the phone and the answers it received, for the checker."""
