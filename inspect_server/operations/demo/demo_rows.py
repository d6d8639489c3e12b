"""Which rows are of the demonstration 演示, in the order in which they can be deleted.

Everything that demo people recorded is of it, and everything that hangs on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import (
    Base,
    Channel,
    Delivery,
    Invitation,
    Job,
    Notice,
    Observation,
    Pairing,
    Person,
    Photo,
    PhotoLook,
    Point,
    Quarantined,
    ReceivedOp,
    Rescue,
    RescuedEntry,
    RoutingRule,
    SavedFilter,
    Shop,
    Task,
    TaskEvent,
    TaskGram,
    TaskMove,
    TaskWords,
    Unit,
    Upload,
    Visit,
)
from inspect_server.models import Session as DeviceSession
from inspect_server.operations import starter

PEOPLE = sa.select(Person.id).where(Person.demo)
UNITS = sa.select(Unit.id).where(Unit.demo)
POINTS = sa.select(Point.id).where(Point.demo)
SHOPS = sa.select(Shop.id).where(Shop.demo)
OBSERVATIONS = sa.select(Observation.id).where(Observation.author_id.in_(PEOPLE))
TASKS = sa.select(Task.id).where(Task.observation_id.in_(OBSERVATIONS))
_SERIALS = sa.select(Task.serial).where(Task.observation_id.in_(OBSERVATIONS))
_RESCUES = sa.select(Rescue.id).where(Rescue.author_id.in_(PEOPLE))
_CHANNELS = sa.select(Channel.id).where(Channel.unit_id.in_(UNITS))
IS_DEMO_PHOTO = sa.or_(
    Photo.author_id.in_(PEOPLE),
    Photo.task_id.in_(TASKS),
    Photo.observation_id.in_(OBSERVATIONS),
)
_PHOTOS = sa.select(Photo.id).where(IS_DEMO_PHOTO)

# A pairing or a rule for a demo unit or point means nothing without it, whoever wrote it.
IS_DEMO_PAIRING = sa.or_(
    Pairing.id.in_(starter.demo_pairing_ids()),
    Pairing.unit_id.in_(UNITS),
    Pairing.point_id.in_(POINTS),
)
IS_DEMO_RULE = sa.or_(
    RoutingRule.id.in_(starter.demo_rule_ids()),
    RoutingRule.unit_id.in_(UNITS),
    RoutingRule.point_id.in_(POINTS),
)


@dataclass(frozen=True, slots=True)
class Removal:
    """The rows of a table that go; `label` names them where their number is announced."""

    model: type[Base]
    condition: sa.ColumnElement[bool]
    label: str = ""


# In the order of the deletions: what refers to a row goes before it.
REMOVALS = (
    Removal(TaskGram, TaskGram.task_serial.in_(_SERIALS)),
    Removal(TaskWords, TaskWords.task_serial.in_(_SERIALS)),
    Removal(Delivery, sa.or_(Delivery.task_id.in_(TASKS), Delivery.channel_id.in_(_CHANNELS))),
    Removal(Channel, Channel.id.in_(_CHANNELS), "通知渠道"),
    Removal(
        Notice,
        sa.or_(
            Notice.person_id.in_(PEOPLE),
            Notice.task_id.in_(TASKS),
            Notice.observation_id.in_(OBSERVATIONS),
        ),
    ),
    Removal(Visit, Visit.task_id.in_(TASKS)),
    Removal(TaskMove, TaskMove.task_id.in_(TASKS)),
    Removal(TaskEvent, TaskEvent.task_id.in_(TASKS)),
    Removal(PhotoLook, PhotoLook.photo_id.in_(_PHOTOS)),
    Removal(Upload, Upload.photo_id.in_(_PHOTOS)),
    Removal(Job, sa.or_(Job.subject_id.in_(_PHOTOS), Job.subject_id.in_(TASKS))),
    # Fingerprints and likenesses go with their photo, by the database.
    Removal(Photo, IS_DEMO_PHOTO, "照片"),
    Removal(Task, Task.id.in_(TASKS), "案件"),
    Removal(Observation, Observation.id.in_(OBSERVATIONS), "上报"),
    Removal(RescuedEntry, RescuedEntry.rescue_id.in_(_RESCUES)),
    Removal(Rescue, Rescue.id.in_(_RESCUES)),
    Removal(Quarantined, Quarantined.person_id.in_(PEOPLE), "隔离内容"),
    Removal(ReceivedOp, ReceivedOp.person_id.in_(PEOPLE)),
    Removal(SavedFilter, SavedFilter.person_id.in_(PEOPLE)),
    Removal(Invitation, Invitation.person_id.in_(PEOPLE)),
    Removal(DeviceSession, DeviceSession.person_id.in_(PEOPLE)),
    Removal(RoutingRule, IS_DEMO_RULE, "派遣规则"),
    Removal(Pairing, IS_DEMO_PAIRING, "包联"),
    Removal(Shop, Shop.demo.is_(True), "门店"),
    Removal(Point, Point.demo.is_(True), "点位"),
)
# Deleted last, when it is known who signed a change that stays.
UNITS_REMOVED = Removal(Unit, Unit.demo.is_(True), "单位")
PEOPLE_REMOVED = Removal(Person, Person.demo.is_(True), "人员")


def count_rows(session: Session, removal: Removal) -> int:
    """Return how many rows a removal would delete."""
    rows = sa.select(sa.func.count()).select_from(removal.model).where(removal.condition)
    return session.scalar(rows) or 0
