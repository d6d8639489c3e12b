"""What stands against removing the demonstration: records of real people, and ties to demo rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import (
    Observation,
    Person,
    Photo,
    Point,
    Quarantined,
    Rescue,
    Shop,
    Task,
    TaskEvent,
    Unit,
)
from inspect_server.operations.demo.demo_rows import PEOPLE, POINTS, TASKS, UNITS

# How many names one sentence lists.
_SAMPLES = 5
_ON_DEMO_CASES = TaskEvent.task_id.in_(TASKS)


def obstacles(session: Session, mixed: bool) -> list[str]:
    """Return what stands against a removal, each a sentence that names some of it.

    With `mixed`, demo cases on which real people worked are no obstacle.
    """
    sentences = _real_records(session) + _tied_entries(session)
    return sentences if mixed else sentences + _real_work(session)


def _real_records(session: Session) -> list[str]:
    """Name what real people recorded."""
    real = ~Person.demo
    author = sa.select(Person.name).join(Observation, Observation.author_id == Person.id)
    loose = sa.select(Person.name).join(Photo, Photo.author_id == Person.id)
    item = sa.select(Person.name).join(Quarantined, Quarantined.person_id == Person.id)
    zips = sa.select(Rescue.device_id).where(
        sa.or_(Rescue.author_id.is_(None), Rescue.author_id.not_in(PEOPLE))
    )
    unattached = (Photo.task_id.is_(None), Photo.observation_id.is_(None))
    return [
        *_named(session, "真实人员的上报 {count} 条，来自 {names}", author.where(real)),
        *_named(session, "真实人员的照片 {count} 张，来自 {names}", loose.where(real, *unattached)),
        *_named(session, "真实人员的隔离内容 {count} 项，来自 {names}", item.where(real)),
        *_named(session, "真实手机的抢救包 {count} 个，设备 {names}", zips),
    ]


def _tied_entries(session: Session) -> list[str]:
    """Name real entries of the registers that refer to demo entries: move them first."""
    people = sa.select(Person.name).where(~Person.demo, Person.unit_id.in_(UNITS))
    shops = sa.select(Shop.name).where(
        ~Shop.demo, sa.or_(Shop.unit_id.in_(UNITS), Shop.point_id.in_(POINTS))
    )
    return [
        *_named(session, "真实人员 {count} 人在演示单位里，先改单位：{names}", people),
        *_named(session, "真实门店 {count} 家属于演示单位或点位，先改归属：{names}", shops),
    ]


def _real_work(session: Session) -> list[str]:
    """Name real people, units, points and shops that demo cases are tied to."""
    actors = sa.select(Person.name).where(
        ~Person.demo, Person.id.in_(sa.select(TaskEvent.actor_id).where(_ON_DEMO_CASES))
    )
    units = sa.select(Unit.name).where(
        ~Unit.demo,
        sa.or_(
            Unit.id.in_(sa.select(Task.unit_id).where(Task.id.in_(TASKS))),
            Unit.id.in_(sa.select(TaskEvent.unit_id).where(_ON_DEMO_CASES)),
        ),
    )
    points = sa.select(Point.name).where(
        ~Point.demo, Point.id.in_(sa.select(Task.point_id).where(Task.id.in_(TASKS)))
    )
    shops = sa.select(Shop.name).where(
        ~Shop.demo, Shop.id.in_(sa.select(Task.shop_id).where(Task.id.in_(TASKS)))
    )
    return [
        *_named(session, "真实人员 {count} 人办过演示案件：{names}", actors),
        *_named(session, "真实单位 {count} 个有演示案件：{names}", units),
        *_named(session, "真实点位 {count} 个有演示案件：{names}", points),
        *_named(session, "真实门店 {count} 家有演示案件：{names}", shops),
    ]


def _named(session: Session, template: str, names: sa.Select[Any]) -> list[str]:
    """Return one sentence with the number of rows and some different names; nothing without any."""
    number = session.scalar(sa.select(sa.func.count()).select_from(names.subquery())) or 0
    if not number:
        return []
    some = names.distinct().order_by(names.selected_columns[0]).limit(_SAMPLES + 1)
    shown = list(session.scalars(some))
    listed = "、".join(shown[:_SAMPLES]) + ("等" if len(shown) > _SAMPLES else "")
    return [template.format(count=number, names=listed)]
