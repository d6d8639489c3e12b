"""The settings 配置 of notifications: the mail server and what group robots may be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from inspect_server.core.environment import SettingWrong, flag, required, whole_number

Security = Literal["tls", "starttls", "none"]

_SMTP_PORTS: Mapping[Security, int] = {"tls": 465, "starttls": 587, "none": 25}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server 邮件服务器."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> SmtpSettings | None:
        """Read the mail server; without a host there is none. Raises `SettingWrong`."""
        host = environ.get("INSPECT_SMTP_HOST", "").strip()
        if not host:
            return None
        name = environ.get("INSPECT_SMTP_SECURITY") or "starttls"
        if name not in get_args(Security):
            raise SettingWrong("INSPECT_SMTP_SECURITY", "must be tls, starttls or none")
        security = cast(Security, name)
        user = environ.get("INSPECT_SMTP_USER") or None
        if user is not None and security == "none":
            raise SettingWrong(
                "INSPECT_SMTP_USER", "a password is not sent without tls or starttls"
            )
        sender = required(environ, "INSPECT_SMTP_FROM")
        local, _, domain = sender.rpartition("@")
        if not (local and domain and sender.isascii() and sender.isprintable()) or " " in sender:
            raise SettingWrong("INSPECT_SMTP_FROM", "must be one mail address")
        return cls(
            host=host,
            port=whole_number(environ, "INSPECT_SMTP_PORT", _SMTP_PORTS[security]),
            security=security,
            sender=sender,
            user=user,
            password=required(environ, "INSPECT_SMTP_PASSWORD") if user else None,
        )


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """How receivers outside are reached; without a mail server no mail is sent."""

    smtp: SmtpSettings | None = None
    # Certificate authorities of one's own, beside the system's.
    ca_file: Path | None = None
    # Allow group robots on this machine, over plain http too: for tests and for a relay.
    loopback: bool = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> NotificationSettings:
        """Read the environment. Raises `SettingWrong`."""
        return cls(
            smtp=SmtpSettings.from_env(environ),
            ca_file=_ca_file(environ),
            loopback=flag(environ, "INSPECT_WEBHOOK_LOOPBACK"),
        )


def _ca_file(environ: Mapping[str, str]) -> Path | None:
    name = environ.get("INSPECT_OUTGOING_CA_FILE")
    if not name:
        return None
    if not Path(name).is_file():
        raise SettingWrong("INSPECT_OUTGOING_CA_FILE", f"{name} does not exist")
    return Path(name)
