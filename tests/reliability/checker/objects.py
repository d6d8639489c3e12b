"""Checks of the object store against the rows of photos."""

from __future__ import annotations

from collections.abc import Iterator

from media import keys
from schemas.vocabulary import DerivativeState, PhotoState
from tests.reliability.checker.findings import Finding, Kind
from tests.reliability.checker.snapshot import SETTLED, Check, Snapshot


def stored_photos_have_their_bytes(snapshot: Snapshot) -> Iterator[Finding]:
    """I9: a row `stored` names an object that hashes to the phone's sha-256."""
    if snapshot.bucket is None:
        return
    for photo in snapshot.rows.photos.values():
        if photo.state is not PhotoState.STORED:
            continue
        stored = snapshot.bucket.get(photo.object_key or "")
        if stored is None:
            yield Finding(Kind.DANGLING, "I9", f"photo {photo.id}", "stored without bytes")
        elif (stored.sha256, stored.bytes) != (photo.sha256, photo.bytes):
            yield Finding(Kind.DANGLING, "I9", f"photo {photo.id}", "the store holds other bytes")
        if photo.derivative is DerivativeState.READY:
            for key in (photo.review_key, photo.thumb_key):
                if key not in snapshot.bucket:
                    yield Finding(Kind.DANGLING, "I9", f"photo {photo.id}", f"ready without {key}")


def objects_have_rows(snapshot: Snapshot) -> Iterator[Finding]:
    """Harmless: objects without a row; the cleanup deletes them after some days."""
    if snapshot.bucket is None:
        return
    named: set[str] = set()
    for photo in snapshot.rows.photos.values():
        named |= {photo.object_key or "", photo.review_key or "", photo.thumb_key or ""}
        # Stored before its row: the next HEAD of the upload completes it.
        named |= {keys.original(photo.id, photo.sha256), keys.review(photo.id)}
        named.add(keys.thumb(photo.id))
    for key in sorted(set(snapshot.bucket) - named):
        if key.startswith(("original/", "review/", "thumb/")):
            yield Finding(Kind.ORPHANED, "-", key, "without a row")


def uploads_end(snapshot: Snapshot) -> Iterator[Finding]:
    """I2, I9: a settled photo has no upload under way, a stored one has its derivative job."""
    for photo in snapshot.rows.photos.values():
        if photo.state in SETTLED and photo.id in snapshot.rows.uploads:
            yield Finding(Kind.DANGLING, "I3", f"photo {photo.id}", f"{photo.state} and under way")
        if photo.state is PhotoState.STORED and photo.id not in snapshot.rows.jobs:
            yield Finding(Kind.INCOMPLETE, "I2", f"photo {photo.id}", "no copies were ordered")


CHECKS: tuple[Check, ...] = (stored_photos_have_their_bytes, objects_have_rows, uploads_end)
