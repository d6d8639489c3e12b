"""The job table: a lease belongs to one worker, expires, and is taken over by the next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from inspect_server.core import job_queue
from inspect_server.core.job_queue import ClaimedJob
from inspect_server.models import Job
from inspect_server.photos.services.photos import DERIVE_JOB
from tests.support.clock import FakeClock
from tests.support.concurrency import at_once
from tests.support.rows import Rows

WORKERS = 4


@pytest.fixture
def ordered(rows: Rows, fake_clock: FakeClock) -> Callable[[int], list[UUID]]:
    """Queue so many jobs."""

    def order(count: int) -> list[UUID]:
        subjects = [uuid4() for _ in range(count)]
        for subject in subjects:
            rows.write(lambda s, one=subject: job_queue.order(s, DERIVE_JOB, one, fake_clock()))
        return subjects

    return order


@pytest.fixture
def claim(rows: Rows, fake_clock: FakeClock) -> Callable[[], list[ClaimedJob]]:
    """Claim as one worker does."""
    return lambda: rows.write(
        lambda session: job_queue.claim(session, fake_clock(), 3, [DERIVE_JOB])
    )


def test_the_oldest_work_is_claimed_first(
    ordered: Callable[[int], list[UUID]], claim: Callable[[], list[ClaimedJob]]
) -> None:
    subjects = ordered(5)
    assert [job.subject_id for job in claim()] == subjects[:3]
    assert [job.subject_id for job in claim()] == subjects[3:]
    assert claim() == []


def test_workers_that_claim_at_once_never_share_a_job(
    ordered: Callable[[int], list[UUID]], claim: Callable[[], list[ClaimedJob]]
) -> None:
    subjects = ordered(20)

    def work() -> list[UUID]:
        own: list[UUID] = []
        while claimed := claim():
            own += [job.subject_id for job in claimed]
        return own

    claimed = [subject for own in at_once([work] * WORKERS) for subject in own]
    assert sorted(claimed) == sorted(subjects)


def test_a_lease_is_its_workers_until_it_runs_out(
    ordered: Callable[[int], list[UUID]],
    claim: Callable[[], list[ClaimedJob]],
    fake_clock: FakeClock,
) -> None:
    fake_clock.stop_at("2026-03-04T01:30:00+00:00")
    (subject,) = ordered(1)
    (first,) = claim()
    fake_clock.forward(seconds=job_queue.LEASE.total_seconds() - 1)
    assert claim() == []
    fake_clock.forward(seconds=1)
    (second,) = claim()
    assert (second.subject_id, second.attempts) == (subject, first.attempts + 1)


def test_work_that_is_done_is_claimed_no_more(
    ordered: Callable[[int], list[UUID]],
    claim: Callable[[], list[ClaimedJob]],
    rows: Rows,
    fake_clock: FakeClock,
) -> None:
    ordered(1)
    (job,) = claim()
    rows.write(lambda session: job_queue.finish(session, job, fake_clock()))
    fake_clock.forward(days=1)
    assert claim() == []
    assert rows.one(Job).state == "done"


@pytest.mark.parametrize("action", ["give_up", "put_off"])
def test_a_worker_whose_lease_ran_out_cannot_undo_what_the_next_one_did(
    ordered: Callable[[int], list[UUID]],
    claim: Callable[[], list[ClaimedJob]],
    rows: Rows,
    fake_clock: FakeClock,
    action: str,
) -> None:
    ordered(1)
    (late_job,) = claim()
    fake_clock.forward(minutes=3)
    (new_job,) = claim()
    rows.write(lambda session: job_queue.finish(session, new_job, fake_clock()))
    rows.write(
        lambda session: getattr(job_queue, action)(session, late_job, "too late", fake_clock())
    )
    assert rows.one(Job).state == "done"


def test_work_that_is_put_off_waits_longer_each_time(
    ordered: Callable[[int], list[UUID]],
    claim: Callable[[], list[ClaimedJob]],
    rows: Rows,
    fake_clock: FakeClock,
) -> None:
    fake_clock.stop_at("2026-03-04T01:30:00+00:00")
    ordered(1)
    waits = []
    for _ in range(3):
        (job,) = claim()
        rows.write(lambda session, one=job: job_queue.put_off(session, one, "away", fake_clock()))
        waits.append(rows.one(Job).run_after - fake_clock())
        fake_clock.forward(minutes=10)
    assert waits == sorted(waits)
    assert timedelta() < waits[0] < waits[-1]
    assert rows.one(Job).last_error == "away"
