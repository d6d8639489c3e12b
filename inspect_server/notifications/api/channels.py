"""Routes of the channels 通知渠道: an admin keeps and tests them and sees their deliveries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from inspect_server.core.database import db, in_write_tx
from inspect_server.http.blueprint import Blueprint, now, settings_of
from inspect_server.identity.auth import allow, me
from inspect_server.models import Delivery
from inspect_server.notifications.queries import channels as channel_queries
from inspect_server.notifications.services import channels
from inspect_server.notifications.settings import NotificationSettings
from inspect_server.registry import reference
from schemas.channels import (
    ChannelForm,
    ChannelFormSchema,
    ChannelListSchema,
    ChannelSchema,
    DeliveryFilter,
    DeliveryFilterSchema,
    DeliveryPageSchema,
    DeliverySchema,
)
from schemas.vocabulary import Role

bp = Blueprint("channels", "通知渠道 Outgoing channels")


@bp.get("/channels")
@allow(Role.ADMIN)
@bp.response(200, ChannelListSchema)
def list_channels() -> dict[str, Any]:
    """All channels, without their secrets."""
    session = db.session()
    smtp = settings_of(NotificationSettings).smtp
    edition = reference.current(session)
    return channel_queries.list_all(session, edition, smtp.sender if smtp else None)


@bp.post("/channels")
@allow(Role.ADMIN)
@bp.arguments(ChannelFormSchema)
@bp.response(201, ChannelSchema)
@in_write_tx
def add_channel(form: ChannelForm) -> dict[str, Any]:
    """Add a channel."""
    session, loopback = db.session(), settings_of(NotificationSettings).loopback
    edition = reference.current(session)
    row = channels.add(session, edition, me(), form, now(), loopback=loopback)
    return channel_queries.present(session, edition, row)


@bp.put("/channels/<uuid:channel_id>")
@allow(Role.ADMIN)
@bp.arguments(ChannelFormSchema)
@bp.response(200, ChannelSchema)
@in_write_tx
def change_channel(form: ChannelForm, channel_id: UUID) -> dict[str, Any]:
    """Change a channel, or switch it off."""
    session, loopback = db.session(), settings_of(NotificationSettings).loopback
    edition = reference.current(session)
    row = channels.change(session, edition, channel_id, form, loopback=loopback)
    return channel_queries.present(session, edition, row)


@bp.post("/channels/<uuid:channel_id>/test")
@allow(Role.ADMIN)
@bp.response(202, DeliverySchema)
@in_write_tx
def try_channel(channel_id: UUID) -> Delivery:
    """Send a test message; what became of it stands among the deliveries."""
    return channels.send_test(db.session(), me(), channel_id, now())


@bp.get("/channels/<uuid:channel_id>/deliveries")
@allow(Role.ADMIN)
@bp.arguments(DeliveryFilterSchema, location="query")
@bp.response(200, DeliveryPageSchema)
def list_deliveries(filters: DeliveryFilter, channel_id: UUID) -> dict[str, Any]:
    """A page of what this channel was told, and what failed and why."""
    return channel_queries.deliveries(db.session(), channel_id, filters)
