"""The routing table 派遣规则 as an admin keeps it: rules are dated, ended and never deleted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core.access import Actor
from inspect_server.core.clock import SHANGHAI
from inspect_server.core.problems import Invalid, NotFound
from inspect_server.core.sentences import sentence
from inspect_server.models import RoutingRule, Task
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules import routing
from inspect_server.registry.rules.routing import Routing
from inspect_server.registry.services import setting_history
from schemas.routing import RuleEnd, RuleForm, Trial


def add(
    session: Session, reference: Reference, actor: Actor, request: RuleForm, now: datetime
) -> RoutingRule:
    """Add a rule; the one it replaces ends the day before. Raises `Invalid`, `NotFound`."""
    check(reference, request)
    row = RoutingRule(
        id=uuid7(),
        category_prefix=request.category_prefix,
        district_code=request.district,
        street_code=request.street,
        community_code=request.community,
        point_type=request.point_type,
        point_id=request.point_id,
        unit_id=request.unit_id,
        pairing_unit_id=request.pairing_unit_id,
        starts_on=request.starts_on,
        ends_on=request.ends_on,
        note=request.note,
    )
    session.add(row)
    action = "新增"
    if request.replaces is not None:
        former = _locked(session, request.replaces)
        former.ends_on = _earlier(former, request)
        action = "修改"
    summary = f"{action}规则：{_subject(reference, row)}，自 {row.starts_on} 起"
    setting_history.changed(session, actor.id, setting_history.ROUTING, summary, request.note, now)
    return row


def end(
    session: Session,
    reference: Reference,
    actor: Actor,
    rule_id: UUID,
    request: RuleEnd,
    now: datetime,
) -> RoutingRule:
    """Give a rule its last day. Raises `NotFound`."""
    row = _locked(session, rule_id)
    row.ends_on = request.ends_on
    summary = f"结束规则：{_subject(reference, row)}，最后一天 {row.ends_on}"
    setting_history.changed(session, actor.id, setting_history.ROUTING, summary, request.note, now)
    return row


def set_precedent(
    session: Session, reference: Reference, task: Task, by_id: UUID, now: datetime
) -> RoutingRule:
    """Make a rule of an arbitrated case 裁定成例: its category, where it lies, its unit."""
    row = RoutingRule(
        id=uuid7(),
        category_prefix=task.category_code,
        district_code=task.district_code,
        street_code=task.street_code,
        unit_id=task.unit_id,
        starts_on=now.astimezone(SHANGHAI).date(),
        note=f"裁定成例：案件 {task.number}",
    )
    session.add(row)
    summary = f"新增规则：{_subject(reference, row)}，自 {row.starts_on} 起"
    setting_history.changed(session, by_id, setting_history.ROUTING, summary, row.note, now)
    return row


def check(reference: Reference, request: RuleForm) -> None:
    """Refuse a rule that names what is not there, or could never fit. Raises `Invalid`."""
    references = (
        ("district", request.district, reference.districts, "没有这个城区"),
        ("street", request.street, reference.streets, "没有这个街道"),
        ("community", request.community, reference.communities, "没有这个社区"),
        ("point_id", request.point_id, reference.points, "没有这个点位"),
        ("unit_id", request.unit_id, reference.units, "没有这个责任单位"),
        ("pairing_unit_id", request.pairing_unit_id, reference.units, "没有这个包联单位"),
    )
    errors = [
        {"pointer": f"/{field}", "detail": detail}
        for field, value, rows, detail in references
        if value is not None and value not in rows
    ]
    prefix = request.category_prefix
    if not any(code.startswith(prefix) for code in reference.categories):
        errors.append({"pointer": "/category_prefix", "detail": sentence("没有以此开头的类别")})
    types = {point.type for point in reference.points.values()}
    if request.point_type is not None and request.point_type not in types:
        errors.append({"pointer": "/point_type", "detail": sentence("没有这种点位")})
    if request.ends_on is not None and request.ends_on < request.starts_on:
        errors.append({"pointer": "/ends_on", "detail": sentence("结束日期早于开始日期")})
    if errors:
        raise Invalid(errors=errors)


def _as_rule(request: RuleForm) -> routing.RoutingRule:
    """Return what a form says as the rule it would become, for a trial."""
    return routing.RoutingRule(
        id=uuid7(),
        unit_id=request.unit_id,
        category_prefix=request.category_prefix,
        district_code=request.district,
        street_code=request.street,
        community_code=request.community,
        point_id=request.point_id,
        point_type=request.point_type,
        pairing_unit_id=request.pairing_unit_id,
        starts_on=request.starts_on,
        ends_on=request.ends_on,
        note=request.note,
    )


def apply_trial(reference: Reference, request: Trial) -> tuple[Routing, date]:
    """Return the table as it would be, and the day the change begins. Raises `Invalid`."""
    if (request.rule is None) == (request.ends is None):
        raise Invalid(
            errors=[{"pointer": "/rule", "detail": sentence("请给出一条规则，或要结束的规则")}]
        )
    if request.ends is not None:
        begins_on = request.ends.ends_on + timedelta(days=1)
        return reference.routing.changed((), {request.ends.id: request.ends.ends_on}), begins_on
    assert request.rule is not None, "one of the two is given"
    check(reference, request.rule)
    begins_on = request.rule.starts_on
    ended = {}
    if request.rule.replaces is not None:
        ended = {request.rule.replaces: begins_on - timedelta(days=1)}
    return reference.routing.changed([_as_rule(request.rule)], ended), begins_on


def _earlier(former: RoutingRule, request: RuleForm) -> date:
    """The last day of a rule that another takes over; one ended before stays as it is."""
    day_before = request.starts_on - timedelta(days=1)
    return min(former.ends_on, day_before) if former.ends_on else day_before


def _locked(session: Session, rule_id: UUID) -> RoutingRule:
    row = session.get(RoutingRule, rule_id, with_for_update=True)
    if row is None:
        raise NotFound(sentence("没有这条派遣规则。"))
    return row


def _subject(reference: Reference, row: RoutingRule) -> str:
    """Return category and place of a rule as text, for the list of changes."""
    parts = [f"类别 {row.category_prefix}" if row.category_prefix else "全部类别"]
    if row.district_code:
        parts.append(reference.districts[row.district_code].name)
    if row.street_code:
        parts.append(reference.streets[row.street_code].name)
    if row.community_code:
        parts.append(reference.communities[row.community_code].name)
    if row.point_id:
        parts.append(reference.points[row.point_id].name)
    if row.point_type:
        parts.append(row.point_type)
    unit = reference.units[row.unit_id].name if row.unit_id else "门店所属单位"
    return " · ".join(parts) + f" → {unit}"
