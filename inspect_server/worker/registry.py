"""The registry of the worker: all jobs that the areas register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspect_server.core.registration import Area, IdleJob, JobHandler, PeriodicJob


@dataclass(frozen=True, slots=True)
class Registry:
    """All jobs of the worker."""

    handlers: Sequence[JobHandler]
    periodic_jobs: Sequence[PeriodicJob]
    idle_jobs: Sequence[IdleJob]

    @classmethod
    def of(cls, areas: Iterable[Area]) -> Registry:
        """Collect the jobs of all areas. Raises ValueError if two areas register the same kind."""
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
        """The handlers that use only the database and the object store."""
        return [handler for handler in self.handlers if not handler.calls_outside]

    @property
    def outside(self) -> list[JobHandler]:
        """The handlers that call servers of others."""
        return [handler for handler in self.handlers if handler.calls_outside]
