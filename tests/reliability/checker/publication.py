"""Checks of the change log and of the order of events: every phone receives every change."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from uuid import UUID

from inspect_server.core import access
from schemas.vocabulary import Collection, SystemEvent, VisitState
from tests.reliability.checker.findings import Finding, Kind
from tests.reliability.checker.snapshot import Check, Snapshot


def changes_are_numbered_once(snapshot: Snapshot) -> Iterator[Finding]:
    """I4: every number of the log was given by the counter, once."""
    numbers = Tally(change.seq for change in snapshot.rows.changes)
    for seq, times in numbers.items():
        if times > 1:
            yield Finding(Kind.DISORDER, "I4", f"change {seq}", f"given {times} times")
        if seq > snapshot.rows.counter:
            yield Finding(Kind.DISORDER, "I4", f"change {seq}", "beyond the counter")


def every_change_is_published(snapshot: Snapshot) -> Iterator[Finding]:
    """I4: the reporter gets every record and task, district and unit get the task too."""
    rows = snapshot.rows
    published = {(c.audience, c.collection, c.entity_id): c for c in rows.changes}
    for task in rows.tasks.values():
        reporter = access.person_audience(task.reporter_id)
        expected = [
            (reporter, Collection.TASKS, str(task.id)),
            (reporter, Collection.OBSERVATIONS, str(task.observation_id)),
            (access.district_audience(task.district_code), Collection.TASKS, str(task.id)),
        ]
        if task.unit_id and task.dispatched_at is not None:
            expected.append((access.unit_audience(task.unit_id), Collection.TASKS, str(task.id)))
        for audience, collection, entity_id in expected:
            change = published.get((audience, collection, entity_id))
            subject = f"{collection} {entity_id}"
            if change is None or change.deleted:
                yield Finding(Kind.UNPUBLISHED, "I4", subject, f"not published to {audience}")
            elif collection is Collection.TASKS and change.version != task.version:
                yield Finding(
                    Kind.UNPUBLISHED, "I4", subject, f"published as version {change.version}"
                )


def phones_have_current_records(snapshot: Snapshot) -> Iterator[Finding]:
    """I4: the records on a phone that has synced until it was done are those of the server."""
    tasks = {task.observation_id: task for task in snapshot.rows.tasks.values()}
    for dump in snapshot.dumps:
        if not dump.quiet or dump.records is None:
            continue
        if snapshot.rows.roles.get(UUID(dump.person_id)) == "handler":
            continue
        own = {
            record.id: record
            for record in snapshot.rows.observations.values()
            if str(record.author_id) == dump.person_id
        }
        for record in own.values():
            subject = f"record {record.id}"
            copy = dump.records.get(str(record.id))
            task = tasks.get(record.id)
            current = (record.version, str(record.state), str(task.state) if task else None)
            if copy is None:
                yield Finding(Kind.UNPUBLISHED, "I4", subject, f"{dump.name} does not have it")
            elif (copy["version"], copy["state"], copy["task_state"]) != current:
                yield Finding(Kind.UNPUBLISHED, "I4", subject, f"{dump.name} has an older copy")
        for record_id in sorted(set(dump.records) - {str(i) for i in own}):
            yield Finding(Kind.UNPUBLISHED, "I4", f"record {record_id}", f"only {dump.name} has it")


def phones_have_current_visits(snapshot: Snapshot) -> Iterator[Finding]:
    """I4: a phone that has synced until it was done has the open visits of its person, no other."""
    for dump in snapshot.dumps:
        if not dump.quiet or dump.visits is None:
            continue
        open_visits = {
            str(visit.id): visit.version
            for visit in snapshot.rows.visits.values()
            if str(visit.observer_id) == dump.person_id and visit.state is VisitState.ASKED
        }
        for visit_id in sorted(set(open_visits) | set(dump.visits)):
            copy, current = dump.visits.get(visit_id), open_visits.get(visit_id)
            if copy != current:
                detail = f"{dump.name} has version {copy}, the server {current}"
                yield Finding(Kind.UNPUBLISHED, "I4", f"visit {visit_id}", detail)


def events_are_in_order(snapshot: Snapshot) -> Iterator[Finding]:
    """I3, I5: a task's events are numbered without a gap and each begins where the last ended."""
    for task in snapshot.rows.tasks.values():
        events = snapshot.rows.events[task.id]
        subject = f"task {task.id}"
        if [event.version for event in events] != list(range(1, task.version + 1)):
            numbers = [event.version for event in events]
            yield Finding(Kind.DISORDER, "I3", subject, f"version {task.version}, events {numbers}")
        if events and events[-1].to_state is not task.state:
            yield Finding(
                Kind.DISORDER, "I3", subject, f"{task.state}, its last event {events[-1].to_state}"
            )
        opened = sum(event.move == SystemEvent.OPENED for event in events)
        if opened != 1:
            yield Finding(Kind.DUPLICATED, "I2", subject, f"opened {opened} times")
        for before, after in zip(events, events[1:], strict=False):
            if after.from_state is not before.to_state:
                yield Finding(
                    Kind.DISORDER,
                    "I3",
                    subject,
                    f"{after.move} from {after.from_state} after {before.to_state}",
                )


CHECKS: tuple[Check, ...] = (
    changes_are_numbered_once,
    every_change_is_published,
    phones_have_current_records,
    phones_have_current_visits,
    events_are_in_order,
)
