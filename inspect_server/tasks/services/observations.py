"""Observations 上报问题: created, amended and withdrawn by the person who saw something."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    CategoryUnknown,
    EntityExists,
    Invalid,
    NotFound,
    ParentMissing,
    ParentQuarantined,
    Problem,
    StaleVersion,
    TooLateToAmend,
    TooManyPhotos,
)
from inspect_server.core.sentences import sentence
from inspect_server.models import Observation, Photo, Point, ReceivedOp, Shop, Task
from inspect_server.photos.services import photos
from inspect_server.photos.services.photos import PhotoOwner
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules.locate import Whereabouts
from inspect_server.tasks.rules.evidence import MAX_PHOTOS
from inspect_server.tasks.services import opening, search_index, transitions
from schemas.observations import Amendment, ObservationData, Withdrawal
from schemas.places import Place
from schemas.sync import Op
from schemas.vocabulary import Collection, ObservationState, OpKind, OpStatus, PhotoState

# The fields of a record that say where it is.
PLACE_FIELDS = frozenset({"place", "community", "point_id", "shop_id"})


def create(
    session: Session,
    reference: Reference,
    actor: Actor,
    op: Op,
    data: ObservationData,
    now: datetime,
) -> Observation:
    """Record what was seen and open its task.

    Raises `TooManyPhotos`, `CategoryUnknown`, `PlaceOutOfRange`, `EntityExists`, and what
    `photos.declare` raises.
    """
    if len(op.photos) > MAX_PHOTOS:
        raise TooManyPhotos()
    category = reference.categories.get(data.category)
    if category is None:
        raise CategoryUnknown(sentence("没有类别 {category}；记录已留存。", category=data.category))
    where = reference.atlas.locate(data.place, data.community, data.point_id, data.shop_id)
    if session.get(Observation, op.entity_id) is not None:
        raise EntityExists()
    observation = Observation(
        id=op.entity_id,
        author_id=actor.id,
        device_id=actor.device_id,
        op_id=op.op_id,
        state=ObservationState.INCOMPLETE,
        version=1,
        category_code=category.code,
        outcome=data.outcome,
        severity=data.severity or category.severity,
        fixed_at=data.place.fixed_at if data.place else None,
        address=data.address,
        note=data.note,
        tags=data.tags,
        data=op.data,
        captured_at=op.captured_at,
        clock_offset_ms=op.clock.offset_ms if op.clock else None,
        clock_age_ms=op.clock.age_ms if op.clock else None,
        received_at=now,
    )
    put_place(observation, where)
    session.add(observation)
    session.flush()
    owner = PhotoOwner(op.op_id, observation_id=observation.id)
    declared = photos.declare(session, actor, owner, op.photos, now)
    if all(photo.state is PhotoState.STORED for photo in declared):
        observation.state = ObservationState.COMPLETE
    opening.open_task(session, reference, observation, where, declared, now)
    return observation


def amend(
    session: Session,
    reference: Reference,
    actor: Actor,
    op: Op,
    amendment: Amendment,
    now: datetime,
) -> Observation:
    """Correct an own record before it is filed 更正; photos sent along are added to it.

    Raises `ParentMissing`, `StaleVersion`, `TooLateToAmend`, and what `create` raises.
    """
    observation, task = _own(session, actor, op)
    existing = _photo_count(session, observation.id)
    if existing + len(op.photos) > MAX_PHOTOS:
        raise TooManyPhotos()
    changed = amendment.changed
    code = changed.get("category", observation.category_code)
    category = reference.categories.get(code)
    if category is None:
        raise CategoryUnknown(sentence("没有类别 {code}；更正已留存。", code=code))
    observation.data = observation.data | op.data["fields"]
    observation.category_code = task.category_code = category.code
    task.campaign = category.campaign
    if "severity" in changed or "category" in changed:
        severity = changed.get("severity") or category.severity
        observation.severity = task.severity = severity
    for name in ("address", "note", "tags"):
        if name in changed:
            setattr(observation, name, changed[name])
    if "outcome" in changed:
        observation.outcome = task.outcome = changed["outcome"]
    if "place" in changed:
        observation.fixed_at = changed["place"].fixed_at if changed["place"] else None
    where = None
    # What was decided of the place stands as long as nothing of it is corrected.
    if not PLACE_FIELDS.isdisjoint(changed):
        where = _whereabouts(reference, observation, changed)
        put_place(observation, where)
    owner = PhotoOwner(op.op_id, observation.id, task.id, photos=existing)
    added = photos.declare(session, actor, owner, op.photos, now)
    if any(photo.state is not PhotoState.STORED for photo in added):
        observation.state = ObservationState.INCOMPLETE
    observation.version += 1
    opening.amend(session, reference, task, where, actor.id, [p.id for p in added], now)
    search_index.index_again(session, task, observation)
    return observation


def withdraw(
    session: Session,
    reference: Reference,
    actor: Actor,
    op: Op,
    withdrawal: Withdrawal,
    now: datetime,
) -> Observation:
    """Take an own mistake back before it is filed 撤回."""
    observation, task = _own(session, actor, op)
    observation.state = ObservationState.WITHDRAWN
    observation.version += 1
    opening.withdraw(session, reference, task, actor.id, withdrawal.reason, now)
    return observation


def _own(session: Session, actor: Actor, op: Op) -> tuple[Observation, Task]:
    """Lock the author's record and its task, and see that both may still change."""
    if op.base_version is None:
        raise Invalid(errors=[{"pointer": "/base_version", "detail": sentence("需要看到的版本号")}])
    task = transitions.lock_of_observation(session, op.entity_id)
    observation = session.get(Observation, op.entity_id, populate_existing=True)
    if task is None or observation is None:
        raise _why_missing(session, actor, op.entity_id)
    if observation.author_id != actor.id:
        raise NotFound(sentence("没有这条记录。"))
    if observation.state is ObservationState.WITHDRAWN or not opening.can_still_change(task):
        raise TooLateToAmend()
    if observation.version != op.base_version:
        raise StaleVersion(
            sentence(
                "您看到的是第 {seen} 版，现在是第 {current} 版。",
                seen=op.base_version,
                current=observation.version,
            )
        )
    return observation, task


def _why_missing(session: Session, actor: Actor, observation_id: UUID) -> Problem:
    """Say why there is no such record: it is still to come, or it lies in quarantine."""
    refused = session.scalar(
        sa.select(ReceivedOp.op_id).where(
            ReceivedOp.entity_id == observation_id,
            ReceivedOp.person_id == actor.id,
            ReceivedOp.kind == OpKind.OBSERVATION_CREATE,
            ReceivedOp.status != OpStatus.ACCEPTED,
        )
    )
    return ParentMissing() if refused is None else ParentQuarantined()


def located_again(reference: Reference, observation: Observation) -> Whereabouts:
    """Locate a record anew by what it says and what the registers say now."""
    return _whereabouts(reference, observation, {})


def _whereabouts(
    reference: Reference, observation: Observation, changed: dict[str, Any]
) -> Whereabouts:
    """Find the place again from what the record says now."""
    place = changed["place"] if "place" in changed else _place_of(observation)
    return reference.atlas.locate(
        place,
        changed.get("community", observation.data.get("community")),
        changed.get("point_id", observation.point_id),
        changed.get("shop_id", observation.shop_id),
    )


def _place_of(observation: Observation) -> Place | None:
    # A position taken from a point is no fix of its own: another point brings another.
    if observation.lon is None or observation.data.get("place") is None:
        return None
    return Place(
        lon=observation.lon,
        lat=observation.lat,
        accuracy_m=observation.accuracy_m,
        source=observation.place_source,
        fixed_at=observation.fixed_at,
    )


def put_place(observation: Observation, where: Whereabouts) -> None:
    """Write where a record is: position, locality, point, shop, and what is nearest."""
    observation.lon, observation.lat = where.lon, where.lat
    observation.accuracy_m, observation.place_source = where.accuracy_m, where.source
    observation.district_code = where.locality.district_code
    observation.street_code = where.locality.street_code
    observation.community_code = where.locality.community_code
    observation.locality_basis = where.locality.basis
    observation.point_id = where.point.id if where.point else None
    observation.shop_id = where.shop.id if where.shop else None
    spot = where.nearest.spot if where.nearest else None
    observation.nearest_point_id = spot.id if isinstance(spot, Point) else None
    observation.nearest_shop_id = spot.id if isinstance(spot, Shop) else None
    observation.nearest_m = where.nearest.metres if where.nearest else None


def _photo_count(session: Session, observation_id: UUID) -> int:
    return (
        session.scalar(sa.select(sa.func.count()).where(Photo.observation_id == observation_id))
        or 0
    )


def note_observation(session: Session, observation: Observation) -> None:
    """Tell the author's phones that the record changed."""
    change_log.note(
        session,
        Collection.OBSERVATIONS,
        observation.id,
        [access.person_audience(observation.author_id)],
        version=observation.version,
    )
