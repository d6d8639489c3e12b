"""The kinds of jobs the worker knows: handed in by the areas, put together once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspect_server.core.registration import Area, IdleJob, JobHandler, PeriodicJob


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything the worker does."""

    handlers: Sequence[JobHandler]
    periodic_jobs: Sequence[PeriodicJob]
    idle_jobs: Sequence[IdleJob]

    @classmethod
    def of(cls, areas: Iterable[Area]) -> Registry:
        """Put together what the areas hand in. Raises ValueError where two claim one kind."""
        areas = tuple(areas)
        handlers = [handler for area in areas for handler in area.job_kinds]
        if len({handler.kind for handler in handlers}) < len(handlers):
            raise ValueError("two areas handle the same kind of job")
        return cls(
            handlers,
            [job for area in areas for job in area.periodic_jobs],
            [job for area in areas for job in area.idle_jobs],
        )

    @property
    def inside(self) -> list[JobHandler]:
        """The handlers that need only the database and the object store."""
        return [handler for handler in self.handlers if not handler.calls_outside]

    @property
    def outside(self) -> list[JobHandler]:
        """The handlers that wait for servers of others."""
        return [handler for handler in self.handlers if handler.calls_outside]
