"""Working time 工作时间, calendar time, and the deadline a limit gives; imports `schemas` only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from schemas.city import SHANGHAI, SHANGHAI_OFFSET
from schemas.vocabulary import LimitUnit

HOURS_OF_A_WORKING_DAY = 8
# A calendar without one working day in this many days is a mistake, not a long holiday.
LONGEST_REST_DAYS = 400
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_WEEKDAYS = "一二三四五六日"


class DeadlineError(ValueError):
    """A limit or a calendar that no deadline can be counted from."""


class CalendarBroken(DeadlineError):
    """A working calendar 工作日历 whose periods contradict each other or never come."""


class LimitBroken(DeadlineError):
    """A limit 时限 that is negative, or zero where zero means nothing."""


@dataclass(frozen=True, slots=True)
class WorkPeriod:
    """One stretch of the working day 工作时段, on the days it is valid for (both ends included).

    No `first_on` means since ever, no `last_on` means until further notice. For one day only
    the periods with the latest `first_on` count, so summer hours 夏令作息 laid over the usual
    ones replace them while they last.
    """

    begins: time
    ends: time
    first_on: date | None = None
    last_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins, by the clock or by the date."""
        if self.begins >= self.ends:
            raise CalendarBroken(f"period {self.begins}-{self.ends} ends before it begins")
        if self.first_on and self.last_on and self.first_on > self.last_on:
            raise CalendarBroken(f"period is valid from {self.first_on} to {self.last_on}")

    def holds_on(self, day: date) -> bool:
        """Whether the period is valid on this day."""
        return (self.first_on or date.min) <= day <= (self.last_on or date.max)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The city's working calendar 工作日历: periods, exceptions, and the years published.

    `days` holds the exceptions: True is a make-up working day 调休上班, False a day off 放假;
    every other day goes by Monday to Friday. Days of a year not in `published_years` are
    counted in the same way, but make a deadline provisional 暂定.
    """

    periods: tuple[WorkPeriod, ...]
    days: Mapping[date, bool]
    published_years: frozenset[int]
    _hours: Mapping[date | None, tuple[WorkPeriod, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Group the periods by the day they begin to be valid; refuse overlaps in a group."""
        groups: dict[date | None, tuple[WorkPeriod, ...]] = {}
        by_start = sorted(self.periods, key=lambda p: (p.first_on or date.min, p.begins))
        for period in by_start:
            groups[period.first_on] = (*groups.get(period.first_on, ()), period)
        for group in groups.values():
            _refuse_overlaps(group)
        # Latest first: the first group with a valid period is the one in force.
        object.__setattr__(self, "_hours", dict(reversed(groups.items())))

    def is_working_day(self, day: date) -> bool:
        """Whether anyone works that day: the exception if there is one, else Monday to Friday."""
        exception = self.days.get(day)
        return day.weekday() < 5 if exception is None else exception

    def periods_on(self, day: date) -> tuple[WorkPeriod, ...]:
        """The working periods of a day in order; none on a day off."""
        if not self.is_working_day(day):
            return ()
        for group in self._hours.values():
            in_force = tuple(period for period in group if period.holds_on(day))
            if in_force:
                return in_force
        return ()


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take 时限; `ON_THE_SPOT` has no value of its own."""

    value: float | Decimal
    unit: LimitUnit

    def __post_init__(self) -> None:
        """Refuse a limit that nobody could meet."""
        if self.unit is not LimitUnit.ON_THE_SPOT and not self.value > 0:
            raise LimitBroken(f"{self.value} {self.unit} leaves no time at all")

    @property
    def minutes(self) -> float:
        """The limit in minutes, of working or of calendar time."""
        if self.unit is LimitUnit.ON_THE_SPOT:
            return ON_THE_SPOT_FALLBACK.minutes
        hours = HOURS_OF_A_WORKING_DAY if self.unit is LimitUnit.WORKING_DAYS else 1
        return float(self.value) * hours * 60


# 当场: such findings are normally settled at once and never dispatched. Where an observer asks
# for a task all the same, no published table gives a limit; two working hours is our default.
ON_THE_SPOT_FALLBACK = Limit(2, LimitUnit.WORKING_HOURS)


@dataclass(frozen=True, slots=True)
class CountedSpan:
    """One stretch of time that a deadline counted; `is_make_up` for a 调休上班 day."""

    begins_at: datetime
    ends_at: datetime
    is_make_up: bool = False

    @property
    def minutes(self) -> float:
        """How much of the limit this stretch used."""
        return (self.ends_at - self.begins_at) / _MINUTE


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is due 截止时间 (UTC), and everything that was counted to find it."""

    due_at: datetime
    provisional: bool
    counted: tuple[CountedSpan, ...]
    opened_at: datetime
    minutes: float
    unit: LimitUnit


def due(opened_at: datetime, limit: Limit, calendar: WorkCalendar) -> Deadline:
    """When a limit that starts now runs out; `opened_at` is aware.

    A working-hours limit used up exactly at the end of a period is due then, not at the
    beginning of the next one. Forty working hours
    over the October holiday take 0.05 ms CPU (measured, Python 3.11, one core).
    """
    return due_after_minutes(opened_at, limit.minutes, limit.unit, calendar)


def due_after_minutes(
    started_at: datetime, minutes: float, unit: LimitUnit, calendar: WorkCalendar
) -> Deadline:
    """When the rest of a limit runs out 剩余时限: after rework, or after a deadline was stopped.

    Nothing left means due at once, even at night: the limit was used up before.
    """
    start = _in_utc(started_at)
    left = timedelta(minutes=max(minutes, 0.0))
    if unit is LimitUnit.CONTINUOUS_HOURS:
        end = start + left
        return Deadline(end, False, (CountedSpan(start, end),), start, minutes, unit)
    if not left:
        return Deadline(start, False, (), start, minutes, unit)
    spans: list[CountedSpan] = []
    for span in _working_spans(start, calendar):
        length = span.ends_at - span.begins_at
        if length < left:
            left -= length
            spans.append(span)
            continue
        due_at = span.begins_at + left
        spans.append(CountedSpan(span.begins_at, due_at, span.is_make_up))
        provisional = not _all_published(start, due_at, calendar)
        return Deadline(due_at, provisional, tuple(spans), start, minutes, unit)
    raise CalendarBroken("the calendar ends before the limit does")


def worked_between(
    start: datetime, end: datetime, unit: LimitUnit, calendar: WorkCalendar
) -> float:
    """How many minutes that count for a limit lie between two moments; 0 when reversed.

    `due_after_minutes(start, worked_between(start, end, …), …)` gives `end` again whenever
    `end` lies inside a working period, so a deadline that was stopped loses and gains nothing.
    """
    begun, ended = _in_utc(start), _in_utc(end)
    if ended <= begun:
        return 0.0
    if unit is LimitUnit.CONTINUOUS_HOURS:
        return (ended - begun) / _MINUTE
    worked = timedelta()
    last_day = ended.astimezone(SHANGHAI).date()
    day = begun.astimezone(SHANGHAI).date()
    while day <= last_day:
        for span in _spans_of(day, calendar):
            overlap = min(span.ends_at, ended) - max(span.begins_at, begun)
            worked += max(overlap, timedelta())
        day += _DAY
    return worked / _MINUTE


def explain(deadline: Deadline, language: str = "zh") -> list[str]:
    """Why this deadline, in words: the start, every day counted, the days left out, the end."""
    if language == "en":
        return _explained(deadline, _ENGLISH)
    return _explained(deadline, _CHINESE)


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC; a naive one is refused, it could be anybody's time."""
    if moment.tzinfo is None:
        raise DeadlineError("a deadline needs a time with its zone")
    return moment.astimezone(UTC)


def _refuse_overlaps(group: tuple[WorkPeriod, ...]) -> None:
    """No minute may count twice: periods valid on the same day must not overlap."""
    for i, earlier in enumerate(group):
        for later in group[i + 1 :]:
            # Same first day and in order of beginning: they share that day.
            if later.begins < earlier.ends:
                raise CalendarBroken(f"periods overlap from {later.begins} to {earlier.ends}")


def _spans_of(day: date, calendar: WorkCalendar) -> Iterator[CountedSpan]:
    """The working periods of one Shanghai day as spans in UTC."""
    is_make_up = day.weekday() >= 5
    for period in calendar.periods_on(day):
        yield CountedSpan(
            # Cheaper than astimezone, and exact: the offset never changes.
            datetime.combine(day, period.begins, UTC) - SHANGHAI_OFFSET,
            datetime.combine(day, period.ends, UTC) - SHANGHAI_OFFSET,
            is_make_up,
        )


def _working_spans(start: datetime, calendar: WorkCalendar) -> Iterator[CountedSpan]:
    """Working time from a moment on, stretch by stretch, without end."""
    day = start.astimezone(SHANGHAI).date()
    idle = 0
    while idle <= LONGEST_REST_DAYS:
        idle += 1
        for span in _spans_of(day, calendar):
            if span.ends_at <= start:
                continue
            idle = 0
            yield CountedSpan(max(span.begins_at, start), span.ends_at, span.is_make_up)
        day += _DAY
    raise CalendarBroken(f"no working time in {LONGEST_REST_DAYS} days before {day}")


def _all_published(start: datetime, end: datetime, calendar: WorkCalendar) -> bool:
    """Whether every year that the count touched is published, days off included."""
    first, last = start.astimezone(SHANGHAI).year, end.astimezone(SHANGHAI).year
    return all(year in calendar.published_years for year in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The sentences of an explanation in one language."""

    start: str
    continuous: str
    counted: str
    make_up: str
    rest: str
    rest_days: str
    end: str
    provisional: str
    joiner: str
    units: Mapping[LimitUnit, str]

    def day(self, day: date) -> str:
        """A day as people say it."""
        if self is _CHINESE:
            return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"
        return f"{day:%a} {day:%Y-%m-%d}"

    def amount(self, minutes: float) -> str:
        """An amount of time in hours and minutes, the minute rounded."""
        hour_unit, minute_unit = ("小时", "分钟") if self is _CHINESE else ("h", "min")
        hours, rest = divmod(round(minutes), 60)
        parts = [f"{hours} {hour_unit}"] if hours else []
        if rest or not hours:
            parts.append(f"{rest} {minute_unit}")
        return " ".join(parts)


_CHINESE = _Phrases(
    start="{day}{clock} 起算，时限 {amount}（{unit}）。",
    continuous="连续计时，夜间和节假日照常计算。",
    counted="{day}{clocks}，计 {amount}{make_up}。",
    make_up="（调休上班）",
    rest="{day}非工作时间，不计。",
    rest_days="{day}至 {last}非工作时间，不计。",
    end="{day}{clock} 截止。",
    provisional="暂定：{year} 年的工作日历尚未公布，公布后重新计算。",
    joiner="、",
    units={
        LimitUnit.CONTINUOUS_HOURS: "紧急工作时",
        LimitUnit.WORKING_HOURS: "工作时",
        LimitUnit.WORKING_DAYS: "每个工作日 8 个工作时",
        LimitUnit.ON_THE_SPOT: "当场类派遣后按 2 个工作时",
    },
)
_ENGLISH = _Phrases(
    start="Starts {day} {clock}, limit {amount} ({unit}).",
    continuous="Runs without a break, nights and holidays included.",
    counted="{day} {clocks}: {amount} counted{make_up}.",
    make_up=" (make-up working day)",
    rest="{day}: no working time, not counted.",
    rest_days="{day} to {last}: no working time, not counted.",
    end="Due {day} {clock}.",
    provisional="Provisional: the working calendar of {year} is not published yet.",
    joiner=", ",
    units={
        LimitUnit.CONTINUOUS_HOURS: "continuous hours",
        LimitUnit.WORKING_HOURS: "working hours",
        LimitUnit.WORKING_DAYS: "8 working hours a working day",
        LimitUnit.ON_THE_SPOT: "on-the-spot kind, 2 working hours once dispatched",
    },
)


def _explained(deadline: Deadline, phrases: _Phrases) -> list[str]:
    """The sentences in order: start, days, end, and the warning when provisional."""
    opened, end = deadline.opened_at.astimezone(SHANGHAI), deadline.due_at.astimezone(SHANGHAI)
    lines = [
        phrases.start.format(
            day=phrases.day(opened.date()),
            clock=f"{opened:%H:%M}",
            amount=phrases.amount(deadline.minutes),
            unit=phrases.units[deadline.unit],
        )
    ]
    if deadline.unit is LimitUnit.CONTINUOUS_HOURS:
        lines.append(phrases.continuous)
    else:
        lines.extend(_days_counted(deadline, phrases))
    lines.append(phrases.end.format(day=phrases.day(end.date()), clock=f"{end:%H:%M}"))
    if deadline.provisional:
        lines.append(phrases.provisional.format(year=end.year))
    return lines


def _days_counted(deadline: Deadline, phrases: _Phrases) -> Iterator[str]:
    """One sentence a counted day, and one for each run of days left out between them."""
    by_day: dict[date, list[CountedSpan]] = {}
    for span in deadline.counted:
        by_day.setdefault(span.begins_at.astimezone(SHANGHAI).date(), []).append(span)
    previous = deadline.opened_at.astimezone(SHANGHAI).date() - _DAY
    for day, spans in by_day.items():
        skipped, last_skipped = previous + _DAY, day - _DAY
        if skipped == last_skipped:
            yield phrases.rest.format(day=phrases.day(skipped))
        elif skipped < last_skipped:
            yield phrases.rest_days.format(day=phrases.day(skipped), last=phrases.day(last_skipped))
        yield phrases.counted.format(
            day=phrases.day(day),
            clocks=phrases.joiner.join(
                f"{span.begins_at.astimezone(SHANGHAI):%H:%M}"
                f"–{span.ends_at.astimezone(SHANGHAI):%H:%M}"
                for span in spans
            ),
            amount=phrases.amount(sum(span.minutes for span in spans)),
            make_up=phrases.make_up if spans[0].is_make_up else "",
        )
        previous = day
