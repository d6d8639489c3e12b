"""Missing fingerprints 指纹补算: orders the jobs of photos that were stored without a fingerprint.

It orders a few at a time, when no other job is due. A job that fails keeps its reason in its row.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from inspect_server.core.database import read_tx, write_tx
from inspect_server.photos.services import screening

# About one second of work, which a photo that arrives meanwhile has to wait.
PORTION = 4

log = structlog.get_logger()


class MissingFingerprints:
    """The progress of one worker through all photos; new photos get their fingerprint at once."""

    def __init__(self) -> None:
        """Begin at the first photo."""
        self._after: UUID | None = None
        self._over = False

    def order(self, now: datetime) -> int:
        """Order the next portion of missing fingerprints; return their number."""
        if self._over:
            return 0
        missing = read_tx(
            partial(screening.photos_without_fingerprint, after=self._after, most=PORTION)
        )
        if not missing:
            self._over = True
            return 0
        write_tx(lambda session: screening.order_fingerprints(session, missing, now))
        self._after = missing[-1]
        log.info("backfill.ordered", photos=len(missing))
        return len(missing)
