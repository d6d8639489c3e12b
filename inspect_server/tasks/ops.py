"""The kinds of ops 操作类型 that concern observations, tasks and visits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.problems import Invalid, TooManyPhotos
from inspect_server.core.registration import OpKindHandler
from inspect_server.core.sentences import sentence
from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules.evidence import MAX_PHOTOS
from inspect_server.tasks.services import move_request, moves, observations, visits
from schemas.fields import digest_of
from schemas.observations import AmendmentSchema, ObservationDataSchema, WithdrawalSchema
from schemas.sync import Op
from schemas.tasks import MoveOpSchema
from schemas.visits import FindingSchema
from schemas.vocabulary import OpKind


def _move(
    session: Session, reference: Reference, actor: Actor, op: Op, data: Any, now: datetime
) -> Task:
    if len(op.photos) > MAX_PHOTOS:
        raise TooManyPhotos()
    if op.base_version is None:
        raise Invalid(errors=[{"pointer": "/base_version", "detail": sentence("需要看到的版本号")}])
    request = move_request.from_op(op, op.base_version, digest_of(op.data), data)
    task, _ = moves.request_move(session, reference, actor, op.entity_id, request, now)
    return task


OP_KINDS = (
    OpKindHandler(OpKind.OBSERVATION_CREATE, ObservationDataSchema(), observations.create),
    OpKindHandler(OpKind.OBSERVATION_AMEND, AmendmentSchema(), observations.amend),
    OpKindHandler(OpKind.OBSERVATION_WITHDRAW, WithdrawalSchema(), observations.withdraw),
    OpKindHandler(OpKind.TASK_MOVE, MoveOpSchema(), _move),
    OpKindHandler(OpKind.VISIT_RECORD, FindingSchema(), visits.record),
)
