"""The sweep 清扫: spool parts no upload counts on, and uploads nobody came back for."""

from __future__ import annotations

import time
from datetime import datetime

import structlog

from inspect_server.services import leftovers, tasks
from inspect_server.services.spool import Spool
from inspect_server.transactions import transact

# A part younger than this may belong to a request that has no row yet.
GRACE_SECONDS = 24 * 3600

log = structlog.get_logger()


def run(spool: Spool, now: datetime) -> None:
    """Remove expired uploads and the spool parts nothing names any more."""
    expired = transact(lambda session: leftovers.forget_expired(session, now))
    lapsed = transact(lambda session: tasks.lapse_overdue_moves(session, now))
    named = transact(leftovers.named_parts)
    oldest = time.time() - GRACE_SECONDS
    dropped = [name for name in spool.left_since(oldest) if name not in named]
    spool.drop(dropped)
    if expired or dropped or lapsed:
        log.info("sweep.done", uploads=expired, parts=len(dropped), moves=lapsed)
