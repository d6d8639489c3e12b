"""The doorman: every route names who may pass; nothing is reached without a policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app, g, request

from inspect_server.core.access import Actor
from inspect_server.core.database import db
from inspect_server.core.problems import CsrfMissing, NotAllowed, NotSignedIn
from inspect_server.core.sentences import sentence
from inspect_server.core.transactions import write_tx
from inspect_server.identity import sessions
from schemas.vocabulary import Role

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "inspect_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PUBLIC = "public"
ANYONE = frozenset(Role)


def allow(*roles: Role) -> Callable[[View], View]:
    """Let these roles pass; the house test reads `policy` off every view."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = _recognize()
            if actor.role not in roles:
                raise NotAllowed(sentence("{role}没有此项权限。", role=actor.role.zh))
            g.actor = actor
            return view(*args, **kwargs)

        guarded.policy = frozenset(roles)  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def signed_in(view: View) -> View:
    """Let everybody pass who is signed in; what they see is decided row by row."""
    return allow(*ANYONE)(view)


def public(view: View) -> View:
    """Let everybody pass."""

    @wraps(view)
    def open_door(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    open_door.policy = PUBLIC  # type: ignore[attr-defined]
    return cast(View, open_door)


def me() -> Actor:
    """Return the person behind this request."""
    return cast(Actor, g.actor)


def csrf_token() -> str | None:
    """Return this cookie session's CSRF token; a bearer session needs none."""
    return cast(str | None, g.get("csrf_token"))


def _recognize() -> Actor:
    """Read the token, in a transaction of its own: none is held while a body comes in."""
    token, from_cookie = _token()
    try:
        recognized = sessions.recognize(db.session(), token, current_app.extensions["clock"]())
    finally:
        db.session.rollback()
    if from_cookie:
        sent = request.headers.get(CSRF_HEADER)
        if request.method not in SAFE_METHODS and not sessions.csrf_matches(
            sent, recognized.csrf_token
        ):
            raise CsrfMissing()
        g.csrf_token = recognized.csrf_token
    if recognized.unconfirmed:
        write_tx(lambda session: sessions.confirm(session, recognized.actor.session_id))
    return recognized.actor


def _token() -> tuple[str, bool]:
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip(), False
    cookie = request.cookies.get(COOKIE)
    if cookie:
        return cookie, True
    raise NotSignedIn()
