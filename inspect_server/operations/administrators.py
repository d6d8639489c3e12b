"""Administrators 系统管理员 made by the operator at the machine, with a one-time password."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access, change_log
from inspect_server.identity.passwords import HASHER, make_password
from inspect_server.models import Person
from inspect_server.models import Session as DeviceSession
from schemas.texts import login_key, one_line, unwanted
from schemas.vocabulary import Collection, Role

MOST_LOGIN, MOST_NAME = 64, 64


class AdministratorWrong(Exception):
    """The administrator cannot be made or reset; the text says why and what to do."""


def create(session: Session, name: str, login: str, now: datetime) -> str:
    """Create an administrator; return the one-time password. Raises `AdministratorWrong`."""
    name, login = one_line(name), one_line(login)
    if not 1 <= len(name) <= MOST_NAME or unwanted(name):
        raise AdministratorWrong(f"姓名应为 1 至 {MOST_NAME} 个字")
    if not 1 <= len(login) <= MOST_LOGIN or any(sign.isspace() for sign in login):
        raise AdministratorWrong(f"账号应为 1 至 {MOST_LOGIN} 个字母或数字，不含空格")
    if _by_login(session, login) is not None:
        raise AdministratorWrong(
            f"账号 {login} 已经有人用了；换一个，或用 inspect-server admin reset 重设它的密码"
        )
    password = make_password()
    person = Person(
        id=uuid7(),
        name=name,
        login=login,
        role=Role.ADMIN,
        password_hash=HASHER.hash(password),
        password_is_one_time=True,
        created_at=now,
    )
    session.add(person)
    session.flush()
    change_log.note(session, Collection.PEOPLE, person.id, [access.person_audience(person.id)])
    return password


def reset(session: Session, login: str, now: datetime) -> str:
    """Give an administrator a new one-time password, and end all sessions of the account.

    The operator at the machine is the last way in: a disabled administrator is enabled again.
    Raises `AdministratorWrong`.
    """
    person = _by_login(session, one_line(login))
    if person is None:
        raise AdministratorWrong(f"没有账号 {login}；新建请用 inspect-server admin create")
    if person.role is not Role.ADMIN:
        raise AdministratorWrong(
            f"{login} 是{person.role.zh}；请管理员在电脑端 名册 → 人员 里重设密码"
        )
    password = make_password()
    person.password_hash, person.password_is_one_time = HASHER.hash(password), True
    person.disabled_at = None
    session.execute(
        sa.update(DeviceSession)
        .where(DeviceSession.person_id == person.id, DeviceSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return password


def _by_login(session: Session, login: str) -> Person | None:
    return session.scalars(
        sa.select(Person).where(sa.or_(Person.login == login, Person.login_key == login_key(login)))
    ).first()
