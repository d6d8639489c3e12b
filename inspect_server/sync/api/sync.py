"""API of sync 同步: push, pull, receipts (DESIGN §4)."""

from __future__ import annotations

from datetime import datetime
from functools import wraps
from typing import Any, cast

from flask import current_app

from inspect_server.core.database import db, in_write_tx, write_tx
from inspect_server.core.problems import Invalid, Malformed
from inspect_server.http.blueprint import Blueprint, body_as_it_came, now
from inspect_server.identity.auth import View, me, signed_in
from inspect_server.models import ServerState
from inspect_server.registry import reference
from inspect_server.sync.queries.pull import PullContext, cursor_signer
from inspect_server.sync.queries.pull import pull as pull_changes
from inspect_server.sync.registry import SyncRegistry
from inspect_server.sync.services import quarantine
from inspect_server.sync.services.context import PushContext
from inspect_server.sync.services.push import receive_batch
from inspect_server.sync.services.receipts import receipts as receipts_of
from schemas.sync import (
    Batch,
    BatchSchema,
    PullAnswerSchema,
    PullFrom,
    PullFromSchema,
    PushAnswerSchema,
    ReceiptsQuery,
    ReceiptsQuerySchema,
    ReceiptsSchema,
)

bp = Blueprint("sync", "离线同步 Sync", "/sync")


def registry() -> SyncRegistry:
    """Return the op kinds and collections of this app."""
    return cast(SyncRegistry, current_app.extensions["sync"])


def quarantines_unreadable(view: View) -> View:
    """Put a body that cannot be read into quarantine 隔离区, so that no data of a phone is lost."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except (Malformed, Invalid) as refusal:
            problem = Malformed(errors=refusal.errors)
            body = body_as_it_came()
            write_tx(lambda s: quarantine.keep_body(s, me(), body, problem, now()))
            raise problem from refusal

    return cast(View, guarded)


def answer(state: ServerState, at: datetime, **parts: Any) -> dict[str, Any]:
    """Return an answer with the fields of every sync answer."""
    return parts | {
        "server_now": at,
        "epoch": state.epoch,
        "backed_up_to": state.backed_up_to,
    }


@bp.post("/push")
@signed_in
@quarantines_unreadable
@bp.arguments(BatchSchema)
@bp.response(200, PushAnswerSchema)
@in_write_tx
def push(batch: Batch) -> dict[str, Any]:
    """Receive a batch of ops: one result per op, in the order of the ops."""
    session = db.session()
    op_kinds = registry().op_kinds
    state = session.get_one(ServerState, ServerState.ONLY)
    context = PushContext(
        session=session,
        reference=reference.current(session),
        actor=me(),
        op_kinds=op_kinds,
        batch_id=batch.batch_id,
        device_id=batch.device_id,
        now=now(),
        epoch=state.epoch,
    )
    return answer(state, context.now, results=receive_batch(context, batch))


@bp.get("/pull")
@signed_in
@bp.arguments(PullFromSchema, location="query")
@bp.response(200, PullAnswerSchema)
def pull(query: PullFrom) -> dict[str, Any]:
    """Return what changed since the cursor for the signed-in person."""
    session = db.session()
    state = session.get_one(ServerState, ServerState.ONLY)
    context = PullContext(
        session=session,
        reference=reference.latest(session),
        actor=me(),
        collections=registry().collections,
        signer=cursor_signer(current_app.config["SECRET_KEY"]),
        epoch=state.epoch,
        now=now(),
    )
    page = pull_changes(context, query.cursor, query.limit)
    return answer(
        state,
        context.now,
        changes=page.changes,
        cursor=page.cursor,
        more=page.more,
        reset=page.reset,
    )


@bp.post("/receipts")
@signed_in
@bp.arguments(ReceiptsQuerySchema)
@bp.response(200, ReceiptsSchema)
def receipts(query: ReceiptsQuery) -> dict[str, Any]:
    """Return the status of every id a phone asks about."""
    session = db.session()
    return answer(
        session.get_one(ServerState, ServerState.ONLY), now(), **receipts_of(session, me(), query)
    )
