"""The settings 配置 of the registers: the base map 天地图 of the console."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from inspect_server.core.environment import SettingWrong


@dataclass(frozen=True, slots=True)
class TiandituSettings:
    """The base map 天地图: the host of its tiles, and the key for them."""

    url: str
    key: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> TiandituSettings | None:
        """Read the base map; without a key there is none. Raises `SettingWrong`."""
        key = environ.get("INSPECT_TIANDITU_KEY", "").strip()
        if not key:
            return None
        if not re.fullmatch(r"[0-9A-Za-z_-]{8,64}", key):
            raise SettingWrong("INSPECT_TIANDITU_KEY", "must be letters and digits")
        url = environ.get("INSPECT_TIANDITU_URL") or "https://t0.tianditu.gov.cn"
        # It becomes a source in the Content-Security-Policy: an origin and nothing else.
        if not re.fullmatch(r"https?://[0-9A-Za-z.-]+(:[0-9]{1,5})?", url):
            raise SettingWrong("INSPECT_TIANDITU_URL", "must be an origin such as https://host")
        return cls(url, key)


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """The base map; without one, no page loads a tile from another host."""

    tianditu: TiandituSettings | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> RegistrySettings:
        """Read the environment. Raises `SettingWrong`."""
        return cls(tianditu=TiandituSettings.from_env(environ))
