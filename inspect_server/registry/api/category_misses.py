"""Routes of the words for which a search found no category 查不到的词."""

from __future__ import annotations

from typing import Any

from inspect_server.core.clock import SHANGHAI
from inspect_server.core.database import db, in_write_tx, limiter
from inspect_server.http.blueprint import Blueprint, now
from inspect_server.identity.auth import allow, me, signed_in
from inspect_server.registry.queries import category_misses as queries
from inspect_server.registry.services import category_misses
from schemas.category_misses import (
    MissDecision,
    MissDecisionSchema,
    Misses,
    MissesSchema,
    MissPageSchema,
)
from schemas.vocabulary import Role

bp = Blueprint("category_misses", "查不到的词 Searches without a category", "/categories/misses")


@bp.post("")
@signed_in
@limiter.limit("60 per minute")
@bp.arguments(MissesSchema)
@bp.response(204)
@in_write_tx
def note_misses(misses: Misses) -> None:
    """Count texts that found no category; who sent them is not kept."""
    category_misses.note(db.session(), misses.texts, now().astimezone(SHANGHAI).date())


@bp.get("")
@allow(Role.ADMIN)
@bp.response(200, MissPageSchema)
def list_misses() -> dict[str, Any]:
    """The texts that nobody has decided about, the most frequent first."""
    return queries.undecided(db.session())


@bp.post("/decisions")
@allow(Role.ADMIN)
@bp.arguments(MissDecisionSchema)
@bp.response(204)
@in_write_tx
def decide_miss(decision: MissDecision) -> None:
    """Make a text an everyday word of a category, or leave it out."""
    category_misses.decide(db.session(), me(), decision, now())
