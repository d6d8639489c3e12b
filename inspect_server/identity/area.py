"""Registration of the area identity 身份: the collection of the person who pulls."""

from __future__ import annotations

from inspect_server.core.registration import Area, PullCollection
from inspect_server.identity import queries
from schemas.vocabulary import Collection


def area() -> Area:
    """Return the area of people who sign in 身份."""
    return Area(
        name="identity",
        collections=(PullCollection(Collection.PEOPLE, queries.pull_people),),
        public_routes=frozenset({"/api/v1/sessions", "/api/v1/sessions/refresh"}),
    )
