"""Object keys of photographs, written nowhere else; imports no other module of the product.

A key is made from ids we checked, never from a name a client sent. The two digits after the
kind are the *last* of the id: the first ones of a UUIDv7 are time, and would fill one folder
after the other.
"""

from __future__ import annotations

import re
from uuid import UUID

_ID = re.compile(
    r"(?:original|review|thumb)/[0-9a-f]{2}/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def original(photo_id: UUID, sha256: str) -> str:
    """Return the key of an original 原图. The hash is part of the key, so that other bytes with the
    same id cannot overwrite it."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("sha256 must be 64 lowercase hex digits")
    return f"original/{photo_id.hex[-2:]}/{photo_id}-{sha256}"


def review(photo_id: UUID) -> str:
    """Return the key of the review copy 核查图: upright, without metadata."""
    return f"review/{photo_id.hex[-2:]}/{photo_id}.jpg"


def thumb(photo_id: UUID) -> str:
    """Return the key of the thumbnail 缩略图."""
    return f"thumb/{photo_id.hex[-2:]}/{photo_id}.jpg"


def photo_id(key: str) -> UUID | None:
    """Return the photo of a key; None for a key of another form."""
    match = _ID.match(key)
    return UUID(match[1]) if match else None
