"""The open cases around a person who is about to report 附近 50 米内已有人报过; SELECTs only.

Nothing here says who reported a case, what was written, or exactly where: category, state, a rough
distance and a small picture. Cases of other districts, and visits, are not in it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.geo import metres_between
from inspect_server.models import Observation, Photo, Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries.nearby import recorded_around
from inspect_server.tasks.rules.joining import HIDDEN_CAMPAIGNS, JOINABLE, NEARBY_M
from schemas.joining import Here
from schemas.vocabulary import OPEN_STATES, DerivativeState, PhotoState, TaskState

MOST = 5
# Distances are given so roughly.
STEP_M = 5
# Delivered: the photos of the record have arrived.
SHOWN = OPEN_STATES - {TaskState.AWAITING_EVIDENCE}


def around(
    session: Session, reference: Reference, actor: Actor, here: Here
) -> list[dict[str, Any]]:
    """Return the open cases around, the chosen category first, then the nearest.

    Only where the position lies in the district of the person; somebody of the whole city sees the
    district of the position. `thumb_key` is the object of the picture, or None.
    """
    district = reference.atlas.district_at(here.lon, here.lat)
    if district is None or actor.district_code not in (None, district):
        return []
    origin = (here.lon, here.lat)
    query = (
        sa.select(Task, Observation.lon, Observation.lat)
        .join(Observation, Observation.id == Task.observation_id)
        .where(
            Task.observation_id.in_(recorded_around(origin, NEARBY_M)),
            Task.state.in_(SHOWN),
            Task.district_code == district,
            _not_of_the_own_unit(actor),
        )
    )
    near = [
        (task, metres)
        for task, lon, lat in session.execute(query)
        if (metres := metres_between(origin, (float(lon or 0), float(lat or 0)))) <= NEARBY_M
    ]
    near.sort(key=lambda one: (one[0].category_code != here.category, one[1], one[0].serial))
    near = near[:MOST]
    thumbs = _thumbs(session, [task for task, _ in near])
    return [
        {
            "task_id": task.id,
            "category": task.category_code,
            "category_name": reference.categories[task.category_code].name_zh,
            "state": task.state,
            "distance_m": round(metres / STEP_M) * STEP_M,
            "mine": task.reporter_id == actor.id,
            "joinable": task.category_code == here.category and task.state in JOINABLE,
            "thumb_key": thumbs.get(task.thumb_photo_id),
        }
        for task, metres in near
    ]


def _not_of_the_own_unit(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that hides from a unit's own people what is reported of it."""
    if actor.unit_id is None:
        return sa.true()
    return sa.or_(Task.unit_id.is_(None), Task.unit_id != actor.unit_id)


def _thumbs(session: Session, tasks: list[Task]) -> dict[Any, str | None]:
    """Return the object keys of small pictures by photo; none of people's behaviour."""
    ids = [
        task.thumb_photo_id
        for task in tasks
        if task.thumb_photo_id and task.campaign not in HIDDEN_CAMPAIGNS
    ]
    if not ids:
        return {}
    rows = session.execute(
        sa.select(Photo.id, Photo.thumb_key).where(
            Photo.id.in_(ids),
            Photo.state == PhotoState.STORED,
            Photo.derivative == DerivativeState.READY,
        )
    )
    return {row.id: row.thumb_key for row in rows}
