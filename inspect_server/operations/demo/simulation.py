"""Simulates records with problem, place and author, and the case that follows from each."""

from __future__ import annotations

from bisect import bisect
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from inspect_server.models import Category, Observation, Point, Shop, Task
from inspect_server.operations.demo import settings
from inspect_server.operations.demo.batch import Batch, columns_of
from inspect_server.operations.demo.case import CaseSimulation
from inspect_server.operations.demo.context import SimulationContext
from inspect_server.operations.demo.settings import Problem
from inspect_server.photos.services import photos
from inspect_server.registry.rules.locate import Whereabouts
from inspect_server.tasks.services.observations import put_place
from schemas.places import Place
from schemas.vocabulary import (
    OPEN_STATES,
    ObservationState,
    Outcome,
    PlaceSource,
    RecordAs,
)


class HistorySimulation:
    """Simulates records one by one, each from the observation to the present state of its case."""

    def __init__(self, context: SimulationContext) -> None:
        """Prepare the choices: problems by weight, points by district, shops by point."""
        self.context = context
        self.rng = context.rng
        reference = context.reference
        # A problem whose photos are missing from the pool is left out: the evidence rules would
        # not let its case open or close.
        self.problems = [
            problem
            for problem in settings.PROBLEMS
            if problem.category in reference.categories
            and (
                not problem.scene
                or {(problem.scene, "before"), (problem.scene, "after")} <= context.pool.keys()
            )
        ]
        self._problem_ends = list(accumulate(p.weight for p in self.problems))
        self.points: dict[str, list[Point]] = {}
        for point in reference.points.values():
            self.points.setdefault(point.district_code, []).append(point)
        self.shops: dict[UUID, list[Shop]] = {}
        for shop in reference.shops.values():
            if shop.point_id:
                self.shops.setdefault(shop.point_id, []).append(shop)

    def record(self, batch: Batch, at: datetime) -> None:
        """Simulate one record received at that moment, and its case until now."""
        place = self.rng.random() * self._problem_ends[-1]
        problem = self.problems[bisect(self._problem_ends, place)]
        observation, where = self._observation(problem, at)
        case = CaseSimulation(self.context, batch, problem, observation, where)
        case.run()
        batch.add(Observation, **columns_of(observation))
        batch.add(Task, **columns_of(case.task, leave_out=("serial",)))
        batch.states.append(case.task.state)
        recent = self.context.now - settings.SENT_TO_PHONES_FOR
        if case.task.state in OPEN_STATES or (case.task.ended_at or at) > recent:
            batch.sent.append(case.task)

    def _observation(self, problem: Problem, at: datetime) -> tuple[Observation, Whereabouts]:
        """Return a new observation and its place; a few have none."""
        rng = self.rng
        codes = [code for code in settings.DISTRICT_WEIGHTS if code in self.points]
        district = rng.choices(codes, [settings.DISTRICT_WEIGHTS[code] for code in codes])[0]
        point = rng.choice(self.points[district])
        shop = self._shop(problem, point)
        position = self._position(shop or point, at)
        unplaced = rng.random() < settings.UNPLACED
        # Some reporters choose no point: the locality of their records is presumed 推定.
        chosen = shop is not None or _last_digit(position) < settings.CHOOSES_POINT
        where = self.context.reference.atlas.locate(
            None if unplaced else position,
            None,
            point.id if chosen and not unplaced else None,
            shop.id if shop and not unplaced else None,
        )
        category = self.context.reference.categories[problem.category]
        outcome = self._outcome(category)
        note = rng.choice(settings.NOTES[problem.scene]) or None
        captured_at = at - timedelta(seconds=rng.choice((20, 45, 90, 240, 1800, 7200)))
        address = None if unplaced else (shop.address if shop else point.address)
        observation = Observation(
            id=self.context.id_at(captured_at),
            author_id=rng.choice(self.context.people.reporters[district]),
            device_id="demo",
            op_id=self.context.id_at(captured_at),
            state=ObservationState.COMPLETE,
            version=1,
            category_code=category.code,
            outcome=outcome,
            severity=category.severity,
            fixed_at=None if unplaced else position.fixed_at,
            address=address,
            note=note,
            data={
                "category": category.code,
                "place": None if unplaced else photos.place_document(position),
                "note": note,
                "outcome": str(outcome),
            },
            captured_at=captured_at,
            clock_offset_ms=rng.randrange(-900, 900),
            clock_age_ms=rng.randrange(1_000, 3_600_000),
            received_at=at,
            demo=True,
        )
        put_place(observation, where)
        return observation, where

    def _outcome(self, category: Category) -> Outcome:
        if category.record_as is not RecordAs.TASK and self.rng.random() < 0.2:
            return Outcome.PERSUADED
        if self.rng.random() < settings.FIXED_ON_SPOT:
            return Outcome.FIXED_ON_SPOT
        return Outcome.OPEN

    def _shop(self, problem: Problem, point: Point) -> Shop | None:
        """Return the shop of a frontage problem 门前三包, where the point has one."""
        shops = self.shops.get(point.id)
        if not shops or not problem.category.startswith("MQ") or self.rng.random() < 0.15:
            return None
        return self.rng.choice(shops)

    def _position(self, place: Point | Shop, at: datetime) -> Place:
        """Return a phone's position near the place, as exact as phones are between buildings."""
        return Place(
            lon=round(place.lon + self.rng.gauss(0, 0.00022), 6),
            lat=round(place.lat + self.rng.gauss(0, 0.00019), 6),
            accuracy_m=round(self.rng.uniform(4, 28), 1),
            source=PlaceSource.GNSS,
            fixed_at=at - timedelta(seconds=self.rng.randrange(5, 40)),
        )


def _last_digit(position: Place) -> int:
    """Return the last of six digits of a longitude: a choice that draws no random number."""
    return round((position.lon or 0.0) * 1e6) % 10
