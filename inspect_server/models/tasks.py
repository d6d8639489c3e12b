"""Tasks 案件, their events, and the moves people request."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Document, Instant, Serial, one_of
from schemas.fields import case_number
from schemas.vocabulary import (
    AppealState,
    Campaign,
    ExtensionState,
    LimitUnit,
    LocalityBasis,
    MoveStatus,
    Outcome,
    TaskState,
)


def answered_for(task_id: UUID) -> sa.Select[Any]:
    """Select the units that were ever responsible for a task, and the one it is routed to."""
    sent = sa.select(TaskEvent.unit_id).where(
        TaskEvent.task_id == task_id, TaskEvent.unit_id.is_not(None)
    )
    routed = sa.select(Task.unit_id).where(Task.id == task_id, Task.unit_id.is_not(None))
    return sa.select(sa.union(sent, routed).subquery().c.unit_id)


class Task(Base):
    """A case from report to closure; `serial` orders and numbers it, `id` names it."""

    __tablename__ = "task"
    __table_args__ = (
        sa.Index("ix_task_state_due_at", "state", "due_at"),
        sa.Index("ix_task_district_state_serial", "district_code", "state", "serial"),
        sa.Index("ix_task_unit_state_serial", "unit_id", "state", "serial", "dispatched_at"),
        # Lists are read in their order from one of these, by district and by state.
        sa.Index("ix_task_state_serial", "state", "serial"),
        sa.Index("ix_task_district_serial", "district_code", "serial"),
        sa.Index("ix_task_unit_serial", "unit_id", "serial"),
        # For the trends 趋势, which count by day.
        sa.Index("ix_task_opened_at", "opened_at", "district_code"),
        sa.Index("ix_task_state_ended_at", "state", "ended_at", "district_code"),
        # For filtered counts: a page holds ten times as many tasks as a page of the table.
        sa.Index(
            "ix_task_counted",
            "state",
            "district_code",
            "category_code",
            "campaign",
            "severity",
            "unit_id",
        ),
        {"sqlite_autoincrement": True},
    )

    serial: Mapped[int] = mapped_column(Serial, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    observation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("observation.id"), unique=True)
    reporter_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[TaskState] = mapped_column(one_of(TaskState))
    version: Mapped[int] = mapped_column(default=1)
    category_code: Mapped[str] = mapped_column(sa.ForeignKey("category.code"), index=True)
    campaign: Mapped[Campaign] = mapped_column(one_of(Campaign))
    severity: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(one_of(Outcome))
    district_code: Mapped[str | None] = mapped_column(sa.ForeignKey("district.code"))
    street_code: Mapped[str | None] = mapped_column(sa.ForeignKey("street.code"))
    community_code: Mapped[str | None] = mapped_column(sa.ForeignKey("community.code"))
    locality_basis: Mapped[LocalityBasis] = mapped_column(
        one_of(LocalityBasis),
        default=LocalityBasis.UNDECIDED,
        server_default=LocalityBasis.UNDECIDED.value,
    )
    point_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("point.id"), index=True)
    shop_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("shop.id"), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"))
    pairing_unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"))
    routing_reason: Mapped[str | None] = mapped_column(sa.String(200))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    reported_at: Mapped[datetime | None] = mapped_column(Instant)
    filed_at: Mapped[datetime | None] = mapped_column(Instant)
    # When it was dispatched to its unit; None again after a hand-back 退回.
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    # The limit of the step the task waits for: filing, dispatching, or the unit's own.
    due_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    due_from: Mapped[datetime | None] = mapped_column(Instant)
    # The rest of the limit at `due_from`, in minutes of working time or of the clock.
    limit_minutes: Mapped[float | None]
    limit_unit: Mapped[LimitUnit | None] = mapped_column(one_of(LimitUnit))
    provisional: Mapped[bool] = mapped_column(default=False)
    # When the unit submitted; its time limit is stopped until rework.
    clock_stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    reworks: Mapped[int] = mapped_column(default=0)
    hand_backs: Mapped[int] = mapped_column(default=0)
    # When a supervisor asked the reporter for more, until an answer or a correction arrives.
    asked_more_at: Mapped[datetime | None] = mapped_column(Instant)
    merged_into_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("task.id"), index=True)
    # Extensions granted, and a request between its two approvals.
    extensions: Mapped[int] = mapped_column(default=0, server_default="0")
    extension: Mapped[ExtensionState | None] = mapped_column(one_of(ExtensionState))
    endorsed_by_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    # Set once: a task is shelved at most once.
    shelved_at: Mapped[datetime | None] = mapped_column(Instant)
    shelved_until: Mapped[datetime | None] = mapped_column(Instant)
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    reopenings: Mapped[int] = mapped_column(default=0, server_default="0")
    appeal: Mapped[AppealState | None] = mapped_column(one_of(AppealState))
    # The first of two limits: the danger is to be removed before the repair.
    make_safe_due_at: Mapped[datetime | None] = mapped_column(Instant)
    made_safe_at: Mapped[datetime | None] = mapped_column(Instant)
    # The deadline of an open visit 现场复核.
    visit_due_at: Mapped[datetime | None] = mapped_column(Instant)
    # The next alarm, and the alarms since the time limit began.
    next_alarm_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    alarms_rung: Mapped[list[str]] = mapped_column(
        Document, default=list, server_default=sa.text("'[]'")
    )
    pending_move_id: Mapped[UUID | None] = mapped_column(index=True)
    thumb_photo_id: Mapped[UUID | None]
    demo: Mapped[bool] = mapped_column(default=False)

    # The case number 案卷编号, from the day it was opened and its serial.
    number = property(case_number)


# Conditions that hold for few tasks have partial indexes. Conditions that hold for most are counted
# as all tasks minus these. Conditions on tasks are built from the same expressions.
_columns = Task.__table__.c
UNFILED = _columns.filed_at.is_(None)
REWORKED = _columns.reworks > sa.literal_column("0")
# Submitted after the limit, or not at all.
LATE = sa.and_(
    _columns.due_at.is_not(None),
    sa.or_(_columns.submitted_at.is_(None), _columns.submitted_at > _columns.due_at),
)
# 延期申请待审批 and 申诉待处理: a request that waits for its decision.
EXTENSION_PENDING = _columns.extension.is_not(None)
APPEAL_PENDING = _columns.appeal == sa.literal_column("'asked'")
# 属地未定: neither confirmed nor found.
LOCALITY_UNDECIDED = _columns.locality_basis == sa.literal_column("'undecided'")
for _name, _condition in (
    ("ix_task_unfiled", UNFILED),
    ("ix_task_reworked", REWORKED),
    ("ix_task_late", LATE),
    ("ix_task_extension_pending", EXTENSION_PENDING),
    ("ix_task_appeal_pending", APPEAL_PENDING),
    ("ix_task_locality_undecided", LOCALITY_UNDECIDED),
):
    sa.Index(
        _name,
        _columns.state,
        _columns.district_code,
        sqlite_where=_condition,
        postgresql_where=_condition,
    )


class TaskEvent(Base):
    """One event of a task: history, audit and notification in one row."""

    __tablename__ = "task_event"
    __table_args__ = (
        sa.UniqueConstraint("task_id", "version"),
        # For what a unit handed back 退回的案件.
        sa.Index(
            "ix_task_event_handed_back",
            "unit_id",
            "at",
            sqlite_where=sa.text("move = 'hand_back'"),
            postgresql_where=sa.text("move = 'hand_back'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(sa.ForeignKey("task.id"))
    version: Mapped[int]
    # A Move or a SystemEvent.
    move: Mapped[str] = mapped_column(sa.String(32))
    from_state: Mapped[TaskState | None] = mapped_column(one_of(TaskState, "from_state"))
    to_state: Mapped[TaskState] = mapped_column(one_of(TaskState, "to_state"))
    actor_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    # The unit that answers for the task; of a hand-back 退回 the one that handed it back.
    unit_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("unit.id"))
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    reason: Mapped[str | None] = mapped_column(sa.String(200))
    note: Mapped[str | None] = mapped_column(sa.Text)
    move_id: Mapped[UUID | None]
    photo_ids: Mapped[list[str] | None] = mapped_column(Document)
    # What a reviewer drew over photos of the case 圈注, as the wire shows it.
    annotations: Mapped[list[dict[str, Any]] | None] = mapped_column(Document)
    # The hints 筛查提示 that were confirmed by name when the case was passed: kind, text, text_en.
    confirmed_hints: Mapped[list[dict[str, Any]] | None] = mapped_column(Document)
    # The category before and after, where a supervisor classified the case 归类.
    category_change: Mapped[dict[str, Any] | None] = mapped_column(Document)
    due_at: Mapped[datetime | None] = mapped_column(Instant)


class TaskMove(Base):
    """A requested move; a request with the same id gets the first answer again."""

    __tablename__ = "task_move"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(sa.ForeignKey("task.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(sa.ForeignKey("person.id"))
    digest: Mapped[str] = mapped_column(sa.String(64))
    move: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[MoveStatus] = mapped_column(one_of(MoveStatus))
    seen_version: Mapped[int]
    # The request as `tasks.services.move_request` writes it.
    request: Mapped[dict[str, Any]] = mapped_column("wanted", Document)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    task_version: Mapped[int | None]
    problem: Mapped[dict[str, Any] | None] = mapped_column(Document)
