"""Sessions 登录: signing in with a password or an invitation, and the tokens of a session.

Tokens are opaque and random; the database stores only their SHA-256. When an answer is lost, the
phone can still sign in: the same device may use its invitation again for `INVITATION_AGAIN`, and
the previous refresh token stays valid until the current one has been used.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session as DatabaseSession
from uuid_utils.compat import uuid7

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    AccountDisabled,
    InvitationSpent,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TokenStolen,
    TooManyForASheet,
    WrongPassword,
)
from inspect_server.core.sentences import sentence
from inspect_server.identity import passwords
from inspect_server.models import Invitation, Person, Session
from schemas.people import SignIn
from schemas.registers import InviteMany
from schemas.texts import login_key
from schemas.vocabulary import Role

ACCESS_FOR = timedelta(hours=1)
REFRESH_FOR = timedelta(days=90)
CONSOLE_FOR = timedelta(hours=12)
INVITATION_FOR = timedelta(days=14)
# How long the device that used an invitation may use it again, in case the answer was lost.
INVITATION_AGAIN = timedelta(days=1)
TOUCH_EVERY = timedelta(minutes=5)
# Invitations written by one statement.
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens a device receives, only once: the server stores nothing but their hashes."""

    person: Person
    access_token: str
    expires_at: datetime
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None
    csrf_token: str | None = None
    # The password was a one-time one: nothing else is allowed until it is changed.
    must_change_password: bool = False


def sign_in(session: DatabaseSession, credentials: SignIn, now: datetime) -> Tokens:
    """Begin a session on a device 登录.

    Raises `WrongPassword`, `InvitationSpent`, `AccountDisabled`.
    """
    if credentials.invitation is not None:
        person = _person_by_invitation(session, credentials.invitation, credentials.device.id, now)
        must_change = False
    else:
        person = _person_by_password(session, credentials.login or "", credentials.password or "")
        must_change = person.password_is_one_time
    if person.disabled_at is not None:
        raise AccountDisabled()
    access_token = _token()
    row = Session(
        id=uuid7(),
        person_id=person.id,
        device_id=credentials.device.id,
        device_name=credentials.device.name,
        access_hash=_hash(access_token),
        access_expires_at=now + (CONSOLE_FOR if credentials.cookie else ACCESS_FOR),
        must_change_password=must_change,
        created_at=now,
    )
    refresh_token = None
    if credentials.cookie:
        row.csrf_token = _token()
    else:
        refresh_token = _token()
        row.refresh_hash, row.refresh_expires_at = _hash(refresh_token), now + REFRESH_FOR
    session.add(row)
    return Tokens(
        person,
        access_token,
        row.access_expires_at,
        refresh_token,
        row.refresh_expires_at,
        row.csrf_token,
        must_change,
    )


def refresh(session: DatabaseSession, refresh_token: str, now: datetime) -> Tokens:
    """Exchange a refresh token for new tokens 续期.

    The previous token is accepted until the current one has been used; its use after that means
    that it was stolen, and the session ends. Raises `NotSignedIn`, `TokenStolen`,
    `AccountDisabled`.
    """
    digest = _hash(refresh_token)
    row = session.scalar(
        sa.select(Session)
        .where(sa.or_(Session.refresh_hash == digest, Session.previous_refresh_hash == digest))
        .with_for_update()
    )
    if row is None or row.revoked_at is not None:
        raise NotSignedIn()
    if row.refresh_expires_at is None or row.refresh_expires_at <= now:
        raise NotSignedIn(sentence("登录已过期，请重新登录；未上传的记录不会丢失。"))
    person = session.get_one(Person, row.person_id)
    if person.disabled_at is not None:
        raise AccountDisabled()
    access_token, new_refresh_token = _token(), _token()
    if row.refresh_hash == digest:
        row.previous_refresh_hash = digest
    elif row.refresh_confirmed:
        row.revoked_at = now
        raise TokenStolen(sentence("这个登录凭证已被使用过；为安全起见请重新登录。"))
    row.refresh_hash = _hash(new_refresh_token)
    row.refresh_confirmed = False
    row.refresh_expires_at = now + REFRESH_FOR
    row.access_hash = _hash(access_token)
    row.access_expires_at = now + ACCESS_FOR
    return Tokens(
        person,
        access_token,
        now + ACCESS_FOR,
        new_refresh_token,
        now + REFRESH_FOR,
        must_change_password=row.must_change_password,
    )


def revoke(session: DatabaseSession, session_id: UUID, now: datetime) -> None:
    """End a session 退出."""
    session.execute(sa.update(Session).where(Session.id == session_id).values(revoked_at=now))


@dataclass(frozen=True, slots=True)
class Authentication:
    """The person and the session an access token belongs to."""

    actor: Actor
    csrf_token: str | None
    # The session began with a one-time password that was not changed yet.
    must_change_password: bool
    # The current refresh token has not been used yet, so the previous one is still accepted.
    unconfirmed: bool


def recognize(session: DatabaseSession, access_token: str, now: datetime) -> Authentication:
    """Return who an access token belongs to. Raises `NotSignedIn`, `AccountDisabled`."""
    row = session.execute(_SESSION_OF_TOKEN, {"access_hash": _hash(access_token)}).first()
    if row is None or row.revoked_at is not None or row.access_expires_at <= now:
        raise NotSignedIn()
    if row.disabled_at is not None:
        raise AccountDisabled()
    actor = Actor(
        id=row.person_id,
        name=row.name,
        role=row.role,
        district_code=row.district_code,
        unit_id=row.unit_id,
        device_id=row.device_id,
        session_id=row.session_id,
    )
    return Authentication(
        actor, row.csrf_token, row.must_change_password, not row.refresh_confirmed
    )


# Runs with every request: selects columns, not entities, and is built once.
_SESSION_OF_TOKEN = (
    sa.select(
        Session.id.label("session_id"),
        Session.device_id,
        Session.access_expires_at,
        Session.revoked_at,
        Session.csrf_token,
        Session.refresh_confirmed,
        Session.must_change_password,
        Person.id.label("person_id"),
        Person.name,
        Person.role,
        Person.district_code,
        Person.unit_id,
        Person.disabled_at,
    )
    .join(Person, Person.id == Session.person_id)
    .where(Session.access_hash == sa.bindparam("access_hash"))
)


def confirm(session: DatabaseSession, session_id: UUID) -> None:
    """Note that the new tokens reached their phone: the previous ones are no longer accepted."""
    session.execute(
        sa.update(Session).where(Session.id == session_id).values(refresh_confirmed=True)
    )


def csrf_matches(received: str | None, expected: str | None) -> bool:
    """Compare a CSRF token in constant time."""
    return bool(received and expected) and hmac.compare_digest(str(received), str(expected))


def invite(
    session: DatabaseSession, actor: Actor, person_id: UUID, now: datetime
) -> tuple[str, Person, datetime]:
    """Make an invitation 邀请 for a person: admins for anyone, supervisors within their scope.

    Raises `NotFound`, `NotAllowed`.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound()
    if actor.role is not Role.ADMIN:
        if person.role in access.OVERSEERS:
            raise NotAllowed(sentence("督查员和管理员的邀请由系统管理员发放。"))
        # Unlike a case, a person without a district is visible only to supervisors of the city.
        if actor.district_code not in (None, person.district_code):
            raise NotFound()
    token = _token()
    expires_at = now + INVITATION_FOR
    session.add(
        Invitation(
            id=uuid7(),
            token_hash=_hash(token),
            person_id=person.id,
            created_by_id=actor.id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    return token, person, expires_at


@dataclass(frozen=True, slots=True)
class DrawnUpInvitation:
    """An invitation before it is written: whom it is for, and its token.

    The database stores only the hash of a token.
    """

    person_id: UUID
    name: str
    code: str | None
    role: Role
    district_code: str | None
    unit_id: UUID | None
    token: str


def draw_up_invitations(
    session: DatabaseSession, filters: InviteMany, most: int | None
) -> list[DrawnUpInvitation]:
    """Draw up invitations 批量邀请 of all active people the filters match, without administrators.

    Writes nothing: the answer that carries the tokens can be completed before they count. Raises
    `TooManyForASheet` for more than `most` people.
    """
    rows = session.execute(
        sa.select(
            Person.id, Person.name, Person.code, Person.role, Person.district_code, Person.unit_id
        )
        .where(Person.disabled_at.is_(None), Person.role != Role.ADMIN, *_conditions_of(filters))
        .order_by(Person.unit_id, Person.name_key, Person.id)
    ).all()
    if most is not None and len(rows) > most:
        raise TooManyForASheet(
            sentence(
                "共 {count} 人，一份最多 {most} 人；请按城区、单位或角色缩小范围，或导出链接表。",
                count=len(rows),
                most=most,
            )
        )
    return [DrawnUpInvitation(*row, _token()) for row in rows]


def issue(
    session: DatabaseSession,
    actor: Actor,
    invitations: Sequence[DrawnUpInvitation],
    now: datetime,
    end_older: bool = False,
) -> None:
    """Issue invitations that were drawn up.

    Older unused ones of the same people stay valid until the new one is used: nobody loses the way
    in because an answer was lost. With `end_older` they end at once, as when a printout was lost.
    """
    for start in range(0, len(invitations), AT_ONCE):
        part = invitations[start : start + AT_ONCE]
        if end_older:
            _end_unused(session, Invitation.person_id.in_([one.person_id for one in part]), now)
        session.execute(
            sa.insert(Invitation),
            [
                {
                    "id": uuid7(),
                    "token_hash": _hash(one.token),
                    "person_id": one.person_id,
                    "created_by_id": actor.id,
                    "created_at": now,
                    "expires_at": now + INVITATION_FOR,
                }
                for one in part
            ],
        )


def _end_unused(session: DatabaseSession, condition: sa.ColumnElement[bool], now: datetime) -> None:
    """End the unused invitations that meet a condition."""
    session.execute(
        sa.update(Invitation)
        .where(condition, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def _conditions_of(filters: InviteMany) -> list[sa.ColumnElement[bool]]:
    """Return the filters as conditions on `Person`."""
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.role is not None:
        conditions.append(Person.role == filters.role)
    if filters.district is not None:
        conditions.append(Person.district_code == filters.district)
    if filters.unit_id is not None:
        conditions.append(Person.unit_id == filters.unit_id)
    if filters.ids is not None:
        conditions.append(Person.id.in_(filters.ids))
    if filters.never_signed_in:
        conditions.append(~sa.exists().where(Session.person_id == Person.id))
    return conditions


def _person_by_password(session: DatabaseSession, login: str, password: str) -> Person:
    person = session.scalars(
        sa.select(Person)
        .where(sa.or_(Person.login == login, Person.login_key == login_key(login)))
        # As it is written, if two older logins differ by case only.
        .order_by(sa.case((Person.login == login, 0), else_=1))
        .limit(1)
    ).first()
    # Verify for an unknown login too: the time taken must not show which logins exist.
    right = passwords.verify(person.password_hash if person else None, password)
    if person is None or not right:
        raise WrongPassword()
    return person


def _person_by_invitation(
    session: DatabaseSession, token: str, device_id: str, now: datetime
) -> Person:
    invitation = session.scalar(
        sa.select(Invitation).where(Invitation.token_hash == _hash(token)).with_for_update()
    )
    if invitation is None or invitation.expires_at <= now:
        raise InvitationSpent()
    if invitation.used_at is None:
        invitation.used_at, invitation.used_by_device = now, device_id
        older = sa.and_(
            Invitation.person_id == invitation.person_id,
            Invitation.created_at < invitation.created_at,
        )
        _end_unused(session, older, now)
    elif invitation.used_by_device != device_id or now - invitation.used_at > INVITATION_AGAIN:
        raise InvitationSpent()
    return session.get_one(Person, invitation.person_id)


def _token() -> str:
    return secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
