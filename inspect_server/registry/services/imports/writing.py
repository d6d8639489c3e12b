"""Writes what a checked table adds and changes, in batches, with its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core.access import Actor
from inspect_server.models import RegisterChange
from inspect_server.registry.services.imports.checking import ChangedEntry
from inspect_server.registry.services.imports.shapes import STEP
from inspect_server.registry.services.registers import entries
from inspect_server.registry.services.registers.history import (
    Difference,
    change_columns,
    created,
    differing,
)
from inspect_server.registry.services.registers.shape import RegisterSpec, Values
from schemas.vocabulary import RegisterAction


@dataclass(frozen=True, slots=True)
class ImportWriter:
    """Writes the entries of one import; its history lines carry `import_id`."""

    session: Session
    actor: Actor
    spec: RegisterSpec
    import_id: UUID
    now: datetime

    def write(self, new: Sequence[Values], changed: Sequence[ChangedEntry]) -> Iterator[int]:
        """Write everything; yields how many entries are written."""
        count = 0
        for values in _batches(new):
            self._add(values)
            count += len(values)
            yield count
        for changes in _batches(changed):
            self._change(changes)
            count += len(changes)
            yield count

    def _add(self, batch: Sequence[Values]) -> None:
        ids = [uuid7() for _ in batch]
        rows = [
            {self.spec.key: entry_id, **self.spec.columns(values, None, self.now), "version": 1}
            for entry_id, values in zip(ids, batch, strict=True)
        ]
        self.session.execute(sa.insert(self.spec.model), rows)
        differences = [created(values) for values in batch]
        self._note(RegisterAction.CREATED, ids, differences)
        published = [
            (entry_id, 1, values["active"]) for entry_id, values in zip(ids, batch, strict=True)
        ]
        entries.publish(self.session, self.spec, published)

    def _change(self, batch: Sequence[ChangedEntry]) -> None:
        ids, published, differences = [], [], []
        for entry in batch:
            for name, value in self.spec.columns(entry.after, entry.row, self.now).items():
                setattr(entry.row, name, value)
            entry.row.version += 1
            entry_id = getattr(entry.row, self.spec.key)
            ids.append(entry_id)
            differences.append(differing(entry.before, entry.after))
            published.append((entry_id, entry.row.version, entry.after["active"]))
        self.session.flush()
        self._note(RegisterAction.CHANGED, ids, differences)
        entries.publish(self.session, self.spec, published)

    def _note(
        self, action: RegisterAction, ids: Sequence[Any], differences: Sequence[Difference]
    ) -> None:
        """Write the history 变更记录 of one batch."""
        lines = [
            change_columns(
                self.spec, entry_id, action, difference, self.actor, self.now, self.import_id
            )
            for entry_id, difference in zip(ids, differences, strict=True)
        ]
        self.session.execute(sa.insert(RegisterChange), lines)


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), STEP):
        yield items[start : start + STEP]
