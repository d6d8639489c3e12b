"""The raw baseline: the minimum work of any server for a photo.

Read the bytes, compute their SHA-256, put them into the same object store, commit one row.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from inspect_server import read_settings
from inspect_server.photos.settings import PhotoSettings
from media.store import ObjectStore

settings = read_settings(os.environ)
store = ObjectStore(settings.of(PhotoSettings).store)
path = Path(settings.home) / "raw.sqlite3"
local = threading.local()


def database() -> sqlite3.Connection:
    """Return this thread's connection, as durable as the product's."""
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            local.connection.execute(f"PRAGMA {pragma}")
        local.connection.execute("CREATE TABLE IF NOT EXISTS photo (id TEXT PRIMARY KEY, sha TEXT)")
    return local.connection


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Handle one photo: read, hash, put, commit."""
    if environ["REQUEST_METHOD"] != "POST":
        start("200 OK", [("Content-Length", "0")])
        return [b""]
    left = int(environ["CONTENT_LENGTH"])
    digest, parts = hashlib.sha256(), []
    while left and (chunk := environ["wsgi.input"].read(min(65536, left))):
        digest.update(chunk)
        parts.append(chunk)
        left -= len(chunk)
    body = b"".join(parts)
    name = str(uuid.uuid4())
    store.put(f"raw/{name}", body, bytes=len(body), sha256=digest.hexdigest(), mime="image/jpeg")
    connection = database()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO photo VALUES (?, ?)", (name, digest.hexdigest()))
    connection.execute("COMMIT")
    start("201 Created", [("Content-Length", "0")])
    return [b""]
