"""Push 同步: each op of a batch is applied once, in its own savepoint, with its own result.

An op that cannot be applied is stored in quarantine 隔离区 and its author is notified; the other
ops of the batch are not affected (I3, I5, I7). Areas register the handlers of their op kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from inspect_server.core import failpoints
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
)
from inspect_server.core.sentences import sentence
from inspect_server.models import Observation, Person, Photo, ReceivedOp
from inspect_server.photos.services import photos
from inspect_server.sync.services import quarantine, unreadable
from inspect_server.sync.services.context import PushContext
from schemas.fields import digest_of
from schemas.problems import pointers
from schemas.sync import MAX_OPS, Batch, Op, OpSchema
from schemas.vocabulary import OpStatus

RETRY_AFTER_SECONDS = 30

_op_schema = OpSchema()


@dataclass(frozen=True, slots=True)
class IncomingOp:
    """One received op: parsed, verbatim, and the digest of its content."""

    op: Op
    raw: dict[str, Any]
    digest: str


def receive_batch(context: PushContext, batch: Batch) -> list[dict[str, Any]]:
    """Receive a batch and return one result per op, in the order of the ops.

    Raises `EpochMismatch` and `TooLarge` for the whole batch.
    """
    if batch.epoch is not None and batch.epoch != context.epoch:
        raise EpochMismatch(epoch=context.epoch)
    if len(batch.ops) > MAX_OPS:
        raise TooLarge(
            sentence(
                "一批最多 {max_ops} 条，收到 {count} 条。", max_ops=MAX_OPS, count=len(batch.ops)
            )
        )
    _one_batch_at_a_time(context.session, context.actor)
    results = [_receive(context, raw) for raw in batch.ops]
    # An op may come before the one it follows, so deferred ops are tried again as long as at least
    # one of them is applied.
    deferred = _deferred_positions(results)
    while deferred:
        for position in deferred:
            results[position] = _receive(context, batch.ops[position])
        still_deferred = _deferred_positions(results)
        if len(still_deferred) == len(deferred):
            break
        deferred = still_deferred
    failpoints.reach("push.applied")
    return results


def _one_batch_at_a_time(session: Session, actor: Actor) -> None:
    """Lock the row of the author, so that batches of one author are received one after the other.

    Two batches with the same ops in another order could deadlock. Key share locks are still free.
    """
    session.execute(
        sa.select(Person.id).where(Person.id == actor.id).with_for_update(key_share=True)
    )


def _deferred_positions(results: Sequence[dict[str, Any]]) -> list[int]:
    return [i for i, result in enumerate(results) if result["status"] == OpStatus.DEFERRED]


# --- one op ----------------------------------------------------------------------------------


def _receive(context: PushContext, raw: Any) -> dict[str, Any]:
    digest = digest_of(raw)
    try:
        op: Op = _op_schema.load(raw)
    except (ValidationError, TypeError) as error:
        return unreadable.quarantine_unreadable(context, raw, digest, _invalid(error))
    incoming = IncomingOp(op, raw, digest)
    earlier = context.session.get(ReceivedOp, op.op_id)
    if earlier is not None:
        return _answer_again(context, incoming, earlier)
    try:
        return _apply_or_keep(context, incoming)
    except IntegrityError:
        # Another request has inserted the same op or the same photo at the same time.
        earlier = context.session.get(ReceivedOp, op.op_id, populate_existing=True)
        if earlier is not None:
            return _answer_again(context, incoming, earlier)
        return _deferred(op, "另一请求正在处理，请稍后重试。")


def _apply_or_keep(context: PushContext, incoming: IncomingOp) -> dict[str, Any]:
    """Apply an op; if it cannot be applied, undo it and put it into quarantine."""
    try:
        with context.session.begin_nested():
            return _apply(context, incoming)
    except ParentMissing as problem:
        return _deferred(incoming.op, problem.detail)
    except Problem as problem:
        stale = isinstance(problem, (StaleVersion, EntityExists))
        status = OpStatus.CONFLICT if stale else OpStatus.QUARANTINED
        with context.session.begin_nested():
            return _keep(context, incoming, status, problem)
    except DataError:
        # A value passed the schema but not the database: keep the op as text, without photos.
        bare = replace(incoming, op=replace(incoming.op, photos=[]))
        with context.session.begin_nested():
            return _keep(context, bare, OpStatus.QUARANTINED, Invalid())


def _apply(context: PushContext, incoming: IncomingOp) -> dict[str, Any]:
    """Apply an op and store its answer; of two equal requests one fails on the unique key."""
    op = incoming.op
    versions = _versions_of_parents(context, op) if op.after else {}
    handler = context.op_kinds.get(op.kind)
    if handler is None:
        raise KindUnknown(sentence("操作类型 {kind} 暂不支持；内容已留存。", kind=op.kind))
    entity = handler.apply(
        context.session,
        context.reference,
        context.actor,
        _rebase(op, versions),
        _load_data(handler.schema, op),
        context.now,
    )
    received = _received_op(context, incoming, OpStatus.ACCEPTED)
    received.answer = {"version": entity.version}
    context.session.add(received)
    context.session.flush()
    failpoints.reach("push.op-applied")
    missing = photos.missing_photo_ids_of_op(context.session, op.op_id) if op.photos else []
    result = {"op_id": str(op.op_id), "status": OpStatus.ACCEPTED, "version": entity.version}
    return result | {"wanted": missing}


def _versions_of_parents(context: PushContext, op: Op) -> dict[UUID, int]:
    """Return by entity the version after the ops this op follows.

    Raises `ParentMissing`, `ParentQuarantined`, `Invalid`.
    """
    if op.op_id in op.after:
        raise Invalid(errors=[{"pointer": "/after", "detail": sentence("本操作以自身为前一步")}])
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
            version = versions.get(parent.entity_id, 0)
            versions[parent.entity_id] = max(version, parent.answer["version"])
    return versions


def _load_data(schema: Schema, op: Op) -> Any:
    try:
        return schema.load(op.data)
    except ValidationError as error:
        raise _invalid(error, "/data") from error


def _rebase(op: Op, versions: dict[UUID, int]) -> Op:
    """Return an op whose base version is that of the own op it follows."""
    version = versions.get(op.entity_id)
    if version is None or (op.base_version or 0) >= version:
        return op
    return replace(op, base_version=version)


def _invalid(error: Exception, root: str = "") -> Invalid:
    messages = error.messages if isinstance(error, ValidationError) else {"_schema": [str(error)]}
    return Invalid(errors=list(pointers(messages, root)))


# --- answers ---------------------------------------------------------------------------------


def _answer_again(
    context: PushContext, incoming: IncomingOp, earlier: ReceivedOp
) -> dict[str, Any]:
    """Answer an op id received before: the first answer again, or quarantine for other content."""
    op = incoming.op
    if earlier.person_id != context.actor.id or earlier.digest != incoming.digest:
        problem = OpIdReused()
        kept_photos = _keep_photos(context, op)
        _quarantine(context, incoming, problem)
        return _result(op, OpStatus.QUARANTINED, None, kept_photos, problem=problem.document())
    if earlier.status is OpStatus.ACCEPTED:
        declared = photos.of_op(context.session, op.op_id)
        return _result(op, OpStatus.DUPLICATE, earlier.answer["version"], declared)
    return _result(op, earlier.status, None, _keep_photos(context, op), **earlier.answer)


def _result(
    op: Op, status: OpStatus, version: int | None, of_op: Sequence[Photo], **more: Any
) -> dict[str, Any]:
    result: dict[str, Any] = {"op_id": str(op.op_id), "status": status}
    if version is not None:
        result["version"] = version
    return result | more | {"wanted": photos.missing_photo_ids(of_op)}


def _deferred(op: Op, detail: str) -> dict[str, Any]:
    return {
        "op_id": str(op.op_id),
        "status": OpStatus.DEFERRED,
        "problem": ParentMissing(detail).document(),
        "retry_after": RETRY_AFTER_SECONDS,
        "wanted": [],
    }


# --- quarantine ------------------------------------------------------------------------------


def _keep(
    context: PushContext, incoming: IncomingOp, status: OpStatus, problem: Problem
) -> dict[str, Any]:
    """Put an op and its photos into quarantine, and return its result with the problem."""
    op = incoming.op
    document = problem.document()
    # `server` is a field of its own, not part of the problem: the phone shows both versions.
    server = document.pop("server", None)
    if status is OpStatus.CONFLICT and server is None:
        server = _server_copy(context, op)
    answer: dict[str, Any] = {"problem": document}
    if server is not None:
        answer["server"] = server
    received = _received_op(context, incoming, status)
    received.answer = answer
    context.session.add(received)
    kept_photos = _keep_photos(context, op)
    _quarantine(context, incoming, problem)
    return _result(op, status, None, kept_photos, **answer)


def _keep_photos(context: PushContext, op: Op) -> list[Photo]:
    return photos.keep_for_quarantine(
        context.session, context.actor, op.op_id, op.photos, context.now
    )


def _quarantine(context: PushContext, incoming: IncomingOp, problem: Problem) -> None:
    op = incoming.op
    quarantine.keep_op(
        context,
        incoming.raw,
        incoming.digest,
        problem,
        op_id=op.op_id,
        kind=op.kind,
        entity_id=op.entity_id,
    )


def _received_op(context: PushContext, incoming: IncomingOp, status: OpStatus) -> ReceivedOp:
    op = incoming.op
    return ReceivedOp(
        op_id=op.op_id,
        person_id=context.actor.id,
        device_id=context.device_id,
        batch_id=context.batch_id,
        kind=op.kind[:32],
        entity_id=op.entity_id,
        digest=incoming.digest,
        body=incoming.raw,
        status=status,
        answer={},
        received_at=context.now,
    )


def _server_copy(context: PushContext, op: Op) -> dict[str, Any] | None:
    """Return the record on the server with the entity id of the op, if the actor is its author."""
    own = context.session.get(Observation, op.entity_id)
    if own is None or own.author_id != context.actor.id:
        return None
    return {"id": str(own.id), "state": str(own.state), "version": own.version, "data": own.data}
