"""The report of an import of a rescue zip 抢救包: the result of each entry, for the admin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.problems import ParentMissing, Problem, RescueDamaged
from inspect_server.models import Observation, Person, Task
from inspect_server.sync.formats.rescue_zip import RescueZip
from inspect_server.sync.services.rescue_entries import (
    PhotoClaim,
    RescueCase,
    count_entries,
    fields_of,
    uuid_or_none,
)
from schemas.sync import MAX_RECEIPTS
from schemas.vocabulary import Rescued

_PARENT_MISSING = "包里和服务器上都没有它的前一步：请先导入含有前一步的抢救包，再导入本文件。"


def op_result(raw: Any, result: dict[str, Any]) -> dict[str, Any]:
    fields = fields_of(raw)
    entry = {name: fields.get(name) for name in ("op_id", "kind", "entity_id", "captured_at")}
    entry["status"] = Rescued(str(result["status"]))
    if entry["status"] is Rescued.DEFERRED:
        # Unlike a phone, a file is not tried again automatically.
        result = {"problem": ParentMissing(_PARENT_MISSING).document()}
    return entry | {name: result[name] for name in ("version", "problem") if name in result}


def photo_result(claim: PhotoClaim, result: dict[str, Any]) -> dict[str, Any]:
    entry = {
        "photo_id": claim.photo.photo_id,
        "op_id": claim.op_id,
        "draft_id": claim.draft_id,
        "role": str(claim.photo.role),
    }
    return entry | {name: value for name, value in result.items() if value is not None}


def file_result(name: str, problem: Problem) -> dict[str, Any]:
    status = Rescued.DAMAGED if isinstance(problem, RescueDamaged) else Rescued.REFUSED
    return {"name": name, "status": status, "problem": problem.document()}


def report(
    session: Session, case: RescueCase, package: RescueZip, parts: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    rescue = case.rescue
    importer = session.get_one(Person, rescue.imported_by_id)
    task_ids = _tasks(session, parts["ops"])
    for entry in parts["ops"]:
        entry["task_id"] = task_ids.get(uuid_or_none(entry["entity_id"]))
    summary = {
        name: dict(Counter(str(entry["status"]) for entry in person))
        for name, person in parts.items()
    }
    person = package.manifest.person
    return {
        "rescue_id": rescue.id,
        "again": case.is_repeated,
        "imported": {
            "by": {"id": str(importer.id), "name": importer.name},
            "at": rescue.imported_at,
        },
        # The name in the register if there is one, because the zip is not trusted.
        "person": {"id": str(person.id), "name": case.author.name if case.author else person.name},
        "device_id": rescue.device_id,
        "made_at": rescue.made_at,
        "app_version": rescue.app_version,
        "summary": summary,
        "changed": count_entries(session, rescue) > case.entries_before,
    } | parts


def _tasks(session: Session, ops: Sequence[dict[str, Any]]) -> dict[UUID | None, UUID]:
    """Return the task of each record or move, so that the console can open it."""
    ids = {i for i in (uuid_or_none(entry["entity_id"]) for entry in ops) if i is not None}
    task_ids: dict[UUID | None, UUID] = {}
    for start in range(0, len(ids), MAX_RECEIPTS):
        portion = list(ids)[start : start + MAX_RECEIPTS]
        rows = session.execute(
            sa.select(Task.observation_id, Task.id)
            .join(Observation, Observation.id == Task.observation_id)
            .where(sa.or_(Task.observation_id.in_(portion), Task.id.in_(portion)))
        )
        for observation_id, task_id in rows:
            task_ids[observation_id] = task_ids[task_id] = task_id
    return task_ids
