"""The settings 配置 of photos: the object store 对象存储 of their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from inspect_server.core.environment import SettingWrong, required
from media.store import StoreSettings

Addressing = Literal["path", "virtual"]


@dataclass(frozen=True, slots=True)
class PhotoSettings:
    """Where the bytes of photos are stored; the keys of the store have no default."""

    store: StoreSettings

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> PhotoSettings:
        """Read the environment. Raises `SettingWrong`."""
        return cls(
            StoreSettings(
                endpoint_url=required(environ, "INSPECT_S3_ENDPOINT_URL"),
                bucket=environ.get("INSPECT_S3_BUCKET", "inspect"),
                access_key_id=required(environ, "INSPECT_S3_ACCESS_KEY_ID"),
                secret_access_key=required(environ, "INSPECT_S3_SECRET_ACCESS_KEY"),
                region=environ.get("INSPECT_S3_REGION", "us-east-1"),
                addressing=_addressing(environ),
                public_url=environ.get("INSPECT_S3_PUBLIC_URL") or None,
            )
        )


def _addressing(environ: Mapping[str, str]) -> Addressing:
    value = environ.get("INSPECT_S3_ADDRESSING") or "path"
    if value not in get_args(Addressing):
        raise SettingWrong("INSPECT_S3_ADDRESSING", "must be path or virtual")
    return cast(Addressing, value)
