"""The input shared by all simulated cases: registers, people, photos, random numbers, the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from inspect_server.operations.demo.people import DemoPeople
from inspect_server.operations.demo.photo_pool import PoolPhoto
from inspect_server.registry.reference import Reference


@dataclass(frozen=True, slots=True)
class SimulationContext:
    """The input of a simulated history, which ends at `now`."""

    reference: Reference
    people: DemoPeople
    # By scene and role: before, close or after.
    pool: Mapping[tuple[str, str], PoolPhoto]
    rng: Random
    now: datetime

    def id_at(self, at: datetime) -> UUID:
        """Return a UUIDv7 of that moment, from this history's own random numbers."""
        value = int(at.timestamp() * 1000) << 80 | self.rng.getrandbits(80)
        value = value & ~(0xF << 76) | 7 << 76
        return UUID(int=value & ~(0x3 << 62) | 2 << 62)
