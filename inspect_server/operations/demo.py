"""Fills a database with a believable history 演示历史: the real rules, many records at once.

Every step of a record is planned by the flow table and taken by `tasks.advance`, so a made-up
case could have happened; only the rows are written in bulk. All rows say `demo`, and all photo
rows share the objects of one small pool.
"""

from __future__ import annotations

import csv
import hashlib
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.clock import SHANGHAI
from inspect_server.models import (
    Base,
    Observation,
    Person,
    Photo,
    Point,
    Shop,
    Task,
    TaskEvent,
    TaskMove,
)
from inspect_server.operations.starter import STARTER, starter_id
from inspect_server.photos.services import photos
from inspect_server.registry import reference as reference_data
from inspect_server.registry.reference import Reference
from inspect_server.registry.rules import working_time
from inspect_server.registry.services import places
from inspect_server.tasks.rules import flow_checks
from inspect_server.tasks.rules import search as rules_search
from inspect_server.tasks.services import search_index, transitions
from media import keys
from media.derive import DerivativeWorker
from media.store import ObjectMissing, ObjectStore
from schemas.fields import zulu
from schemas.places import Place
from schemas.tasks import MoveRequest
from schemas.vocabulary import (
    OPEN_STATES,
    DerivativeState,
    LimitUnit,
    Move,
    MoveStatus,
    ObservationState,
    Outcome,
    PhotoRole,
    PhotoSource,
    PhotoState,
    PlaceSource,
    RecordAs,
    Role,
    SystemEvent,
    TaskState,
)

POOL = STARTER / "photos"
DAYS = 120
CHUNK = 500
# A history has an end that is still warm: this share of the records is of the last two days.
RECENT_SHARE = 0.05
# Phones are told of what is open or ended lately; nobody pulls a year of closed cases.
TOLD_FOR = timedelta(days=14)
# Measured on SQLite with 6,000 records, indexes included.
DATABASE_BYTES_A_RECORD = 8_300

Transact = Callable[[Callable[[Session], Any]], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is found how often: a category, the scene that shows it, its weight."""

    category: str
    scene: str
    weight: int


KINDS = (
    Kind("MQ0101", "doorstep", 9),
    Kind("GG0402", "bins", 9),
    Kind("MQ0204", "scooters", 8),
    Kind("MQ0201", "trading", 8),
    Kind("BW0204", "bikes", 8),
    Kind("BW0104", "stickers", 7),
    Kind("MQ0203", "goods", 6),
    Kind("GG0106", "pavement", 6),
    Kind("GG0105", "pothole", 4),
    Kind("BW0404", "rubble", 4),
    Kind("BW0401", "trading", 4),
    Kind("BW0101", "doorstep", 4),
    Kind("GG0204", "cabinet", 3),
    Kind("GG0301", "rail", 3),
    Kind("GG0504", "treepit", 3),
    Kind("GG0601", "advert", 3),
    Kind("MQ0205", "laundry", 3),
    Kind("BW0201", "scooters", 3),
    Kind("GG0101", "manhole", 2),
    Kind("GG0109", "ponding", 2),
    Kind("GG0401", "bins", 2),
    Kind("GG0501", "branch", 2),
    Kind("MQ0103", "stickers", 2),
    Kind("GG0102", "manhole", 1),
    Kind("GG0107", "pavement", 1),
    Kind("GG0703", "pavement", 1),
    Kind("MQ0302", "treepit", 1),
    Kind("MQ0402", "doorstep", 1),
    Kind("WS0102", "advert", 1),
    Kind("WS0301", "advert", 1),
    Kind("ZY0101", "", 1),
    Kind("ZY0202", "advert", 1),
)
DISTRICT_WEIGHTS = {"maojian": 42, "zhangwan": 33, "yunyang": 15, "jingkai": 10}
# Nobody records at night; most is seen on the morning and the afternoon round.
HOURS = {7: 4, 8: 9, 9: 14, 10: 13, 11: 8, 12: 4, 13: 4, 14: 8, 15: 12, 16: 12, 17: 7, 18: 4, 19: 2}

# How cases go, as shares; tuned to the published check figures: filed of received 94.5 %,
# closed of due 93.7 %, closed on time of due 75.8 %.
PHOTOS_LOST = 0.003
REJECTED = 0.017
VOIDED = 0.004
FIXED_ON_SPOT = 0.012
UNPLACED = 0.012
HANDED_BACK = 0.03
NEVER_ASSIGNED = 0.3
NEVER_SUBMITTED = 0.055
ON_TIME = 0.815
FAILED_ONCE = 0.085
# A desk is never empty: of the newest some wait longer for a decision.
NEW_FOR = timedelta(hours=26)
LEFT_LYING = 0.4
SLOW_CHECK = 0.15

NOTES = {
    "bins": ("垃圾桶满溢,周边有散落垃圾", "桶满未清运,有异味", "袋装垃圾堆在桶外"),
    "manhole": ("井盖移位,已摆放锥桶", "井盖未盖严,行人易踩空"),
    "pavement": ("人行道砖破损松动", "路面砖拱起,影响通行"),
    "pothole": ("机动车道有坑槽", "路面坑洼,积有碎石"),
    "trading": ("桌凳摆到人行道上", "占用盲道经营"),
    "goods": ("货箱堆放在门前", "果筐占道摆放"),
    "doorstep": ("门前垃圾未清扫", "地面有污渍和散落垃圾"),
    "scooters": ("电动车停放杂乱", "占用盲道停车"),
    "stickers": ("卷帘门上小广告多处", "墙面乱贴"),
    "bikes": ("共享单车倒伏占道", "单车未入位停放"),
    "rail": ("护栏倒伏一档", "护栏移位"),
    "branch": ("行道树断枝落在人行道", ""),
    "treepit": ("树池缘石松动缺失", ""),
    "rubble": ("渣土和旧沙发堆放路边", "建筑垃圾未清运"),
    "advert": ("公益广告画面褪色破损", "版面需更换"),
    "ponding": ("雨后路边积水", ""),
    "laundry": ("沿街晾晒衣物", ""),
    "cabinet": ("箱体门敞开,线缆外露", ""),
    "": ("到点未见值守人员",),
}
DONE_NOTES = ("已清理完毕", "已恢复原状", "已安排人员整改到位", "已更换修复", "已劝离并清扫")


@dataclass(frozen=True, slots=True)
class PoolPhoto:
    """One shared picture: what it shows, its bytes, and where its three objects are."""

    scene: str
    role: str
    path: Path
    sha256: str
    bytes: int
    width: int
    height: int
    object_key: str
    review_key: str
    thumb_key: str


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What was filled in."""

    records: int
    photos: int
    states: Mapping[TaskState, int]


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody who takes steps, as far as the flow table asks."""

    id: UUID
    role: Role
    unit_id: UUID | None = None
    district_code: str | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """Who appears in the history 演示人员: by district and by unit."""

    reporters: Mapping[str, Sequence[UUID]]
    supervisors: Mapping[str | None, Mover]
    handlers: Mapping[UUID, Mover]


@dataclass
class Batch:
    """The rows of some records, ready to be written, and the tasks phones shall hear of."""

    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    told: list[Task] = field(default_factory=list)
    states: list[TaskState] = field(default_factory=list)

    def add(self, model: type[Base], **columns: Any) -> None:
        """Keep one row."""
        self.rows.setdefault(model, []).append(columns)


def disk_use(records: int) -> int:
    """How many bytes a history of so many records takes, pool and database together."""
    pool = sum(path.stat().st_size for path in POOL.glob("*.jpg"))
    # A review copy is about as large as its original; thumbnails are lost in the rounding.
    return records * DATABASE_BYTES_A_RECORD + 2 * pool


def disk_use_in_words(records: int) -> str:
    """What will be needed, said before anything is written."""
    count = sum(1 for _ in POOL.glob("*.jpg"))
    megabytes = max(disk_use(records) // 1_000_000, 1)
    return (
        f"{records} 条演示记录约占 {megabytes} MB(共用 {count} 张照片,不随记录数增长) "
        f"about {megabytes} MB, photographs shared"
    )


def fill(
    store: ObjectStore,
    records: int,
    now: datetime,
    seed: int,
    progress: Callable[[int], object],
    write_tx: Transact,
) -> DemoReport:
    """Write a history of `records` records that ends now; can be called again for more.

    The shared photographs go into the store first (those that are not there), then chunk
    after chunk of records is written, each in a transaction of its own: `write_tx` runs one
    function in one, `progress` is told how many records were added.

    The same seed on the same database gives the same history. Raises what the store raises.
    """
    return write_history(stock(store), records, now, seed, progress, write_tx)


def write_history(
    pool: Sequence[PoolPhoto],
    records: int,
    now: datetime,
    seed: int,
    progress: Callable[[int], object],
    write_tx: Transact,
) -> DemoReport:
    """Make the people that are missing, and the records, whose photos the store has."""
    reference, cast, told_before = write_tx(lambda session: _prepare(session, now))
    rng = Random(f"{seed}:{told_before}")
    chronicle = Chronicle(reference, cast, pool, rng, now)
    moments = sorted(_moment(rng, now) for _ in range(records))
    states: dict[TaskState, int] = {}
    photo_count = 0
    for first in range(0, records, CHUNK):
        batch = Batch()
        for at in moments[first : first + CHUNK]:
            chronicle.record(batch, at)
        write_tx(partial(_write, batch=batch))
        for state in batch.states:
            states[state] = states.get(state, 0) + 1
        photo_count += len(batch.rows.get(Photo, ()))
        progress(len(batch.states))
    return DemoReport(records, photo_count, states)


# --- the shared photographs ---------------------------------------------------------------


def stock(store: ObjectStore) -> list[PoolPhoto]:
    """Put the pool 照片池 into the store, originals and copies; what is there is left alone."""
    pool = read_pool()
    with DerivativeWorker() as derivative_worker:
        for photo in pool:
            if _is_stocked(store, photo):
                continue
            body = photo.path.read_bytes()
            copies = derivative_worker.render(body)
            _put(store, photo.review_key, copies.review)
            _put(store, photo.thumb_key, copies.thumb)
            # Last: an original that is there says that its copies are.
            _put(store, photo.object_key, body)
    return pool


def read_pool() -> list[PoolPhoto]:
    """Read the pool's manifest, with the keys its objects have in any store."""
    with (POOL / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return [_pool_photo(row) for row in csv.DictReader(lines)]


def _pool_photo(row: Mapping[str, str]) -> PoolPhoto:
    path = POOL / row["file"]
    body = path.read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    photo_id = starter_id("photo", row["file"])
    return PoolPhoto(
        scene=row["scene"],
        role=row["role"],
        path=path,
        sha256=sha256,
        bytes=len(body),
        width=int(row["width"]),
        height=int(row["height"]),
        object_key=keys.original(photo_id, sha256),
        review_key=keys.review(photo_id),
        thumb_key=keys.thumb(photo_id),
    )


def _is_stocked(store: ObjectStore, photo: PoolPhoto) -> bool:
    try:
        return store.head(photo.object_key).bytes == photo.bytes
    except ObjectMissing:
        return False


def _put(store: ObjectStore, key: str, body: bytes) -> None:
    digest = hashlib.sha256(body).hexdigest()
    store.put(key, body, bytes=len(body), sha256=digest, mime="image/jpeg")


# --- people -------------------------------------------------------------------------------


def _prepare(session: Session, now: datetime) -> tuple[Reference, Cast, int]:
    """Read what the history is made from, and make the people that are missing."""
    reference = reference_data.current(session)
    cast = _cast(session, reference, now)
    made = sa.select(sa.func.count()).select_from(Observation).where(Observation.demo)
    return reference, cast, session.scalar(made) or 0


def _cast(session: Session, reference: Reference, now: datetime) -> Cast:
    """Everybody in the history; who is missing is made without a login."""
    city = _somebody(session, now, Role.SUPERVISOR, "市创文办(演示)", None, None)
    reporters: dict[str, list[UUID]] = {}
    supervisors: dict[str | None, Mover] = {None: city}
    for code, district in reference.districts.items():
        known = sa.select(Person.id).where(
            Person.demo, Person.role == Role.OBSERVER, Person.district_code == code
        )
        reporters[code] = list(session.scalars(known.order_by(Person.id)))
        for number in range(len(reporters[code]) + 1, 7):
            name = f"{district.name}观察员{number:02d}(演示)"
            reporters[code].append(_make(session, now, Role.OBSERVER, name, code, None).id)
        supervisors[code] = _find(session, Role.SUPERVISOR, code, None) or city
    handlers = {
        unit.id: _somebody(session, now, Role.HANDLER, f"{unit.name}处置员"[:64], None, unit.id)
        for unit in reference.units.values()
    }
    return Cast(reporters, supervisors, handlers)


def _somebody(
    session: Session,
    now: datetime,
    role: Role,
    name: str,
    district: str | None,
    unit_id: UUID | None,
) -> Mover:
    """The demo person of that role and place, made if there is none."""
    found = _find(session, role, district, unit_id)
    return found or _make(session, now, role, name, district, unit_id)


def _find(session: Session, role: Role, district: str | None, unit_id: UUID | None) -> Mover | None:
    known = sa.select(Person).where(Person.demo, Person.role == role, Person.unit_id == unit_id)
    if unit_id is None:
        known = known.where(Person.district_code == district)
    person = session.scalars(known.order_by(Person.created_at, Person.id)).first()
    return Mover(person.id, role, person.unit_id, person.district_code) if person else None


def _make(
    session: Session,
    now: datetime,
    role: Role,
    name: str,
    district: str | None,
    unit_id: UUID | None,
) -> Mover:
    person = Person(
        id=starter_id("person", f"history:{name}"),
        name=name,
        role=role,
        district_code=district,
        unit_id=unit_id,
        demo=True,
        created_at=now,
    )
    session.add(person)
    session.flush()
    return Mover(person.id, role, unit_id)


# --- when ---------------------------------------------------------------------------------


def _moment(rng: Random, now: datetime) -> datetime:
    """When something was recorded: by day mostly, on weekdays more than at weekends."""
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


class Chronicle:
    """Tells one case after the other, from what was seen to where it stands now."""

    def __init__(
        self,
        reference: Reference,
        cast: Cast,
        pool: Iterable[PoolPhoto],
        rng: Random,
        now: datetime,
    ) -> None:
        """Take the stage: places and kinds with their weights, pictures by scene and role."""
        self.reference = reference
        self.cast = cast
        self.rng = rng
        self.now = now
        self.pool = {(photo.scene, photo.role): photo for photo in pool}
        # Who took a picture out of the pool gets a history without that kind: it could not
        # be opened or closed as the evidence rules want.
        self.kinds = [
            kind
            for kind in KINDS
            if kind.category in reference.categories
            and (
                not kind.scene
                or {(kind.scene, "before"), (kind.scene, "after")} <= self.pool.keys()
            )
        ]
        self._kind_ends = list(accumulate(k.weight for k in self.kinds))
        self.points: dict[str, list[Point]] = {}
        for point in reference.points.values():
            self.points.setdefault(point.district_code, []).append(point)
        self.shops: dict[UUID, list[Shop]] = {}
        for shop in reference.shops.values():
            if shop.point_id:
                self.shops.setdefault(shop.point_id, []).append(shop)

    def record(self, batch: Batch, at: datetime) -> None:
        """One record received at that moment, and everything that followed until now."""
        kind = self.kinds[bisect(self._kind_ends, self.rng.random() * self._kind_ends[-1])]
        observation, where = self._observation(kind, at)
        case = Case(self, batch, kind, observation, where)
        case.tell()
        batch.add(Observation, **_columns(observation))
        batch.add(Task, **_columns(case.task, leave_out=("serial",)))
        batch.states.append(case.task.state)
        if case.task.state in OPEN_STATES or (case.task.ended_at or at) > self.now - TOLD_FOR:
            batch.told.append(case.task)

    def id_at(self, at: datetime) -> UUID:
        """A UUIDv7 of that moment, from this history's own chance."""
        value = int(at.timestamp() * 1000) << 80 | self.rng.getrandbits(80)
        value = value & ~(0xF << 76) | 7 << 76
        return UUID(int=value & ~(0x3 << 62) | 2 << 62)

    def _observation(self, kind: Kind, at: datetime) -> tuple[Observation, places.Whereabouts]:
        """What was seen, where, by whom; a few have no place, as in basements."""
        rng = self.rng
        codes = [code for code in DISTRICT_WEIGHTS if code in self.points]
        district = rng.choices(codes, [DISTRICT_WEIGHTS[code] for code in codes])[0]
        point = rng.choice(self.points[district])
        shop = self._shop(kind, point)
        fix = self._fix(shop or point, at)
        unplaced = rng.random() < UNPLACED
        where = places.locate(
            self.reference,
            None if unplaced else fix,
            None,
            None if unplaced else point.id,
            shop.id if shop and not unplaced else None,
        )
        category = self.reference.categories[kind.category]
        outcome = Outcome.OPEN
        if category.record_as is not RecordAs.TASK and rng.random() < 0.2:
            outcome = Outcome.PERSUADED
        elif rng.random() < FIXED_ON_SPOT:
            outcome = Outcome.FIXED_ON_SPOT
        note = rng.choice(NOTES[kind.scene]) or None
        captured_at = at - timedelta(seconds=rng.choice((20, 45, 90, 240, 1800, 7200)))
        address = None if unplaced else (shop.address if shop else point.address)
        observation = Observation(
            id=self.id_at(captured_at),
            author_id=rng.choice(self.cast.reporters[district]),
            device_id="demo",
            op_id=self.id_at(captured_at),
            state=ObservationState.COMPLETE,
            version=1,
            category_code=category.code,
            outcome=outcome,
            severity=category.severity,
            lon=where.lon,
            lat=where.lat,
            accuracy_m=where.accuracy_m,
            place_source=where.source,
            fixed_at=None if unplaced else fix.fixed_at,
            district_code=where.district_code,
            street_code=where.street_code,
            community_code=where.community_code,
            point_id=where.point.id if where.point else None,
            shop_id=where.shop.id if where.shop else None,
            address=address,
            note=note,
            data={
                "category": category.code,
                "place": None if unplaced else photos.place_document(fix),
                "note": note,
                "outcome": str(outcome),
            },
            captured_at=captured_at,
            clock_offset_ms=rng.randrange(-900, 900),
            clock_age_ms=rng.randrange(1_000, 3_600_000),
            received_at=at,
            demo=True,
        )
        return observation, where

    def _shop(self, kind: Kind, point: Point) -> Shop | None:
        """Frontage findings are made at a shop, where there is one."""
        shops = self.shops.get(point.id)
        if not shops or not kind.category.startswith("MQ") or self.rng.random() < 0.15:
            return None
        return self.rng.choice(shops)

    def _fix(self, spot: Point | Shop, at: datetime) -> Place:
        """A phone's position near the spot, as good as phones are between houses."""
        return Place(
            lon=round(spot.lon + self.rng.gauss(0, 0.00022), 6),
            lat=round(spot.lat + self.rng.gauss(0, 0.00019), 6),
            accuracy_m=round(self.rng.uniform(4, 28), 1),
            source=PlaceSource.GNSS,
            fixed_at=at - timedelta(seconds=self.rng.randrange(5, 40)),
        )


class NotYet(Exception):
    """The next step lies in the future: the case stands where it is."""


class Case:
    """One case being told: its task, and the clock of the story."""

    def __init__(
        self,
        chronicle: Chronicle,
        batch: Batch,
        kind: Kind,
        observation: Observation,
        where: places.Whereabouts,
    ) -> None:
        """Open the task as the service does, awaiting its photos if it has any."""
        self.chronicle = chronicle
        self.reference = chronicle.reference
        self.rng = chronicle.rng
        self.batch = batch
        self.kind = kind
        self.observation = observation
        self.at = observation.received_at
        shots = [
            (chronicle.pool[kind.scene, shown], role)
            for shown, role in (("before", PhotoRole.SCENE), ("close", PhotoRole.CLOSE))
            if (kind.scene, shown) in chronicle.pool
        ]
        self.task = transitions.new_task(self.reference, observation, where, not shots, self.at)
        self.task.id = chronicle.id_at(self.at)
        self.task.provisional = bool(self.task.provisional)
        self.photo_ids = [chronicle.id_at(self.at) for _ in shots]
        self.shots = shots
        self._event(SystemEvent.OPENED, None, observation.author_id, self.photo_ids)
        self.supervisor = (
            chronicle.cast.supervisors.get(self.task.district_code)
            or chronicle.cast.supervisors[None]
        )

    def tell(self) -> None:
        """Go on until the case ends or the present is reached."""
        lost = bool(self.shots) and self.rng.random() < PHOTOS_LOST
        try:
            self._settle(lost)
            if not lost:
                self._decide()
        except NotYet:
            return

    # -- the parts of the story, in order

    def _settle(self, lost: bool) -> None:
        """The photos come in 证据已齐; of a few the last never does."""
        if not self.shots:
            return
        arrival = self.at + timedelta(seconds=self.rng.randrange(8, 170))
        late = arrival > self.chronicle.now
        for position, ((photo, role), photo_id) in enumerate(
            zip(self.shots, self.photo_ids, strict=True)
        ):
            missing = late or (lost and position == len(self.shots) - 1)
            self._photo(photo, photo_id, role, position, None if missing else arrival)
        if late or lost:
            self.observation.state = ObservationState.INCOMPLETE
            raise NotYet
        self.at = arrival
        self.task.thumb_photo_id = self.photo_ids[0]
        origin = self.task.state
        transitions.settle(self.task, self.reference, arrival)
        self._event(SystemEvent.EVIDENCE_SETTLED, origin, None)

    def _decide(self) -> None:
        """A supervisor looks: what was settled on the spot is checked, the rest is filed."""
        if self.task.state is TaskState.VERIFYING:
            self._wait(60, 900)
            self._step(Move.PASS, self.supervisor)
            return
        is_new = self.at > self.chronicle.now - NEW_FOR
        if is_new and self.rng.random() < LEFT_LYING:
            self._wait(400, 1200)
        else:
            self._wait(4, 112)
        fate = self.rng.random()
        if fate < REJECTED:
            reason = self.rng.choice(("not_a_problem", "duplicate", "light_soiling"))
            self._step(Move.REJECT, self.supervisor, reason=reason)
        elif fate < REJECTED + VOIDED:
            self._step(Move.VOID, self.supervisor, reason="entered_by_mistake")
        else:
            self._step(Move.FILE, self.supervisor)
            self._dispatch()
            self._handle()

    def _dispatch(self) -> None:
        """The case goes to its unit 派遣; without a rule somebody chooses, days later or never."""
        chosen = None
        if self.task.unit_id is None:
            if self.rng.random() < NEVER_ASSIGNED:
                raise NotYet
            self._wait(480, 1900)
            chosen = self._any_unit()
        else:
            self._wait(3, 100)
        self._step(Move.DISPATCH, self.supervisor, unit_id=chosen)
        if self.rng.random() < HANDED_BACK:
            self._wait(20, 240)
            self._step(Move.HAND_BACK, self._handler(), reason="not_ours")
            self._wait(10, 110)
            self._step(Move.DISPATCH, self.supervisor, unit_id=self._any_unit())

    def _handle(self) -> None:
        """The unit takes the case 签收, works 处置, and hands over; most in time."""
        self._use_limit(0.02, 0.2)
        self._step(Move.ACCEPT, self._handler())
        if self.rng.random() < NEVER_SUBMITTED:
            raise NotYet
        self._submit()
        if self.rng.random() < FAILED_ONCE:
            self._wait(15, 420)
            reason = self.rng.choice(("not_fixed", "partly_fixed", "unclear_photo"))
            self._step(Move.FAIL, self.supervisor, reason=reason)
            self._submit()
        slow = self.rng.random() < SLOW_CHECK
        self._wait(*((400, 1500) if slow else (12, 420)))
        self._step(Move.PASS, self.supervisor)

    def _submit(self) -> None:
        """Hand over with an after-photo 提交, within the limit or past it."""
        if self.rng.random() < ON_TIME:
            self._use_limit(0.3, 0.97)
        else:
            self._use_limit(1.03, 2.4)
        handler = self._handler()
        move_id = self.chronicle.id_at(self.at)
        note = self.rng.choice(DONE_NOTES)
        after = self.chronicle.pool.get((self.kind.scene, "after"))
        photo_ids = [self.chronicle.id_at(self.at)] if after else []
        version = self.task.version
        self._step(
            Move.SUBMIT, handler, note=note, move_id=move_id, photo_ids=photo_ids, after=after
        )
        if after:
            closing = self._closing_role()
            self._photo(after, photo_ids[0], closing, 0, self.at, move_id, handler)
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

    # -- the clock of the story

    def _wait(self, least: float, most: float) -> None:
        """Let so many working minutes pass, more often few than many."""
        minutes = least + (most - least) * self.rng.random() ** 1.6
        self.at = working_time.due_after_minutes(
            self.at, minutes, LimitUnit.WORKING_HOURS, self.reference.calendar
        ).due_at

    def _use_limit(self, least: float, most: float) -> None:
        """Go to where that share of the unit's limit is used up, on the limit's own clock."""
        task = self.task
        share = self.rng.uniform(least, most)
        # Of a limit that is all but used up nobody keeps the rest.
        minutes = max((task.limit_minutes or 0) * share, 12.0)
        unit = task.limit_unit or LimitUnit.WORKING_HOURS
        goal = working_time.due_after_minutes(
            task.due_from or self.at, minutes, unit, self.reference.calendar
        ).due_at
        self.at = max(goal, self.at + timedelta(minutes=4))

    # -- who

    def _handler(self) -> Mover:
        assert self.task.unit_id is not None
        return self.chronicle.cast.handlers[self.task.unit_id]

    def _any_unit(self) -> UUID:
        """Another unit of the district, or of the city: what a supervisor would pick."""
        units = [
            unit.id
            for unit in self.reference.units.values()
            if unit.kind != "pairing"
            and unit.id != self.task.unit_id
            and unit.district_code in (None, self.task.district_code)
        ]
        return self.rng.choice(units)

    def _closing_role(self) -> PhotoRole:
        category = self.reference.categories[self.kind.category]
        return PhotoRole.DOCUMENT if category.evidence_close == "f" else PhotoRole.AFTER

    # -- rows

    def _step(
        self,
        move: Move,
        mover: Mover,
        *,
        reason: str | None = None,
        note: str | None = None,
        unit_id: UUID | None = None,
        move_id: UUID | None = None,
        photo_ids: Sequence[UUID] = (),
        after: PoolPhoto | None = None,
    ) -> None:
        """Take one step as the flow table allows it, unless it lies in the future."""
        if self.at > self.chronicle.now:
            raise NotYet
        category = self.reference.categories[self.kind.category]
        roles = [self._closing_role()] if after else []
        request = MoveRequest(
            move_id=move_id or self.chronicle.id_at(self.at),
            move=move,
            version=self.task.version,
            reason=reason,
            note=note,
            unit_id=unit_id,
        )
        profile = category.evidence_close
        step = flow_checks.plan(self.task, mover, request, profile, roles, self.at)
        origin = self.task.state
        transitions.advance(self.task, step, self.reference, request, mover.id, self.at, self.at)
        self._event(move, origin, mover.id, photo_ids, reason, note, move_id)

    def _event(
        self,
        move: Move | SystemEvent,
        origin: TaskState | None,
        actor_id: UUID | None,
        photo_ids: Sequence[UUID] = (),
        reason: str | None = None,
        note: str | None = None,
        move_id: UUID | None = None,
    ) -> None:
        task = self.task
        self.batch.add(
            TaskEvent,
            id=self.chronicle.id_at(self.at),
            task_id=task.id,
            version=task.version,
            move=str(move),
            from_state=origin,
            to_state=task.state,
            actor_id=actor_id,
            unit_id=task.unit_id if task.was_dispatched else None,
            at=self.at,
            reason=reason,
            note=note,
            move_id=move_id,
            photo_ids=[str(photo_id) for photo_id in photo_ids] or None,
            due_at=task.due_at,
        )

    def _photo(
        self,
        photo: PoolPhoto,
        photo_id: UUID,
        role: PhotoRole,
        position: int,
        stored_at: datetime | None,
        move_id: UUID | None = None,
        handler: Mover | None = None,
    ) -> None:
        """A photo row that shares the pool's objects; without `stored_at` it never arrived."""
        seen = self.observation
        declared_at = self.at if handler else seen.received_at
        taken_at = declared_at - timedelta(minutes=2) if handler else seen.captured_at
        place = None
        if seen.lon is not None and seen.lat is not None:
            place = {
                "lon": round(seen.lon + self.rng.gauss(0, 0.00008), 6),
                "lat": round(seen.lat + self.rng.gauss(0, 0.00007), 6),
                "accuracy_m": round(self.rng.uniform(4, 20), 1),
                "source": str(PlaceSource.GNSS),
                "fixed_at": zulu(taken_at),
            }
        there = stored_at is not None
        self.batch.add(
            Photo,
            id=photo_id,
            author_id=handler.id if handler else seen.author_id,
            op_id=move_id or seen.op_id,
            observation_id=None if handler else seen.id,
            task_id=self.task.id,
            position=position,
            role=role,
            source=PhotoSource.SHUTTER,
            sha256=photo.sha256,
            bytes=photo.bytes,
            mime="image/jpeg",
            width=photo.width,
            height=photo.height,
            taken_at=taken_at,
            place=place,
            declared_at=declared_at,
            state=PhotoState.STORED if there else PhotoState.DECLARED,
            created_at=declared_at,
            stored_at=stored_at,
            object_key=photo.object_key if there else None,
            derivative=DerivativeState.READY if there else DerivativeState.PENDING,
            review_key=photo.review_key if there else None,
            thumb_key=photo.thumb_key if there else None,
        )


# --- writing ------------------------------------------------------------------------------


def _columns(row: Base, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """All columns of a row that was never in a session, as a bulk insert wants them."""
    return {
        column.key: getattr(row, column.key)
        for column in sa.inspect(type(row)).column_attrs
        if column.key not in leave_out
    }


def _write(session: Session, batch: Batch) -> None:
    """Write the rows, parents first, and tell phones of the cases still warm."""
    for model in (Observation, Task, TaskEvent, TaskMove, Photo):
        rows = batch.rows.get(model)
        if rows:
            session.execute(sa.insert(model), rows)
    _index(session, batch)
    for task in batch.told:
        transitions.note_task(session, task)


def _index(session: Session, batch: Batch) -> None:
    """Have the new cases found; the database has just numbered them."""
    said = {row["id"]: row for row in batch.rows.get(Observation, ())}
    written = session.scalars(sa.select(Task).where(Task.observation_id.in_(said)))
    documents = []
    for task in written:
        row = said[task.observation_id]
        documents.append(
            (task.serial, rules_search.document(task.number, row["note"], row["address"]))
        )
    search_index.write(session, documents)
