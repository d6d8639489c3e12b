"""The change log 变更日志: what phones pull, numbered in commit order (I4).

A service notes what it changed; the door publishes all notes as the last thing before its
commit: the counter row is bumped then, so its lock is held for a moment only and a reader
never sees a number before a smaller one.
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
    """Remember that an entity changed for these audiences."""
    notes: list[Note] = session.info.setdefault(_NOTES, [])
    notes.extend(Note(a, collection, str(entity_id), version, deleted) for a in audiences)


@contextmanager
def one_op(session: Session) -> Iterator[None]:
    """Run one op in its own savepoint: when it fails, its rows and its notes are gone."""
    kept = len(session.info.setdefault(_NOTES, []))
    try:
        with session.begin_nested():
            yield
    except BaseException:
        del session.info[_NOTES][kept:]
        raise


def forget(session: Session) -> None:
    """Drop all notes: the transaction was rolled back."""
    session.info.pop(_NOTES, None)


def publish(session: Session) -> None:
    """Number and write all notes; the door calls it last before its commit."""
    session.flush()
    notes: list[Note] = session.info.pop(_NOTES, [])
    # The last word on an entity counts, and stands where it was said: a deletion for one
    # audience must not overtake a change for another.
    last: dict[tuple[str, Collection, str], Note] = {}
    for said in notes:
        last.pop((said.audience, said.collection, said.entity_id), None)
        last[said.audience, said.collection, said.entity_id] = said
    latest = list(last.values())
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


# Run with every write, so built once and without the ORM.
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
