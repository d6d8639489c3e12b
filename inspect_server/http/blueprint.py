"""What every door shares: reading bodies, one transaction a view, answers and problems."""

from __future__ import annotations

import errno
import json
import uuid
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from threading import Lock
from typing import Any, TypeVar, cast

import structlog
from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import ValidationError
from sqlalchemy.exc import OperationalError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import ClientDisconnected, HTTPException

from inspect_server.core import problems
from inspect_server.core.database import db
from inspect_server.core.problems import (
    EncodingUnsupported,
    Invalid,
    Malformed,
    Problem,
    RequestUnfinished,
    ServerError,
    TooLarge,
    Unavailable,
)
from inspect_server.core.transactions import is_passing, write_tx
from media.store import ObjectMissing, StoreError
from schemas import strict_json
from schemas.problems import ProblemSchema, pointers

API = "/api/v1"
MAX_WIRE_BYTES = 256 * 1024
MAX_INFLATED_BYTES = 1024 * 1024

View = TypeVar("View", bound=Callable[..., Any])
log = structlog.get_logger()


def now() -> datetime:
    """Return this moment by the clock of the app; services are handed it."""
    return cast(datetime, current_app.extensions["clock"]())


def writes(view: View) -> View:
    """Run a view in one writing transaction."""

    @wraps(view)
    def written(*args: Any, **kwargs: Any) -> Any:
        return write_tx(lambda _session: view(*args, **kwargs))

    return cast(View, written)


# --- bodies ----------------------------------------------------------------------------------


def body_text() -> str:
    """Return the body, inflated with a cap; Content-Length is believed only as a warning.

    Raises `TooLarge`, `EncodingUnsupported`, `Malformed`.
    """
    try:
        return _inflated(_raw_body()).decode()
    except UnicodeDecodeError as error:
        raise Malformed("请求不是 UTF-8 文本。") from error


def body_as_it_came() -> str:
    """Return the body for the quarantine, readable or not."""
    raw = _raw_body()
    try:
        return _inflated(raw).decode(errors="backslashreplace")
    except Problem:
        return raw.decode(errors="backslashreplace")


def _raw_body() -> bytes:
    """Read the body once, with a cap."""
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
        raise EncodingUnsupported(f"不支持 {encoding} 压缩。")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        inflated = inflater.decompress(raw, MAX_INFLATED_BYTES + 1)
    except zlib.error as error:
        raise Malformed("gzip 内容损坏。") from error
    if len(inflated) > MAX_INFLATED_BYTES:
        raise TooLarge("解压后超过 1 MB。")
    if not inflater.eof:
        raise Malformed("gzip 内容不完整。")
    return inflated


class BodyParser(FlaskParser):
    """Reads JSON bodies by our own rules and tells what is wrong as a problem."""

    # A list field may be written as a repeated parameter.
    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(("json", "query", "form", "headers"), None)

    def load_json(self, req: Any, schema: Any) -> Any:
        """Parse the body once."""
        if req.mimetype not in ("application/json", ""):
            raise EncodingUnsupported("请求体须为 application/json。")
        try:
            return strict_json.read(body_text())
        except ValueError as error:
            raise Malformed("请求不是有效的 JSON。") from error

    def handle_error(self, error: ValidationError, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Turn marshmallow's messages into pointers."""
        messages = cast("dict[str, Any]", error.messages)
        location, inner = next(iter(messages.items()))
        root = "" if location == "json" else f"/{location}"
        raise Invalid(errors=list(pointers(inner, root)))


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A blueprint whose bodies are read by `BodyParser`."""

    ARGUMENTS_PARSER = BodyParser()

    def __init__(self, name: str, description: str, prefix: str = "") -> None:
        """`description` heads the group in the API description."""
        super().__init__(name, __name__, description=description, url_prefix=API + prefix)


PROBLEM = "application/problem+json"


def _component_name(schema: Any) -> str:
    """Return the name of a schema in the API description; clients read it, so it is kept."""
    resolved = resolve_schema_cls(schema)
    kind = resolved[0] if isinstance(resolved, list) else resolved
    return str(getattr(kind, "component", None) or resolver(schema))


class Description(Api):  # type: ignore[misc]
    """The API description; problems are rendered by us, and described as what they are."""

    def __init__(self, app: Flask, cookie: str) -> None:
        """`cookie` carries the desk's session."""
        ways = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": cookie},
        }
        # Either of them; a public door says that it needs none.
        security: list[dict[str, Any]] = [{name: []} for name in ways]
        marshmallow = MarshmallowPlugin(schema_name_resolver=_component_name)
        super().__init__(app, spec_kwargs={"security": security, "marshmallow_plugin": marshmallow})
        for name, way in ways.items():
            self.spec.components.security_scheme(name, way)
        self._undescribed: list[Blueprint] = []
        self._describing = Lock()

    def register_blueprint(self, blp: Blueprint) -> None:
        """Open the doors of a room; what they say of themselves is written when it is asked for.

        That takes longer than all the rest of starting, and neither phone nor desk asks.
        """
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    def _openapi_json(self) -> Response:
        with self._describing:
            while self._undescribed:
                room = self._undescribed[0]
                room.register_views_in_doc(
                    self, self._app, self.spec, name=room.name, parameters=None
                )
                self.spec.tag({"name": room.name, "description": room.description})
                del self._undescribed[0]
        described: Response = super()._openapi_json()
        return described

    def _register_responses(self) -> None:
        """Describe every error as the problem document it is."""
        named = [(status.name, status.phrase) for status in HTTPStatus if status >= 400]
        for name, phrase in [*named, (self.DEFAULT_ERROR_RESPONSE_NAME, "A problem 问题说明")]:
            response = {"description": phrase, "content": {PROBLEM: {"schema": ProblemSchema}}}
            self.spec.components.response(name, response, lazy=True)

    def _register_error_handlers(self) -> None:
        """Leave errors to `render_problems`."""


class JsonProvider(DefaultJSONProvider):
    """Writes answers as UTF-8 that can always be sent: half a character goes out escaped."""

    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write JSON; a lone surrogate a phone sent is echoed the way it came."""
        return _sendable(super().dumps(obj, **kwargs))


def _sendable(text: str) -> str:
    # Inside JSON text the replacement is JSON's own escape.
    return text.encode("utf-8", "backslashreplace").decode()


# --- answers and problems ----------------------------------------------------------------------


def render_problems(app: Flask) -> None:
    """Catch every problem once, at the door."""
    app.register_error_handler(Problem, _problem_answer)
    app.register_error_handler(HTTPException, _http_answer)
    app.register_error_handler(StoreError, _store_answer)
    app.register_error_handler(Exception, _unknown_answer)
    app.before_request(_begin)
    app.after_request(_sign)


# A phone gives up after 15 s without progress; one that says nothing for longer is gone, and must
# not hold a thread of the server for ever. What it sent of a photo is kept.
SILENCE_SECONDS = 20.0


def _begin() -> None:
    line = request.environ.get("gunicorn.socket")
    if line is not None:
        line.settimeout(SILENCE_SECONDS)
    g.request_id = uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


CSP = (
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; worker-src 'self' blob:; media-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
)


def _sign(response: Response) -> Response:
    """Mark an answer as ours (X-Sync: a captive portal cannot) and close the page down."""
    if request.path.startswith(API):
        response.headers["X-Sync"] = "1"
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=()"
    response.headers.setdefault("Content-Security-Policy", current_app.config.get("CSP", CSP))
    return response


def _problem_answer(problem: Problem) -> Response:
    document = problem.document(instance=g.get("request_id"))
    response = current_app.response_class(
        _sendable(json.dumps(document, ensure_ascii=False, default=str)),
        status=problem.status,
        mimetype=PROBLEM,
    )
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    elif problem.status == 503:
        response.headers["Retry-After"] = "5"
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


_BY_STATUS: dict[int, type[Problem]] = {
    400: Malformed,
    404: problems.NotFound,
    408: RequestUnfinished,
    405: problems.MethodNotAllowed,
    413: TooLarge,
    415: EncodingUnsupported,
    429: problems.TooMany,
    503: Unavailable,
}


def _http_answer(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return cast(Response, error.get_response())
    kind = _BY_STATUS.get(status, Malformed if status < 500 else ServerError)
    response = _problem_answer(kind())
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    if status == 429:
        response.headers.setdefault("Retry-After", "30")
    return response


def _store_answer(error: StoreError) -> Response:
    log.warning("store.failed", error=type(error).__name__)
    if isinstance(error, ObjectMissing):
        return _problem_answer(problems.NotFound("照片文件不在存储中,请联系管理员。"))
    return _problem_answer(Unavailable("照片存储暂不可用,请稍后重试。", retry_after=10))


def _unknown_answer(error: Exception) -> Response:
    """Log what nobody foresaw; the client learns an id, never the exception's text."""
    db.session.rollback()
    # The rule, not the path: a media link carries its permission.
    log.exception("request.failed", route=str(request.url_rule), method=request.method)
    if isinstance(error, OperationalError):
        # Locked, full or away: nothing is wrong with what was asked.
        return _problem_answer(Unavailable(retry_after=5 if is_passing(error) else 30))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _problem_answer(Unavailable("服务器磁盘已满,手机会稍后重试。", retry_after=30))
    return _problem_answer(ServerError())
