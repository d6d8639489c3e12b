"""Search 检索: the cases whose own texts, or the names in them, contain a text; SELECTs only.

A term is looked for in the number, the note and the address of a case by the index of pairs of
characters, and in the names of its category, unit, point and shop by the reference data in
memory: a renamed register entry is found by its new name at once. Every term has to
occur somewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Task, TaskGram, TaskWords
from inspect_server.registry.reference import Reference
from inspect_server.tasks.rules import search
from schemas.texts import fold

# Up to so many rows it is quicker to begin with what the index names than to go through the
# list in its order and look at each case: at 200,000 cases a page is then a matter of
# a few thousand rows either way.
FEW = 4_000

Serials = sa.Select[int]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a search, and the register entries whose name contains it."""

    words: str
    categories: Collection[str]
    units: Collection[UUID]
    points: Collection[UUID]
    shops: Collection[UUID]

    def named(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions that a name in the case contains it."""
        return [
            column.in_(keys)
            for column, keys in (
                (Task.category_code, self.categories),
                (Task.unit_id, self.units),
                (Task.point_id, self.points),
                (Task.shop_id, self.shops),
            )
            if keys
        ]

    def of_each(self) -> sa.ColumnElement[bool]:
        """Return the condition that is checked case by case."""
        of_task = TaskWords.task_serial == Task.serial
        inside = TaskWords.words.contains(self.words, autoescape=True)
        in_words = sa.exists().where(of_task, inside)
        if len(self.words) == search.GRAM:
            in_words = sa.exists().where(
                TaskGram.gram == self.words, TaskGram.task_serial == Task.serial
            )
        return sa.or_(in_words, *self.named())

    def begin_with(self, rarest: str) -> sa.ColumnElement[bool]:
        """Return the same condition, to be answered by the indexes alone."""
        in_words: Serials = sa.select(TaskGram.task_serial).where(TaskGram.gram == rarest)
        if len(self.words) > search.GRAM:
            in_words = in_words.join(
                TaskWords, TaskWords.task_serial == TaskGram.task_serial
            ).where(TaskWords.words.contains(self.words, autoescape=True))
        parts = [in_words, *(sa.select(Task.serial).where(name) for name in self.named())]
        whole: Any = parts[0] if len(parts) == 1 else sa.union_all(*parts)
        return Task.serial.in_(whole)


@dataclass(frozen=True, slots=True)
class TextMatch:
    """The conditions of a text, and whether they leave only few cases."""

    conditions: list[sa.ColumnElement[bool]]
    few: bool


def mentions(session: Session, reference: Reference, text: str, most: int = FEW) -> TextMatch:
    """Return under which conditions a case is found by a text 检索.

    The index is begun with where it names at most so many cases.
    """
    terms = [_term(reference, words) for words in search.terms(text)]
    if not terms:
        return TextMatch([sa.false()], few=True)
    sizes = _sizes(session, terms, most)
    begins = min(sizes, key=lambda words: sizes[words][0], default=None)
    few = begins is not None and sizes[begins][0] <= most
    return TextMatch(
        [
            term.begin_with(sizes[begins][1])
            if few and begins is not None and term.words == begins
            else term.of_each()
            for term in terms
        ],
        few,
    )


def _term(reference: Reference, words: str) -> Term:
    def holding(register: Any, name: str) -> list[Any]:
        return [key for key, row in register.items() if words in fold(getattr(row, name))]

    return Term(
        words,
        categories=holding(reference.categories, "name_zh"),
        units=holding(reference.units, "name"),
        points=holding(reference.points, "name"),
        shops=holding(reference.shops, "name"),
    )


def _sizes(session: Session, terms: list[Term], most: int) -> dict[str, tuple[int, str]]:
    """Return of each term how many cases its rarest pair and its names lead to, and that pair.

    Counted to one more than `most`; a single character has no pair and is left out.
    """
    grams = sorted({gram for term in terms for gram in search.grams(term.words)})
    names = [(term.words, i, name) for term in terms for i, name in enumerate(term.named())]
    counts_of = [
        (gram, sa.select(TaskGram.task_serial).where(TaskGram.gram == gram)) for gram in grams
    ]
    counts_of += [(f"{words} {i}", sa.select(Task.serial).where(name)) for words, i, name in names]
    if not grams:
        return {}
    counted = sa.union_all(
        *(
            sa.select(sa.literal(key), sa.func.count()).select_from(some.limit(most + 1).subquery())
            for key, some in counts_of
        )
    )
    counts = {str(key): int(count) for key, count in session.execute(counted)}
    sizes = {}
    for term in terms:
        pairs = search.grams(term.words)
        if not pairs:
            continue
        rarest = min(pairs, key=lambda gram: (counts[gram], gram))
        by_name = sum(counts[f"{term.words} {i}"] for i, _ in enumerate(term.named()))
        sizes[term.words] = (counts[rarest] + by_name, rarest)
    return sizes
