"""Cases as an export writes them 导出: columns without people, chunk after chunk; SELECTs only.

No reporter, no handler, no telephone number: an export goes outside (DOMAIN §9).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import Observation, Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import export_details, lists
from inspect_server.tasks.queries.export_details import Links
from inspect_server.tasks.queries.rows import name_of, nearest_of
from inspect_server.tasks.rules.deadlines import is_overdue
from inspect_server.tasks.rules.telephones import without_telephones
from schemas.fields import case_number
from schemas.tasks import TaskFilter
from schemas.vocabulary import Campaign, LocalityBasis, Outcome, Severity

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export: its name for programs, and for people."""

    name: str
    zh: str
    width: int


COLUMNS = (
    Column("number", "案卷编号", 17),
    Column("state", "状态", 10),
    Column("category", "类别代码", 10),
    Column("category_name", "类别", 22),
    Column("campaign", "专项行动", 18),
    Column("severity", "程度", 8),
    Column("district", "城区", 16),
    Column("street", "街道", 16),
    Column("community", "社区", 16),
    Column("locality_basis", "属地依据", 10),
    Column("nearest", "最近地点", 20),
    Column("nearest_m", "距最近地点（米）", 14),
    Column("unit", "责任单位", 24),
    Column("pairing_unit", "包联单位", 24),
    Column("point", "点位", 20),
    Column("shop", "门店", 20),
    Column("address", "地址", 28),
    Column("note", "说明", 36),
    Column("outcome", "上报时处理", 12),
    Column("lon", "经度（WGS-84）", 13),
    Column("lat", "纬度（WGS-84）", 13),
    Column("accuracy_m", "定位精度（米）", 12),
    Column("opened_at", "上报时间", 17),
    Column("reported_at", "受理时间", 17),
    Column("filed_at", "立案时间", 17),
    Column("dispatched_at", "派遣时间", 17),
    Column("submitted_at", "提交时间", 17),
    Column("ended_at", "办结时间", 17),
    Column("due_at", "时限", 17),
    Column("provisional", "时限暂定", 9),
    Column("overdue", "已超期", 8),
    Column("reworks", "返工次数", 9),
    Column("hand_backs", "退回次数", 9),
    Column("unit_note", "处置说明", 30),
    Column("verdict", "结论", 12),
    Column("verdict_reason", "结论原因", 16),
    Column("verdict_note", "结论说明", 30),
    Column("photo_count", "照片数", 8),
    Column("demo", "演示数据", 9),
    Column("url", "案件链接", 30),
)


_READ: tuple[Any, ...] = (
    Task.id,
    Task.serial,
    Task.state,
    Task.category_code,
    Task.campaign,
    Task.severity,
    Task.district_code,
    Task.street_code,
    Task.community_code,
    Task.locality_basis,
    Task.unit_id,
    Task.pairing_unit_id,
    Task.point_id,
    Task.shop_id,
    Task.outcome,
    Task.opened_at,
    Task.reported_at,
    Task.filed_at,
    Task.dispatched_at,
    Task.submitted_at,
    Task.ended_at,
    Task.due_at,
    Task.provisional,
    Task.clock_stopped_at,
    Task.reworks,
    Task.hand_backs,
    Task.demo,
    Observation.lon,
    Observation.lat,
    Observation.accuracy_m,
    Observation.nearest_point_id,
    Observation.nearest_shop_id,
    Observation.nearest_m,
    Observation.address,
    Observation.note,
)


def chunk(
    session: Session,
    reference: Reference,
    actor: Actor,
    filters: TaskFilter,
    links: Links,
    now: datetime,
) -> tuple[list[dict[str, Any]], TaskFilter | None]:
    """Return the next rows of an export, and what to ask for the rows after them.

    Beside its columns a row has its `photos`: each format writes them in its own way.
    """
    serials = lists.serials(session, reference, actor, filters, now, CHUNK)
    if not serials:
        return [], None
    # Plain rows: as objects of a session they would cost twice the time.
    query = sa.select(*_READ).join(Observation, Observation.id == Task.observation_id)
    by_serial = {row.serial: row for row in session.execute(query.where(Task.serial.in_(serials)))}
    tasks = [by_serial[serial] for serial in serials]
    photos = export_details.photos(session, tasks, links)
    decided = export_details.decisions(session, tasks)
    rows = [
        _row(reference, task, now)
        | dict(decided[task.id])
        | {"photo_count": len(photos[task.id]), "photos": photos[task.id]}
        | {"url": links.case(task.id)}
        for task in tasks
    ]
    if len(tasks) < CHUNK:
        return rows, None
    return rows, replace(filters, cursor=lists.cursor_after(tasks[-1], filters))


def _row(reference: Reference, task: Any, now: datetime) -> dict[str, Any]:
    category = reference.categories[task.category_code]
    nearest = nearest_of(reference, task)
    return {
        "number": case_number(task),
        "state": task.state.zh,
        "category": task.category_code,
        "category_name": category.name_zh,
        "campaign": Campaign(task.campaign).zh,
        "severity": Severity(str(task.severity)).zh,
        "district": name_of(reference.districts, task.district_code),
        "street": name_of(reference.streets, task.street_code),
        "community": name_of(reference.communities, task.community_code),
        "locality_basis": LocalityBasis(task.locality_basis).zh,
        "nearest": without_telephones(nearest["name"]) if nearest else None,
        "nearest_m": task.nearest_m,
        "unit": without_telephones(name_of(reference.units, task.unit_id)),
        "pairing_unit": without_telephones(name_of(reference.units, task.pairing_unit_id)),
        "point": without_telephones(name_of(reference.points, task.point_id)),
        "shop": without_telephones(name_of(reference.shops, task.shop_id)),
        "address": without_telephones(task.address),
        "note": without_telephones(task.note),
        "outcome": Outcome(task.outcome).zh,
        "lon": task.lon,
        "lat": task.lat,
        "accuracy_m": task.accuracy_m,
        "opened_at": task.opened_at,
        "reported_at": task.reported_at,
        "filed_at": task.filed_at,
        "dispatched_at": task.dispatched_at,
        "submitted_at": task.submitted_at,
        "ended_at": task.ended_at,
        "due_at": task.due_at,
        "provisional": task.provisional,
        "overdue": is_overdue(task, now),
        "reworks": task.reworks,
        "hand_backs": task.hand_backs,
        "demo": task.demo,
    }
