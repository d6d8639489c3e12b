"""Visits 现场复核 as the console and the observer's phone show them; SELECTs only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.geo import metres_between
from inspect_server.core.problems import MoveNotAllowed, NotFound
from inspect_server.core.sentences import sentence
from inspect_server.models import Observation, Person, Photo, Task, Visit
from inspect_server.models.tasks import answered_for
from inspect_server.photos.queries import photos as photo_queries
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import rows as task_rows
from inspect_server.tasks.rules import visits as rules
from schemas.vocabulary import PhotoRole, PhotoState, Role, VisitState

# An older position of an observer says nothing about today.
LAST_SEEN_WITHIN = timedelta(days=7)
MOST_VISITORS = 100


def of_tasks(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Visit]]:
    """Return the visits of many cases at once, in the order they were requested."""
    visits: dict[UUID, list[Visit]] = {i: [] for i in ids}
    query = sa.select(Visit).where(Visit.task_id.in_(ids)).order_by(Visit.asked_at, Visit.id)
    for visit in session.scalars(query):
        visits[visit.task_id].append(visit)
    return visits


def named_in(visits: Sequence[Visit]) -> set[UUID]:
    """Return the names of all people in these visits."""
    people = {person for v in visits for person in (v.asked_by_id, v.observer_id)}
    return people | {v.withdrawn_by_id for v in visits if v.withdrawn_by_id}


def present(
    visit: Visit,
    people: Mapping[UUID, Person],
    evidence: Sequence[Photo],
    origin: tuple[float, float] | None,
    now: datetime,
) -> dict[str, Any]:
    """Return a visit as those who decide see it; `origin` is where the case lies."""
    photos = [p for p in evidence if visit.op_id is not None and p.op_id == visit.op_id]
    recorded = visit.received_at is not None
    return {
        "id": visit.id,
        "task_id": visit.task_id,
        "kind": visit.kind,
        "state": visit.state,
        "asked_by": _person(people[visit.asked_by_id]),
        "observer": _person(people[visit.observer_id]),
        "asked_at": visit.asked_at,
        "note": visit.note,
        "due_at": visit.due_at,
        "provisional": visit.provisional,
        "overdue": visit.state is VisitState.ASKED and visit.due_at < now,
        "withdrawn_at": visit.withdrawn_at,
        "withdrawn_by": _person(people[visit.withdrawn_by_id]) if visit.withdrawn_by_id else None,
        "finding": visit.finding,
        "found_note": visit.found_note,
        "place": _without_fix(visit.place),
        "distance_m": _metres(visit.place, origin),
        "captured_at": visit.captured_at,
        "clock": (
            {"offset_ms": visit.clock_offset_ms, "age_ms": visit.clock_age_ms} if recorded else None
        ),
        "received_at": visit.received_at,
        "late": visit.late,
        "photos": [p.id for p in photos],
        "missing_photos": [p.id for p in photos if p.state is not PhotoState.STORED],
    }


def one(session: Session, visit: Visit, now: datetime) -> dict[str, Any]:
    """Return one visit as those who decide see it."""
    people = session.scalars(sa.select(Person).where(Person.id.in_(named_in([visit]))))
    (evidence,) = photo_queries.of_tasks(session, [visit.task_id]).values()
    task = session.scalars(sa.select(Task).where(Task.id == visit.task_id)).one()
    here = session.get_one(Observation, task.observation_id)
    return present(visit, {p.id: p for p in people}, evidence, _spot(here), now)


# --- on the phone ------------------------------------------------------------------------------


def requested(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[UUID]
) -> dict[str, dict[str, Any]]:
    """Return the visits requested of this person 待现场查看, whole, for a time without a network.

    Neither the judged unit nor the reporter is named.
    """
    rows = session.execute(
        sa.select(Visit, Task, Observation)
        .join(Task, Task.id == Visit.task_id)
        .join(Observation, Observation.id == Task.observation_id)
        .where(
            Visit.id.in_(ids),
            Visit.observer_id == actor.id,
            Visit.state == VisitState.ASKED,
        )
    ).all()
    evidence = photo_queries.of_tasks(session, [task.id for _, task, _ in rows])
    return {
        str(visit.id): _requested(reference, visit, task, record, evidence[task.id])
        for visit, task, record in rows
    }


def _requested(
    reference: Reference, visit: Visit, task: Task, record: Observation, evidence: Sequence[Photo]
) -> dict[str, Any]:
    origin = _spot(record)
    shown = [p for p in evidence if p.state is PhotoState.STORED]
    after = [p for p in shown if p.role is PhotoRole.AFTER]
    before = [p for p in shown if p not in after and p.observation_id is not None]
    return {
        "id": visit.id,
        "task_id": task.id,
        "number": task.number,
        "kind": visit.kind,
        "version": visit.version,
        "asked_at": visit.asked_at,
        "note": visit.note,
        "due_at": visit.due_at,
        "provisional": visit.provisional,
        "category": task.category_code,
        "category_name": reference.categories[task.category_code].name_zh,
        "district_name": task_rows.name_of(reference.districts, task.district_code),
        "street": task_rows.name_of(reference.streets, task.street_code),
        "community": task_rows.name_of(reference.communities, task.community_code),
        "locality_basis": task.locality_basis,
        "nearest": task_rows.nearest_of(reference, record),
        "point": _named(reference.points.get(task.point_id) if task.point_id else None),
        "shop": _named(reference.shops.get(task.shop_id) if task.shop_id else None),
        "address": record.address,
        "place": (
            {
                "lon": record.lon,
                "lat": record.lat,
                "accuracy_m": record.accuracy_m,
                "source": record.place_source,
            }
            if origin
            else None
        ),
        "problem": record.note,
        "before": [photo_queries.present(p, origin) for p in before],
        "after": [photo_queries.present(p, origin) for p in after],
    }


# --- who can be sent -----------------------------------------------------------------------------


def visitors(
    session: Session, reference: Reference, actor: Actor, task_id: UUID, now: datetime
) -> dict[str, Any]:
    """Return who can be sent 可请人员: on duty in the case's district first, then the nearest.

    Raises `NotFound`, `MoveNotAllowed`.
    """
    task = session.scalar(sa.select(Task).where(Task.id == task_id))
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    kind = rules.KIND_IN.get(task.state)
    if kind is None:
        raise MoveNotAllowed(
            sentence("案件现为“{state}”，不能请人到现场复核。", state=task.state.zh)
        )
    units = set(session.scalars(answered_for(task.id)))
    people = [
        person
        for person in session.scalars(
            sa.select(Person).where(Person.role == Role.OBSERVER, Person.disabled_at.is_(None))
        )
        if rules.why_not(person, kind, task.reporter_id, units) is None
    ]
    here = _spot(session.get_one(Observation, task.observation_id))
    last_seen = _last_seen(session, [p.id for p in people], now)
    busy = _open_visits(session)
    items = []
    for person in people:
        spot, at = last_seen.get(person.id, (None, None))
        far = round(metres_between(here, spot), 1) if here and spot else None
        district = reference.districts.get(person.district_code or "")
        items.append(
            {
                "id": person.id,
                "name": person.name,
                "district": person.district_code,
                "district_name": district.name if district else None,
                "on_duty_here": person.district_code in (task.district_code, None),
                "distance_m": far,
                "last_record_at": at,
                "visits_open": busy.get(person.id, 0),
                "is_reporter": person.id == task.reporter_id,
            }
        )
    items.sort(key=_suitable_first)
    return {"kind": kind, "items": items[:MOST_VISITORS]}


def _suitable_first(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the sort key of a visitor: not the reporter, of the district, near, few visits."""
    far = item["distance_m"]
    return (
        item["is_reporter"],
        not item["on_duty_here"],
        far is None,
        far or 0.0,
        item["visits_open"],
        item["name"],
        str(item["id"]),
    )


def _last_seen(
    session: Session, ids: Sequence[UUID], now: datetime
) -> dict[UUID, tuple[tuple[float, float], datetime]]:
    """Return the last recorded position of each of these people."""
    placed = (
        Observation.author_id.in_(ids),
        Observation.received_at >= now - LAST_SEEN_WITHIN,
        Observation.lon.is_not(None),
    )
    last = (
        sa.select(Observation.author_id, sa.func.max(Observation.received_at).label("at"))
        .where(*placed)
        .group_by(Observation.author_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Observation).join(
            last,
            sa.and_(
                Observation.author_id == last.c.author_id, Observation.received_at == last.c.at
            ),
        )
    ).scalars()
    return {
        o.author_id: ((o.lon, o.lat), o.received_at)
        for o in rows
        if o.lon is not None and o.lat is not None
    }


def _open_visits(session: Session) -> dict[UUID, int]:
    counted = (
        sa.select(Visit.observer_id, sa.func.count())
        .where(Visit.state == VisitState.ASKED)
        .group_by(Visit.observer_id)
    )
    return {observer_id: int(many) for observer_id, many in session.execute(counted)}


# --- shared parts ----------------------------------------------------------------------------


def _spot(record: Observation) -> tuple[float, float] | None:
    if record.lon is None or record.lat is None:
        return None
    return (record.lon, record.lat)


def _metres(place: Mapping[str, Any] | None, origin: tuple[float, float] | None) -> float | None:
    if place is None or origin is None:
        return None
    return round(metres_between(origin, (float(place["lon"]), float(place["lat"]))), 1)


def _without_fix(place: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a position without the moment of its fix, which is not on the wire."""
    return {k: v for k, v in place.items() if k != "fixed_at"} if place else None


def _person(person: Person) -> dict[str, str]:
    return {"id": str(person.id), "name": person.name}


def _named(row: Any) -> dict[str, str] | None:
    return {"id": str(row.id), "name": row.name} if row is not None else None
