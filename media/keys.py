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
    """原图: the bytes as the phone sent them. The hash is part of the key, so that other bytes
    under the same id can never lie over these."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("sha256 must be 64 lowercase hex digits")
    return f"original/{photo_id.hex[-2:]}/{photo_id}-{sha256}"


def review(photo_id: UUID) -> str:
    """核查图: the upright, stripped copy people look at."""
    return f"review/{photo_id.hex[-2:]}/{photo_id}.jpg"


def thumb(photo_id: UUID) -> str:
    """缩略图: the small copy for lists."""
    return f"thumb/{photo_id.hex[-2:]}/{photo_id}.jpg"


def photo_id(key: str) -> UUID | None:
    """The photo a key was made for, None for any other key."""
    match = _ID.match(key)
    return UUID(match[1]) if match else None
