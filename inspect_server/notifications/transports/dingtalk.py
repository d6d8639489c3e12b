"""DingTalk group robots 钉钉群机器人: markdown messages, signed with the group's secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote_plus, urlsplit

from inspect_server.notifications.settings import NotificationSettings
from inspect_server.notifications.transports import group_robot
from inspect_server.notifications.transports.outbound import Outbound


def send(settings: NotificationSettings, outbound: Outbound, now: datetime) -> None:
    """Post a message to the group. Raises `Undelivered`."""
    url = outbound.address
    if outbound.secret:
        url = _signed(url, outbound.secret, now)
    message = outbound.message
    body = {
        "msgtype": "markdown",
        "markdown": {"title": message.subject, "text": message.markdown},
    }
    group_robot.post(settings, url, body, message.key)


def signature(secret: str, timestamp: int) -> str:
    """The DingTalk signature 加签: HMAC-SHA256 over timestamp and secret, in base64."""
    signed = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def _signed(url: str, secret: str, now: datetime) -> str:
    timestamp = int(now.timestamp() * 1000)
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}timestamp={timestamp}&sign={quote_plus(signature(secret, timestamp))}"
