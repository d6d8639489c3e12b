"""People 人员, their device sessions and their invitations."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from inspect_server.models.base import Base, Instant, one_of
from inspect_server.models.sort_keys import SortKey, key_default, person_key
from schemas.texts import login_key
from schemas.vocabulary import Role


def _default_login_key(context: Any) -> str | None:
    """Return the key of the login of an inserted row."""
    login = context.get_current_parameters().get("login")
    return login_key(login) if login else None


class Person(Base):
    """A person who records, handles, decides or administers."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # The number 人员编号 the city uses; it tells apart two people of the same name in an import.
    code: Mapped[str | None] = mapped_column(sa.String(32), unique=True, index=True)
    login: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    # The login as it is compared at sign-in; written whenever the login is. Empty where two older
    # logins differ by case only: the second is taken as it is written.
    login_key: Mapped[str | None] = mapped_column(
        sa.String(200), default=_default_login_key, unique=True, index=True
    )
    name: Mapped[str] = mapped_column(sa.String(64))
    # The name by pinyin, by which lists are ordered; written whenever the name is.
    name_key: Mapped[str] = mapped_column(
        SortKey, default=key_default(person_key), server_default="", index=True
    )
    role: Mapped[Role] = mapped_column(one_of(Role))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    # Given out by an office or the operator: to be replaced at the first sign-in.
    password_is_one_time: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"))
    unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    # Records of this reporter are filed without a supervisor.
    trusted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    @validates("login")
    def _fold_login(self, _name: str, value: str | None) -> str | None:
        if value != self.login:
            self.login_key = login_key(value) if value else None
        return value

    @validates("name")
    def _spell(self, _name: str, value: str) -> str:
        self.name_key = person_key(value)
        return value


class Session(Base):
    """A session 设备会话 of one device: a phone with tokens or the console with a cookie."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    device_id: Mapped[str] = mapped_column(sa.String(64))
    device_name: Mapped[str] = mapped_column(sa.String(120))
    access_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    access_expires_at: Mapped[datetime] = mapped_column(Instant)
    refresh_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    # The previous refresh token, accepted until the current one has been used.
    previous_refresh_hash: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    refresh_confirmed: Mapped[bool] = mapped_column(default=True)
    refresh_expires_at: Mapped[datetime | None] = mapped_column(Instant)
    csrf_token: Mapped[str | None] = mapped_column(sa.String(64))
    # It began with a one-time password: nothing else is allowed until that is changed.
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class Invitation(Base):
    """An invitation 邀请: a link or QR code with which one person signs in once."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    # The device that used it; the same device may use it again if the answer was lost.
    used_by_device: Mapped[str | None] = mapped_column(sa.String(64))


class SavedFilter(Base):
    """A saved filter 常用筛选 of the task list; only its owner sees it."""

    __tablename__ = "saved_filter"
    __table_args__ = (sa.UniqueConstraint("person_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    # The query of the console's URL, which holds the whole state of a list.
    query: Mapped[str] = mapped_column(sa.String(2000))
    saved_at: Mapped[datetime] = mapped_column(Instant)
