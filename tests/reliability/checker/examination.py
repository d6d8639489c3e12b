"""Run all checks on a database, a bucket and dumps of phones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.config import database_url
from media.store import ObjectStore
from tests.reliability.checker import completeness, duplication, loss, objects, publication
from tests.reliability.checker.findings import Report
from tests.reliability.checker.records import DatabaseRows, StoredObject, read_bucket, read_dump
from tests.reliability.checker.snapshot import Check, Snapshot

CHECKS: tuple[Check, ...] = (
    *loss.CHECKS,
    *duplication.CHECKS,
    *objects.CHECKS,
    *completeness.CHECKS,
    *publication.CHECKS,
)


def examine(
    session: Session,
    bucket: Mapping[str, StoredObject] | None = None,
    dumps: Iterable[Mapping[str, Any]] = (),
    *,
    restored: bool = False,
) -> Report:
    """Judge database, bucket (None: not compared) and phones together."""
    return judge(DatabaseRows.read(session), bucket, dumps, restored=restored)


def judge(
    rows: DatabaseRows,
    bucket: Mapping[str, StoredObject] | None,
    dumps: Iterable[Mapping[str, Any]],
    *,
    restored: bool,
) -> Report:
    """Judge rows that were read before, a bucket and phones together."""
    snapshot = Snapshot(rows, bucket, [read_dump(d) for d in dumps], restored)
    findings = sorted({finding for check in CHECKS for finding in check(snapshot)})
    counted = {
        "ops": len(rows.ops),
        "records": len(rows.observations),
        "tasks": len(rows.tasks),
        "moves": len(rows.moves),
        "visits": len(rows.visits),
        "photos": len(rows.photos),
        "objects": len(bucket or {}),
        "phones": len(snapshot.dumps),
    }
    return Report(tuple(findings), counted)


def examine_at(
    url: str,
    store: ObjectStore | None = None,
    dumps: Iterable[Mapping[str, Any]] = (),
    *,
    restored: bool = False,
) -> Report:
    """Judge a database by its address, and the bucket of a store.

    Rows are read before the bucket: a running worker puts an object before its row.
    """
    engine = sa.create_engine(database_url({"INSPECT_DATABASE_URL": url}, Path()))
    try:
        with Session(engine) as session:
            rows = DatabaseRows.read(session)
        bucket = None if store is None else read_bucket(store)
        return judge(rows, bucket, dumps, restored=restored)
    finally:
        engine.dispose()
