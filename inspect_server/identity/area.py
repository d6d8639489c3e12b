"""Registration of the area identity 身份: its settings, the collection of people, sign-in."""

from __future__ import annotations

from inspect_server.core.registration import Area, PullCollection
from inspect_server.identity import queries
from inspect_server.identity.settings import IdentitySettings
from schemas.vocabulary import Collection


def area(settings: IdentitySettings) -> Area:
    """Return the area of people who sign in 身份."""
    return Area(
        name="identity",
        settings=settings,
        collections=(PullCollection(Collection.PEOPLE, queries.pull_people),),
        public_routes=frozenset({"/api/v1/sessions", "/api/v1/sessions/refresh"}),
    )
