"""Imports one table into a register 批量导入: checks every row, then writes if it was asked to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core.access import Actor
from inspect_server.registry.services.imports.checking import TableCheck
from inspect_server.registry.services.imports.index import EntryIndex
from inspect_server.registry.services.imports.shapes import MAX_FAULTS, STEP, Report, Table
from inspect_server.registry.services.imports.writing import ImportWriter
from inspect_server.registry.services.registers.shape import RegisterSpec, read_context
from inspect_server.registry.services.registers.specs import SPECS
from schemas.vocabulary import ImportMode, Register


def import_table(
    session: Session,
    actor: Actor,
    register: Register,
    table: Table,
    mode: ImportMode,
    now: datetime,
) -> Iterator[int | Report]:
    """Check every row and write as `mode` says; yields how many rows are done, then the report.

    To write, the caller holds one transaction around it; abandoned half-way, nothing is written.
    """
    spec = SPECS[register]
    context = read_context(session, now)
    report = Report(len(table.rows), table)
    index = EntryIndex(spec, _all_rows(session, spec, lock=mode is not ImportMode.DRY_RUN))
    index.note_table(table.rows)
    check = TableCheck(session, actor, spec, context, table, index)
    for count, row in enumerate(table.rows, start=1):
        check.check(row)
        if row.faults:
            report.refuse(row.faults)
        if count % STEP == 0:
            yield count
    report.doubts = check.doubts[:MAX_FAULTS]
    report.added = len(check.new)
    report.changed = len(check.changed)
    report.same = report.rows - report.bad - report.added - report.changed
    refused = mode is ImportMode.ALL_OR_NOTHING and report.bad > 0
    if mode is not ImportMode.DRY_RUN and not refused:
        report.written = True
        if check.new or check.changed:
            report.import_id = uuid7()
            writer = ImportWriter(session, actor, spec, report.import_id, now)
            yield from writer.write(check.new, check.changed)
    yield report


def _all_rows(session: Session, spec: RegisterSpec, *, lock: bool) -> Sequence[Any]:
    query = sa.select(spec.model).order_by(getattr(spec.model, spec.key))
    if lock:
        # Nobody else changes them meanwhile; rows that only refer to them are not kept waiting.
        query = query.with_for_update(key_share=True)
    return session.scalars(query).all()
