"""The settings 配置 of the service: read once from the environment.

Here are the settings that no area has for itself. Each area reads its own in its `settings.py`;
`app.AREA_SETTINGS` lists them. A wrong value stops the start by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from inspect_server.core.environment import AreaSettings, SettingWrong, flag
from inspect_server.core.failpoints import Failpoint, FailpointsWrong, parse

S = TypeVar("S", bound=AreaSettings)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the service: the common ones, and those of each area."""

    home: Path
    database_url: str
    secret_key: str
    public_origin: str | None
    https: bool
    areas: Sequence[AreaSettings]
    failpoints: Mapping[str, Failpoint] = field(default_factory=dict)

    def of(self, area: type[S]) -> S:
        """Return the settings of this class. Raises LookupError if they were not read."""
        for settings in self.areas:
            if isinstance(settings, area):
                return settings
        raise LookupError(area.__name__)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], areas: Sequence[type[AreaSettings]]) -> Settings:
        """Read the environment. Raises `SettingWrong`. No secret has a default."""
        home = Path(environ.get("INSPECT_HOME", "var")).expanduser().resolve()
        return cls(
            home=home,
            database_url=database_url(environ, home),
            secret_key=_secret(environ, home),
            public_origin=environ.get("INSPECT_PUBLIC_ORIGIN") or None,
            https=flag(environ, "INSPECT_HTTPS"),
            areas=tuple(area.from_env(environ) for area in areas),
            failpoints=_failpoints(environ),
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


def _failpoints(environ: Mapping[str, str]) -> Mapping[str, Failpoint]:
    try:
        return parse(environ.get("INSPECT_FAILPOINTS", ""))
    except FailpointsWrong as wrong:
        raise SettingWrong("INSPECT_FAILPOINTS", str(wrong)) from wrong
