"""Categories 问题类别 and the working calendar 工作日历: the data of the rules."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from inspect_server.models.base import Base, Instant, one_of
from inspect_server.models.spellings import MAX_SPELLINGS, spellings, spellings_default
from schemas.category_misses import LONGEST_MISS
from schemas.register_entries import MAX_SYNONYMS
from schemas.vocabulary import Campaign, LimitUnit, RecordAs


class Category(Base):
    """A minor category 小类: its campaign, severity, limit, and the evidence it needs."""

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    campaign: Mapped[Campaign] = mapped_column(one_of(Campaign))
    name_zh: Mapped[str] = mapped_column(sa.String(64))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    initials: Mapped[str] = mapped_column(sa.String(64), default="")
    # Everyday words 俗称, parted by blanks; none: nobody has written any, not even the starter.
    synonyms: Mapped[str | None] = mapped_column(sa.String(MAX_SYNONYMS))
    # How name and synonyms are spelled, for the search; written whenever they are.
    pinyin: Mapped[str] = mapped_column(
        sa.String(MAX_SPELLINGS), default=spellings_default, server_default=""
    )
    gb_reference: Mapped[str | None] = mapped_column(sa.String(64))
    severity: Mapped[int]
    limit_value: Mapped[Decimal] = mapped_column(sa.Numeric(8, 2))
    limit_unit: Mapped[LimitUnit] = mapped_column(one_of(LimitUnit))
    make_safe_hours: Mapped[int | None]
    record_as: Mapped[RecordAs] = mapped_column(one_of(RecordAs))
    evidence_open: Mapped[str] = mapped_column(sa.String(8))
    evidence_close: Mapped[str] = mapped_column(sa.String(8))
    limit_note: Mapped[str | None] = mapped_column(sa.String(200))
    position: Mapped[int] = mapped_column(default=0)
    # Whether tasks are filed, and dispatched if a unit is found, without a supervisor.
    auto_file: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    auto_dispatch: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # The percentage of tasks settled on the spot that is still verified.
    spot_check_percent: Mapped[int] = mapped_column(default=10, server_default="10")
    active: Mapped[bool] = mapped_column(default=True)
    # 待归类: for who does not know the category; a case is not filed under it.
    unsorted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1)

    @validates("name_zh", "synonyms")
    def _spell(self, field: str, value: str | None) -> str | None:
        texts = {"name_zh": self.name_zh, "synonyms": self.synonyms} | {field: value}
        self.pinyin = spellings(texts["name_zh"], texts["synonyms"])
        return value


class CategoryMiss(Base):
    """A text that was searched and found no category 查不到的词; nothing says who typed it."""

    __tablename__ = "category_miss"

    text: Mapped[str] = mapped_column(sa.String(LONGEST_MISS), primary_key=True)
    count: Mapped[int]
    first_on: Mapped[date]
    last_on: Mapped[date]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class CalendarDay(Base):
    """A day that breaks the Monday-to-Friday rule: a holiday or a make-up day 调休."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str | None] = mapped_column(sa.String(64))


class CalendarYear(Base):
    """A year whose holidays are published; a deadline in any other year is provisional."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(sa.String(120))


class SettingEdit(Base):
    """A change of the calendar or the routing 设置变更: who, when, what; rows are only added."""

    __tablename__ = "setting_edit"
    __table_args__ = (sa.Index("ix_setting_edit_subject_at", "subject", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(sa.String(300))
    note: Mapped[str | None] = mapped_column(sa.String(200))


class WorkPeriod(Base):
    """Working hours of a working day 作息, from a date on; in minutes from midnight."""

    __tablename__ = "work_period"

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    start_minutes: Mapped[int]
    end_minutes: Mapped[int]
