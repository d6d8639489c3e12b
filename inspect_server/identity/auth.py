"""Authentication 认证 and the roles of a route 权限: every view declares its policy here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app, g, request

from inspect_server.core.access import Actor
from inspect_server.core.database import db, write_tx
from inspect_server.core.problems import (
    CsrfMissing,
    NotAllowed,
    NotSignedIn,
    PasswordChangeRequired,
)
from inspect_server.core.sentences import sentence
from inspect_server.identity import sessions
from schemas.vocabulary import Role

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "inspect_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PUBLIC = "public"
ANYONE = frozenset(Role)


def allow(*roles: Role, before_password_change: bool = False) -> Callable[[View], View]:
    """Allow these roles; `tests/architecture` reads `policy` of every view.

    A session that began with a one-time password 一次性密码 gets nothing but what is allowed
    `before_password_change`.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = _recognize()
            if g.must_change_password and not before_password_change:
                raise PasswordChangeRequired()
            if actor.role not in roles:
                raise NotAllowed(sentence("{role}没有此项权限。", role=actor.role.zh))
            g.actor = actor
            return view(*args, **kwargs)

        guarded.policy = frozenset(roles)  # type: ignore[attr-defined]
        guarded.before_password_change = before_password_change  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def signed_in(view: View) -> View:
    """Allow everybody who is signed in; which rows they see is decided by the queries."""
    return allow(*ANYONE)(view)


def signed_in_before_password_change(view: View) -> View:
    """Allow everybody who is signed in, even with a one-time password that was not changed yet."""
    return allow(*ANYONE, before_password_change=True)(view)


def public(view: View) -> View:
    """Allow everybody, also without signing in."""

    @wraps(view)
    def unguarded(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    unguarded.policy = PUBLIC  # type: ignore[attr-defined]
    return cast(View, unguarded)


def me() -> Actor:
    """Return the person who makes this request."""
    return cast(Actor, g.actor)


def csrf_token() -> str | None:
    """Return the CSRF token of a session by cookie; a session by bearer token has none."""
    return cast(str | None, g.get("csrf_token"))


def must_change_password() -> bool:
    """Say whether this session is to change a one-time password before anything else."""
    return cast(bool, g.must_change_password)


def _recognize() -> Actor:
    """Return whose token this is.

    Uses a transaction of its own, so none stays open while the body of the request arrives.
    """
    token, from_cookie = _token()
    try:
        authentication = sessions.recognize(db.session(), token, current_app.extensions["clock"]())
    finally:
        db.session.rollback()
    if from_cookie:
        header = request.headers.get(CSRF_HEADER)
        if request.method not in SAFE_METHODS and not sessions.csrf_matches(
            header, authentication.csrf_token
        ):
            raise CsrfMissing()
        g.csrf_token = authentication.csrf_token
    g.must_change_password = authentication.must_change_password
    if authentication.unconfirmed:
        write_tx(lambda session: sessions.confirm(session, authentication.actor.session_id))
    return authentication.actor


def _token() -> tuple[str, bool]:
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip(), False
    cookie = request.cookies.get(COOKIE)
    if cookie:
        return cookie, True
    raise NotSignedIn()
