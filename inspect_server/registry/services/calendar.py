"""The working calendar 工作日历 as an admin keeps it: years published, days and hours changed.

Every change is recorded, sent to the phones, and has the deadlines of open cases computed again.
"""

from __future__ import annotations

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.clock import SHANGHAI
from inspect_server.core.problems import Invalid, NotFound
from inspect_server.core.sentences import sentence
from inspect_server.models import CalendarDay, CalendarYear, WorkPeriod
from inspect_server.registry.events import calendar_changed
from inspect_server.registry.formats import holidays
from inspect_server.registry.rules import calendar as rules
from inspect_server.registry.rules import working_time
from inspect_server.registry.rules.calendar import ListedDay
from inspect_server.registry.services import setting_history
from schemas.calendar import DayForm, PeriodForm, Publication
from schemas.vocabulary import Collection


def publish(session: Session, actor: Actor, request: Publication, now: datetime) -> int:
    """Publish a year 公布; return how many open cases get another deadline. Raises `Invalid`."""
    published = session.get(CalendarYear, request.year)
    if published is not None and not request.replace:
        raise _wrong("year", sentence("{year} 年已公布；如需替换，请勾选“替换”", year=request.year))
    listed = _listed_days(request)
    by_list = request.source == "list"
    source = "管理员导入" if by_list else holidays.library_name()
    if published is None:
        session.add(CalendarYear(year=request.year, source=source))
    else:
        published.source = source
    _replace_days(session, request.year, listed)
    off = sum(not one.working for one in listed)
    summary = f"{'替换' if published else '公布'} {request.year} 年日历（{source}）："
    summary += f"放假 {off} 天，调休上班 {len(listed) - off} 天"
    return _record_change(session, actor, summary, request.note, now)


def set_day(session: Session, actor: Actor, request: DayForm, now: datetime) -> int:
    """Say whether one day is worked; a day that follows the week is no exception."""
    day = request.day
    row = session.get(CalendarDay, day)
    if rules.breaks_the_week(day, request.working):
        row = row or CalendarDay(day=day)
        row.working, row.name = request.working, request.name
        session.add(row)
        _note_day(session, day)
    elif row is not None:
        session.delete(row)
        _note_day(session, day, deleted=True)
    summary = f"{day} 设为{'上班' if request.working else '放假'}"
    summary += f"（{request.name}）" if request.name else ""
    return _record_change(session, actor, summary, request.note, now)


def set_period(session: Session, actor: Actor, request: PeriodForm, now: datetime) -> int:
    """Write the working hours 作息 from a day on, in the place of those that begin that day."""
    starts_on = request.starts_on
    if request.ends_on is not None and request.ends_on < starts_on:
        raise _wrong("ends_on", sentence("结束日期早于开始日期"))
    session.execute(sa.delete(WorkPeriod).where(WorkPeriod.starts_on == starts_on))
    session.add_all(
        WorkPeriod(
            starts_on=starts_on,
            ends_on=request.ends_on,
            start_minutes=_minutes(stretch.begins),
            end_minutes=_minutes(stretch.ends),
        )
        for stretch in request.hours
    )
    _check_periods(session, now)
    until = f"至 {request.ends_on}" if request.ends_on else "起"
    spans = "、".join(f"{h.begins:%H:%M}–{h.ends:%H:%M}" for h in request.hours)
    return _record_change(session, actor, f"作息 {starts_on} {until}：{spans}", request.note, now)


def drop_period(session: Session, actor: Actor, starts_on: date, now: datetime) -> int:
    """Take working hours back that have not begun yet. Raises `NotFound`, `Invalid`."""
    period = sa.select(WorkPeriod.id).where(WorkPeriod.starts_on == starts_on).limit(1)
    if session.scalar(period) is None:
        raise NotFound()
    if starts_on <= now.astimezone(SHANGHAI).date():
        raise _wrong("starts_on", sentence("已经开始的作息不能删除，请改为填写结束日期"))
    session.execute(sa.delete(WorkPeriod).where(WorkPeriod.starts_on == starts_on))
    _check_periods(session, now)
    return _record_change(session, actor, f"删除 {starts_on} 起的作息", None, now)


def _listed_days(request: Publication) -> list[ListedDay]:
    """The days of a year that break the week, from where the admin wants them."""
    if request.source == "list":
        read = rules.read_list(request.year, request.days)
        return [one for one in read if rules.breaks_the_week(one.day, one.working)]
    if request.year > holidays.last_library_year():
        raise _wrong(
            "year", sentence("日历库还没有 {year} 年；请粘贴公布的放假安排", year=request.year)
        )
    return list(holidays.library_days(request.year))


def _replace_days(session: Session, year: int, listed: list[ListedDay]) -> None:
    of_year = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    earlier = set(session.scalars(sa.select(CalendarDay.day).where(of_year)))
    session.execute(sa.delete(CalendarDay).where(of_year))
    for one in listed:
        session.add(CalendarDay(day=one.day, working=one.working, name=one.name))
        _note_day(session, one.day)
    for day in earlier - {one.day for one in listed}:
        _note_day(session, day, deleted=True)


def _check_periods(session: Session, now: datetime) -> None:
    """Refuse hours that overlap, end before they begin, or leave a working day without any."""
    session.flush()
    try:
        calendar = working_time.WorkCalendar(
            periods=tuple(
                working_time.WorkPeriod(
                    begins=_time_of_day(row.start_minutes),
                    ends=_time_of_day(row.end_minutes),
                    first_on=row.starts_on,
                    last_on=row.ends_on,
                )
                for row in session.scalars(sa.select(WorkPeriod))
            ),
            days={},
            published_years=frozenset(),
        )
    except working_time.CalendarBroken:
        raise _wrong("hours", sentence("时段有重叠，或结束早于开始")) from None
    rules.check_periods(calendar, now.astimezone(SHANGHAI).date())


def _record_change(
    session: Session, actor: Actor, summary: str, note: str | None, now: datetime
) -> int:
    setting_history.changed(session, actor.id, setting_history.CALENDAR, summary, note, now)
    return sum(count for _, count in calendar_changed.send(session, now=now))


def _note_day(session: Session, day: date, *, deleted: bool = False) -> None:
    change_log.note(
        session, Collection.CALENDAR, day.isoformat(), [access.EVERYONE], deleted=deleted
    )


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _time_of_day(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _wrong(field: str, detail: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"/{field}", "detail": detail}])
