"""Ops that go to quarantine 隔离区 without being tried: unreadable ones and those of imports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from inspect_server.core.problems import OpIdReused, Problem
from inspect_server.models import Photo, ReceivedOp
from inspect_server.photos.services import photos
from inspect_server.sync.services import quarantine
from inspect_server.sync.services.context import PushContext
from schemas.fields import digest_of
from schemas.photos import DeclaredPhoto, DeclaredPhotoSchema
from schemas.vocabulary import OpStatus

_photo_schema = DeclaredPhotoSchema()


def quarantine_unreadable(
    context: PushContext, raw: Any, digest: str, problem: Problem
) -> dict[str, Any]:
    """Put an op that does not fit its schema into quarantine; return its result."""
    fields = raw if isinstance(raw, dict) else {}
    op_id, entity_id = _uuid(fields.get("op_id")), _uuid(fields.get("entity_id"))
    kept_photos: list[Photo] = []
    if op_id is not None:
        earlier = context.session.get(ReceivedOp, op_id)
        if earlier is not None and earlier.digest != digest:
            problem = OpIdReused()
        else:
            kept_photos = photos.keep_for_quarantine(
                context.session, context.actor, op_id, _readable_photos(fields), context.now
            )
            if earlier is None:
                context.session.add(
                    ReceivedOp(
                        op_id=op_id,
                        person_id=context.actor.id,
                        device_id=context.device_id,
                        batch_id=context.batch_id,
                        kind=quarantine.storable(str(fields.get("kind")))[:32],
                        entity_id=entity_id,
                        digest=digest,
                        body=fields,
                        status=OpStatus.QUARANTINED,
                        answer={"problem": problem.document()},
                        received_at=context.now,
                    )
                )
    quarantine.keep_op(
        context, raw, digest, problem, op_id=op_id, kind=_kind(fields), entity_id=entity_id
    )
    return {
        "op_id": fields.get("op_id"),
        "status": OpStatus.QUARANTINED,
        "problem": problem.document(),
        "wanted": photos.missing_photo_ids(kept_photos),
    }


def quarantine_untried(context: PushContext, raw: Any, problem: Problem) -> dict[str, Any]:
    """Put an op into quarantine without trying it 留存; return its result.

    Its id stays free, so it can be applied later. An op applied before is answered as a duplicate.
    """
    fields = raw if isinstance(raw, dict) else {}
    op_id, entity_id = _uuid(fields.get("op_id")), _uuid(fields.get("entity_id"))
    digest = digest_of(raw)
    earlier = context.session.get(ReceivedOp, op_id) if op_id else None
    if earlier is not None and (earlier.person_id, earlier.digest) == (context.actor.id, digest):
        applied = earlier.status is OpStatus.ACCEPTED
        status = OpStatus.DUPLICATE if applied else earlier.status
        return {"op_id": str(op_id), "status": status, **earlier.answer}
    if op_id is not None:
        photos.keep_for_quarantine(
            context.session, context.actor, op_id, _readable_photos(fields), context.now
        )
    quarantine.keep_op(
        context, raw, digest, problem, op_id=op_id, kind=_kind(fields), entity_id=entity_id
    )
    answer = {"op_id": fields.get("op_id"), "status": OpStatus.QUARANTINED}
    return answer | {"problem": problem.document()}


def _kind(fields: dict[str, Any]) -> str | None:
    return quarantine.storable(str(fields.get("kind")))[:64] if "kind" in fields else None


def _readable_photos(fields: dict[str, Any]) -> list[DeclaredPhoto]:
    """Return the photo declarations of a malformed op that can be read."""
    declarations = fields.get("photos")
    readable_photos = []
    for raw in declarations if isinstance(declarations, list) else []:
        try:
            readable_photos.append(_photo_schema.load(raw))
        except (ValidationError, TypeError):
            continue
    return readable_photos


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None
