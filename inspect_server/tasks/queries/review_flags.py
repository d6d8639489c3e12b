"""Review flags 疑点 of several cases at once, as the rules name them; SELECTs only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import Task
from inspect_server.registry.reference import Reference
from inspect_server.tasks.queries import conditions, details
from inspect_server.tasks.rules.review_flags import ReviewedCase, review_flags
from schemas.vocabulary import DerivativeState, HintLevel, Move, PhotoState


def of_cases(
    session: Session, reference: Reference, actor: Actor, ids: Sequence[UUID], now: datetime
) -> dict[str, Any]:
    """Return why each case has to be looked at by itself; those out of sight are absent."""
    tasks = {
        task.id: task
        for task in session.scalars(
            sa.select(Task).where(Task.id.in_(ids), conditions.visible_to(actor))
        )
    }
    cases = details.whole(session, reference, actor, list(tasks.values()), now)
    items = []
    for case in cases:
        flags = review_flags(_reviewed(reference, tasks[case["id"]], case))
        items.append(
            {
                "id": case["id"],
                "number": case["number"],
                "version": case["version"],
                "doubts": [zh for zh, _ in flags],
                "doubts_en": [en for _, en in flags],
            }
        )
    return {"items": items}


def _reviewed(reference: Reference, task: Task, case: Mapping[str, Any]) -> ReviewedCase:
    category = reference.categories[task.category_code]
    stored = [p for p in case["evidence"] if p["state"] is PhotoState.STORED]
    handed_over = [e for e in case["events"] if e["move"] == Move.SUBMIT]
    newest = handed_over[-1] if handed_over else {"photos": [], "note": None}
    sent = set(newest["photos"])
    return ReviewedCase(
        evidence_open=category.evidence_open,
        evidence_close=category.evidence_close,
        outcome=task.outcome,
        was_dispatched=task.dispatched_at is not None,
        hints=[
            (HintLevel(hint["severity"]), hint["text"], hint["text_en"]) for hint in case["hints"]
        ],
        reported=[p["role"] for p in stored if p["move_id"] is None],
        submitted=[p["role"] for p in stored if str(p["id"]) in sent],
        submitted_note=newest["note"],
        missing=len(case["evidence"]) - len(stored),
        unscreened=sum(p["derivative"] is not DerivativeState.READY for p in stored),
        waits=task.pending_move_id is not None,
    )
