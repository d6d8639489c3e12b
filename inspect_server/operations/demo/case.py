"""Simulates one case, from its opening to where it is now, by the steps of the flow table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from inspect_server.models import Observation, Photo, TaskEvent, TaskMove
from inspect_server.operations.demo import settings
from inspect_server.operations.demo.batch import Batch
from inspect_server.operations.demo.context import SimulationContext
from inspect_server.operations.demo.people import DemoActor
from inspect_server.operations.demo.photo_pool import PoolPhoto
from inspect_server.operations.demo.settings import Problem
from inspect_server.registry.rules import working_time
from inspect_server.registry.rules.locate import Whereabouts
from inspect_server.tasks.rules import flow_checks
from inspect_server.tasks.services import opening, transitions
from schemas.fields import zulu
from schemas.tasks import MoveRequest
from schemas.vocabulary import (
    DerivativeState,
    LimitUnit,
    Move,
    MoveStatus,
    ObservationState,
    PhotoRole,
    PhotoSource,
    PhotoState,
    PlaceSource,
    SystemEvent,
    TaskState,
)


class InTheFuture(Exception):
    """The next step lies in the future: the case stays as it is."""


@dataclass(frozen=True, slots=True)
class StepDetails:
    """Details of a step beside its move: reason, note, unit, photos 原因、备注、单位、照片."""

    reason: str | None = None
    note: str | None = None
    unit_id: UUID | None = None
    move_id: UUID | None = None
    photo_ids: Sequence[UUID] = ()
    # The photo that shows the repair 整改后.
    after: PoolPhoto | None = None


NO_DETAILS = StepDetails()


class CaseSimulation:
    """Simulates one case: its task and its steps, each at a simulated moment."""

    def __init__(
        self,
        context: SimulationContext,
        batch: Batch,
        problem: Problem,
        observation: Observation,
        where: Whereabouts,
    ) -> None:
        """Open the task as the service does, awaiting its photos if it has any."""
        self.context = context
        self.reference = context.reference
        self.rng = context.rng
        self.batch = batch
        self.problem = problem
        self.observation = observation
        self.at = observation.received_at
        shots = [
            (context.pool[problem.scene, shown], role)
            for shown, role in (("before", PhotoRole.SCENE), ("close", PhotoRole.CLOSE))
            if (problem.scene, shown) in context.pool
        ]
        self.task = opening.new_task(self.reference, observation, where, not shots, self.at)
        self.task.id = context.id_at(self.at)
        self.task.provisional = bool(self.task.provisional)
        self.photo_ids = [context.id_at(self.at) for _ in shots]
        self.shots = shots
        opened = StepDetails(photo_ids=self.photo_ids)
        self._event(SystemEvent.OPENED, None, observation.author_id, opened)
        self.supervisor = (
            context.people.supervisors.get(self.task.district_code)
            or context.people.supervisors[None]
        )

    def run(self) -> None:
        """Simulate steps until the case ends or the next step would be in the future."""
        lost = bool(self.shots) and self.rng.random() < settings.PHOTOS_LOST
        try:
            self._receive_photos(lost)
            if not lost:
                self._decide()
        except InTheFuture:
            return

    # -- the phases of a case, in order

    def _receive_photos(self, lost: bool) -> None:
        """Simulate the arrival of the photos 证据已齐; of a few records the last one is lost."""
        if not self.shots:
            return
        arrival = self.at + timedelta(seconds=self.rng.randrange(8, 170))
        late = arrival > self.context.now
        for position, ((photo, role), photo_id) in enumerate(
            zip(self.shots, self.photo_ids, strict=True)
        ):
            missing = late or (lost and position == len(self.shots) - 1)
            stored_at = None if missing else arrival
            self._add_opening_photo(photo, photo_id, role, position, stored_at)
        if late or lost:
            self.observation.state = ObservationState.INCOMPLETE
            raise InTheFuture
        self.at = arrival
        self.task.thumb_photo_id = self.photo_ids[0]
        origin = self.task.state
        transitions.leave_awaiting_evidence(self.task, self.reference, arrival)
        self._event(SystemEvent.EVIDENCE_SETTLED, origin, None)

    def _decide(self) -> None:
        """Simulate the decision: a case fixed on the spot is verified, others are filed 立案."""
        if self.task.state is TaskState.VERIFYING:
            self._wait(60, 900)
            self._step(Move.PASS, self.supervisor)
            return
        is_new = self.at > self.context.now - settings.NEW_FOR
        if is_new and self.rng.random() < settings.LEFT_WAITING:
            self._wait(400, 1200)
        else:
            self._wait(4, 112)
        draw = self.rng.random()
        if draw < settings.REJECTED:
            reason = self.rng.choice(("not_a_problem", "duplicate", "light_soiling"))
            self._step(Move.REJECT, self.supervisor, StepDetails(reason=reason))
        elif draw < settings.REJECTED + settings.VOIDED:
            self._step(Move.VOID, self.supervisor, StepDetails(reason="entered_by_mistake"))
        else:
            self._step(Move.FILE, self.supervisor)
            self._dispatch()
            self._handle()

    def _dispatch(self) -> None:
        """Dispatch the case to its unit 派遣; without a rule a supervisor may choose."""
        chosen = None
        if self.task.unit_id is None:
            if self.rng.random() < settings.NEVER_ASSIGNED:
                raise InTheFuture
            self._wait(480, 1900)
            chosen = self._any_unit()
        else:
            self._wait(3, 100)
        self._step(Move.DISPATCH, self.supervisor, StepDetails(unit_id=chosen))
        if self.rng.random() < settings.HANDED_BACK:
            self._wait(20, 240)
            self._step(Move.HAND_BACK, self._handler(), StepDetails(reason="not_ours"))
            self._wait(10, 110)
            self._step(Move.DISPATCH, self.supervisor, StepDetails(unit_id=self._any_unit()))

    def _handle(self) -> None:
        """Simulate the unit: it accepts 签收, handles 处置 and submits 提交, mostly in time."""
        self._use_limit(0.02, 0.2)
        self._step(Move.ACCEPT, self._handler())
        if self.rng.random() < settings.NEVER_SUBMITTED:
            raise InTheFuture
        self._submit()
        if self.rng.random() < settings.FAILED_ONCE:
            self._wait(15, 420)
            reason = self.rng.choice(("not_fixed", "partly_fixed", "unclear_photo"))
            self._step(Move.FAIL, self.supervisor, StepDetails(reason=reason))
            self._submit()
        slow = self.rng.random() < settings.SLOW_CHECK
        self._wait(*((400, 1500) if slow else (12, 420)))
        self._step(Move.PASS, self.supervisor)

    def _submit(self) -> None:
        """Submit with a photo of the repair 提交, within the limit or past it."""
        if self.rng.random() < settings.ON_TIME:
            self._use_limit(0.3, 0.97)
        else:
            self._use_limit(1.03, 2.4)
        handler = self._handler()
        move_id = self.context.id_at(self.at)
        note = self.rng.choice(settings.DONE_NOTES)
        after = self.context.pool.get((self.problem.scene, "after"))
        photo_ids = [self.context.id_at(self.at)] if after else []
        version = self.task.version
        details = StepDetails(note=note, move_id=move_id, photo_ids=photo_ids, after=after)
        self._step(Move.SUBMIT, handler, details)
        if after:
            self._add_closing_photo(after, photo_ids[0], move_id, handler)
        self.batch.add(
            TaskMove,
            id=move_id,
            task_id=self.task.id,
            person_id=handler.id,
            digest=hashlib.sha256(move_id.bytes).hexdigest(),
            move=str(Move.SUBMIT),
            status=MoveStatus.APPLIED,
            seen_version=version,
            request={
                "reason": None,
                "note": note,
                "unit_id": None,
                "place": None,
                "photos": [str(photo_id) for photo_id in photo_ids],
            },
            asked_at=self.at,
            settled_at=self.at,
            task_version=self.task.version,
            problem=None,
        )

    # -- time

    def _wait(self, least: float, most: float) -> None:
        """Advance by some working minutes in this range, more often few than many."""
        minutes = least + (most - least) * self.rng.random() ** 1.6
        self.at = working_time.due_after_minutes(
            self.at, minutes, LimitUnit.WORKING_HOURS, self.reference.calendar
        ).due_at

    def _use_limit(self, least: float, most: float) -> None:
        """Advance by a share of the unit's limit 时限 in this range, in the unit of the limit."""
        task = self.task
        share = self.rng.uniform(least, most)
        # At least some minutes, also for a very short limit.
        minutes = max((task.limit_minutes or 0) * share, 12.0)
        unit = task.limit_unit or LimitUnit.WORKING_HOURS
        goal = working_time.due_after_minutes(
            task.due_from or self.at, minutes, unit, self.reference.calendar
        ).due_at
        self.at = max(goal, self.at + timedelta(minutes=4))

    # -- people

    def _handler(self) -> DemoActor:
        assert self.task.unit_id is not None
        return self.context.people.handlers[self.task.unit_id]

    def _any_unit(self) -> UUID:
        """Return another unit of the district or of the city, as a supervisor would choose."""
        units = [
            unit.id
            for unit in self.reference.units.values()
            if unit.kind != "pairing"
            and unit.id != self.task.unit_id
            and unit.district_code in (None, self.task.district_code)
        ]
        return self.rng.choice(units)

    def _closing_role(self) -> PhotoRole:
        category = self.reference.categories[self.problem.category]
        return PhotoRole.DOCUMENT if category.evidence_close == "f" else PhotoRole.AFTER

    # -- rows

    def _step(self, move: Move, actor: DemoActor, details: StepDetails = NO_DETAILS) -> None:
        """Apply one step that the flow table allows. Raises `InTheFuture`."""
        if self.at > self.context.now:
            raise InTheFuture
        category = self.reference.categories[self.problem.category]
        roles = [self._closing_role()] if details.after else []
        request = MoveRequest(
            move_id=details.move_id or self.context.id_at(self.at),
            move=move,
            version=self.task.version,
            reason=details.reason,
            note=details.note,
            unit_id=details.unit_id,
        )
        profile = category.evidence_close
        step = flow_checks.plan(self.task, actor, request, profile, roles, self.at)
        origin = self.task.state
        transitions.apply(self.task, step, self.reference, request, actor.id, self.at, self.at)
        self._event(move, origin, actor.id, details)

    def _event(
        self,
        move: Move | SystemEvent,
        origin: TaskState | None,
        actor_id: UUID | None,
        details: StepDetails = NO_DETAILS,
    ) -> None:
        """Add an event to the history of the task 办理过程."""
        task = self.task
        self.batch.add(
            TaskEvent,
            id=self.context.id_at(self.at),
            task_id=task.id,
            version=task.version,
            move=str(move),
            from_state=origin,
            to_state=task.state,
            actor_id=actor_id,
            unit_id=task.unit_id if task.dispatched_at is not None else None,
            at=self.at,
            reason=details.reason,
            note=details.note,
            move_id=details.move_id,
            photo_ids=[str(photo_id) for photo_id in details.photo_ids] or None,
            due_at=task.due_at,
        )

    def _add_opening_photo(
        self,
        photo: PoolPhoto,
        photo_id: UUID,
        role: PhotoRole,
        position: int,
        stored_at: datetime | None,
    ) -> None:
        """Add a photo of the record; without `stored_at` it never arrived."""
        record = self.observation
        self._add_photo(
            photo,
            record.captured_at,
            stored_at,
            id=photo_id,
            author_id=record.author_id,
            op_id=record.op_id,
            observation_id=record.id,
            position=position,
            role=role,
            declared_at=record.received_at,
        )

    def _add_closing_photo(
        self, photo: PoolPhoto, photo_id: UUID, move_id: UUID, handler: DemoActor
    ) -> None:
        """Add the photo of the repair 整改后; it belongs to the move, not to the record."""
        self._add_photo(
            photo,
            self.at - timedelta(minutes=2),
            self.at,
            id=photo_id,
            author_id=handler.id,
            op_id=move_id,
            observation_id=None,
            position=0,
            role=self._closing_role(),
            declared_at=self.at,
        )

    def _add_photo(
        self, photo: PoolPhoto, taken_at: datetime, stored_at: datetime | None, **columns: Any
    ) -> None:
        """Add a photo row with the objects of the pool and a position near the record."""
        record = self.observation
        place = None
        if record.lon is not None and record.lat is not None:
            place = {
                "lon": round(record.lon + self.rng.gauss(0, 0.00008), 6),
                "lat": round(record.lat + self.rng.gauss(0, 0.00007), 6),
                "accuracy_m": round(self.rng.uniform(4, 20), 1),
                "source": str(PlaceSource.GNSS),
                "fixed_at": zulu(taken_at),
            }
        stored = stored_at is not None
        self.batch.add(
            Photo,
            **columns,
            task_id=self.task.id,
            source=PhotoSource.SHUTTER,
            sha256=photo.sha256,
            bytes=photo.bytes,
            mime="image/jpeg",
            width=photo.width,
            height=photo.height,
            taken_at=taken_at,
            place=place,
            state=PhotoState.STORED if stored else PhotoState.DECLARED,
            created_at=columns["declared_at"],
            stored_at=stored_at,
            object_key=photo.object_key if stored else None,
            derivative=DerivativeState.READY if stored else DerivativeState.PENDING,
            review_key=photo.review_key if stored else None,
            thumb_key=photo.thumb_key if stored else None,
        )
