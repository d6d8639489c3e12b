"""What all views share: reading request bodies, the clock, the settings of an area."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

import structlog
from flask import current_app, g, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import ClientDisconnected

from inspect_server.core.environment import AreaSettings
from inspect_server.core.problems import (
    EncodingUnsupported,
    Invalid,
    Malformed,
    Problem,
    RequestUnfinished,
    TooLarge,
)
from inspect_server.core.sentences import sentence
from inspect_server.http.files import FILE_SCHEMA, FileView, View, gives_file
from schemas.fields import read_json
from schemas.problems import pointers

API = "/api/v1"
MAX_WIRE_BYTES = 256 * 1024
MAX_INFLATED_BYTES = 1024 * 1024

Settings = TypeVar("Settings", bound=AreaSettings)
log = structlog.get_logger()


def now() -> datetime:
    """Return the current moment by the clock of the app; services take it as an argument."""
    return cast(datetime, current_app.extensions["clock"]())


def public_origin() -> str:
    """Return the address under which people reach this server: `https://host`, no slash."""
    return str(current_app.config["PUBLIC_ORIGIN"] or request.host_url.rstrip("/"))


def settings_of(area: type[Settings]) -> Settings:
    """Return the settings 配置 that an area registered, by their class."""
    return cast(Settings, current_app.extensions["settings"][area])


# --- bodies ----------------------------------------------------------------------------------


def body_text() -> str:
    """Return the body as text, decompressed up to a limit; Content-Length is not trusted.

    Raises `TooLarge`, `EncodingUnsupported`, `Malformed`.
    """
    try:
        return _inflated(_raw_body()).decode()
    except UnicodeDecodeError as error:
        raise Malformed(sentence("请求不是 UTF-8 文本。")) from error


def body_as_it_came() -> str:
    """Return the body as text for the quarantine 隔离区; bytes that are not UTF-8 are escaped."""
    raw = _raw_body()
    try:
        return _inflated(raw).decode(errors="backslashreplace")
    except Problem:
        return raw.decode(errors="backslashreplace")


def _raw_body() -> bytes:
    """Return the bytes of the body, read once. Raises `TooLarge`, `RequestUnfinished`."""
    if "raw_body" not in g:
        try:
            g.raw_body = request.stream.read(MAX_WIRE_BYTES + 1)
        except (OSError, ClientDisconnected) as error:
            raise RequestUnfinished() from error
    raw = cast(bytes, g.raw_body)
    if len(raw) > MAX_WIRE_BYTES:
        raise TooLarge()
    return raw


def _inflated(raw: bytes) -> bytes:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return raw
    if encoding != "gzip":
        raise EncodingUnsupported(sentence("不支持 {encoding} 压缩。", encoding=encoding))
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        inflated = inflater.decompress(raw, MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        raise Malformed(sentence("gzip 内容损坏。")) from error
    if len(inflated) > MAX_INFLATED_BYTES:
        raise TooLarge(sentence("解压后超过 1 MB。"))
    if not inflater.eof:
        raise Malformed(sentence("gzip 内容不完整。"))
    return inflated


class BodyParser(FlaskParser):
    """Reads JSON bodies by `schemas.strict_json` and raises problems for what is wrong."""

    # A list field may be given as a repeated parameter.
    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(("json", "query", "form", "headers"), None)

    def load_json(self, req: Any, schema: Any) -> Any:
        """Parse the body. Raises `EncodingUnsupported`, `Malformed`."""
        if req.mimetype not in ("application/json", ""):
            raise EncodingUnsupported(sentence("请求体须为 application/json。"))
        try:
            return read_json(body_text())
        except ValueError as error:
            raise Malformed(sentence("请求不是有效的 JSON。")) from error

    def handle_error(self, error: ValidationError, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Raise `Invalid` with marshmallow's messages as JSON pointers."""
        messages = cast("dict[str, Any]", error.messages)
        location, inner = next(iter(messages.items()))
        root = "" if location == "json" else f"/{location}"
        raise Invalid(errors=list(pointers(inner, root)))


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A blueprint whose bodies are read by `BodyParser`."""

    ARGUMENTS_PARSER = BodyParser()

    def __init__(self, name: str, description: str, prefix: str = "") -> None:
        """`description` is the title of the group in the API description."""
        super().__init__(name, __name__, description=description, url_prefix=API + prefix)

    def file(self, *types: str) -> Callable[[FileView], View]:
        """Decorate a view that returns a `File` of one of these types, and describe them."""

        def decorate(view: FileView) -> View:
            described = gives_file(*types)(view)
            for number, kind in enumerate(types):
                describe = self.alt_response if number else self.response
                described = describe(200, schema=FILE_SCHEMA, content_type=kind)(described)
            return described

        return decorate
