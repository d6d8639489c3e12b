"""Jobs of tasks: alarms 提醒 that are due, and pending moves whose photos never came.

One transaction a task. Nothing is claimed: a task carries the moment of its next alarm, and
whichever worker locks it first handles it.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from inspect_server.core.database import db, read_tx, write_tx
from inspect_server.registry import reference
from inspect_server.tasks.services import alarms, moves
from schemas.vocabulary import Alarm

PORTION = 50

log = structlog.get_logger()


def ring_alarms(now: datetime) -> int:
    """Handle a portion of the alarms that are due; return how many tasks had one."""
    due = read_tx(partial(alarms.due, now=now, most=PORTION))
    for task_id in due:
        _ring(task_id, now)
    return len(due)


def _ring(task_id: UUID, now: datetime) -> None:
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


def lapse_pending_moves(now: datetime) -> int:
    """Lapse the moves whose photos never came; return how many."""
    lapsed = write_tx(lambda session: moves.lapse_overdue_moves(session, now))
    if lapsed:
        log.info("moves.lapsed", moves=lapsed)
    return lapsed
