"""WeCom group robots 企业微信群机器人: markdown messages; the address itself is the secret."""

from __future__ import annotations

from datetime import datetime

from inspect_server.notifications.settings import NotificationSettings
from inspect_server.notifications.transports import group_robot
from inspect_server.notifications.transports.outbound import Outbound


def send(settings: NotificationSettings, outbound: Outbound, _now: datetime) -> None:
    """Post a message to the group. Raises `Undelivered`."""
    message = outbound.message
    body = {"msgtype": "markdown", "markdown": {"content": message.markdown}}
    group_robot.post(settings, outbound.address, body, message.key)
