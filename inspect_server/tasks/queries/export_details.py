"""What an export says of a case beside its own columns: its photos, and how it was decided.

SELECTs only, one for each kind of row and chunk of cases. No person is among it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Photo, TaskEvent
from inspect_server.tasks.queries.rows import LABELS
from inspect_server.tasks.rules.telephones import without_telephones
from schemas.vocabulary import REASON_LABELS, Move, PhotoRole, PhotoState, SystemEvent

# The steps by which a case is decided 结论: the last of them is the verdict.
VERDICTS = (
    Move.PASS,
    Move.FAIL,
    Move.REJECT,
    Move.MERGE,
    Move.VOID,
    SystemEvent.CLOSED_BY_RULE,
)
_UNDECIDED: Mapping[str, Any] = {
    "unit_note": None,
    "verdict": None,
    "verdict_reason": None,
    "verdict_note": None,
}


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that an export names: pages of the console, which asks to sign in."""

    origin: str

    def case(self, task_id: UUID) -> str:
        """Return where a case is shown."""
        return f"{self.origin}/console/tasks/{task_id}"

    def photo(self, task_id: UUID, photo_id: UUID) -> str:
        """Return where a photo of a case is shown, large and beside the others."""
        return f"{self.case(task_id)}?photo={photo_id}"


@dataclass(frozen=True, slots=True)
class ExportedPhoto:
    """A photo of a case as an export lists it: where it is shown, never its bytes."""

    role: PhotoRole | None
    taken_at: datetime | None
    url: str


def photos(
    session: Session, tasks: Sequence[Any], links: Links
) -> Mapping[UUID, list[ExportedPhoto]]:
    """Return the stored photos of these cases in the order of the case's page."""
    columns = (Photo.task_id, Photo.id, Photo.role, Photo.taken_at)
    query = (
        sa.select(*columns)
        .where(Photo.task_id.in_([task.id for task in tasks]), Photo.state == PhotoState.STORED)
        .order_by(Photo.task_id, Photo.declared_at, Photo.position, Photo.id)
    )
    listed: dict[UUID, list[ExportedPhoto]] = {task.id: [] for task in tasks}
    for task_id, photo_id, role, taken_at in session.execute(query):
        assert task_id is not None
        listed[task_id].append(ExportedPhoto(role, taken_at, links.photo(task_id, photo_id)))
    return listed


def decisions(session: Session, tasks: Sequence[Any]) -> Mapping[UUID, Mapping[str, Any]]:
    """Return of each case what its unit wrote when it submitted last, and the verdict on it."""
    columns = (TaskEvent.task_id, TaskEvent.move, TaskEvent.reason, TaskEvent.note)
    moves = [str(move) for move in (Move.SUBMIT, *VERDICTS)]
    query = (
        sa.select(*columns)
        .where(TaskEvent.task_id.in_([task.id for task in tasks]), TaskEvent.move.in_(moves))
        .order_by(TaskEvent.task_id, TaskEvent.version)
    )
    decided: dict[UUID, dict[str, Any]] = {task.id: dict(_UNDECIDED) for task in tasks}
    for task_id, move, reason, note in session.execute(query):
        if move == Move.SUBMIT:
            decided[task_id]["unit_note"] = without_telephones(note)
        else:
            decided[task_id] |= {
                "verdict": LABELS[move],
                "verdict_reason": without_telephones(_reason(reason)),
                "verdict_note": without_telephones(note),
            }
    return decided


def _reason(reason: str | None) -> str | None:
    """Return a reason in words: its label, or what was written where no list has it."""
    return None if reason is None else REASON_LABELS.get(reason, reason)
