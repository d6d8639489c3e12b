"""The rows of some records, collected first and written at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Base, Observation, Photo, Task, TaskEvent, TaskMove
from inspect_server.tasks.rules import search as rules_search
from inspect_server.tasks.services import search_index, transitions
from schemas.vocabulary import TaskState


@dataclass
class Batch:
    """The rows of some records, and the tasks that are sent to phones."""

    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    sent: list[Task] = field(default_factory=list)
    states: list[TaskState] = field(default_factory=list)

    def add(self, model: type[Base], **columns: Any) -> None:
        """Collect one row."""
        self.rows.setdefault(model, []).append(columns)


def columns_of(row: Base, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """Return all columns of a row that was never in a session, for a bulk insert."""
    return {
        column.key: getattr(row, column.key)
        for column in sa.inspect(type(row)).column_attrs
        if column.key not in leave_out
    }


def write_batch(session: Session, batch: Batch) -> None:
    """Write the rows, parents first, and put the recent cases into the change log."""
    for model in (Observation, Task, TaskEvent, TaskMove, Photo):
        rows = batch.rows.get(model)
        if rows:
            session.execute(sa.insert(model), rows)
    _add_to_search(session, batch)
    for task in batch.sent:
        transitions.note_change(session, task)


def _add_to_search(session: Session, batch: Batch) -> None:
    """Add the new cases to the search index, now that the database has numbered them."""
    observations = {row["id"]: row for row in batch.rows.get(Observation, ())}
    tasks = session.scalars(sa.select(Task).where(Task.observation_id.in_(observations)))
    documents = []
    for task in tasks:
        row = observations[task.observation_id]
        documents.append(
            (task.serial, rules_search.document(task.number, row["note"], row["address"]))
        )
    search_index.write(session, documents)
