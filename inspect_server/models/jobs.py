"""Jobs 后台任务: a transactional outbox of work, claimed with a lease."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Instant, Serial, one_of
from schemas.vocabulary import LabelledEnum


class JobState(LabelledEnum):
    """The state of a job; when a lease expires, the job can be claimed again."""

    READY = "ready", "待执行", "Ready"
    LEASED = "leased", "执行中", "Leased"
    DONE = "done", "完成", "Done"
    FAILED = "failed", "失败", "Failed"


class Job(Base):
    """One job on one subject, inserted in the transaction that orders it."""

    __tablename__ = "job"
    __table_args__ = (
        sa.UniqueConstraint("kind", "subject_id"),
        sa.Index("ix_job_state_run_after", "state", "run_after"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    # Areas register the kinds they handle (`core.registration.JobHandler`).
    kind: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[UUID]
    state: Mapped[JobState] = mapped_column(one_of(JobState))
    attempts: Mapped[int] = mapped_column(default=0)
    # When it may be claimed next; while leased, when the lease expires.
    run_after: Mapped[datetime] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(sa.String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
