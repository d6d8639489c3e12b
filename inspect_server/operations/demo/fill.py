"""Fills a database with the history: the photo pool first, then records in chunks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.clock import SHANGHAI
from inspect_server.models import Observation, Photo
from inspect_server.operations.demo.batch import Batch, write_batch
from inspect_server.operations.demo.context import SimulationContext
from inspect_server.operations.demo.people import DemoPeople, find_or_create_people
from inspect_server.operations.demo.photo_pool import POOL, PoolPhoto, store_pool
from inspect_server.operations.demo.settings import DAYS, HOURS, RECENT_SHARE
from inspect_server.operations.demo.simulation import HistorySimulation
from inspect_server.registry import reference as reference_data
from inspect_server.registry.reference import Reference
from media.store import ObjectStore
from schemas.vocabulary import TaskState

CHUNK = 500
# Measured on SQLite with 6,000 records, indexes included.
DATABASE_BYTES_A_RECORD = 8_300

RunTransaction = Callable[[Callable[[Session], Any]], Any]


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The counts of the records, photos and states that were written."""

    records: int
    photos: int
    states: Mapping[TaskState, int]


def disk_use(records: int) -> int:
    """Return the bytes that a history of so many records takes: pool and database."""
    pool = sum(path.stat().st_size for path in POOL.glob("*.jpg"))
    # A review copy is about as large as its original; thumbnails are negligible.
    return records * DATABASE_BYTES_A_RECORD + 2 * pool


def describe_disk_use(records: int) -> str:
    """Return the sentence that says how much space the history takes."""
    count = sum(1 for _ in POOL.glob("*.jpg"))
    megabytes = max(disk_use(records) // 1_000_000, 1)
    return (
        f"{records} 条演示记录约占 {megabytes} MB（共用 {count} 张照片，不随记录数增长）"
        f"about {megabytes} MB, photographs shared"
    )


def fill(
    store: ObjectStore,
    records: int,
    now: datetime,
    seed: int,
    progress: Callable[[int], object],
    write_tx: RunTransaction,
) -> DemoReport:
    """Write a history of `records` records that ends at `now`; a second call adds more.

    1. the shared photos that the store lacks  2. the records in chunks, each in a transaction of
    its own (`write_tx` runs a function in one); `progress` gets the number of records added.

    The same seed on the same database gives the same history. Raises `StoreError`.
    """
    return write_history(store_pool(store), records, now, seed, progress, write_tx)


def write_history(
    pool: Sequence[PoolPhoto],
    records: int,
    now: datetime,
    seed: int,
    progress: Callable[[int], object],
    write_tx: RunTransaction,
) -> DemoReport:
    """Create the missing people and the records; the store has the photos already."""
    reference, people, count_before = write_tx(lambda session: _prepare(session, now))
    rng = Random(f"{seed}:{count_before}")
    by_scene = {(photo.scene, photo.role): photo for photo in pool}
    simulation = HistorySimulation(SimulationContext(reference, people, by_scene, rng, now))
    moments = sorted(_moment(rng, now) for _ in range(records))
    states: dict[TaskState, int] = {}
    photo_count = 0
    for first in range(0, records, CHUNK):
        batch = Batch()
        for at in moments[first : first + CHUNK]:
            simulation.record(batch, at)
        write_tx(partial(write_batch, batch=batch))
        for state in batch.states:
            states[state] = states.get(state, 0) + 1
        photo_count += len(batch.rows.get(Photo, ()))
        progress(len(batch.states))
    return DemoReport(records, photo_count, states)


def _prepare(session: Session, now: datetime) -> tuple[Reference, DemoPeople, int]:
    """Read the registers, create missing people, and count the demo records so far."""
    reference = reference_data.current(session)
    people = find_or_create_people(session, reference, now)
    earlier = sa.select(sa.func.count()).select_from(Observation).where(Observation.demo)
    return reference, people, session.scalar(earlier) or 0


def _moment(rng: Random, now: datetime) -> datetime:
    """Return the moment of a record: by day mostly, on weekdays more than at weekends."""
    hours, weights = list(HOURS), list(HOURS.values())
    while True:
        back = rng.uniform(0, 2) if rng.random() < RECENT_SHARE else rng.uniform(0, DAYS)
        day = (now - timedelta(days=back)).astimezone(SHANGHAI).date()
        if day.weekday() >= 5 and rng.random() < 0.5:
            continue
        hour = rng.choices(hours, weights)[0]
        at = datetime.combine(
            day, time(hour, rng.randrange(60), rng.randrange(60)), SHANGHAI
        ).astimezone(now.tzinfo)
        if at < now - timedelta(minutes=3):
            return at
