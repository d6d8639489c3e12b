"""The alarm job 提醒: sees to every case that calls for somebody, one transaction each.

Nothing is claimed: a case says itself when it calls next, and whoever locks it first sees to it.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from inspect_server.core.database import db
from inspect_server.core.transactions import read_tx, write_tx
from inspect_server.registry import reference
from inspect_server.tasks.services import alarms
from schemas.vocabulary import Alarm

PORTION = 50

log = structlog.get_logger()


def run(now: datetime) -> int:
    """See to a portion of the cases that call; return how many did."""
    calling = read_tx(partial(alarms.due, now=now, most=PORTION))
    for task_id in calling:
        _see_to(task_id, now)
    return len(calling)


def _see_to(task_id: UUID, now: datetime) -> None:
    def ring(session: Session) -> list[Alarm]:
        return alarms.ring(session, reference.current(session), task_id, now)

    try:
        rung = write_tx(ring)
    except SQLAlchemyError:
        # The database may be away for a moment; the case calls again.
        raise
    except Exception:
        db.session.rollback()
        log.exception("alarm.failed", task=str(task_id))
        write_tx(lambda session: alarms.put_off(session, task_id, now))
        return
    if rung:
        log.info("alarm.rung", task=str(task_id), alarms=[str(one) for one in rung])
