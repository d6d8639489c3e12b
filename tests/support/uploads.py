"""Uploads over tus in this process: request headers, answers, and an interrupted body."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.wrappers import Response

from media.store import ObjectStore


def metadata(**values: str) -> dict[str, str]:
    """The header `Upload-Metadata` with these values."""
    pairs = [f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items()]
    return {"Upload-Metadata": ",".join(pairs)}


def offset_of(answer: Response) -> int:
    """How many bytes the server has, as it answered."""
    return int(answer.headers["Upload-Offset"])


def store_of(app: Flask) -> ObjectStore:
    """The object store of the application."""
    store: ObjectStore = app.extensions["store"]
    return store


class InterruptedBody(io.RawIOBase):
    """A request body that runs an action when so many bytes of it were read."""

    def __init__(self, content: bytes, after: int, action: Callable[[], Any]) -> None:
        self._content = io.BytesIO(content)
        self._after = after
        self._action: Callable[[], Any] | None = action

    def read(self, size: int = -1) -> bytes:
        if self._action and self._content.tell() >= self._after:
            action, self._action = self._action, None
            action()
        return self._content.read(min(size, self._after))
