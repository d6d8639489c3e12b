"""Answers: JSON that can always be sent, problems as documents (RFC 9457), headers on each."""

from __future__ import annotations

import errno
import json
import uuid
from typing import Any, cast

import structlog
from flask import Flask, Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from inspect_server.core import problems
from inspect_server.core.database import db
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
from inspect_server.core.transactions import is_passing
from inspect_server.http.blueprint import API
from media.store import ObjectMissing, StoreError

PROBLEM = "application/problem+json"
log = structlog.get_logger()


class JsonProvider(DefaultJSONProvider):
    """Writes answers as UTF-8 that can always be sent: half a character goes out escaped."""

    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Write JSON; a lone surrogate a phone sent is echoed the way it came."""
        return _sendable(super().dumps(obj, **kwargs))


def _sendable(text: str) -> str:
    # Inside JSON text the replacement is JSON's own escape.
    return text.encode("utf-8", "backslashreplace").decode()


def render_problems(app: Flask) -> None:
    """Render every problem in one place, and mark every answer as ours."""
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


def _language() -> str:
    """The language the client prefers among those of the catalogue; Chinese where none fits."""
    return request.accept_languages.best_match(languages(), SOURCE_LANGUAGE)


def _problem_answer(problem: Problem) -> Response:
    document = problem.document(g.get("request_id"), _language())
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
        return _problem_answer(problems.NotFound(sentence("照片文件不在存储中,请联系管理员。")))
    return _problem_answer(Unavailable(sentence("照片存储暂不可用,请稍后重试。"), retry_after=10))


def _unknown_answer(error: Exception) -> Response:
    """Log what nobody foresaw; the client learns an id, never the exception's text."""
    db.session.rollback()
    # The rule, not the path: a media link carries its permission.
    log.exception("request.failed", route=str(request.url_rule), method=request.method)
    if isinstance(error, OperationalError):
        # Locked, full or away: nothing is wrong with what was asked.
        return _problem_answer(Unavailable(retry_after=5 if is_passing(error) else 30))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _problem_answer(
            Unavailable(sentence("服务器磁盘已满,手机会稍后重试。"), retry_after=30)
        )
    return _problem_answer(ServerError())
