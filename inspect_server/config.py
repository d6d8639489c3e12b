"""The settings 配置: read once from the environment; a wrong value stops the start by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inspect_server.core.environment import SettingWrong, flag, required, whole_number
from inspect_server.core.failpoints import Failpoint, FailpointsWrong, parse
from inspect_server.notifications.settings import NotificationSettings
from media.store import StoreSettings


@dataclass(frozen=True, slots=True)
class TiandituSettings:
    """The base map 天地图 of the console: the host of its tiles, and the key for them."""

    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the service."""

    home: Path
    database_url: str
    secret_key: str
    store: StoreSettings
    public_origin: str | None
    https: bool
    sign_in_per_minute: int
    notifications: NotificationSettings = field(default_factory=NotificationSettings)
    failpoints: Mapping[str, Failpoint] = field(default_factory=dict)
    tianditu: TiandituSettings | None = None

    @property
    def spool(self) -> Path:
        """The folder of the parts of unfinished uploads."""
        return self.home / "spool"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the environment. Raises `SettingWrong`. No secret has a default."""
        home = Path(environ.get("INSPECT_HOME", "var")).expanduser().resolve()
        return cls(
            home=home,
            database_url=database_url(environ, home),
            secret_key=_secret(environ, home),
            store=StoreSettings(
                endpoint_url=required(environ, "INSPECT_S3_ENDPOINT_URL"),
                bucket=environ.get("INSPECT_S3_BUCKET", "inspect"),
                access_key_id=required(environ, "INSPECT_S3_ACCESS_KEY_ID"),
                secret_access_key=required(environ, "INSPECT_S3_SECRET_ACCESS_KEY"),
                region=environ.get("INSPECT_S3_REGION", "us-east-1"),
                addressing="virtual" if _virtual_hosts(environ) else "path",
                public_url=environ.get("INSPECT_S3_PUBLIC_URL") or None,
            ),
            public_origin=environ.get("INSPECT_PUBLIC_ORIGIN") or None,
            https=flag(environ, "INSPECT_HTTPS"),
            sign_in_per_minute=whole_number(environ, "INSPECT_SIGN_IN_PER_MINUTE", 30),
            notifications=NotificationSettings.from_env(environ),
            failpoints=_failpoints(environ),
            tianditu=_tianditu(environ),
        )


def database_url(environ: Mapping[str, str], home: Path) -> str:
    """Return the URL of the database: the setting, or one SQLite file in the home folder."""
    url = environ.get("INSPECT_DATABASE_URL") or f"sqlite:///{home / 'inspect.sqlite3'}"
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingWrong("INSPECT_DATABASE_URL", "needs a sqlite:/// or postgresql:// address")
    return url


def _secret(environ: Mapping[str, str], home: Path) -> str:
    value = environ.get("INSPECT_SECRET_KEY")
    if value:
        if len(value) < 32:
            raise SettingWrong("INSPECT_SECRET_KEY", "needs at least 32 characters")
        return value
    file = home / "secret-key"
    if file.is_file():
        return file.read_text().strip()
    raise SettingWrong(
        "INSPECT_SECRET_KEY",
        f"is not set and {file} does not exist; `inspect-server up` makes one",
    )


def _virtual_hosts(environ: Mapping[str, str]) -> bool:
    value = environ.get("INSPECT_S3_ADDRESSING") or "path"
    if value not in ("path", "virtual"):
        raise SettingWrong("INSPECT_S3_ADDRESSING", "must be path or virtual")
    return value == "virtual"


def _failpoints(environ: Mapping[str, str]) -> Mapping[str, Failpoint]:
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
    # It becomes a source in the Content-Security-Policy, so it must be an origin and nothing else.
    if not re.fullmatch(r"https?://[0-9A-Za-z.-]+(:[0-9]{1,5})?", url):
        raise SettingWrong("INSPECT_TIANDITU_URL", "must be an origin such as https://host")
    return TiandituSettings(url, key)
