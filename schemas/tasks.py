"""Tasks on the wire 案件: the row of a list, the whole case, and the moves people ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from schemas.annotations import (
    MOST_ANNOTATIONS,
    Annotation,
    AnnotationSchema,
    are_few,
)
from schemas.deadlines import DeadlineSchema
from schemas.fields import EnumField, Form, Moment, text_field, version_field
from schemas.photos import DeclaredPhoto, DeclaredPhotoSchema, PhotoSchema
from schemas.places import MeasuredPlaceSchema, NamedSchema, NearestSchema, Place, PlaceSchema
from schemas.rescues import ImportedSchema
from schemas.visits import VisitSchema
from schemas.vocabulary import (
    AppealState,
    Campaign,
    Dated,
    Decision,
    ExportFormat,
    ExtensionState,
    HintKind,
    HintLevel,
    LocalityBasis,
    Measure,
    Move,
    Outcome,
    TaskState,
)


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """A move 案件操作 that somebody requests, in the console or in an op of a phone.

    `version` is the version of the task that its author saw. `digest` is the hash of the content:
    the same `move_id` with another digest is refused. On the wire a photo may be named by the id of
    its upload; `tasks.services.move_request` declares it.
    """

    move_id: UUID
    move: Move
    version: int
    reason: str | None = None
    note: str | None = None
    unit_id: UUID | None = None
    place: Place | None = None
    photos: Sequence[DeclaredPhoto] = field(default_factory=list)
    decision: Decision | None = None
    into: UUID | None = None
    # The Shanghai day on which a shelved case goes on.
    until: date | None = None
    # 裁定成例: the decision becomes a routing rule.
    as_rule: bool = False
    # 圈注: what was drawn over photos of the case.
    annotations: Sequence[Annotation] = field(default_factory=list)
    # The kinds of hints 筛查提示 that a pass leaves standing, each confirmed by name.
    confirmed: Sequence[HintKind] = field(default_factory=list)
    # 归类: the category that the case is filed under.
    category: str | None = None
    digest: str = ""


class MoveOpSchema(Schema):
    """The data of a `task.move` op: the part of a `MoveRequest` that is not in the op itself."""

    class Meta:
        """Refuse what nobody declared."""

        unknown = RAISE

    move = EnumField(Move, required=True)
    reason = text_field(200, allow_none=True)
    note = text_field(2000, allow_none=True)
    place = fields.Nested(PlaceSchema, allow_none=True)
    unit_id = fields.UUID(allow_none=True)


class PhotoOrId(fields.Field[Any]):
    """A photo by its id, or declared whole."""

    def _deserialize(
        self, value: object, attr: str | None, data: object, **kwargs: object
    ) -> object:
        if isinstance(value, dict):
            return cast(DeclaredPhoto, DeclaredPhotoSchema().load(value))
        return fields.UUID().deserialize(value, attr)


class MoveRequestSchema(Form):
    """See `MoveRequest`."""

    shape = MoveRequest
    component = "WantedMove"

    move_id = fields.UUID(required=True)
    move = EnumField(Move, required=True)
    version = version_field(required=True)
    reason = text_field(200, allow_none=True)
    note = text_field(2000, allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    place = fields.Nested(PlaceSchema, allow_none=True)
    photos = fields.List(PhotoOrId(), validate=validate.Length(max=9))
    decision = EnumField(Decision, allow_none=True, metadata={"description": "of a deciding move"})
    into = fields.UUID(allow_none=True, metadata={"description": "merge: the case it goes into"})
    until = fields.Date(allow_none=True, metadata={"description": "shelve: the day it goes on"})
    as_rule = fields.Boolean(metadata={"description": "arbitrate: and make it a routing rule"})
    annotations = fields.List(
        fields.Nested(AnnotationSchema),
        validate=[validate.Length(max=MOST_ANNOTATIONS), are_few],
        metadata={"description": "圈注: of a verdict, what was drawn over photos of the case"},
    )
    confirmed = fields.List(
        EnumField(HintKind),
        validate=validate.Length(max=len(HintKind)),
        metadata={"description": "pass: the kinds of hints that are confirmed 已核对的提示"},
    )
    category = text_field(
        16,
        allow_none=True,
        metadata={"description": "file: the category 类别; needed where it is 待归类 so far"},
    )


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list shows; every part narrows it."""

    state: list[TaskState] = field(default_factory=list)
    district: list[str] = field(default_factory=list)
    unit: UUID | None = None
    category: str | None = None
    campaign: Campaign | None = None
    severity: int | None = None
    overdue: bool | None = None
    unassigned: bool | None = None
    measure: Measure | None = None
    street: str | None = None
    community: str | None = None
    locality_basis: LocalityBasis | None = None
    from_on: date | None = None
    to_on: date | None = None
    dated: Dated = Dated.OPENED
    text: str | None = None
    bbox: str | None = None
    sort: str = "new"
    limit: int = 50
    cursor: str | None = None


# A day far outside is a slip of the hand, and no database knows the day after the last of all.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


def city_day(what: str) -> fields.Date:
    """A day of the city 城市日 that a list is narrowed by."""
    within = validate.Range(FIRST_DAY, LAST_DAY, error="日期应在 2000 年至 2099 年之间")
    return fields.Date(validate=within, metadata={"description": what})


class TaskFilterSchema(Form):
    """See `TaskFilter`; `category` is a code or its beginning."""

    shape = TaskFilter

    state = fields.List(EnumField(TaskState))
    district = fields.List(text_field(16))
    unit = fields.UUID()
    category = fields.String(validate=validate.Regexp(r"\A[A-Z0-9]{2,16}\Z"))
    campaign = EnumField(Campaign)
    severity = fields.Integer(validate=validate.Range(min=1, max=4))
    overdue = fields.Boolean()
    unassigned = fields.Boolean()
    measure = EnumField(Measure, metadata={"description": "the list behind a number of the board"})
    street = text_field(16)
    community = text_field(16)
    locality_basis = EnumField(
        LocalityBasis, metadata={"description": "what street and community were taken from"}
    )
    from_on = city_day("the first day (Asia/Shanghai), inclusive")
    to_on = city_day("the last day (Asia/Shanghai), inclusive")
    dated = EnumField(
        Dated, metadata={"description": "which day of a case from_on and to_on are of"}
    )
    text = text_field(100)
    bbox = fields.String(
        validate=validate.Regexp(r"\A-?[0-9]{1,3}(\.[0-9]+)?(,-?[0-9]{1,3}(\.[0-9]+)?){3}\Z"),
        metadata={"description": "west,south,east,north in degrees"},
    )
    sort = fields.String(validate=validate.OneOf(("new", "due")))
    limit = fields.Integer(validate=validate.Range(min=1, max=200))
    cursor = text_field(200)

    @validates_schema
    def days_go_forward(self, data: dict[str, Any], **_: object) -> None:
        """The first day is not after the last."""
        if "from_on" in data and "to_on" in data and data["to_on"] < data["from_on"]:
            raise ValidationError("结束日期不能早于开始日期", "to_on")


@dataclass(frozen=True, slots=True)
class TaskExport(TaskFilter):
    """Which tasks an export holds, and as what kind of file."""

    format: ExportFormat = ExportFormat.CSV


class TaskExportSchema(TaskFilterSchema):
    """See `TaskExport`; the cursor and the limit of a list do not apply."""

    shape = TaskExport

    class Meta(Form.Meta):
        """An export is whole."""

        exclude = ("limit", "cursor")

    format = EnumField(ExportFormat)


@dataclass(frozen=True, slots=True)
class Around:
    """How far a neighbourhood reaches."""

    radius_m: int = 100


class AroundSchema(Form):
    """See `Around`."""

    shape = Around

    radius_m = fields.Integer(validate=validate.Range(min=1, max=2000))


class PendingMoveSchema(Schema):
    """A move that waits for its photos."""

    move = EnumField(Move)
    move_id = fields.UUID()
    at = Moment()


class TaskRowSchema(Schema):
    """A task as a list shows it."""

    id = fields.UUID()
    number = fields.String()
    state = EnumField(TaskState)
    version = fields.Integer()
    category = fields.String()
    category_name = fields.String()
    campaign = EnumField(Campaign)
    severity = fields.Integer()
    district = fields.String(allow_none=True)
    district_name = fields.String(allow_none=True)
    street = fields.String(allow_none=True)
    community = fields.String(allow_none=True)
    # What street and community were taken from 属地依据.
    locality_basis = EnumField(LocalityBasis)
    nearest = fields.Nested(NearestSchema, allow_none=True)
    unit = fields.Nested(NamedSchema, allow_none=True)
    point = fields.Nested(NamedSchema, allow_none=True)
    shop = fields.Nested(NamedSchema, allow_none=True)
    place = fields.Nested(PlaceSchema, allow_none=True)
    address = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    outcome = EnumField(Outcome)
    opened_at = Moment()
    captured_at = Moment()
    reported_at = Moment(allow_none=True)
    filed_at = Moment(allow_none=True)
    dispatched_at = Moment(allow_none=True)
    submitted_at = Moment(allow_none=True)
    closed_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    due_at = Moment(allow_none=True)
    provisional = fields.Boolean()
    overdue = fields.Boolean()
    observation_id = fields.UUID()
    thumb_photo_id = fields.UUID(allow_none=True)
    pending_move = fields.Nested(PendingMoveSchema, allow_none=True)
    asked_more_at = Moment(allow_none=True)
    merged_into = fields.UUID(allow_none=True)
    extension = EnumField(ExtensionState, allow_none=True)
    extensions = fields.Integer()
    shelved_until = Moment(allow_none=True)
    escalated_at = Moment(allow_none=True)
    appeal = EnumField(AppealState, allow_none=True)
    make_safe_due_at = Moment(allow_none=True)
    made_safe_at = Moment(allow_none=True)
    # Only for those who review: until when a visit 现场复核 is waited for.
    visit_due_at = Moment(allow_none=True)
    moves = fields.List(fields.String())
    demo = fields.Boolean()


class TaskEventSchema(Schema):
    """One thing that happened to a task; for a handler `actor` is a role."""

    id = fields.UUID()
    move = fields.String()
    label = fields.String()
    # `from` is a word of Python.
    from_ = fields.String(data_key="from", allow_none=True)
    to = fields.String()
    actor = fields.String(allow_none=True)
    at = Moment()
    reason = fields.String(allow_none=True)
    reason_label = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    photos = fields.List(fields.UUID())
    # Only where something was drawn.
    annotations = fields.List(fields.Dict())
    # The hints that a supervisor confirmed when passing; for supervisors only.
    confirmed_hints = fields.List(fields.Dict())
    # Only where a supervisor gave the case another category: code and name, before and after.
    category_change = fields.Dict()
    version = fields.Integer()
    # Only where an admin brought the move in by a rescue zip.
    imported = fields.Nested(ImportedSchema)


class MoveFormSchema(Schema):
    """What a move allowed to me needs."""

    move = fields.String()
    label = fields.String()
    needs = fields.List(fields.String())
    reasons = fields.List(fields.Dict())
    annotates = fields.Boolean()
    classifies = fields.Boolean(metadata={"description": "whether it may name a `category`"})
    decisions = fields.List(fields.Dict())


class HintSchema(Schema):
    """A reason to look at a photo again 筛查提示, or at the record where no photo is named."""

    kind = EnumField(HintKind)
    severity = EnumField(HintLevel)
    text = fields.String()
    text_en = fields.String()
    photo_id = fields.UUID(allow_none=True)
    other_photo_id = fields.UUID(allow_none=True)
    # Only where this person may see that case.
    other_task_id = fields.UUID(allow_none=True)
    to_confirm = fields.Boolean(
        metadata={"description": "whether a pass must name it in `confirmed`"}
    )


class TaskSchema(TaskRowSchema):
    """A whole case with its events and its evidence."""

    move_forms = fields.List(fields.Nested(MoveFormSchema))
    events = fields.List(fields.Nested(TaskEventSchema))
    evidence = fields.List(fields.Nested(PhotoSchema))
    missing_photos = fields.List(fields.UUID())
    deadline = fields.Nested(DeadlineSchema, allow_none=True)
    reporter = fields.Nested(NamedSchema)
    # Only for those who review and the reporter.
    measured_place = fields.Nested(MeasuredPlaceSchema, allow_none=True)
    evidence_required = fields.Dict()
    pairing_unit = fields.Nested(NamedSchema, allow_none=True)
    routing_reason = fields.String(allow_none=True)
    routing_reason_en = fields.String(allow_none=True)
    observation_state = fields.String()
    clock = fields.Dict(allow_none=True)
    # Only for those who review.
    hints = fields.List(fields.Nested(HintSchema))
    visits = fields.List(fields.Nested(VisitSchema))
    # Only where an admin brought the record in by a rescue zip.
    imported = fields.Nested(ImportedSchema)


class TaskPageSchema(Schema):
    """A page of tasks; `next` asks for the one after."""

    items = fields.List(fields.Nested(TaskRowSchema))
    next = fields.String(allow_none=True)


class NearbyTaskSchema(TaskRowSchema):
    """A task in the neighbourhood of another."""

    distance_m = fields.Float()
    same_category = fields.Boolean()


class NearbySchema(Schema):
    """The open tasks around a task; none where it is not placed."""

    items = fields.List(fields.Nested(NearbyTaskSchema))
    radius_m = fields.Integer()
    placed = fields.Boolean()


class TaskCountsSchema(Schema):
    """How many tasks a filter finds, by state; of a `capped` state there are more.

    A filter that names only what the reader may not see has no numbers: `in_scope` is false.
    """

    states = fields.Dict(keys=fields.String(), values=fields.Integer())
    capped = fields.List(fields.String())
    overdue = fields.Integer(allow_none=True)
    due_soon = fields.Integer(allow_none=True)
    unassigned = fields.Integer(allow_none=True)
    unplaced = fields.Integer(allow_none=True)
    locality_undecided = fields.Integer(allow_none=True)
    extension_pending = fields.Integer(allow_none=True)
    appeal_pending = fields.Integer(allow_none=True)
    in_scope = fields.Boolean()
    out_of_scope = fields.List(
        fields.String(), metadata={"description": "the districts named that are not counted"}
    )
