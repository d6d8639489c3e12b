"""Joining 并入附近案件: whether a record is the same problem as the open case its reporter named.

Pure. Where the rule does not hold, the record keeps a case of its own, and the reporter reads why.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspect_server.core.geo import Position, metres_between
from schemas.vocabulary import OPEN_STATES, Campaign, Outcome, TaskState

# "附近 50 米内": what a phone shows.
NEARBY_M = 50
# A poor fix may lie so much farther.
MAX_ACCURACY_M = 50.0
# Cases that a record may join: its photos have arrived, and its unit has not said that it is done.
# What is still to be seen after that is evidence of its own.
JOINABLE = OPEN_STATES - {TaskState.AWAITING_EVIDENCE, TaskState.VERIFYING}
# Photos of these show people: nobody but those concerned sees them (DOMAIN §9).
HIDDEN_CAMPAIGNS = frozenset({Campaign.UNCIVIL_BEHAVIOUR})


@dataclass(frozen=True, slots=True)
class Report:
    """What the rule compares of a record or of the case it is to join."""

    state: TaskState
    category: str
    severity: int
    outcome: Outcome
    district: str | None
    position: Position | None
    accuracy_m: float | None = None


def why_apart(report: Report, target: Report | None) -> str | None:
    """Return why a record is not merged into the case it names, as a code of `JOIN_REASONS`; None
    where it is.
    """
    if target is None:
        return "join_unknown"
    if target.state not in OPEN_STATES:
        return "join_ended"
    if report.district is None or report.district != target.district:
        return "join_other_district"
    if report.category != target.category:
        return "join_other_category"
    if report.position is None or target.position is None:
        return "join_unplaced"
    reach = NEARBY_M + min(report.accuracy_m or 0.0, MAX_ACCURACY_M)
    if metres_between(report.position, target.position) > reach:
        return "join_too_far"
    if target.state not in JOINABLE:
        return "join_submitted"
    if report.outcome is not Outcome.OPEN:
        return "join_settled"
    # 1 is the most severe: a danger must not disappear in a lesser case.
    return "join_more_severe" if report.severity < target.severity else None
