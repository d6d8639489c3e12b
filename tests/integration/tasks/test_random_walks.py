"""Random walks through the moves of a case: legal and illegal ones of everybody, as time goes by.

After each move the history of the case is a chain and its deadline is correct; a refused move
changes nothing, and an offered move is accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask

from inspect_server.models import Task, TaskEvent
from inspect_server.tasks.rules import deadlines
from inspect_server.tasks.rules.flow import LONGEST_SHELVING
from schemas.vocabulary import MOVE_REASONS, Decision, Move, TaskState
from tests.support.actors import Device, Shot, jpeg
from tests.support.case_walks import reported
from tests.support.clock import FakeClock
from tests.support.rows import Rows

MORNING = "2026-04-15T09:00:00+08:00"
STEPS = 25
PEOPLE = ("chen", "wang", "like", "chuangwen", "zhong", "sun", "admin")
# Not chosen from the offered moves: they would end the walk at once.
ENDING_MOVES = {Move.VOID, Move.REJECT, Move.MERGE}


class Walk:
    """One case, the people around it, and what they try."""

    def __init__(
        self, app: Flask, passwords: dict[str, str], fake_clock: FakeClock, seed: int
    ) -> None:
        self.app, self.passwords, self.fake_clock = app, passwords, fake_clock
        self.random = Random(seed)
        self.day = datetime.fromisoformat(MORNING)
        fake_clock.stop_at(MORNING)
        self.sign_in()

    def sign_in(self) -> None:
        """Sign everybody in."""
        self.people = {who: Device(self.app, who, self.passwords[who]) for who in PEOPLE}

    def go_on(self, hours: float) -> None:
        """Move the clock on."""
        self.day += timedelta(hours=hours)
        self.fake_clock.stop_at(self.day.isoformat())
        if hours > 0.5:
            self.sign_in()

    def attempt(self, who: str, move: Move, task: dict[str, Any]) -> Any:
        """Request a move with every argument it could need."""
        person = self.people[who]
        reasons = MOVE_REASONS.get(move)
        more: dict[str, Any] = {
            "reason": self.random.choice(reasons)[0] if reasons else "就这样",
            "note": "见现场照片",
            "decision": str(self.random.choice(list(Decision))),
        }
        if move in (Move.DISPATCH, Move.ARBITRATE):
            more["unit_id"] = self.people["wang"].person["unit"]["id"]
        if move is Move.SHELVE:
            ahead = self.random.randrange(2, LONGEST_SHELVING.days - 1)
            more["until"] = (self.day + timedelta(days=ahead)).date().isoformat()
        if move in (Move.SUBMIT, Move.REOPEN, Move.MAKE_SAFE):
            after = Shot(jpeg(self.random.randrange(20)), "after")
            person.upload(after)
            more["photos"] = [after.declared()]
        return person.ask(task, str(move), **more)


@pytest.mark.parametrize("seed", range(6))
def test_a_random_walk_keeps_history_and_deadlines_consistent(
    app: Flask,
    database: Any,
    fake_clock: FakeClock,
    rows: Rows,
    work: Callable[[], int],
    seed: int,
) -> None:
    walk = Walk(app, database.passwords, fake_clock, seed)
    category = walk.random.choice(["MQ0201", "GG0501", "GG0101"])
    task_id = reported(walk.people["chen"], category=category)["id"]
    for _ in range(STEPS):
        who, move = walk.random.choice(PEOPLE), walk.random.choice(list(Move))
        if walk.random.random() < 0.7:
            who, move = offered(walk, task_id) or (who, move)
        sight = walk.people["chuangwen"].task(task_id)
        may = move in walk.people[who].get(f"/tasks/{task_id}").json.get("moves", [])
        answer = walk.attempt(who, move, sight)
        task = walk.people["chuangwen"].task(task_id)
        if answer.status_code == 200:
            assert may, f"{who} was never offered {move}"
        else:
            assert answer.status_code in (403, 404, 409, 422), answer.text
            assert task["version"] == sight["version"], "a refused move changed the case"
        check_history(rows, task)
        if walk.random.random() < 0.3:
            walk.go_on(walk.random.choice([0.2, 3, 30, 200]))
            work()
            check_history(rows, walk.people["chuangwen"].task(task_id))


def offered(walk: Walk, task_id: str) -> tuple[str, Move] | None:
    """A person and a move that is offered to them now."""
    choices = [
        (who, Move(move))
        for who, person in walk.people.items()
        for move in (person.get(f"/tasks/{task_id}").json or {}).get("moves", [])
        if Move(move) not in ENDING_MOVES
    ]
    return walk.random.choice(choices) if choices else None


def check_history(rows: Rows, seen: dict[str, Any]) -> None:
    """The history is a chain, and the next alarm is set."""
    events = seen["events"]
    assert [e["version"] for e in events] == list(range(1, seen["version"] + 1))
    assert [e["from"] for e in events[1:]] == [e["to"] for e in events[:-1]]
    assert events[-1]["to"] == seen["state"]
    task = rows.one(Task)
    waiting = deadlines.pending_alarms(task)
    assert task.next_alarm_at == (waiting[0][0] if waiting else None)
    assert (task.ended_at is None) == (task.state not in ENDED)
    assert rows.count(TaskEvent) == task.version


ENDED = (TaskState.CLOSED, TaskState.REJECTED, TaskState.MERGED, TaskState.VOID)
