"""Missing fingerprints 指纹补算: those of photos that were stored before screening was built.

It orders a few at a time, and only when nothing else is to be done; the work itself is a leased
job like any other, so a worker that is killed loses nothing and what is broken keeps its reason.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from inspect_server.core.database import read_tx, write_tx
from inspect_server.photos.services import screening

# About a second of work: so long may a photo that comes meanwhile have to wait.
PORTION = 4

log = structlog.get_logger()


class MissingFingerprints:
    """How far one worker has come; new photos bring their fingerprint: once through is enough."""

    def __init__(self) -> None:
        """Begin at the first photo; where there is nothing to do, that is one look."""
        self._after: UUID | None = None
        self._over = False

    def order(self, now: datetime) -> int:
        """Order a portion of the fingerprints that are missing; return how many."""
        if self._over:
            return 0
        missing = read_tx(partial(screening.unprinted, after=self._after, most=PORTION))
        if not missing:
            self._over = True
            return 0
        write_tx(lambda session: screening.order_prints(session, missing, now))
        self._after = missing[-1]
        log.info("backfill.ordered", photos=len(missing))
        return len(missing)
