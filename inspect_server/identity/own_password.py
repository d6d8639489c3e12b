"""The own password 修改密码: every signed-in person sets and changes it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session as DatabaseSession

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.problems import Invalid
from inspect_server.core.sentences import sentence
from inspect_server.identity import passwords
from inspect_server.identity.passwords import HASHER
from inspect_server.models import Person, Session
from schemas.people import OwnPassword
from schemas.texts import look_alike_key
from schemas.vocabulary import Collection


def set_password(
    session: DatabaseSession, actor: Actor, request: OwnPassword, now: datetime
) -> Person:
    """Set or change the password of the signed-in person.

    1. the current one, where there is one  2. a login, where there is none yet  3. the new one.
    A change ends all other sessions of the person: whoever knows the old password may have one. A
    first password ends none, since nobody can have signed in with it. Raises `Invalid`.
    """
    person = session.get_one(Person, actor.id, with_for_update=True)
    had_password = person.password_hash is not None
    if had_password and not passwords.verify(person.password_hash, request.current or ""):
        raise _wrong("/current", sentence("当前密码不正确。"))
    login = person.login or _new_login(session, person, request.login)
    if reason := passwords.weakness(request.new, login):
        raise _wrong("/new", reason)
    if had_password and passwords.verify(person.password_hash, request.new):
        raise _wrong("/new", sentence("新密码不能和现在的一样。"))
    if person.login is None:
        person.login = login
        person.version += 1
        change_log.note(
            session,
            Collection.PEOPLE,
            person.id,
            [access.person_audience(person.id)],
            version=person.version,
        )
    person.password_hash = HASHER.hash(request.new)
    person.password_is_one_time = False
    mine = Session.id == actor.session_id
    session.execute(sa.update(Session).where(mine).values(must_change_password=False))
    if had_password:
        others = sa.and_(Session.person_id == person.id, ~mine, Session.revoked_at.is_(None))
        session.execute(sa.update(Session).where(others).values(revoked_at=now))
    return person


def _new_login(session: DatabaseSession, person: Person, login: str | None) -> str:
    """Return the login that a person without one chose. Raises `Invalid`."""
    if not login:
        raise _wrong("/login", sentence("请给自己取一个账号，以后用它和密码登录。"))
    others = session.scalars(
        sa.select(Person.login).where(Person.login.is_not(None), Person.id != person.id)
    )
    # One that only looks like somebody else's would be typed by mistake.
    key = look_alike_key(login)
    if any(other and look_alike_key(other) == key for other in others):
        raise _wrong("/login", sentence("账号“{login}”已有人使用，请换一个。", login=login))
    return login


def _wrong(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": pointer, "detail": detail}])
