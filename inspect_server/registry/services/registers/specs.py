"""All registers 名册, by name."""

from __future__ import annotations

from collections.abc import Mapping

from inspect_server.registry.services.registers.categories import CATEGORIES
from inspect_server.registry.services.registers.pairings import PAIRINGS
from inspect_server.registry.services.registers.people import PEOPLE
from inspect_server.registry.services.registers.points import POINTS
from inspect_server.registry.services.registers.shape import RegisterSpec
from inspect_server.registry.services.registers.shops import SHOPS
from inspect_server.registry.services.registers.units import UNITS
from schemas.vocabulary import Register

SPECS: Mapping[Register, RegisterSpec] = {
    spec.register: spec for spec in (PEOPLE, UNITS, POINTS, SHOPS, CATEGORIES, PAIRINGS)
}
