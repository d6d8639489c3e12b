"""Keyset pagination: a cursor holds the sort keys of the last row, not a number of rows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.problems import CursorInvalid
from inspect_server.core.sentences import sentence
from schemas.fields import is_text


def write_cursor(*keys: Any) -> str:
    """Return the sort keys of the last row as an opaque, URL-safe text."""
    packed = json.dumps(keys, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: Callable[[Any], Any]) -> list[Any]:
    """Read what `write_cursor` wrote, each key by its kind. Raises `CursorInvalid`.

    A cursor comes from a client, so each key is checked by its kind before it enters a query.
    """
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        keys = json.loads(packed)
        if not isinstance(keys, list):
            raise ValueError("a cursor is a list of keys")
        return [kind(key) for kind, key in zip(kinds, keys, strict=True)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise CursorInvalid(sentence("翻页位置无效，请从头查看。")) from None


def exactly(name: str) -> Callable[[Any], str]:
    """Return the kind of a key that names the list a cursor belongs to."""

    def kind(key: Any) -> str:
        if key != name:
            raise ValueError(f"not a cursor of {name}")
        return name

    return kind


def whole_number(key: Any) -> int:
    """Check a key that is a row number."""
    if not isinstance(key, int) or not 0 <= key < 2**63:
        raise ValueError("not a row number")
    return key


def yes_or_no(key: Any) -> bool:
    """Check a key that is a boolean."""
    if not isinstance(key, bool):
        raise ValueError("neither yes nor no")
    return key


def text(key: Any) -> str:
    """Check a key that is a name or a code."""
    if not isinstance(key, str):
        raise ValueError("not a text")
    is_text(key)
    return key


def moment(key: Any) -> datetime:
    """Check a key that is a moment with its time zone."""
    value = moment_or_none(key)
    if value is None:
        raise ValueError("not a moment")
    return value


def moment_or_none(key: Any) -> datetime | None:
    """Check a key that is a moment with its time zone, or None."""
    if key is None:
        return None
    value = datetime.fromisoformat(key)
    if value.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return value


def newest_first(
    session: Session, model: Any, query: sa.Select[Any], limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of rows ordered by `at` and `id`, newest first: `items` and `next`."""
    if cursor:
        at, row_id = read_cursor(cursor, moment, UUID)
        query = query.where(sa.or_(model.at < at, sa.and_(model.at == at, model.id < row_id)))
    query = query.order_by(model.at.desc(), model.id.desc()).limit(limit + 1)
    rows = list(session.scalars(query))
    more, rows = len(rows) > limit, rows[:limit]
    last = rows[-1] if more else None
    return {
        "items": rows,
        "next": write_cursor(last.at.isoformat(), str(last.id)) if last else None,
    }
