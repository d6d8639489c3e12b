"""Channels 通知渠道, kept by admins: adding, changing, switching off, sending a test."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core.access import Actor
from inspect_server.core.problems import Invalid, NotFound, StaleVersion
from inspect_server.core.sentences import sentence
from inspect_server.models import Channel, Delivery
from inspect_server.notifications import rules
from inspect_server.notifications.rules import NoticeContent
from inspect_server.notifications.services import deliveries
from inspect_server.registry.reference import Reference
from schemas.channels import ChannelForm


def add(
    session: Session,
    reference: Reference,
    actor: Actor,
    form: ChannelForm,
    now: datetime,
    *,
    loopback: bool,
) -> Channel:
    """Add a channel. Raises `Invalid`."""
    channel = Channel(
        id=uuid7(),
        created_at=now,
        created_by_id=actor.id,
        version=1,
        failures=0,
        secret=form.secret or None,
    )
    _write(reference, channel, form, loopback=loopback)
    session.add(channel)
    session.flush()
    return channel


def change(
    session: Session,
    reference: Reference,
    channel_id: UUID,
    form: ChannelForm,
    *,
    loopback: bool,
) -> Channel:
    """Change a channel; a secret that is not given stays. Raises `NotFound`, `StaleVersion`."""
    channel = session.get(Channel, channel_id, with_for_update=True)
    if channel is None:
        raise NotFound()
    if form.version != channel.version:
        raise StaleVersion(
            sentence("渠道已被修改，现在是第 {version} 版；请刷新后再改。", version=channel.version)
        )
    if form.secret is not None:
        channel.secret = form.secret or None
    _write(reference, channel, form, loopback=loopback)
    channel.version += 1
    # Failures of the old address say nothing about the new one.
    channel.failures, channel.tries_again_at, channel.last_error = 0, None, None
    session.flush()
    return channel


def send_test(session: Session, actor: Actor, channel_id: UUID, now: datetime) -> Delivery:
    """Order a test message 测试消息: tried once, sent the same way as any other."""
    channel = session.get(Channel, channel_id)
    if channel is None:
        raise NotFound()
    body = sentence("这是{name}从“通知渠道”页面发出的测试消息。", name=actor.name)
    content = NoticeContent(rules.TEST, sentence("测试消息"), body)
    return deliveries.add(session, channel, uuid7(), content, now)


def _write(reference: Reference, channel: Channel, form: ChannelForm, *, loopback: bool) -> None:
    rules.check(form.kind, form.address, channel.secret, loopback=loopback)
    if form.unit_id is not None and form.unit_id not in reference.units:
        raise Invalid(errors=[{"pointer": "/unit_id", "detail": sentence("没有这个责任单位")}])
    if form.district is not None and form.district not in reference.districts:
        raise Invalid(errors=[{"pointer": "/district", "detail": sentence("没有这个城区")}])
    channel.kind = form.kind
    channel.name = form.name
    channel.address = form.address
    channel.kinds = [str(kind) for kind in form.kinds]
    channel.district_code = form.district
    channel.unit_id = form.unit_id
    channel.active = form.active
