"""Keyset pages: a cursor is where the last row stood, not a number of rows to skip."""

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
    """Write the sort keys of the last row as an opaque, URL-safe word."""
    packed = json.dumps(keys, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: Callable[[Any], Any]) -> list[Any]:
    """Read what `write_cursor` wrote, each key by its kind. Raises `CursorInvalid`.

    It came back from outside: whatever it says may be put into a query only as these kinds.
    """
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        keys = json.loads(packed)
        if not isinstance(keys, list):
            raise ValueError("a cursor is a list of keys")
        return [kind(key) for kind, key in zip(kinds, keys, strict=True)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise CursorInvalid(sentence("翻页位置无效,请从头查看。")) from None


def exactly(word: str) -> Callable[[Any], str]:
    """The kind of a key that tells which list a cursor is of."""

    def kind(key: Any) -> str:
        if key != word:
            raise ValueError(f"not a cursor of {word}")
        return word

    return kind


def whole_number(key: Any) -> int:
    """The kind of a row number."""
    if not isinstance(key, int) or not 0 <= key < 2**63:
        raise ValueError("not a row number")
    return key


def yes_or_no(key: Any) -> bool:
    """The kind of what is so or is not."""
    if not isinstance(key, bool):
        raise ValueError("neither yes nor no")
    return key


def text(key: Any) -> str:
    """The kind of a name or a code."""
    if not isinstance(key, str):
        raise ValueError("not a text")
    is_text(key)
    return key


def moment(key: Any) -> datetime:
    """The kind of a moment."""
    found = moment_or_none(key)
    if found is None:
        raise ValueError("not a moment")
    return found


def moment_or_none(key: Any) -> datetime | None:
    """The kind of a moment that may be missing."""
    if key is None:
        return None
    found = datetime.fromisoformat(key)
    if found.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return found


def newest_first(
    session: Session, model: Any, query: sa.Select[Any], limit: int, cursor: str | None
) -> dict[str, Any]:
    """Return a page of rows by their `at`, the newest first, those of one moment by their id."""
    if cursor:
        at, row_id = read_cursor(cursor, moment, UUID)
        query = query.where(sa.or_(model.at < at, sa.and_(model.at == at, model.id < row_id)))
    query = query.order_by(model.at.desc(), model.id.desc()).limit(limit + 1)
    found = list(session.scalars(query))
    more, found = len(found) > limit, found[:limit]
    last = found[-1] if more else None
    return {
        "items": found,
        "next": write_cursor(last.at.isoformat(), str(last.id)) if last else None,
    }
