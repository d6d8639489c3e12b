"""The settings 配置 of identity: how often signing in may be tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspect_server.core.environment import whole_number


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """The limit 登录限次 of sign-in attempts from one address."""

    sign_in_per_minute: int = 30

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> IdentitySettings:
        """Read the environment. Raises `SettingWrong`."""
        return cls(whole_number(environ, "INSPECT_SIGN_IN_PER_MINUTE", cls().sign_in_per_minute))
