"""Words for which a search found no category 查不到的词: who typed them is not kept.

An admin makes such a word an everyday word 俗称 of a category.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.problems import NotFound
from inspect_server.models import Category, CategoryMiss
from inspect_server.registry.services.registers import entries
from inspect_server.registry.services.registers.categories import CATEGORIES
from schemas.category_misses import MissDecision
from schemas.register_entries import CategoryEntry
from schemas.texts import fold

# More different texts are not counted: nobody reads so many, and anybody may send them.
MOST_MISSES = 5_000
_DIGIT = re.compile(r"\d")


def note(session: Session, texts: Iterable[str], today: date) -> None:
    """Count what was typed, each text once a call; digits are masked, for they may be a number of
    a telephone or of a person.
    """
    masked = {_masked(text) for text in texts} - {""}
    known = {
        miss.text: miss
        for miss in session.scalars(
            sa.select(CategoryMiss)
            .where(CategoryMiss.text.in_(masked))
            .order_by(CategoryMiss.text)
            .with_for_update()
        )
    }
    for miss in known.values():
        miss.count += 1
        miss.last_on = today
    free = MOST_MISSES - (session.scalar(sa.select(sa.func.count(CategoryMiss.text))) or 0)
    for text in sorted(masked - set(known))[: max(free, 0)]:
        session.add(CategoryMiss(text=text, count=1, first_on=today, last_on=today))


def decide(session: Session, actor: Actor, decision: MissDecision, now: datetime) -> None:
    """Make a text an everyday word of a category, or leave it out. Raises `NotFound`, `Invalid`."""
    miss = session.get(CategoryMiss, decision.text, with_for_update=True)
    if miss is None:
        raise NotFound()
    miss.decided_at = now
    if decision.category is None:
        return
    category = session.get(
        Category, decision.category, with_for_update=True, populate_existing=True
    )
    if category is None:
        raise NotFound()
    # One text is one word, also where blanks were typed.
    word = miss.text.replace(" ", "")
    words = (category.synonyms or "").split()
    if word in words:
        return
    values = CATEGORIES.read(category) | {"synonyms": " ".join([*words, word])}
    entry = CategoryEntry(**values, version=category.version)
    entries.put(session, actor, CATEGORIES, category.code, entry, now)


def _masked(text: str) -> str:
    return _DIGIT.sub("#", fold(text))
