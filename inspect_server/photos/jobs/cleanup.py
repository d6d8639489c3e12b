"""Cleanup 清理: removes expired uploads, and spool parts and objects that no row refers to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

import structlog

from inspect_server.core import failpoints
from inspect_server.core.database import read_tx, write_tx
from inspect_server.photos.services import cleanup
from inspect_server.photos.spool import Spool
from media.store import ObjectStore

# A part younger than this may belong to a request that has no row yet.
GRACE_SECONDS = 24 * 3600
# After a restore, an object without a row may be the only copy of a photo until its phone sends the
# record again; kept as long as an upload without a record.
OBJECT_GRACE = timedelta(days=30)
PREFIXES = ("original/", "review/", "thumb/")
_PORTION = 500

log = structlog.get_logger()


def clean_spool(spool: Spool, now: datetime) -> int:
    """Remove expired uploads and unreferenced spool parts; return their number."""
    expired = write_tx(lambda session: cleanup.delete_expired_uploads(session, now))
    referenced = write_tx(cleanup.referenced_parts)
    oldest = time.time() - GRACE_SECONDS
    unreferenced = [name for name in spool.written_before(oldest) if name not in referenced]
    failpoints.reach("sweep.chosen")
    spool.drop(unreferenced)
    if expired or unreferenced:
        log.info("cleanup.spool_done", uploads=expired, parts=len(unreferenced))
    return expired + len(unreferenced)


def clean_store(store: ObjectStore, now: datetime) -> int:
    """Remove unreferenced objects older than OBJECT_GRACE; return their number."""
    removed = 0
    for portion in _old_keys(store, now - OBJECT_GRACE):
        for key in read_tx(partial(cleanup.unreferenced_keys, object_keys=portion)):
            store.delete(key)
            removed += 1
    log.info("cleanup.store_done", objects=removed)
    return removed


def _old_keys(store: ObjectStore, before: datetime) -> Iterator[list[str]]:
    """Yield the keys of objects written before a moment, in portions."""
    for prefix in PREFIXES:
        old = (one.key for one in store.list_objects(prefix) if one.modified_at < before)
        while portion := list(islice(old, _PORTION)):
            yield portion
