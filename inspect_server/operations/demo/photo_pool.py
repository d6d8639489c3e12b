"""The photo pool 照片池: a few photos that all records of the history share."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspect_server.operations.starter import STARTER, starter_id
from media import keys
from media.derive import DerivativeWorker
from media.store import ObjectMissing, ObjectStore

POOL = STARTER / "photos"


@dataclass(frozen=True, slots=True)
class PoolPhoto:
    """One shared photo: its scene and role, its file, and the keys of its three objects."""

    scene: str
    role: str
    path: Path
    sha256: str
    bytes: int
    width: int
    height: int
    object_key: str
    review_key: str
    thumb_key: str


def store_pool(store: ObjectStore) -> list[PoolPhoto]:
    """Store originals and copies of the pool; existing objects are not written again."""
    pool = read_pool()
    with DerivativeWorker() as derivative_worker:
        for photo in pool:
            if _is_stored(store, photo):
                continue
            body = photo.path.read_bytes()
            copies = derivative_worker.render(body)
            _put(store, photo.review_key, copies.review)
            _put(store, photo.thumb_key, copies.thumb)
            # Last: if the original is there, its copies are too.
            _put(store, photo.object_key, body)
    return pool


def read_pool() -> list[PoolPhoto]:
    """Read the manifest of the pool, with the keys of its objects."""
    with (POOL / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return [_pool_photo(row) for row in csv.DictReader(lines)]


def _pool_photo(row: Mapping[str, str]) -> PoolPhoto:
    path = POOL / row["file"]
    body = path.read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    photo_id = starter_id("photo", row["file"])
    return PoolPhoto(
        scene=row["scene"],
        role=row["role"],
        path=path,
        sha256=sha256,
        bytes=len(body),
        width=int(row["width"]),
        height=int(row["height"]),
        object_key=keys.original(photo_id, sha256),
        review_key=keys.review(photo_id),
        thumb_key=keys.thumb(photo_id),
    )


def _is_stored(store: ObjectStore, photo: PoolPhoto) -> bool:
    try:
        return store.head(photo.object_key).bytes == photo.bytes
    except ObjectMissing:
        return False


def _put(store: ObjectStore, key: str, body: bytes) -> None:
    digest = hashlib.sha256(body).hexdigest()
    store.put(key, body, bytes=len(body), sha256=digest, mime="image/jpeg")
