"""Answers 应答: JSON, problems as documents (RFC 9457), and the headers every answer carries."""

from __future__ import annotations

import errno
import json
import string
import uuid
from collections.abc import Callable, Iterable
from typing import Any, cast
from urllib.parse import quote

import structlog
from flask import Flask, Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from inspect_server.core import problems
from inspect_server.core.database import db, is_passing
from inspect_server.core.problems import (
    EncodingUnsupported,
    Malformed,
    Problem,
    RequestUnfinished,
    ServerError,
    TooLarge,
    Unavailable,
)
from inspect_server.core.sentences import SOURCE_LANGUAGE, languages, sentence
from inspect_server.http.blueprint import API
from media.store import ObjectMissing, StoreError

PROBLEM = "application/problem+json"
_SENT_AS_THEY_ARE = string.ascii_letters + string.digits + string.punctuation + " "
log = structlog.get_logger()


class JsonProvider(DefaultJSONProvider):
    """Writes answers as UTF-8; lone surrogates, which UTF-8 cannot hold, are escaped."""

    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write JSON; a lone surrogate is sent back as the escape it came as."""
        return _sendable(super().dumps(obj, **kwargs))


def _sendable(text: str) -> str:
    # Inside a JSON text `\\udc00` is a JSON escape too.
    return text.encode("utf-8", "backslashreplace").decode()


def render_problems(app: Flask) -> None:
    """Register the error handlers, the hooks that set headers and the guard of all headers."""
    app.register_error_handler(Problem, _problem_answer)
    app.register_error_handler(HTTPException, _http_answer)
    app.register_error_handler(StoreError, _store_answer)
    app.register_error_handler(Exception, _unknown_answer)
    app.before_request(_begin_request)
    app.after_request(_set_headers)
    app.wsgi_app = SendableHeaders(app.wsgi_app)  # type: ignore[method-assign]


# A phone gives up after 15 s without progress. A connection that is silent for longer is lost and
# must not occupy a thread of the server for ever. The bytes of a photo received so far are kept.
SILENCE_SECONDS = 20.0


def _begin_request() -> None:
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


def _set_headers(response: Response) -> Response:
    """Set the headers of an answer: X-Sync, which no captive portal sets, and those of security."""
    if request.path.startswith(API):
        response.headers["X-Sync"] = "1"
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=()"
    response.headers.setdefault("Content-Security-Policy", current_app.config.get("CSP", CSP))
    return response


def preferred_language() -> str:
    """Return the language of the catalogue that the client prefers, or Chinese."""
    return request.accept_languages.best_match(languages(), SOURCE_LANGUAGE)


def _problem_answer(problem: Problem) -> Response:
    document = problem.document(g.get("request_id"), preferred_language())
    response = current_app.response_class(
        _sendable(json.dumps(document, ensure_ascii=False, default=str)),
        status=problem.status,
        mimetype=PROBLEM,
    )
    response.vary.add("Accept-Language")
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
        return _problem_answer(problems.NotFound(sentence("照片文件不在存储中，请联系管理员。")))
    return _problem_answer(Unavailable(sentence("照片存储暂不可用，请稍后重试。"), retry_after=10))


def _unknown_answer(error: Exception) -> Response:
    """Log an unexpected error; the client receives an id, never the text of the exception."""
    db.session.rollback()
    # The rule, not the path: the path of a media link is its permission.
    log.exception("request.failed", route=str(request.url_rule), method=request.method)
    if isinstance(error, OperationalError):
        # The database is locked, full or unreachable: the request itself is valid.
        return _problem_answer(Unavailable(retry_after=5 if is_passing(error) else 30))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _problem_answer(
            Unavailable(sentence("服务器磁盘已满，手机会稍后重试。"), retry_after=30)
        )
    return _problem_answer(ServerError())


# --- the last guard of headers -------------------------------------------------------------------


class SendableHeaders:
    """The last guard of all headers, as WSGI middleware: none leaves that HTTP cannot carry.

    What is not printable ASCII is percent-encoded and logged. gunicorn would refuse such an answer
    when everything has been committed, and send a bare 500 without X-Sync instead.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        """`app` is the application whose answers are guarded."""
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request."""

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            return start_response(status, [(n, _header_value(n, v)) for n, v in headers], *exc_info)

        return self._app(environ, start)


def _header_value(name: str, value: str) -> str:
    if value.isascii() and value.isprintable():
        return value
    return encoded(name, value)


def encoded(name: str, value: str) -> str:
    """Return the value as ASCII. The view that set it has a defect, so it is logged as an error."""
    log.error("header.encoded", header=name)
    return quote(value, safe=_SENT_AS_THEY_ARE, errors="replace")
