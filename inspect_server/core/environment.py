"""Reading settings 配置 from the environment: each area reads its own with these functions.

A wrong value raises `SettingWrong`, which names the variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self


class AreaSettings(Protocol):
    """The settings 配置 of one area: a frozen dataclass that reads itself from the environment."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the environment. Raises `SettingWrong`."""


class SettingWrong(Exception):
    """A variable of the environment that cannot be used, with the reason."""

    def __init__(self, name: str, reason: str) -> None:
        """`name` is the variable the operator has to correct."""
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


def required(environ: Mapping[str, str], name: str) -> str:
    """Return a value that has to be set. Raises `SettingWrong`."""
    value = environ.get(name, "").strip()
    if not value:
        raise SettingWrong(name, "is not set")
    return value


def flag(environ: Mapping[str, str], name: str) -> bool:
    """Return a switch: 1 is on, 0 or unset is off. Raises `SettingWrong`."""
    value = environ.get(name, "0")
    if value not in ("0", "1"):
        raise SettingWrong(name, "must be 0 or 1")
    return value == "1"


def whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    """Return a whole number, at least 0. Raises `SettingWrong`."""
    value = environ.get(name, str(default))
    if not value.isdigit():
        raise SettingWrong(name, "must be a whole number")
    return int(value)
