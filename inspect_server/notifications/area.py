"""Registration of the area notifications 通知: its settings, a person's notices, deliveries."""

from __future__ import annotations

from inspect_server.core.registration import Area, PullCollection
from inspect_server.notifications.jobs import DeliverJob
from inspect_server.notifications.queries import pull
from inspect_server.notifications.settings import NotificationSettings
from schemas.vocabulary import Collection


def area(settings: NotificationSettings, public_origin: str | None) -> Area:
    """Return the area of notices 通知."""
    return Area(
        name="notifications",
        settings=settings,
        collections=(PullCollection(Collection.NOTICES, pull.notices, personal=True),),
        job_kinds=(DeliverJob(settings, public_origin),),
    )
