"""The door of sync 同步: push, pull, receipts (DESIGN §4)."""

from __future__ import annotations

from functools import wraps
from typing import Any, cast

from flask import current_app

from inspect_server.core.database import db
from inspect_server.core.problems import Invalid, Malformed
from inspect_server.core.transactions import write_tx
from inspect_server.http.blueprint import Blueprint, body_as_it_came, now, writes
from inspect_server.identity.auth import View, me, signed_in
from inspect_server.registry import reference
from inspect_server.sync.queries import pull as changes
from inspect_server.sync.services import push as sync
from schemas.sync import (
    Asked,
    AskedSchema,
    Batch,
    BatchSchema,
    PullAnswerSchema,
    PullFrom,
    PullFromSchema,
    PushAnswerSchema,
    ReceiptsSchema,
)

bp = Blueprint("sync", "离线同步 Sync", "/sync")


def keeps_refused(view: View) -> View:
    """Keep a body that cannot be read: nothing a phone sends is ever lost."""

    @wraps(view)
    def kept(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except (Malformed, Invalid) as refusal:
            problem = Malformed(errors=refusal.errors)
            body = body_as_it_came()
            write_tx(lambda s: sync.quarantine_body(s, me(), body, problem, now()))
            raise problem from refusal

    return cast(View, kept)


def answer(**parts: Any) -> dict[str, Any]:
    """Add what every sync answer carries."""
    state = sync.server_state(db.session())
    return parts | {
        "server_now": now(),
        "epoch": state.epoch,
        "backed_up_to": state.backed_up_to,
    }


@bp.post("/push")
@signed_in
@keeps_refused
@bp.arguments(BatchSchema)
@bp.response(200, PushAnswerSchema)
@writes
def push(batch: Batch) -> dict[str, Any]:
    """Receive a batch of ops: one result per op, in op order."""
    session = db.session()
    known = reference.current(session)
    return answer(results=sync.receive_batch(session, known, me(), batch, now()))


@bp.get("/pull")
@signed_in
@bp.arguments(PullFromSchema, location="query")
@bp.response(200, PullAnswerSchema)
def pull(wanted: PullFrom) -> dict[str, Any]:
    """Return what changed for me since the cursor."""
    session = db.session()
    page = changes.pull(
        session,
        reference.latest(session),
        me(),
        current_app.config["SECRET_KEY"],
        sync.server_state(session).epoch,
        wanted.cursor,
        wanted.limit,
        now(),
    )
    return answer(changes=page.changes, cursor=page.cursor, more=page.more, reset=page.reset)


@bp.post("/receipts")
@signed_in
@bp.arguments(AskedSchema)
@bp.response(200, ReceiptsSchema)
def receipts(asked: Asked) -> dict[str, Any]:
    """Say of every asked id what became of it."""
    return answer(**sync.receipts(db.session(), me(), asked))
