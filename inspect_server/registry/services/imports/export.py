"""Writes a register as the table that can be imported again 导出."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.registry import reference as reference_data
from inspect_server.registry.formats import tables
from inspect_server.registry.reference import Reference
from inspect_server.registry.services.imports.columns import TABLE_FORMATS
from inspect_server.registry.services.imports.shapes import STEP, Column
from inspect_server.registry.services.registers.shape import RegisterSpec
from inspect_server.registry.services.registers.specs import SPECS
from schemas.vocabulary import Register


def export_lines(session: Session, register: Register, *, template: bool) -> Iterator[str]:
    """Write a register as CSV; a template has no rows."""
    columns = TABLE_FORMATS[register].columns
    reference = reference_data.current(session)
    spec = SPECS[register]
    titles = [f"{column.zh}*" if column.required else column.zh for column in columns]
    lines = () if template else _lines(session, reference, spec, columns)
    return tables.csv_text(titles, lines)


def _lines(
    session: Session, reference: Reference, spec: RegisterSpec, columns: Sequence[Column]
) -> Iterator[list[Any]]:
    key = getattr(spec.model, spec.key)
    after = None
    while True:
        query = sa.select(spec.model).order_by(key).limit(STEP)
        batch = session.scalars(query if after is None else query.where(key > after)).all()
        for row in batch:
            values = spec.read(row)
            yield [column.write(reference, values[column.field]) for column in columns]
        if len(batch) < STEP:
            return
        after = getattr(batch[-1], spec.key)
        session.expunge_all()
