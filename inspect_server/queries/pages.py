"""Keyset pages: a cursor is where the last row stood, not a number of rows to skip."""

from __future__ import annotations

import base64
import json
from typing import Any

from inspect_server.problems import CursorInvalid


def write_cursor(*keys: Any) -> str:
    """Write the sort keys of the last row as an opaque, URL-safe word."""
    packed = json.dumps(keys, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(cursor: str, count: int) -> list[Any]:
    """Read what `write_cursor` wrote. Raises `CursorInvalid`."""
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        keys = json.loads(packed)
    except ValueError:
        raise CursorInvalid("翻页位置无效,请从头查看。") from None
    if not isinstance(keys, list) or len(keys) != count:
        raise CursorInvalid("翻页位置无效,请从头查看。")
    return keys
