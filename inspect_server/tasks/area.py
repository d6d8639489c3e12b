"""Registration of the area tasks 案件: ops and collections of a phone, alarms, listeners."""

from __future__ import annotations

from datetime import timedelta

from inspect_server.core.registration import Area, PeriodicJob, PullCollection
from inspect_server.photos.events import photo_changed, photo_settled
from inspect_server.registry.events import calendar_changed
from inspect_server.tasks import jobs
from inspect_server.tasks.ops import OP_KINDS
from inspect_server.tasks.queries import pull
from inspect_server.tasks.services import alarms, photo_events
from schemas.vocabulary import Collection

LAPSE_EVERY = timedelta(minutes=10)


def area() -> Area:
    """Return the area of tasks 案件 and the observations that open them."""
    return Area(
        name="tasks",
        op_kinds=OP_KINDS,
        collections=(
            PullCollection(Collection.TASKS, pull.tasks, personal=True),
            PullCollection(Collection.OBSERVATIONS, pull.observations, personal=True),
            PullCollection(Collection.VISITS, pull.visits, personal=True),
            PullCollection(Collection.PAST_TASKS, pull.past_tasks, personal=True),
        ),
        periodic_jobs=(
            PeriodicJob("alarms", jobs.ring_alarms),
            PeriodicJob("lapse-pending-moves", jobs.lapse_pending_moves, every=LAPSE_EVERY),
        ),
        listeners=(
            (photo_settled, photo_events.photo_settled),
            (photo_changed, photo_events.photo_changed),
            (calendar_changed, alarms.calendar_changed),
        ),
    )
