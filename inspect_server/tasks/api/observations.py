"""Observations 上报问题 over HTTP: one record with its photos, and what is reported nearby."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import g

from inspect_server.core.database import db, limiter
from inspect_server.http.blueprint import now
from inspect_server.identity.auth import allow, me, signed_in
from inspect_server.photos.api import photos
from inspect_server.registry import reference
from inspect_server.tasks.queries import around, observations
from inspect_server.tasks.rules.joining import NEARBY_M
from schemas.joining import CasesNearbySchema, Here, HereSchema
from schemas.observations import ObservationSchema
from schemas.vocabulary import REPORTER_ROLES, Derivative

# In the API description records and photos stand in one group.
bp = photos.bp


@bp.get("/observations/<uuid:observation_id>")
@signed_in
@bp.response(200, ObservationSchema)
def show_observation(observation_id: UUID) -> dict[str, Any]:
    """An observation with its photos, for its author and supervisors in scope."""
    session = db.session()
    return observations.one(session, reference.current(session), me(), observation_id)


def _person() -> str:
    """Return whom a limit counts: a person, wherever they stand; many share one address."""
    return str(g.actor.id)


@bp.post("/observations/around")
@allow(*REPORTER_ROLES)
@limiter.limit("20 per minute; 300 per day", key_func=_person)
@bp.arguments(HereSchema)
@bp.response(200, CasesNearbySchema)
def list_around(here: Here) -> dict[str, Any]:
    """The open cases within 50 m 附近已有人报过, for a person who is about to report."""
    session = db.session()
    cases = around.around(session, reference.current(session), me(), here)
    return {"items": [case | {"thumb": _thumb(case)} for case in cases], "radius_m": NEARBY_M}


def _thumb(case: dict[str, Any]) -> dict[str, Any] | None:
    """Return a short-lived link to the small picture of a case."""
    if case["thumb_key"] is None:
        return None
    expires_at = now() + timedelta(seconds=photos.LINK_SECONDS)
    url = photos.link_to(case["thumb_key"])
    return {"url": url, "expires_at": expires_at, "copy": Derivative.THUMB}
