"""Whether a record is the same problem as the open case that its reporter named 并入附近案件."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspect_server.tasks.rules.joining import JOINABLE, Report, why_apart
from schemas.vocabulary import JOIN_REASONS, OPEN_STATES, Outcome, TaskState

HERE = (110.7899, 32.5291)
# 45 m, 80 m and 130 m north of it.
NEAR, NEXT_DOOR, FAR = (110.7899, 32.52950), (110.7899, 32.52982), (110.7899, 32.53027)
TARGET = Report(TaskState.FILED, "MQ0201", 3, Outcome.OPEN, "maojian", HERE)
RECORD = Report(TaskState.REPORTED, "MQ0201", 3, Outcome.OPEN, "maojian", NEAR, accuracy_m=8)


def test_the_same_problem_a_few_steps_away_joins() -> None:
    assert why_apart(RECORD, TARGET) is None
    assert why_apart(replace(RECORD, severity=4), TARGET) is None


@pytest.mark.parametrize(
    ("record", "target", "reason"),
    [
        (RECORD, None, "join_unknown"),
        (RECORD, replace(TARGET, district="zhangwan"), "join_other_district"),
        (replace(RECORD, district=None), replace(TARGET, district=None), "join_other_district"),
        (replace(RECORD, category="MQ0202"), TARGET, "join_other_category"),
        (replace(RECORD, position=None), TARGET, "join_unplaced"),
        (RECORD, replace(TARGET, position=None), "join_unplaced"),
        (replace(RECORD, position=NEXT_DOOR), TARGET, "join_too_far"),
        (replace(RECORD, position=FAR, accuracy_m=5000), TARGET, "join_too_far"),
        (replace(RECORD, outcome=Outcome.FIXED_ON_SPOT), TARGET, "join_settled"),
        (replace(RECORD, severity=1), TARGET, "join_more_severe"),
    ],
)
def test_another_problem_stays_apart(record: Report, target: Report | None, reason: str) -> None:
    assert why_apart(record, target) == reason
    assert reason in JOIN_REASONS


def test_a_poor_fix_may_lie_as_much_farther_as_it_is_poor() -> None:
    assert why_apart(replace(RECORD, position=NEXT_DOOR, accuracy_m=40), TARGET) is None
    assert why_apart(replace(RECORD, position=NEXT_DOOR, accuracy_m=None), TARGET) == "join_too_far"


@pytest.mark.parametrize("state", TaskState)
def test_only_cases_that_are_still_to_be_handled_take_records_in(state: TaskState) -> None:
    reason = why_apart(RECORD, replace(TARGET, state=state))
    if state in JOINABLE:
        assert reason is None
    else:
        assert reason == ("join_submitted" if state in OPEN_STATES else "join_ended")
