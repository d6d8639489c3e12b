"""Which channel hears of what 通知渠道, what may be an address, and how long one is tried; pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from inspect_server.core.problems import Invalid
from schemas.vocabulary import ChannelKind

# How long a notice is tried; afterwards it stands at the desk with the reason.
GIVEN_UP_AFTER = timedelta(hours=24)
LONGEST_WAIT = timedelta(minutes=10)
# The kind of the message an admin sends to look; it is tried once.
TEST = "test"

_MAILBOX = re.compile(r"[^\s@,;<>\"]+@[A-Za-z0-9.-]+\Z")


class Listener(Protocol):
    """What has to be known of a channel."""

    @property
    def kinds(self) -> Collection[str]:
        """What it hears of; none means everything."""

    @property
    def district_code(self) -> str | None:
        """Whose district; None is every one."""

    @property
    def unit_id(self) -> UUID | None:
        """Whose unit; None is every one."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where something happened: the unit that answers for it, and the district."""

    unit_id: UUID | None = None
    district_code: str | None = None


def hears(listener: Listener, kind: str, scope: Scope) -> bool:
    """Say whether a channel is told of an event."""
    if listener.kinds and kind not in listener.kinds:
        return False
    if listener.unit_id not in (None, scope.unit_id):
        return False
    return listener.district_code in (None, scope.district_code)


def next_try(failures: int, now: datetime) -> datetime:
    """When to try again after so many faults: twice as late each time, at most ten minutes."""
    return now + min(timedelta(seconds=2 ** min(failures, 30)), LONGEST_WAIT)


def check(kind: ChannelKind, address: str, secret: str | None, *, loopback: bool) -> None:
    """Refuse what cannot be a channel: raises `Invalid` with the field.

    https only; plain http is for this machine itself, and only where `loopback` is allowed.
    """
    if kind is ChannelKind.EMAIL:
        if not address.isascii() or not _MAILBOX.fullmatch(address):
            raise _wrong("address", "请填写一个邮箱地址")
        return
    if kind is ChannelKind.DINGTALK and not secret:
        raise _wrong("secret", "钉钉群机器人须填写加签密钥")
    if not address.isascii() or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise _wrong("address", "地址中有空格或其他不允许的字符")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _wrong("address", "不是有效的网址") from None
    if not host or parts.username is not None or parts.fragment:
        raise _wrong("address", "不是有效的网址")
    if parts.scheme != "https" and not (loopback and parts.scheme == "http" and _is_here(host)):
        raise _wrong("address", "地址须以 https:// 开头")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wrong(field: str, detail: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"/{field}", "detail": detail}])
