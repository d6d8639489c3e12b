"""People 人员: signing in with a password or an invitation, sessions, and their tokens.

Tokens are opaque and random; the database keeps their SHA-256 only. A lost answer never locks
a phone out: an invitation may be used again by the same device for a while, and the refresh
token before the current one works until the current one was used.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from argon2.exceptions import VerifyMismatchError
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
from inspect_server.identity.passwords import HASHER
from inspect_server.models import Invitation, Person, Session
from schemas.people import SignIn
from schemas.registers import InviteMany
from schemas.vocabulary import Role

ACCESS_FOR = timedelta(hours=1)
REFRESH_FOR = timedelta(days=90)
DESK_FOR = timedelta(hours=12)
INVITATION_FOR = timedelta(days=14)
# How long the device that used an invitation may use it again: its answer may be lost.
INVITATION_AGAIN = timedelta(days=1)
TOUCH_EVERY = timedelta(minutes=5)

# Each verification takes 19 MiB and a core for a moment: not more than two at a time.
_verifying = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a device gets once: the tokens themselves are kept nowhere."""

    person: Person
    access_token: str
    expires_at: datetime
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None
    csrf_token: str | None = None


def sign_in(session: DatabaseSession, wanted: SignIn, now: datetime) -> Tokens:
    """Begin a session on a device 登录.

    Raises `WrongPassword`, `InvitationSpent`, `AccountDisabled`.
    """
    if wanted.invitation is not None:
        person = _invited(session, wanted.invitation, wanted.device.id, now)
    else:
        person = _known(session, wanted.login or "", wanted.password or "")
    if person.disabled_at is not None:
        raise AccountDisabled()
    access_token = _token()
    if wanted.cookie:
        csrf_token = _token()
        session.add(
            Session(
                id=uuid7(),
                person_id=person.id,
                device_id=wanted.device.id,
                device_name=wanted.device.name,
                access_hash=_hash(access_token),
                access_expires_at=now + DESK_FOR,
                csrf_token=csrf_token,
                created_at=now,
            )
        )
        return Tokens(person, access_token, now + DESK_FOR, csrf_token=csrf_token)
    refresh_token = _token()
    session.add(
        Session(
            id=uuid7(),
            person_id=person.id,
            device_id=wanted.device.id,
            device_name=wanted.device.name,
            access_hash=_hash(access_token),
            access_expires_at=now + ACCESS_FOR,
            refresh_hash=_hash(refresh_token),
            refresh_expires_at=now + REFRESH_FOR,
            created_at=now,
        )
    )
    return Tokens(person, access_token, now + ACCESS_FOR, refresh_token, now + REFRESH_FOR)


def refresh(session: DatabaseSession, refresh_token: str, now: datetime) -> Tokens:
    """Exchange a refresh token for new tokens 续期.

    The token before is honoured until its successor was used; after that its use means it
    was stolen, and the session ends. Raises `NotSignedIn`, `AccountDisabled`.
    """
    asked = _hash(refresh_token)
    kept = session.scalar(
        sa.select(Session)
        .where(sa.or_(Session.refresh_hash == asked, Session.previous_refresh_hash == asked))
        .with_for_update()
    )
    if kept is None or kept.revoked_at is not None:
        raise NotSignedIn()
    if kept.refresh_expires_at is None or kept.refresh_expires_at <= now:
        raise NotSignedIn(sentence("登录已过期,请重新登录;未上传的记录不会丢失。"))
    person = session.get_one(Person, kept.person_id)
    if person.disabled_at is not None:
        raise AccountDisabled()
    access_token, fresh = _token(), _token()
    if kept.refresh_hash == asked:
        kept.previous_refresh_hash = asked
    elif kept.refresh_confirmed:
        kept.revoked_at = now
        raise TokenStolen(sentence("这个登录凭证已被使用过;为安全起见请重新登录。"))
    kept.refresh_hash = _hash(fresh)
    kept.refresh_confirmed = False
    kept.refresh_expires_at = now + REFRESH_FOR
    kept.access_hash = _hash(access_token)
    kept.access_expires_at = now + ACCESS_FOR
    return Tokens(person, access_token, now + ACCESS_FOR, fresh, now + REFRESH_FOR)


def revoke(session: DatabaseSession, session_id: UUID, now: datetime) -> None:
    """End a session 退出."""
    session.execute(sa.update(Session).where(Session.id == session_id).values(revoked_at=now))


@dataclass(frozen=True, slots=True)
class Recognized:
    """Whose token it is, and what the session says of it."""

    actor: Actor
    csrf_token: str | None
    # The first use of fresh tokens has still to be remembered.
    unconfirmed: bool


def recognize(session: DatabaseSession, access_token: str, now: datetime) -> Recognized:
    """Find out whose token this is. Raises `NotSignedIn`, `AccountDisabled`."""
    row = session.execute(_WHOSE, {"access_hash": _hash(access_token)}).first()
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
    return Recognized(actor, row.csrf_token, not row.refresh_confirmed)


# Asked with every request: columns, not entities, and built once.
_WHOSE = (
    sa.select(
        Session.id.label("session_id"),
        Session.device_id,
        Session.access_expires_at,
        Session.revoked_at,
        Session.csrf_token,
        Session.refresh_confirmed,
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
    """Remember that fresh tokens reached their phone: the ones before are spent."""
    session.execute(
        sa.update(Session).where(Session.id == session_id).values(refresh_confirmed=True)
    )


def csrf_matches(sent: str | None, kept: str | None) -> bool:
    """Compare a CSRF token in constant time."""
    return bool(sent and kept) and hmac.compare_digest(str(sent), str(kept))


def invite(
    session: DatabaseSession, actor: Actor, person_id: UUID, now: datetime
) -> tuple[str, Person, datetime]:
    """Make a one-time way in for a person 邀请; admins for anyone, supervisors in scope.

    Raises `NotFound`, `NotAllowed`.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound()
    if actor.role is not Role.ADMIN:
        if person.role in access.OVERSEERS:
            raise NotAllowed(sentence("督查员和管理员的邀请由系统管理员发放。"))
        # Unlike a finding, a person without a district is nobody's but the city's.
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
class Invited:
    """Somebody who was invited, with the token that only now is known."""

    person: Person
    token: str


def invite_many(
    session: DatabaseSession, actor: Actor, wanted: InviteMany, now: datetime, most: int | None
) -> tuple[list[Invited], datetime]:
    """Invite everybody in force whom the wish describes 批量邀请; administrators never.

    Older invitations of theirs that nobody used end: of two printed sheets the new one counts.
    Raises `TooManyForASheet` for more than `most`.
    """
    meant = sa.and_(Person.disabled_at.is_(None), Person.role != Role.ADMIN, *_meant(wanted))
    found = session.scalars(
        sa.select(Person).where(meant).order_by(Person.unit_id, Person.name, Person.id)
    ).all()
    if most is not None and len(found) > most:
        raise TooManyForASheet(
            sentence(
                "共 {count} 人,一份最多 {most} 人;请按城区、单位或角色缩小范围,或导出链接表。",
                count=len(found),
                most=most,
            )
        )
    session.execute(
        sa.update(Invitation)
        .where(
            Invitation.person_id.in_(sa.select(Person.id).where(meant)),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )
    invited = [Invited(person, _token()) for person in found]
    expires_at = now + INVITATION_FOR
    if invited:
        session.execute(
            sa.insert(Invitation),
            [
                {
                    "id": uuid7(),
                    "token_hash": _hash(one.token),
                    "person_id": one.person.id,
                    "created_by_id": actor.id,
                    "created_at": now,
                    "expires_at": expires_at,
                }
                for one in invited
            ],
        )
    return invited, expires_at


def _meant(wanted: InviteMany) -> list[sa.ColumnElement[bool]]:
    """The conditions a wish comes to."""
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.role is not None:
        conditions.append(Person.role == wanted.role)
    if wanted.district is not None:
        conditions.append(Person.district_code == wanted.district)
    if wanted.unit_id is not None:
        conditions.append(Person.unit_id == wanted.unit_id)
    if wanted.ids is not None:
        conditions.append(Person.id.in_(wanted.ids))
    if wanted.never_signed_in:
        conditions.append(~sa.exists().where(Session.person_id == Person.id))
    return conditions


def _known(session: DatabaseSession, login: str, password: str) -> Person:
    person = session.scalar(sa.select(Person).where(Person.login == login))
    kept = person.password_hash if person else None
    with _verifying:
        try:
            # Also for an unknown login: how long it takes must not tell who exists.
            HASHER.verify(kept or _NOBODY, password)
        except VerifyMismatchError:
            raise WrongPassword() from None
    if person is None or kept is None:
        raise WrongPassword()
    return person


def _invited(session: DatabaseSession, token: str, device_id: str, now: datetime) -> Person:
    invitation = session.scalar(
        sa.select(Invitation).where(Invitation.token_hash == _hash(token)).with_for_update()
    )
    if invitation is None or invitation.expires_at <= now:
        raise InvitationSpent()
    if invitation.used_at is None:
        invitation.used_at, invitation.used_by_device = now, device_id
    elif invitation.used_by_device != device_id or now - invitation.used_at > INVITATION_AGAIN:
        raise InvitationSpent()
    return session.get_one(Person, invitation.person_id)


def _token() -> str:
    return secrets.token_urlsafe(32)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


_NOBODY = HASHER.hash(secrets.token_hex(16))
