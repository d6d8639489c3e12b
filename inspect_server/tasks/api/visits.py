"""Visits 现场复核 over HTTP: who can be sent, requesting a visit, withdrawing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from inspect_server.core.database import db, in_write_tx
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.identity.auth import allow, me
from inspect_server.registry import reference
from inspect_server.tasks.queries import visits as visit_queries
from inspect_server.tasks.services import visits
from schemas.visits import VisitorsSchema, VisitRequest, VisitRequestSchema, VisitSchema
from schemas.vocabulary import Role

bp = Blueprint("visits", "现场复核 Visits", "/tasks/<uuid:task_id>")


@bp.get("/visitors")
@allow(Role.SUPERVISOR)
@bp.response(200, VisitorsSchema)
def list_visitors(task_id: UUID) -> dict[str, Any]:
    """Who can be sent to look at a case 可请人员, the most suitable first."""
    session = db.session()
    return visit_queries.visitors(session, reference.current(session), me(), task_id, now())


@bp.post("/visits")
@allow(Role.SUPERVISOR)
@bp.arguments(VisitRequestSchema)
@bp.response(201, VisitSchema)
@in_write_tx
def request_visit(body: VisitRequest, task_id: UUID) -> dict[str, Any]:
    """Request that an observer looks on the spot 请人现场复核; a repeated id changes nothing."""
    session, moment = db.session(), now()
    visit = visits.request(session, reference.current(session), me(), task_id, body, moment)
    return visit_queries.one(session, visit, moment)


@bp.post("/visits/<uuid:visit_id>/withdrawal")
@allow(Role.SUPERVISOR)
@bp.response(200, VisitSchema)
@in_write_tx
def withdraw_visit(task_id: UUID, visit_id: UUID) -> dict[str, Any]:
    """Withdraw a requested visit 撤回现场复核."""
    session, moment = db.session(), now()
    visit = visits.withdraw(session, me(), task_id, visit_id, moment)
    return visit_queries.one(session, visit, moment)
