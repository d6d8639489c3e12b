"""Observations 上报问题 over HTTP: one record with its photos."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from inspect_server.core.database import db
from inspect_server.identity.auth import me, signed_in
from inspect_server.photos.api import photos
from inspect_server.tasks.queries import observations
from schemas.observations import ObservationSchema

# In the API description records and photos stand in one group.
bp = photos.bp


@bp.get("/observations/<uuid:observation_id>")
@signed_in
@bp.response(200, ObservationSchema)
def show_observation(observation_id: UUID) -> dict[str, Any]:
    """An observation with its photos, for its author and supervisors in scope."""
    return observations.one(db.session(), me(), observation_id)
