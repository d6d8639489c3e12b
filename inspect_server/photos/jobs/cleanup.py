"""Cleanup 清理: spool parts and objects no row counts on, and uploads nobody came back for."""

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
# An object without a row may be the only copy of a photo whose row a restore took back, until
# its phone has offered it again: as long as an unattached upload is kept.
OBJECT_GRACE = timedelta(days=30)
PREFIXES = ("original/", "review/", "thumb/")
_PORTION = 500

log = structlog.get_logger()


def clean_spool(spool: Spool, now: datetime) -> int:
    """Remove expired uploads and the spool parts no row names any more; return how many."""
    expired = write_tx(lambda session: cleanup.forget_expired(session, now))
    named = write_tx(cleanup.named_parts)
    oldest = time.time() - GRACE_SECONDS
    dropped = [name for name in spool.left_since(oldest) if name not in named]
    failpoints.reach("sweep.chosen")
    spool.drop(dropped)
    if expired or dropped:
        log.info("cleanup.spool_done", uploads=expired, parts=len(dropped))
    return expired + len(dropped)


def clean_store(store: ObjectStore, now: datetime) -> int:
    """Remove objects that no row has named for as long as the grace; return how many."""
    removed = 0
    for portion in _old_keys(store, now - OBJECT_GRACE):
        for key in read_tx(partial(cleanup.unnamed, listed=portion)):
            store.delete(key)
            removed += 1
    log.info("cleanup.store_done", objects=removed)
    return removed


def _old_keys(store: ObjectStore, before: datetime) -> Iterator[list[str]]:
    """Return the keys of objects written before a moment, in portions."""
    for prefix in PREFIXES:
        old = (one.key for one in store.list_objects(prefix) if one.modified_at < before)
        while portion := list(islice(old, _PORTION)):
            yield portion
