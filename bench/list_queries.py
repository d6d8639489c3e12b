"""The queries of `bench.lists`: what the screens of the console and the phones request.

A value `some`, `number`, `deep` or `<n> days ago` is a placeholder; `bench.lists.Api` fills it in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RARE = "凤凰山隧道口"
AGO = " days ago"
ENDED, DUE, URGENT = {"dated": "ended"}, {"dated": "due"}, {"sort": "due"}
MAOJIAN = {"district": "maojian"}


def _days(first: int, last: int) -> dict[str, Any]:
    """Return the filter of the days between two, each so many days ago."""
    return {"from_on": f"{first}{AGO}", "to_on": f"{last}{AGO}"}


# Some 50, 1,500, 9,000 and 52,000 of the 200,000 cases.
DAY, MONTH, LONG_AGO = _days(10, 10), _days(40, 10), _days(2_000, 1_970)
HALF_A_YEAR, YEARS = _days(2_000, 1_820), _days(3_000, 1_900)


@dataclass(frozen=True)
class Query:
    """One query of a screen: its name, address, parameters and the login that sends it."""

    what: str
    path: str
    parameters: dict[str, Any] = field(default_factory=dict)
    login: str = "chuangwen"


QUERIES = (
    Query("newest", "/tasks"),
    Query("newest, page 100", "/tasks", {"cursor": "deep"}),
    Query("most urgent", "/tasks", {"sort": "due"}),
    Query("state reported", "/tasks", {"state": "reported"}),
    Query("state verifying, most urgent", "/tasks", {"state": "verifying", "sort": "due"}),
    Query("two states", "/tasks", {"state": ["filed", "handed_back"]}),
    Query("closed", "/tasks", {"state": "closed"}),
    Query("district", "/tasks", {"district": "jingkai"}),
    Query("district and state", "/tasks", {"district": "jingkai", "state": "rework"}),
    Query(
        "district, state, most urgent",
        "/tasks",
        {"district": "maojian", "state": "handling", "sort": "due"},
    ),
    Query("not placed", "/tasks", {"district": "-"}),
    Query("overdue", "/tasks", {"overdue": "true"}),
    Query("overdue, most urgent", "/tasks", {"overdue": "true", "sort": "due"}),
    Query("not overdue", "/tasks", {"overdue": "false"}),
    Query("severity danger", "/tasks", {"severity": "1"}),
    Query("campaign", "/tasks", {"campaign": "application_files"}),
    Query("category", "/tasks", {"category": "GG0703"}),
    Query("category beginning, most urgent", "/tasks", {"category": "BW", "sort": "due"}),
    Query("unit", "/tasks", {"unit": "some"}),
    Query("measure unassigned", "/tasks", {"measure": "unassigned"}),
    Query("measure rework", "/tasks", {"measure": "rework"}),
    Query(
        "measure closed_on_time, district",
        "/tasks",
        {"measure": "closed_on_time", "district": "yunyang"},
    ),
    Query("measure due_soon, most urgent", "/tasks", {"measure": "due_soon", "sort": "due"}),
    Query("text, two frequent characters", "/tasks", {"text": "垃圾"}),
    Query("text, six rare characters", "/tasks", {"text": RARE}),
    Query("text, nothing found", "/tasks", {"text": "龙卷风"}),
    Query("text, a whole number", "/tasks", {"text": "number"}),
    Query("text, two digits", "/tasks", {"text": "73"}),
    Query("text, two terms", "/tasks", {"text": "井盖 朝阳路"}),
    Query("text, a unit's name", "/tasks", {"text": "城管"}),
    Query("text and state", "/tasks", {"text": "护栏", "state": "rework"}),
    Query("text, most urgent", "/tasks", {"text": "护栏", "sort": "due"}),
    Query("text, one character", "/tasks", {"text": "隧"}),
    Query("map, a street", "/tasks", {"bbox": "110.785,32.645,110.795,32.652"}),
    Query("map, the city", "/tasks", {"bbox": "110.3,32.3,111.3,33.2"}),
    Query(
        "map, a quarter, state", "/tasks", {"bbox": "110.75,32.6,110.85,32.7", "state": "handling"}
    ),
    Query("opened on a day", "/tasks", DAY),
    Query("opened in a month", "/tasks", MONTH),
    Query(
        "closed in a month long ago",
        "/tasks",
        LONG_AGO | {"dated": "ended", "measure": "closed"},
    ),
    Query("due in a month long ago, most urgent", "/tasks", LONG_AGO | DUE | {"sort": "due"}),
    Query("opened in half a year long ago", "/tasks", HALF_A_YEAR),
    Query("due in half a year long ago, district", "/tasks", HALF_A_YEAR | DUE | MAOJIAN),
    Query("ended in half a year long ago, most urgent", "/tasks", HALF_A_YEAR | ENDED | URGENT),
    Query("opened in three years long ago", "/tasks", YEARS),
    Query("ended in three years long ago, most urgent", "/tasks", YEARS | ENDED | URGENT),
    Query(
        "opened in a month, state and text", "/tasks", MONTH | {"state": "rework", "text": "护栏"}
    ),
    Query("opened in a month", "/tasks", MONTH, "like"),
    Query("ended in a month", "/tasks", MONTH | ENDED, "wang"),
    Query("newest", "/tasks", {}, "like"),
    Query("most urgent", "/tasks", {"sort": "due"}, "like"),
    Query("state", "/tasks", {"state": "rework"}, "like"),
    Query("text", "/tasks", {"text": "垃圾"}, "like"),
    Query("a handler's", "/tasks", {}, "wang"),
    Query("a handler's, most urgent", "/tasks", {"sort": "due"}, "wang"),
    Query("an observer's", "/tasks", {}, "chen"),
    Query("counts", "/tasks/counts"),
    Query("counts, district", "/tasks/counts", {"district": "maojian"}),
    Query("counts, category", "/tasks/counts", {"category": "MQ"}),
    Query("counts, campaign", "/tasks/counts", {"campaign": "frontage_duty"}),
    Query("counts, unit", "/tasks/counts", {"unit": "some"}),
    Query("counts, overdue", "/tasks/counts", {"overdue": "true"}),
    Query("counts, measure rework", "/tasks/counts", {"measure": "rework"}),
    Query("counts, text", "/tasks/counts", {"text": "垃圾"}),
    Query("counts, rare text", "/tasks/counts", {"text": RARE}),
    Query("counts, map", "/tasks/counts", {"bbox": "110.75,32.6,110.85,32.7"}),
    Query("counts, a day", "/tasks/counts", DAY),
    Query("counts, a month", "/tasks/counts", MONTH),
    Query("counts, ended in a month long ago", "/tasks/counts", LONG_AGO | ENDED),
    Query("counts, half a year long ago", "/tasks/counts", HALF_A_YEAR),
    Query("counts, ended in half a year long ago", "/tasks/counts", HALF_A_YEAR | ENDED),
    Query("counts, three years long ago", "/tasks/counts", YEARS),
    Query("counts, a month", "/tasks/counts", MONTH, "wang"),
    Query("counts", "/tasks/counts", {}, "like"),
    Query("counts", "/tasks/counts", {}, "wang"),
    Query("board", "/board"),
    Query("board", "/board", {}, "like"),
    Query("trends, 30 days by district", "/board/trends", {"by": "district"}),
    Query("trends, 90 days by district", "/board/trends", {"days": 90}),
    Query("trends, 90 days by unit", "/board/trends", {"days": 90, "by": "unit"}),
    Query("trends, 90 days by category", "/board/trends", {"days": 90, "by": "category"}),
    Query(
        "trends, 90 days of a unit",
        "/board/trends",
        {"days": 90, "by": "unit", "unit": "some"},
    ),
    Query("trends, 90 days by unit", "/board/trends", {"days": 90, "by": "unit"}, "like"),
    Query("trends, 90 days by category", "/board/trends", {"days": 90, "by": "category"}, "wang"),
    Query("nearby", "/tasks/some/nearby", {"radius_m": 200}),
)
