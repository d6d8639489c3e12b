"""The change log 变更日志: what phones pull, numbered in commit order (I4).

A service notes what it changed; `core.database` publishes all notes immediately before the
commit. The counter row is increased only then, so its lock is held briefly and numbers become
visible in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

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
    """Note that an entity changed for these audiences."""
    notes: list[Note] = session.info.setdefault(_NOTES, [])
    notes.extend(Note(a, collection, str(entity_id), version, deleted) for a in audiences)


@contextmanager
def one_op(session: Session) -> Iterator[None]:
    """Run one op in its own savepoint: when it fails, its rows and its notes are discarded."""
    count = len(session.info.setdefault(_NOTES, []))
    try:
        with session.begin_nested():
            yield
    except BaseException:
        del session.info[_NOTES][count:]
        raise


def forget(session: Session) -> None:
    """Discard all notes, because the transaction is rolled back."""
    session.info.pop(_NOTES, None)


def publish(session: Session) -> None:
    """Number and write all notes; called by `core.database` before its commit."""
    session.flush()
    notes: list[Note] = session.info.pop(_NOTES, [])
    # Only the last note on an entity counts, at its own position: a deletion for one audience
    # must not be numbered before a change for another.
    latest_by_entity: dict[tuple[str, Collection, str], Note] = {}
    for note in notes:
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
