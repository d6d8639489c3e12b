"""Checks for duplication: ops, records, corrections and moves count once."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Iterator
from uuid import UUID

from schemas.vocabulary import MoveStatus, OpKind, OpStatus, SystemEvent, VisitState
from tests.reliability.checker.findings import Finding, Kind
from tests.reliability.checker.snapshot import Check, Snapshot


def no_action_is_received_twice(snapshot: Snapshot) -> Iterator[Finding]:
    """I2, I3: one action is one op; the server has no op that its phone never made."""
    seen: dict[str, UUID] = {}
    for op in snapshot.rows.ops.values():
        action = {k: v for k, v in op.body.items() if k not in ("op_id", "clock")}
        key = json.dumps([op.device_id, action], sort_keys=True, ensure_ascii=False)
        if key in seen:
            yield Finding(
                Kind.DUPLICATED, "I2", f"op {op.op_id}", f"the same action as {seen[key]}"
            )
        seen[key] = op.op_id
    made: dict[str, set[UUID]] = {
        dump.device_id: {UUID(i) for i in {*dump.ops, *dump.saved, *dump.op_answers}}
        for dump in snapshot.dumps
        if dump.whole
    }
    for op in snapshot.rows.ops.values():
        if op.device_id in made and op.op_id not in made[op.device_id]:
            yield Finding(Kind.DUPLICATED, "I2", f"op {op.op_id}", "its phone never made it")


def one_record_one_task(snapshot: Snapshot) -> Iterator[Finding]:
    """I2, I3: every record has one op that created it, and one task."""
    rows = snapshot.rows
    tasks = Tally(task.observation_id for task in rows.tasks.values())
    for record in rows.observations.values():
        creation = rows.ops.get(record.op_id)
        if creation is None:
            yield Finding(Kind.LOST, "I2", f"record {record.id}", "no op created it")
        if tasks[record.id] != 1:
            kind = Kind.DUPLICATED if tasks[record.id] else Kind.LOST
            yield Finding(kind, "I2", f"record {record.id}", f"{tasks[record.id]} tasks")
    creations = Tally(
        op.entity_id
        for op in rows.ops.values()
        if op.kind == OpKind.OBSERVATION_CREATE and op.status is OpStatus.ACCEPTED
    )
    for entity_id, times in creations.items():
        if times > 1:
            yield Finding(Kind.DUPLICATED, "I3", f"record {entity_id}", f"created {times} times")


def corrections_count_once(snapshot: Snapshot) -> Iterator[Finding]:
    """I3: a record's version counts its accepted corrections, each once."""
    rows = snapshot.rows
    changed = Tally(
        op.entity_id
        for op in rows.ops.values()
        if op.status is OpStatus.ACCEPTED
        and op.kind in (OpKind.OBSERVATION_AMEND, OpKind.OBSERVATION_WITHDRAW)
    )
    for record in rows.observations.values():
        if record.version != 1 + changed[record.id]:
            kind = Kind.DUPLICATED if record.version > 1 + changed[record.id] else Kind.LOST
            yield Finding(
                kind,
                "I3",
                f"record {record.id}",
                f"version {record.version} after {changed[record.id]} corrections",
            )


def moves_happen_once(snapshot: Snapshot) -> Iterator[Finding]:
    """I3: an applied move, a recorded visit has exactly one event; a lapsed move has none."""
    rows = snapshot.rows
    event_counts: Tally[tuple[UUID, str]] = Tally()
    for events in rows.events.values():
        for event in events:
            if event.move_id is not None:
                event_counts[event.move_id, event.move] += 1
    for move in rows.moves.values():
        times = event_counts[move.id, move.move]
        expected = 1 if move.status is MoveStatus.APPLIED else 0
        if times != expected:
            kind = Kind.DUPLICATED if times > expected else Kind.LOST
            yield Finding(
                kind, "I3", f"move {move.id}", f"{move.move} {move.status}, {times} events"
            )
    with_event = {move_id for move_id, _ in event_counts}
    recorded = {v.op_id: v for v in rows.visits.values() if v.op_id}
    for op_id, visit in recorded.items():
        times = event_counts[op_id, SystemEvent.VISIT_RECORDED]
        if times != 1 or visit.state is not VisitState.DONE:
            kind = Kind.DUPLICATED if times > 1 else Kind.LOST
            yield Finding(kind, "I3", f"visit {visit.id}", f"{visit.state}, {times} events")
        if rows.ops.get(op_id) is None:
            yield Finding(Kind.LOST, "I2", f"visit {visit.id}", "its op is not kept")
    for move_id in sorted(with_event - set(rows.moves) - set(recorded)):
        yield Finding(Kind.DUPLICATED, "I2", f"move {move_id}", "an event without its move")


CHECKS: tuple[Check, ...] = (
    no_action_is_received_twice,
    one_record_one_task,
    corrections_count_once,
    moves_happen_once,
)
