"""API of sessions 登录 and invitations 邀请, and who the signed-in person is."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify

from inspect_server.core import qr
from inspect_server.core.database import db, in_write_tx, limiter
from inspect_server.core.server_state import server_state
from inspect_server.http.blueprint import Blueprint, now, public_origin, settings_of
from inspect_server.identity import own_password, sessions
from inspect_server.identity import queries as people_queries
from inspect_server.identity.auth import (
    COOKIE,
    allow,
    csrf_token,
    me,
    must_change_password,
    public,
    signed_in_before_password_change,
)
from inspect_server.identity.settings import IdentitySettings
from inspect_server.models import Person
from schemas.people import (
    InvitationSchema,
    Invite,
    InviteSchema,
    MeSchema,
    OwnPassword,
    OwnPasswordSchema,
    PersonSchema,
    Refresh,
    RefreshSchema,
    SessionSchema,
    SignIn,
    SignInSchema,
)
from schemas.vocabulary import Role

bp = Blueprint("people", "人员与登录 People and sessions")


def sign_in_limit() -> str:
    """Return the rate limit of signing in for one address, in the form of Flask-Limiter."""
    return f"{settings_of(IdentitySettings).sign_in_per_minute} per minute"


@bp.post("/sessions")
@public
@bp.doc(security=[])
@limiter.limit(sign_in_limit)
@bp.arguments(SignInSchema)
@bp.response(201, SessionSchema)
@in_write_tx
def sign_in(credentials: SignIn) -> Any:
    """Begin a session with a password or an invitation 登录."""
    tokens = sessions.sign_in(db.session(), credentials, now())
    document = _document_of(tokens)
    if not credentials.cookie:
        return document
    response = jsonify(SessionSchema().dump(document))
    response.status_code = 201
    response.set_cookie(
        COOKIE,
        tokens.access_token,
        expires=tokens.expires_at,
        httponly=True,
        samesite="Strict",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


@bp.post("/sessions/refresh")
@public
@bp.doc(security=[])
@limiter.limit("120 per minute")
@bp.arguments(RefreshSchema)
@bp.response(200, SessionSchema)
@in_write_tx
def refresh(token: Refresh) -> dict[str, Any]:
    """Exchange a refresh token for new tokens 续期."""
    return _document_of(sessions.refresh(db.session(), token.refresh_token, now()))


@bp.delete("/sessions/current")
@signed_in_before_password_change
@bp.response(204)
@in_write_tx
def sign_out() -> Response:
    """End this session 退出."""
    sessions.revoke(db.session(), me().session_id, now())
    response = Response(status=204)
    response.delete_cookie(COOKIE)
    return response


@bp.get("/me")
@signed_in_before_password_change
@bp.response(200, MeSchema)
def show_me() -> dict[str, Any]:
    """Who I am, on which device, and what time the server has."""
    session = db.session()
    person = session.get_one(Person, me().id)
    return {
        "person": people_queries.describe(session, person),
        "device": {"id": me().device_id, "name": ""},
        "csrf_token": csrf_token(),
        "must_change_password": must_change_password(),
        "has_password": person.password_hash is not None,
        "server_now": now(),
        "epoch": server_state(session).epoch,
    }


@bp.put("/me/password")
@signed_in_before_password_change
@limiter.limit(sign_in_limit)
@bp.arguments(OwnPasswordSchema)
@bp.response(200, PersonSchema)
@in_write_tx
def set_own_password(password: OwnPassword) -> dict[str, object]:
    """Set or change the own password 修改密码; a change ends all other sessions of the person."""
    session = db.session()
    person = own_password.set_password(session, me(), password, now())
    return people_queries.describe(session, person)


@bp.post("/invitations")
@allow(Role.ADMIN, Role.SUPERVISOR)
@bp.arguments(InviteSchema)
@bp.response(201, InvitationSchema)
@in_write_tx
def invite(invitation: Invite) -> dict[str, Any]:
    """A one-time way in for a person, as a link and as a QR code 邀请."""
    session = db.session()
    token, person, expires_at = sessions.invite(session, me(), invitation.person_id, now())
    url = join_address(token)
    return {
        "invitation": token,
        "url": url,
        "qr_svg": qr.svg(url),
        "expires_at": expires_at,
        "person": people_queries.describe(session, person),
    }


def join_address(token: str) -> str:
    """Return the address an invitation leads to."""
    return f"{public_origin()}/#/join/{token}"


def _document_of(tokens: sessions.Tokens) -> dict[str, Any]:
    document = {
        "expires_at": tokens.expires_at,
        "person": people_queries.describe(db.session(), tokens.person),
        "must_change_password": tokens.must_change_password,
    }
    if tokens.csrf_token is not None:
        return document | {"csrf_token": tokens.csrf_token}
    return document | {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "refresh_expires_at": tokens.refresh_expires_at,
    }
