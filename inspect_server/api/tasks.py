"""The door of tasks 案件: the list, the case, and the moves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from inspect_server import reference
from inspect_server.api.auth import me, signed_in
from inspect_server.api.wire import Blueprint, now, writes
from inspect_server.extensions import db
from inspect_server.queries import tasks as task_queries
from inspect_server.services import moves
from schemas.tasks import (
    TaskCountsSchema,
    TaskFilter,
    TaskFilterSchema,
    TaskPageSchema,
    TaskSchema,
    WantedMove,
    WantedMoveSchema,
)
from schemas.vocabulary import MoveStatus

bp = Blueprint("tasks", "案件 Tasks", "/tasks")


@bp.get("")
@signed_in
@bp.arguments(TaskFilterSchema, location="query")
@bp.response(200, TaskPageSchema)
def list_tasks(wanted: TaskFilter) -> dict[str, Any]:
    """A page of the tasks I may see."""
    session = db.session()
    return task_queries.page(session, reference.current(session), me(), wanted, now())


@bp.get("/counts")
@signed_in
@bp.arguments(TaskFilterSchema, location="query")
@bp.response(200, TaskCountsSchema)
def count_tasks(wanted: TaskFilter) -> dict[str, Any]:
    """How many tasks a filter finds, by state."""
    return task_queries.counts(db.session(), me(), wanted, now())


@bp.get("/<uuid:task_id>")
@signed_in
@bp.response(200, TaskSchema)
def show_task(task_id: UUID) -> dict[str, Any]:
    """A whole case with its events, its evidence and the moves open to me."""
    session = db.session()
    return task_queries.one(session, reference.current(session), me(), task_id, now())


@bp.post("/<uuid:task_id>/moves")
@signed_in
@bp.arguments(WantedMoveSchema)
@bp.response(200, TaskSchema)
@bp.alt_response(202, schema=TaskSchema)
@writes
def move(wanted: WantedMove, task_id: UUID) -> Any:
    """派遣, 处置, 核查…: one legal step of a task; 202 while it waits for its photos."""
    session = db.session()
    known = reference.current(session)
    moment = now()
    task, taken = moves.ask_at_desk(session, known, me(), task_id, wanted, moment)
    shown = task_queries.after_move(session, known, me(), task, taken, moment)
    return shown, 202 if taken.status is MoveStatus.PENDING else 200
