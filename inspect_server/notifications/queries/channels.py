"""The channels 通知渠道 as an admin sees them, and the state of their deliveries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.pagination import newest_first
from inspect_server.core.problems import NotFound
from inspect_server.models import Channel, Delivery
from inspect_server.notifications.rules import GIVEN_UP_AFTER, TEST
from inspect_server.registry.reference import Reference
from schemas.channels import DeliveryFilter
from schemas.vocabulary import DeliveryState


def list_all(session: Session, reference: Reference, mail_from: str | None) -> dict[str, Any]:
    """Return all channels, without paging: an office has a handful."""
    rows = session.scalars(sa.select(Channel).order_by(Channel.created_at, Channel.id))
    return {
        "items": [present(session, reference, row) for row in rows],
        "next": None,
        "mail_from": mail_from,
        "given_up_after_hours": int(GIVEN_UP_AFTER.total_seconds() // 3600),
    }


def present(session: Session, reference: Reference, row: Channel) -> dict[str, Any]:
    """Return a channel as an admin may read it."""
    counts = session.execute(
        sa.select(Delivery.state, sa.func.count())
        .where(
            Delivery.channel_id == row.id,
            Delivery.state != DeliveryState.DELIVERED,
            # A failed test is not counted: the admin who sent it saw it.
            Delivery.kind != TEST,
        )
        .group_by(Delivery.state)
    ).all()
    by_state: dict[DeliveryState, int] = dict(counts)
    unit = reference.units.get(row.unit_id) if row.unit_id else None
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "address": row.address,
        "has_secret": row.secret is not None,
        "kinds": row.kinds,
        "district": row.district_code,
        "unit": {"id": str(unit.id), "name": unit.name} if unit else None,
        "active": row.active,
        "version": row.version,
        "waiting": by_state.get(DeliveryState.WAITING, 0),
        "given_up": by_state.get(DeliveryState.GIVEN_UP, 0),
        "tries_again_at": row.tries_again_at,
        "last_error": row.last_error,
        "last_delivered_at": row.last_delivered_at,
    }


def deliveries(session: Session, channel_id: UUID, filters: DeliveryFilter) -> dict[str, Any]:
    """Return a page of a channel's deliveries, the newest first. Raises `NotFound`."""
    if session.get(Channel, channel_id) is None:
        raise NotFound()
    query = sa.select(Delivery).where(Delivery.channel_id == channel_id)
    if filters.state is not None:
        query = query.where(Delivery.state == filters.state)
    return newest_first(session, Delivery, query, filters.limit, filters.cursor)
