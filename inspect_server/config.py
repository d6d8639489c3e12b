"""The settings 配置: read once from the environment; a wrong value stops the start by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from inspect_server.core.failpoints import FailpointsWrong, Trap, parse
from inspect_server.notifications.transports import OutgoingSettings, Security, SmtpSettings
from media.store import StoreSettings


class SettingWrong(Exception):
    """A variable of the environment that cannot be used, with the reason."""

    def __init__(self, name: str, reason: str) -> None:
        """Keep the variable's name: the operator has to find it."""
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TiandituSettings:
    """The base map 天地图 under the desk's sketch: whose tiles, and the key they are asked by."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the service is told from outside."""

    home: Path
    database_url: str
    secret_key: str
    store: StoreSettings
    public_origin: str | None
    https: bool
    sign_in_per_minute: int
    outgoing: OutgoingSettings = field(default_factory=OutgoingSettings)
    failpoints: Mapping[str, Trap] = field(default_factory=dict)
    tianditu: TiandituSettings | None = None

    @property
    def spool(self) -> Path:
        """Where the parts of unfinished uploads lie."""
        return self.home / "spool"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the environment; raises `SettingWrong`. No secret has a default."""
        home = Path(environ.get("INSPECT_HOME", "var")).expanduser().resolve()
        return cls(
            home=home,
            database_url=database_url(environ, home),
            secret_key=_secret(environ, home),
            store=StoreSettings(
                endpoint_url=_needed(environ, "INSPECT_S3_ENDPOINT_URL"),
                bucket=environ.get("INSPECT_S3_BUCKET", "inspect"),
                access_key_id=_needed(environ, "INSPECT_S3_ACCESS_KEY_ID"),
                secret_access_key=_needed(environ, "INSPECT_S3_SECRET_ACCESS_KEY"),
                region=environ.get("INSPECT_S3_REGION", "us-east-1"),
                addressing="virtual" if _virtual_hosts(environ) else "path",
                public_url=environ.get("INSPECT_S3_PUBLIC_URL") or None,
            ),
            public_origin=environ.get("INSPECT_PUBLIC_ORIGIN") or None,
            https=_claim(environ, "INSPECT_HTTPS"),
            sign_in_per_minute=_number(environ, "INSPECT_SIGN_IN_PER_MINUTE", 30),
            outgoing=OutgoingSettings(
                smtp=_smtp(environ),
                ca_file=_ca_file(environ),
                loopback=_claim(environ, "INSPECT_WEBHOOK_LOOPBACK"),
            ),
            failpoints=_failpoints(environ),
            tianditu=_tianditu(environ),
        )


def database_url(environ: Mapping[str, str], home: Path) -> str:
    """Return where the rows are: the named database, or one SQLite file in the home."""
    url = environ.get("INSPECT_DATABASE_URL") or f"sqlite:///{home / 'inspect.sqlite3'}"
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingWrong("INSPECT_DATABASE_URL", "needs a sqlite:/// or postgresql:// address")
    return url


def _secret(environ: Mapping[str, str], home: Path) -> str:
    given = environ.get("INSPECT_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise SettingWrong("INSPECT_SECRET_KEY", "needs at least 32 characters")
        return given
    kept = home / "secret-key"
    if kept.is_file():
        return kept.read_text().strip()
    raise SettingWrong(
        "INSPECT_SECRET_KEY",
        f"is not set and {kept} does not exist; `inspect-server up` makes one",
    )


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "").strip()
    if not value:
        raise SettingWrong(name, "is not set")
    return value


def _virtual_hosts(environ: Mapping[str, str]) -> bool:
    value = environ.get("INSPECT_S3_ADDRESSING") or "path"
    if value not in ("path", "virtual"):
        raise SettingWrong("INSPECT_S3_ADDRESSING", "must be path or virtual")
    return value == "virtual"


def _failpoints(environ: Mapping[str, str]) -> Mapping[str, Trap]:
    try:
        return parse(environ.get("INSPECT_FAILPOINTS", ""))
    except FailpointsWrong as wrong:
        raise SettingWrong("INSPECT_FAILPOINTS", str(wrong)) from wrong


def _tianditu(environ: Mapping[str, str]) -> TiandituSettings | None:
    """Read the base map; without a key there is none, and no page may ask for a tile."""
    key = environ.get("INSPECT_TIANDITU_KEY", "").strip()
    if not key:
        return None
    if not re.fullmatch(r"[0-9A-Za-z_-]{8,64}", key):
        raise SettingWrong("INSPECT_TIANDITU_KEY", "must be letters and digits")
    url = environ.get("INSPECT_TIANDITU_URL") or "https://t0.tianditu.gov.cn"
    # It becomes a source in the page's policy: an origin, and nothing that could widen it.
    if not re.fullmatch(r"https?://[0-9A-Za-z.-]+(:[0-9]{1,5})?", url):
        raise SettingWrong("INSPECT_TIANDITU_URL", "must be an origin such as https://host")
    return TiandituSettings(url, key)


_SMTP_PORTS: Mapping[Security, int] = {"tls": 465, "starttls": 587, "none": 25}


def _smtp(environ: Mapping[str, str]) -> SmtpSettings | None:
    """Read the mail server; without a host there is none."""
    host = environ.get("INSPECT_SMTP_HOST", "").strip()
    if not host:
        return None
    security = environ.get("INSPECT_SMTP_SECURITY") or "starttls"
    if security not in get_args(Security):
        raise SettingWrong("INSPECT_SMTP_SECURITY", "must be tls, starttls or none")
    safety = cast(Security, security)
    user = environ.get("INSPECT_SMTP_USER") or None
    if user is not None and safety == "none":
        raise SettingWrong("INSPECT_SMTP_USER", "a password is not sent without tls or starttls")
    sender = _needed(environ, "INSPECT_SMTP_FROM")
    local, _, domain = sender.rpartition("@")
    if not (local and domain and sender.isascii() and sender.isprintable()) or " " in sender:
        raise SettingWrong("INSPECT_SMTP_FROM", "must be one mail address")
    return SmtpSettings(
        host=host,
        port=_number(environ, "INSPECT_SMTP_PORT", _SMTP_PORTS[safety]),
        security=safety,
        sender=sender,
        user=user,
        password=_needed(environ, "INSPECT_SMTP_PASSWORD") if user else None,
    )


def _ca_file(environ: Mapping[str, str]) -> Path | None:
    name = environ.get("INSPECT_OUTGOING_CA_FILE")
    if not name:
        return None
    if not Path(name).is_file():
        raise SettingWrong("INSPECT_OUTGOING_CA_FILE", f"{name} does not exist")
    return Path(name)


def _claim(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "0")
    if value not in ("0", "1"):
        raise SettingWrong(name, "must be 0 or 1")
    return value == "1"


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, str(default))
    if not value.isdigit():
        raise SettingWrong(name, "must be a whole number")
    return int(value)
