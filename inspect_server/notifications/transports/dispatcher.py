"""The dispatcher 外发: chooses the transport by the kind of the channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from inspect_server.notifications.settings import NotificationSettings
from inspect_server.notifications.transports import dingtalk, email, wecom
from inspect_server.notifications.transports.outbound import Outbound
from schemas.vocabulary import ChannelKind

Transport = Callable[[NotificationSettings, Outbound, datetime], None]

TRANSPORTS: Mapping[ChannelKind, Transport] = {
    ChannelKind.EMAIL: email.send,
    ChannelKind.DINGTALK: dingtalk.send,
    ChannelKind.WECOM: wecom.send,
}


def send(settings: NotificationSettings, outbound: Outbound, now: datetime) -> None:
    """Make one attempt to hand a message to its receiver. Raises `Undelivered`."""
    TRANSPORTS[outbound.kind](settings, outbound, now)
