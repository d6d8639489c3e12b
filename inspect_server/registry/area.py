"""Registration of the area registry 名册: its settings, the collections every phone pulls."""

from __future__ import annotations

from inspect_server.core.registration import Area, PullCollection
from inspect_server.registry.queries import pull
from inspect_server.registry.settings import RegistrySettings
from schemas.vocabulary import Collection


def area(settings: RegistrySettings) -> Area:
    """Return the area of the registers 名册."""
    return Area(
        name="registry",
        settings=settings,
        collections=(
            PullCollection(Collection.POINTS, pull.points),
            PullCollection(Collection.SHOPS, pull.shops),
            PullCollection(Collection.UNITS, pull.units),
            PullCollection(Collection.CATEGORIES, pull.categories),
            PullCollection(Collection.CALENDAR, pull.calendar),
        ),
    )
