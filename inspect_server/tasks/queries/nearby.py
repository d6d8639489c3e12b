"""The open cases around a case 附近案件; SELECTs only."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.geo import METRES_PER_DEGREE, Position, metres_between
from inspect_server.core.problems import NotFound
from inspect_server.models import Observation, Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import conditions, rows
from schemas.vocabulary import OPEN_STATES

MOST = 20


def recorded_around(origin: Position, radius_m: float) -> sa.Select[Any]:
    """Select the records of a rectangle of degrees; their distance is still to be taken."""
    lon, lat = origin
    high = radius_m / METRES_PER_DEGREE
    # Wider towards the poles; a hair more than needed, the distance decides.
    wide = high / max(math.cos(math.radians(min(abs(lat) + high, 89.9))), 0.001)
    return sa.select(Observation.id).where(
        Observation.lat.between(lat - high, lat + high),
        Observation.lon.between(lon - wide, lon + wide),
    )


def nearby(
    session: Session,
    reference: Reference,
    actor: Actor,
    task_id: UUID,
    radius_m: int,
    now: datetime,
) -> dict[str, Any]:
    """Return the open cases around a case 附近案件: its own category first, then the nearest.

    A rectangle of degrees is asked of the index; the distance is taken of what lies in it.
    Raises `NotFound`.
    """
    task = session.scalar(sa.select(Task).where(Task.id == task_id))
    if task is None or not access.sees_task(actor, task):
        raise NotFound()
    here = session.get_one(Observation, task.observation_id)
    if here.lon is None or here.lat is None:
        return {"items": [], "radius_m": radius_m, "placed": False}
    origin = (here.lon, here.lat)
    around = recorded_around(origin, radius_m)
    columns = (Task, Observation.lon, Observation.lat)
    query = (
        sa.select(*columns)
        .join(Observation, Observation.id == Task.observation_id)
        .where(
            Task.observation_id.in_(around),
            Task.state.in_(OPEN_STATES),
            Task.id != task.id,
            conditions.visible_to(actor),
        )
    )
    placed = [
        (other, round(metres_between(origin, (float(lon or 0), float(lat or 0))), 1))
        for other, lon, lat in session.execute(query)
    ]
    near = [pair for pair in placed if pair[1] <= radius_m]
    near.sort(key=lambda n: (n[0].category_code != task.category_code, n[1], n[0].serial))
    near = near[:MOST]
    shown = rows.rows(session, reference, actor, [other for other, _ in near], now)
    return {
        "items": [
            row | {"distance_m": distance, "same_category": row["category"] == task.category_code}
            for row, (_, distance) in zip(shown, near, strict=True)
        ],
        "radius_m": radius_m,
        "placed": True,
    }
