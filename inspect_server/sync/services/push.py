"""A batch from a phone 同步: each op applied once, in its own savepoint, with its own answer.

What cannot be applied is kept verbatim in quarantine and its author is told; one op's fault
is never the batch's (I3, I5, I7).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import change_log, failpoints
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    EntityExists,
    EpochMismatch,
    Invalid,
    KindUnknown,
    OpIdReused,
    ParentMissing,
    ParentQuarantined,
    Problem,
    StaleVersion,
    TooLarge,
    TooManyPhotos,
)
from inspect_server.models import (
    Observation,
    Person,
    Photo,
    Quarantined,
    ReceivedOp,
    ServerState,
)
from inspect_server.notifications.services import inbox
from inspect_server.photos.services import photos
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules.evidence import MAX_PHOTOS
from inspect_server.tasks.services import observations, transitions, visits
from schemas.observations import AmendmentSchema, ObservationDataSchema, WithdrawalSchema
from schemas.photos import DeclaredPhoto, DeclaredPhotoSchema
from schemas.problems import pointers
from schemas.sync import MAX_OPS, Asked, Batch, Op, OpSchema
from schemas.tasks import OfflineMoveSchema
from schemas.visits import FoundSchema
from schemas.vocabulary import (
    NoticeKind,
    OpKind,
    OpStatus,
    QuarantineState,
)

RETRY_AFTER_SECONDS = 30

_op_schema = OpSchema()
_photo_schema = DeclaredPhotoSchema()
_data_schemas: dict[str, Schema] = {
    OpKind.OBSERVATION_CREATE: ObservationDataSchema(),
    OpKind.OBSERVATION_AMEND: AmendmentSchema(),
    OpKind.OBSERVATION_WITHDRAW: WithdrawalSchema(),
    OpKind.TASK_MOVE: OfflineMoveSchema(),
    OpKind.VISIT_RECORD: FoundSchema(),
}


@dataclass(frozen=True, slots=True)
class PushContext:
    """What every op of a batch is received with."""

    session: Session
    reference: Reference
    actor: Actor
    batch_id: str
    # The device the batch names; the session's own stands behind the viewer.
    device_id: str
    now: datetime


def server_state(session: Session) -> ServerState:
    """Return the server's generation 服务器代次."""
    return session.get_one(ServerState, 1)


def note_backup(session: Session, covers_to: datetime) -> None:
    """Note what a verified backup covers; phones may then free what they sent before (I1)."""
    state = server_state(session)
    if state.backed_up_to is None or state.backed_up_to < covers_to:
        state.backed_up_to = covers_to


def receive_batch(
    session: Session, reference: Reference, actor: Actor, batch: Batch, now: datetime
) -> list[dict[str, Any]]:
    """Receive a batch and return one result per op, in op order.

    Raises `EpochMismatch` and `TooLarge` for the request as a whole.
    """
    if batch.epoch is not None and batch.epoch != server_state(session).epoch:
        raise EpochMismatch(epoch=server_state(session).epoch)
    if len(batch.ops) > MAX_OPS:
        raise TooLarge(f"一批最多 {MAX_OPS} 条,收到 {len(batch.ops)} 条。")
    _one_batch_at_a_time(session, actor)
    context = PushContext(session, reference, actor, batch.batch_id, batch.device_id, now)
    results = [_receive(context, raw) for raw in batch.ops]
    # An op may stand before the one it follows: what was put off is looked at again, as long
    # as that helps any.
    waiting = _put_off(results)
    while waiting:
        for position in waiting:
            results[position] = _receive(context, batch.ops[position])
        still = _put_off(results)
        if len(still) == len(waiting):
            break
        waiting = still
    failpoints.reach("push.applied")
    return results


def _one_batch_at_a_time(session: Session, actor: Actor) -> None:
    """Have an author's batches wait for each other: sent again in another order while the first
    is still at work, each would hold the ops the other needs. Key shares are left to others.
    """
    session.execute(
        sa.select(Person.id).where(Person.id == actor.id).with_for_update(key_share=True)
    )


def _put_off(results: Sequence[dict[str, Any]]) -> list[int]:
    return [i for i, result in enumerate(results) if result["status"] == OpStatus.DEFERRED]


def digest_of(raw: Any) -> str:
    """Hash an op's content: canonical JSON without its clock (DESIGN §4)."""
    content = {k: v for k, v in raw.items() if k != "clock"} if isinstance(raw, dict) else raw
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


# --- one op ----------------------------------------------------------------------------------


def _receive(context: PushContext, raw: Any) -> dict[str, Any]:
    digest = digest_of(raw)
    try:
        op: Op = _op_schema.load(raw)
    except (ValidationError, TypeError) as error:
        return _refuse_unread(context, raw, digest, _invalid(error))
    known = context.session.get(ReceivedOp, op.op_id)
    if known is not None:
        return _answer_again(context, op, raw, digest, known)
    try:
        return _apply_or_keep(context, op, raw, digest)
    except IntegrityError:
        # The same op, or the same photo, came in by another request at the same moment.
        known = context.session.get(ReceivedOp, op.op_id, populate_existing=True)
        if known is not None:
            return _answer_again(context, op, raw, digest, known)
        return _deferred(op, "另一请求正在处理,请稍后重试。")


def _apply_or_keep(
    context: PushContext, op: Op, raw: dict[str, Any], digest: str
) -> dict[str, Any]:
    """Apply an op; when it cannot be applied, undo all of it and keep it for a person."""
    try:
        with change_log.one_op(context.session):
            return _apply(context, op, raw, digest)
    except ParentMissing as problem:
        return _deferred(op, problem.detail)
    except Problem as problem:
        stale = isinstance(problem, (StaleVersion, EntityExists))
        status = OpStatus.CONFLICT if stale else OpStatus.QUARANTINED
        with change_log.one_op(context.session):
            return _keep(context, op, raw, digest, status, problem)
    except DataError:
        # What the forms let through and the database cannot hold: kept as text, without rows.
        bare = replace(op, photos=[])
        with change_log.one_op(context.session):
            return _keep(context, bare, raw, digest, OpStatus.QUARANTINED, Invalid())


def _apply(context: PushContext, op: Op, raw: dict[str, Any], digest: str) -> dict[str, Any]:
    """Apply an op and keep its answer; the loser of a race meets a unique key and undoes all."""
    versions = _versions_of_parents(context, op)
    handler = _HANDLERS.get(op.kind)
    if handler is None:
        raise KindUnknown(f"操作类型 {op.kind} 暂不支持;内容已留存。")
    version = handler(context, op, _load_data(op), versions)
    received = _received(context, op, raw, digest, OpStatus.ACCEPTED)
    received.answer = {"version": version}
    context.session.add(received)
    context.session.flush()
    failpoints.reach("push.op-applied")
    wanted = photos.wanted_by(context.session, op.op_id) if op.photos else []
    result = {"op_id": str(op.op_id), "status": OpStatus.ACCEPTED, "version": version}
    return result | {"wanted": wanted}


def _versions_of_parents(context: PushContext, op: Op) -> dict[UUID, int]:
    """See that what this op follows was applied; return the versions that left behind.

    Raises `ParentMissing`, `ParentQuarantined`.
    """
    if not op.after:
        return {}
    if op.op_id in op.after:
        raise Invalid(errors=[{"pointer": "/after", "detail": "本操作以自身为前一步"}])
    parents = context.session.scalars(
        sa.select(ReceivedOp).where(
            ReceivedOp.op_id.in_(op.after), ReceivedOp.person_id == context.actor.id
        )
    ).all()
    if any(parent.status is not OpStatus.ACCEPTED for parent in parents):
        raise ParentQuarantined()
    if len(parents) < len(set(op.after)):
        raise ParentMissing()
    versions: dict[UUID, int] = {}
    for parent in parents:
        if parent.entity_id is not None:
            left_behind = versions.get(parent.entity_id, 0)
            versions[parent.entity_id] = max(left_behind, parent.answer["version"])
    return versions


def _load_data(op: Op) -> Any:
    try:
        return _data_schemas[op.kind].load(op.data)
    except ValidationError as error:
        raise _invalid(error, "/data") from error


def _create(context: PushContext, op: Op, data: Any, _: dict[UUID, int]) -> int:
    return observations.create(
        context.session, context.reference, context.actor, op, data, context.now
    ).version


def _amend(context: PushContext, op: Op, data: Any, versions: dict[UUID, int]) -> int:
    return observations.amend(
        context.session, context.reference, context.actor, _rebased(op, versions), data, context.now
    ).version


def _withdraw(context: PushContext, op: Op, data: Any, versions: dict[UUID, int]) -> int:
    return observations.withdraw(
        context.session, context.reference, context.actor, _rebased(op, versions), data, context.now
    ).version


def _move(context: PushContext, op: Op, data: Any, versions: dict[UUID, int]) -> int:
    if len(op.photos) > MAX_PHOTOS:
        raise TooManyPhotos()
    rebased = _rebased(op, versions)
    if rebased.base_version is None:
        raise Invalid(errors=[{"pointer": "/base_version", "detail": "需要看到的版本号"}])
    asked = transitions.Asked(
        move_id=op.op_id,
        move=data.move,
        seen_version=rebased.base_version,
        digest=digest_of(op.data),
        reason=data.reason,
        note=data.note,
        unit_id=data.unit_id,
        place=data.place,
        photos=op.photos,
    )
    task, _ = transitions.ask(
        context.session, context.reference, context.actor, op.entity_id, asked, context.now
    )
    return task.version


def _visit(context: PushContext, op: Op, data: Any, _: dict[UUID, int]) -> int:
    return visits.record(
        context.session, context.reference, context.actor, op, data, context.now
    ).version


_HANDLERS: dict[str, Callable[[PushContext, Op, Any, dict[UUID, int]], int]] = {
    OpKind.OBSERVATION_CREATE: _create,
    OpKind.OBSERVATION_AMEND: _amend,
    OpKind.OBSERVATION_WITHDRAW: _withdraw,
    OpKind.TASK_MOVE: _move,
    OpKind.VISIT_RECORD: _visit,
}


def _rebased(op: Op, versions: dict[UUID, int]) -> Op:
    """Let an op that follows an own one see the version that one left behind."""
    left_behind = versions.get(op.entity_id)
    if left_behind is None or (op.base_version or 0) >= left_behind:
        return op
    return replace(op, base_version=left_behind)


# --- answers ---------------------------------------------------------------------------------


def _result(
    op: Op, status: OpStatus, version: int | None, wanted: Sequence[Photo], **more: Any
) -> dict[str, Any]:
    result: dict[str, Any] = {"op_id": str(op.op_id), "status": status}
    if version is not None:
        result["version"] = version
    return result | more | {"wanted": photos.wanted_of(wanted)}


def _deferred(op: Op, detail: str) -> dict[str, Any]:
    return {
        "op_id": str(op.op_id),
        "status": OpStatus.DEFERRED,
        "problem": ParentMissing(detail).document(),
        "retry_after": RETRY_AFTER_SECONDS,
        "wanted": [],
    }


def _answer_again(
    context: PushContext, op: Op, raw: dict[str, Any], digest: str, known: ReceivedOp
) -> dict[str, Any]:
    """Answer an op seen before: the same content its first answer, other content quarantine."""
    if known.person_id != context.actor.id or known.digest != digest:
        problem = OpIdReused()
        kept = photos.keep_for_quarantine(
            context.session, context.actor, op.op_id, op.photos, context.now
        )
        _quarantine(context, op.op_id, op.kind, op.entity_id, digest, raw, problem)
        return _result(op, OpStatus.QUARANTINED, None, kept, problem=problem.document())
    if known.status is OpStatus.ACCEPTED:
        declared = photos.of_op(context.session, op.op_id)
        return _result(op, OpStatus.DUPLICATE, known.answer["version"], declared)
    kept = photos.keep_for_quarantine(
        context.session, context.actor, op.op_id, op.photos, context.now
    )
    return _result(op, known.status, None, kept, **known.answer)


# --- quarantine ------------------------------------------------------------------------------


def _keep(
    context: PushContext,
    op: Op,
    raw: dict[str, Any],
    digest: str,
    status: OpStatus,
    problem: Problem,
) -> dict[str, Any]:
    """Keep an op that could not be applied, with its photos, and say why."""
    document = problem.document()
    # Beside the problem, not inside it: the phone shows both versions.
    server = document.pop("server", None)
    if status is OpStatus.CONFLICT and server is None:
        server = _server_copy(context, op)
    answer: dict[str, Any] = {"problem": document}
    if server is not None:
        answer["server"] = server
    received = _received(context, op, raw, digest, status)
    received.answer = answer
    context.session.add(received)
    wanted = photos.keep_for_quarantine(
        context.session, context.actor, op.op_id, op.photos, context.now
    )
    _quarantine(context, op.op_id, op.kind, op.entity_id, digest, raw, problem)
    return _result(op, status, None, wanted, **answer)


def _refuse_unread(context: PushContext, raw: Any, digest: str, problem: Problem) -> dict[str, Any]:
    """Keep an op whose form could not be read; its id counts if there is one."""
    asked = raw if isinstance(raw, dict) else {}
    op_id, entity_id = _uuid(asked.get("op_id")), _uuid(asked.get("entity_id"))
    wanted: list[Photo] = []
    if op_id is not None:
        known = context.session.get(ReceivedOp, op_id)
        if known is not None and known.digest != digest:
            problem = OpIdReused()
        else:
            wanted = photos.keep_for_quarantine(
                context.session, context.actor, op_id, _readable_photos(asked), context.now
            )
            if known is None:
                context.session.add(
                    ReceivedOp(
                        op_id=op_id,
                        person_id=context.actor.id,
                        device_id=context.device_id,
                        batch_id=context.batch_id,
                        kind=_plain(str(asked.get("kind")))[:32],
                        entity_id=entity_id,
                        digest=digest,
                        body=asked,
                        status=OpStatus.QUARANTINED,
                        answer={"problem": problem.document()},
                        received_at=context.now,
                    )
                )
    kind = _plain(str(asked.get("kind")))[:64] if "kind" in asked else None
    _quarantine(context, op_id, kind, entity_id, digest, raw, problem)
    return {
        "op_id": asked.get("op_id"),
        "status": OpStatus.QUARANTINED,
        "problem": problem.document(),
        "wanted": photos.wanted_of(wanted),
    }


def set_aside(context: PushContext, raw: Any, problem: Problem) -> dict[str, Any]:
    """Keep an op without trying it 留存: its id stays free, so that it can still be applied later.

    One that was applied before is answered as what it is, a duplicate.
    """
    asked = raw if isinstance(raw, dict) else {}
    op_id, entity_id = _uuid(asked.get("op_id")), _uuid(asked.get("entity_id"))
    digest = digest_of(raw)
    known = context.session.get(ReceivedOp, op_id) if op_id else None
    if known is not None and (known.person_id, known.digest) == (context.actor.id, digest):
        applied = known.status is OpStatus.ACCEPTED
        status = OpStatus.DUPLICATE if applied else known.status
        return {"op_id": str(op_id), "status": status, **known.answer}
    if op_id is not None:
        photos.keep_for_quarantine(
            context.session, context.actor, op_id, _readable_photos(asked), context.now
        )
    kind = _plain(str(asked.get("kind")))[:64] if "kind" in asked else None
    _quarantine(context, op_id, kind, entity_id, digest, raw, problem)
    answer = {"op_id": asked.get("op_id"), "status": OpStatus.QUARANTINED}
    return answer | {"problem": problem.document()}


def quarantine_body(
    session: Session, actor: Actor, body: str, problem: Problem, now: datetime
) -> None:
    """Keep a whole request that could not be read, once by its content (PITFALLS 19)."""
    digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
    _put_aside(
        session,
        actor,
        Quarantined(device_id=actor.device_id, digest=digest, body=_plain(body)),
        problem,
        now,
    )


def _quarantine(
    context: PushContext,
    op_id: UUID | None,
    kind: str | None,
    entity_id: UUID | None,
    digest: str,
    raw: Any,
    problem: Problem,
) -> None:
    item = Quarantined(
        device_id=context.device_id,
        op_id=op_id,
        kind=kind,
        entity_id=entity_id,
        digest=digest,
        body=_plain(json.dumps(raw, ensure_ascii=False, indent=1)),
    )
    _put_aside(context.session, context.actor, item, problem, context.now)


def _put_aside(
    session: Session, actor: Actor, item: Quarantined, problem: Problem, now: datetime
) -> None:
    """Put something aside verbatim, once, where supervisors and admins see it (I7)."""
    there = session.scalar(
        sa.select(Quarantined.id).where(
            Quarantined.person_id == actor.id, Quarantined.digest == item.digest
        )
    )
    if there is not None:
        return
    item.id = uuid7()
    item.person_id = actor.id
    item.district_code = actor.district_code
    item.reason = problem.slug
    item.problem = problem.document()
    item.received_at = now
    item.state = QuarantineState.OPEN
    session.add(item)
    inbox.tell(session, [actor.id], NoticeKind.QUARANTINED, problem.title, problem.detail, now)
    session.flush()


def _plain(text: str) -> str:
    """Write text so that any database keeps it: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode()


def _received(
    context: PushContext, op: Op, raw: dict[str, Any], digest: str, status: OpStatus
) -> ReceivedOp:
    return ReceivedOp(
        op_id=op.op_id,
        person_id=context.actor.id,
        device_id=context.device_id,
        batch_id=context.batch_id,
        kind=op.kind[:32],
        entity_id=op.entity_id,
        digest=digest,
        body=raw,
        status=status,
        answer={},
        received_at=context.now,
    )


def _server_copy(context: PushContext, op: Op) -> dict[str, Any] | None:
    """Return the record the server has instead, if it is this person's to see."""
    own = context.session.get(Observation, op.entity_id)
    if own is None or own.author_id != context.actor.id:
        return None
    return {"id": str(own.id), "state": str(own.state), "version": own.version, "data": own.data}


def _readable_photos(asked: dict[str, Any]) -> list[DeclaredPhoto]:
    """Return those photos of a malformed op that can be read at all."""
    listed = asked.get("photos")
    readable = []
    for raw in listed if isinstance(listed, list) else []:
        try:
            readable.append(_photo_schema.load(raw))
        except (ValidationError, TypeError):
            continue
    return readable


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None


def _invalid(error: Exception, root: str = "") -> Invalid:
    messages = error.messages if isinstance(error, ValidationError) else {"_schema": [str(error)]}
    return Invalid(errors=list(pointers(messages, root)))


# --- receipts --------------------------------------------------------------------------------


def receipts(session: Session, actor: Actor, asked: Asked) -> dict[str, dict[str, str]]:
    """Answer every asked id; another author's is as unknown as one never seen."""
    seen = session.execute(
        sa.select(ReceivedOp.op_id, ReceivedOp.status).where(
            ReceivedOp.op_id.in_(asked.ops), ReceivedOp.person_id == actor.id
        )
    ).all()
    ops: dict[UUID, OpStatus] = dict(seen)
    known = photos.receipts(session, actor, asked.photos)
    return {
        "ops": {str(i): str(ops.get(i, "unknown")) for i in asked.ops},
        "photos": {str(i): known.get(i, "unknown") for i in asked.photos},
    }
