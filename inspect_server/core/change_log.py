"""The change log 变更日志: what phones pull, numbered in commit order (I4).

A service notes what it changed; `core.database` publishes all notes immediately before the
commit. The counter row is increased only then, so its lock is held briefly and numbers become
visible in their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from inspect_server.models import Change, Counter
from inspect_server.models.sync import CHANGE_LOG
from schemas.vocabulary import Collection

_NOTES = "changes"


@dataclass(frozen=True, slots=True)
class Note:
    """One entity changed for one audience."""

    audience: str
    collection: Collection
    entity_id: str
    version: int
    deleted: bool


def note(
    session: Session,
    collection: Collection,
    entity_id: UUID | str,
    audiences: Iterable[str],
    *,
    version: int = 1,
    deleted: bool = False,
) -> None:
    """Note that an entity changed for these audiences, unless the savepoint is rolled back."""
    made_in = session.get_nested_transaction() or session.get_transaction()
    notes: list[tuple[SessionTransaction | None, Note]] = session.info.setdefault(_NOTES, [])
    notes.extend(
        (made_in, Note(a, collection, str(entity_id), version, deleted)) for a in audiences
    )


def discard(session: Session, rolled_back: SessionTransaction) -> None:
    """Discard the notes made in a transaction or savepoint that was rolled back, with its rows."""
    if notes := session.info.get(_NOTES):
        session.info[_NOTES] = [
            (made_in, note) for made_in, note in notes if not _is_within(made_in, rolled_back)
        ]


def _is_within(inner: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while inner is not None and inner is not outer:
        inner = inner.parent
    return inner is outer


def forget(session: Session) -> None:
    """Discard all notes."""
    session.info.pop(_NOTES, None)


def publish(session: Session) -> None:
    """Number and write all notes; called by `core.database` before its commit."""
    session.flush()
    notes: list[tuple[SessionTransaction | None, Note]] = session.info.pop(_NOTES, [])
    # Only the last note on an entity counts, at its own position: a deletion for one audience
    # must not be numbered before a change for another.
    latest_by_entity: dict[tuple[str, Collection, str], Note] = {}
    for _made_in, note in notes:
        latest_by_entity.pop((note.audience, note.collection, note.entity_id), None)
        latest_by_entity[note.audience, note.collection, note.entity_id] = note
    latest = list(latest_by_entity.values())
    if not latest:
        return
    connection = session.connection()
    end = connection.execute(_BUMP, {"by": len(latest)}).scalar_one()
    first = end - len(latest) + 1
    connection.execute(
        _UPSERTS[connection.dialect.name],
        [
            {
                "audience": n.audience,
                "collection": n.collection,
                "entity_id": n.entity_id,
                "seq": first + i,
                "deleted": n.deleted,
                "version": n.version,
            }
            for i, n in enumerate(latest)
        ],
    )


def _upsert(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=["audience", "collection", "entity_id"],
        set_={name: insert.excluded[name] for name in ("seq", "deleted", "version")},
    )


# Executed with every write, so built once and without the ORM.
_CHANGE = cast(sa.Table, Change.__table__)
_COUNTER = cast(sa.Table, Counter.__table__)
_BUMP = (
    sa.update(_COUNTER)
    .where(Counter.name == CHANGE_LOG)
    .values(value=Counter.value + sa.bindparam("by", type_=sa.BigInteger))
    .returning(Counter.value)
)
_UPSERTS = {
    "sqlite": _upsert(sqlite.insert(_CHANGE)),
    "postgresql": _upsert(postgresql.insert(_CHANGE)),
}
