"""Routes of the routing table 派遣规则: an admin edits it, and tries a change first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from inspect_server.core.clock import SHANGHAI
from inspect_server.core.database import db, in_write_tx
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.identity.auth import allow, me
from inspect_server.models import RoutingRule
from inspect_server.registry import reference
from inspect_server.registry.queries import calendar as calendar_queries
from inspect_server.registry.queries import routing as routing_queries
from inspect_server.registry.services import routing, setting_history
from schemas.calendar import EditPageSchema
from schemas.pages import PageFrom, PageFromSchema
from schemas.routing import (
    DryRunSchema,
    RuleEnd,
    RuleEndSchema,
    RuleFilter,
    RuleFilterSchema,
    RuleForm,
    RuleFormSchema,
    RulePageSchema,
    RuleSchema,
    Trial,
    TrialSchema,
)
from schemas.vocabulary import Role

bp = Blueprint("routing", "派遣规则 Routing rules")


@bp.get("/routing")
@allow(Role.ADMIN, Role.SUPERVISOR, Role.ARBITER)
@bp.arguments(RuleFilterSchema, location="query")
@bp.response(200, RulePageSchema)
def list_rules(request: RuleFilter) -> dict[str, Any]:
    """A page of the routing table."""
    session = db.session()
    return routing_queries.page(session, reference.current(session), request, now())


@bp.post("/routing")
@allow(Role.ADMIN)
@bp.arguments(RuleFormSchema)
@bp.response(201, RuleSchema)
@in_write_tx
def add_rule(request: RuleForm) -> dict[str, Any]:
    """Add a rule, or one in another's place; records to come are routed by it."""
    session = db.session()
    edition = reference.latest(session)
    return _shown(edition, routing.add(session, edition, me(), request, now()))


@bp.post("/routing/<uuid:rule_id>/end")
@allow(Role.ADMIN)
@bp.arguments(RuleEndSchema)
@bp.response(200, RuleSchema)
@in_write_tx
def end_rule(request: RuleEnd, rule_id: UUID) -> dict[str, Any]:
    """Give a rule its last day; it is never deleted."""
    session = db.session()
    edition = reference.latest(session)
    return _shown(edition, routing.end(session, edition, me(), rule_id, request, now()))


@bp.post("/routing/dry-run")
@allow(Role.ADMIN)
@bp.arguments(TrialSchema)
@bp.response(200, DryRunSchema)
def dry_run(request: Trial) -> dict[str, Any]:
    """Where the last 1,000 records would go under a change; nothing is changed."""
    session = db.session()
    edition = reference.latest(session)
    changed, begins_on = routing.apply_trial(edition, request)
    as_of = max(begins_on, now().astimezone(SHANGHAI).date())
    return routing_queries.dry_run(session, edition, changed, as_of)


@bp.get("/routing/edits")
@allow(Role.ADMIN)
@bp.arguments(PageFromSchema, location="query")
@bp.response(200, EditPageSchema)
def list_edits(request: PageFrom) -> dict[str, Any]:
    """Who changed the routing table, and what."""
    return calendar_queries.edits(db.session(), setting_history.ROUTING, request)


def _shown(edition: reference.Reference, row: RoutingRule) -> dict[str, Any]:
    return routing_queries.present(edition, row, now().astimezone(SHANGHAI).date())
