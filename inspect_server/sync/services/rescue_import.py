"""Rescue import 抢救导入: an admin imports the zip a phone has saved, in the name of its author.

Ops are received by the same code as a push and photos by the same code as an upload, with the ids
of the phone, so what the phone sends later is a duplicate. Everything imported is marked as such.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    AccountDisabled,
    Malformed,
    Problem,
    RescueAuthorUnknown,
    RescueDamaged,
    RescuedDraft,
    RescueOfficeMove,
    RescueUnclaimed,
    RescueUnreadable,
    TooLarge,
    UploadHash,
    UploadOffset,
)
from inspect_server.core.registration import OpKindHandler
from inspect_server.core.sentences import sentence
from inspect_server.core.server_state import server_state
from inspect_server.models import (
    Person,
    ReceivedOp,
    Rescue,
    RescuedKind,
)
from inspect_server.photos.services.upload_rows import Creation
from inspect_server.photos.services.uploads import Body, RunTransaction, UploadService
from inspect_server.photos.spool import CHUNK, Part
from inspect_server.registry import reference
from inspect_server.sync.formats import rescue_zip
from inspect_server.sync.formats.rescue_zip import MAX_ZIP_BYTES, RescueZip
from inspect_server.sync.services import push, rescue_report, unreadable
from inspect_server.sync.services.context import PushContext
from inspect_server.sync.services.rescue_entries import (
    PhotoClaim,
    RescueCase,
    count_entries,
    fields_of,
    mark_imported,
    op_id_of,
    photo_claims,
    photo_states,
    quarantined_ids,
)
from schemas.fields import digest_of
from schemas.sync import MAX_OPS, Batch
from schemas.vocabulary import OpKind, OpStatus, PhotoState, Rescued

# After so many photos in a row that the object store did not take, the others are not tried.
GIVE_UP_AFTER = 3
# How often one photo is tried; its phone or another import may send it at the same time.
TRIES = 3


class RescueImport:
    """Imports rescue zips 抢救包 in the name of their authors."""

    def __init__(
        self,
        write_tx: RunTransaction,
        read_tx: RunTransaction,
        uploads: UploadService,
        op_kinds: Mapping[str, OpKindHandler],
        clock: Callable[[], datetime],
    ) -> None:
        """Use the same transactions, upload service and op kinds as the requests of a phone."""
        self._write_tx = write_tx
        self._read_tx = read_tx
        self._uploads = uploads
        self._op_kinds = op_kinds
        self._clock = clock

    def import_zip(self, importer: Actor, body: BinaryIO, length: int | None) -> dict[str, Any]:
        """Write a zip to the spool, import its entries, and return a report of all entries.

        Importing it again changes nothing. Raises `RescueUnreadable`, `TooLarge`, `Malformed`
        (the upload was interrupted), `Unavailable` (the spool cannot be written).
        """
        spool = self._uploads.spool
        part = Part(spool.new_name(uuid4()))
        try:
            self._receive_zip(part, body, length)
            path = spool.folder / part.name
            with rescue_zip.open_zip(path) as package:
                case = self._write_tx(lambda s: self._begin(s, importer, package, part))
                return self._import_entries(case, package)
        finally:
            spool.drop([part.name])

    def _receive_zip(self, part: Part, body: BinaryIO, length: int | None) -> None:
        if length is not None and length > MAX_ZIP_BYTES:
            raise _too_large()
        with self._uploads.spool.writing(part.name) as file:
            while chunk := body.read(CHUNK):
                part.size += len(chunk)
                if part.size > MAX_ZIP_BYTES:
                    raise _too_large()
                file.write(chunk)
                part.digest.update(chunk)
        if length is not None and part.size < length:
            raise Malformed(sentence("文件没有传完，请重新选择文件导入。"))
        if part.size == 0:
            raise RescueUnreadable(sentence("文件是空的。"))

    def _begin(
        self, session: Session, importer: Actor, package: RescueZip, part: Part
    ) -> RescueCase:
        """Find or insert the row of this zip, and find its author."""
        manifest = package.manifest
        digest = part.digest.hexdigest()
        person = session.get(Person, manifest.person.id)
        rescue = session.scalar(sa.select(Rescue).where(Rescue.sha256 == digest))
        is_repeated = rescue is not None
        if rescue is None:
            rescue = Rescue(
                id=uuid7(),
                sha256=digest,
                bytes=part.size,
                author_id=person.id if person else None,
                device_id=manifest.device_id,
                app_version=manifest.app_version,
                made_at=manifest.made_at,
                imported_by_id=importer.id,
                imported_at=self._clock(),
            )
            session.add(rescue)
            session.flush()
        author = (
            None
            if person is None
            else Actor(
                id=person.id,
                name=person.name,
                role=person.role,
                district_code=person.district_code,
                unit_id=person.unit_id,
                device_id=manifest.device_id,
                session_id=importer.session_id,
            )
        )
        disabled = person is not None and person.disabled_at is not None
        return RescueCase(rescue, is_repeated, author, disabled, count_entries(session, rescue))

    def _import_entries(self, case: RescueCase, package: RescueZip) -> dict[str, Any]:
        # Ops before photos, in the order in which a phone sends them.
        ops = self._import_ops(case, package.ops)
        drafts = self._import_drafts(case, package.drafts)
        claims = list(photo_claims(package, ops, drafts))
        photos = self._import_photos(case, package, claims)
        claimed_ids = {claim.photo.photo_id for claim in claims}
        unclaimed = [info.filename for i, info in package.photos.items() if i not in claimed_ids]
        problems = package.problems | {name: RescueUnclaimed() for name in unclaimed}
        parts = {
            "ops": ops,
            "photos": photos,
            "drafts": drafts,
            "files": [
                rescue_report.file_result(name, problem) for name, problem in problems.items()
            ],
        }
        return self._read_tx(lambda s: rescue_report.report(s, case, package, parts))

    def _context(self, session: Session, case: RescueCase, author: Actor) -> PushContext:
        return PushContext(
            session=session,
            reference=reference.current(session),
            actor=author,
            op_kinds=self._op_kinds,
            batch_id=case.batch_id,
            device_id=case.rescue.device_id,
            now=self._clock(),
            epoch=server_state(session).epoch,
        )

    # --- records ---

    def _import_ops(self, case: RescueCase, raws: Sequence[Any]) -> list[dict[str, Any]]:
        """Import the ops in their order; return one result per op."""
        results: list[dict[str, Any]] = [{}] * len(raws)
        accepted: list[int] = []
        for i, raw in enumerate(raws):
            refusal = _refusal(case, raw)
            if refusal is None:
                accepted.append(i)
            else:
                results[i] = {"status": Rescued.REFUSED, "problem": refusal.document()}
        pending = accepted
        while pending:
            for portion in _portions(pending, MAX_OPS):
                answers = self._receive_in_transaction(case, [raws[i] for i in portion])
                for i, result in zip(portion, answers, strict=True):
                    results[i] = result
            # An op may follow one of a later portion, so deferred ops are tried again.
            deferred = [i for i in pending if results[i]["status"] == OpStatus.DEFERRED]
            pending = deferred if len(deferred) < len(pending) > MAX_OPS else []
        return [
            rescue_report.op_result(raw, result) for raw, result in zip(raws, results, strict=True)
        ]

    def _receive_in_transaction(self, case: RescueCase, raws: list[Any]) -> list[dict[str, Any]]:
        return self._write_tx(lambda session: self._receive(session, case, raws))

    def _receive(self, session: Session, case: RescueCase, raws: list[Any]) -> list[dict[str, Any]]:
        """Receive ops in the name of their author, and mark the new rows as imported."""
        if case.author is None:
            raise AssertionError("ops of nobody are refused before")
        digests = [digest_of(raw) for raw in raws]
        before = quarantined_ids(session, case.author, digests)
        context = self._context(session, case, case.author)
        if case.disabled:
            results = [
                unreadable.quarantine_untried(context, raw, AccountDisabled(_DISABLED))
                for raw in raws
            ]
        else:
            batch = Batch(None, case.rescue.device_id, case.batch_id, raws)
            results = push.receive_batch(context, batch)
        session.flush()
        op_ids = session.scalars(
            sa.select(ReceivedOp.op_id).where(
                ReceivedOp.op_id.in_([i for i in map(op_id_of, raws) if i is not None]),
                ReceivedOp.batch_id == case.batch_id,
            )
        )
        mark_imported(session, case, RescuedKind.OP, op_ids)
        new_ids = quarantined_ids(session, case.author, digests) - before
        mark_imported(session, case, RescuedKind.QUARANTINED, new_ids)
        return results

    # --- drafts ---

    def _import_drafts(self, case: RescueCase, raws: Sequence[Any]) -> list[dict[str, Any]]:
        """Put drafts 草稿 into quarantine, because their author has not submitted them."""
        if not raws:
            return []
        if case.author is None:
            problem = RescueAuthorUnknown().document()
            refused = {"status": Rescued.REFUSED, "problem": problem}
            return [{"draft_id": fields_of(raw).get("draft_id")} | refused for raw in raws]
        return self._write_tx(lambda s: self._keep_drafts(s, case, raws))

    def _keep_drafts(
        self, session: Session, case: RescueCase, raws: Sequence[Any]
    ) -> list[dict[str, Any]]:
        author = case.author
        if author is None:
            raise AssertionError("drafts of nobody are refused before")
        context = self._context(session, case, author)
        results = []
        for raw in raws:
            # Quarantined like an op with the id of the draft, so its photos are registered too.
            fields = fields_of(raw)
            draft = fields | {"op_id": fields.get("draft_id"), "kind": "draft"} if fields else raw
            before = quarantined_ids(session, author, [digest_of(draft)])
            unreadable.quarantine_untried(context, draft, RescuedDraft())
            new_ids = quarantined_ids(session, author, [digest_of(draft)]) - before
            mark_imported(session, case, RescuedKind.QUARANTINED, new_ids)
            status = Rescued.QUARANTINED if new_ids else Rescued.DUPLICATE
            result = {"draft_id": fields.get("draft_id"), "status": status}
            results.append(result | {"problem": RescuedDraft().document()})
        return results

    # --- photographs ---

    def _import_photos(
        self, case: RescueCase, package: RescueZip, claims: Sequence[PhotoClaim]
    ) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        states = self._read_tx(lambda s: photo_states(s, case, claims))
        outage: Problem | None = None
        failures = 0
        for claim in claims:
            state = states.get(claim.photo.photo_id, "")
            if failures >= GIVE_UP_AFTER and outage is not None:
                result = {"status": Rescued.UNAVAILABLE, "problem": outage.document()}
            else:
                result, outage = self._import_photo(case, package, claim, state)
                failures = failures + 1 if outage is not None else 0
            results.append(rescue_report.photo_result(claim, result))
        return results

    def _import_photo(
        self, case: RescueCase, package: RescueZip, claim: PhotoClaim, state: str
    ) -> tuple[dict[str, Any], Problem | None]:
        """Import one photo; return its result, and the problem if a later try may succeed."""
        if claim.refusal is not None or case.author is None:
            return {"status": Rescued.REFUSED, "problem": claim.refusal}, None
        if state == PhotoState.STORED:
            return {"status": Rescued.DUPLICATE}, None
        try:
            content = package.photo(claim.photo.photo_id, claim.photo.sha256)
        except Problem as problem:
            damaged = isinstance(problem, RescueDamaged)
            status = Rescued.DAMAGED if damaged else Rescued.MISSING
            return {"status": status, "problem": problem.document()}, None
        try:
            stored = self._store_photo(case.author, claim, content)
        except Problem as problem:
            status = Rescued.UNAVAILABLE if problem.retryable else Rescued.REJECTED
            outage = problem if problem.retryable else None
            return {"status": status, "problem": problem.document()}, outage
        if stored:
            self._write_tx(
                lambda s: mark_imported(s, case, RescuedKind.PHOTO, [claim.photo.photo_id])
            )
        return {"status": Rescued.STORED}, None

    def _store_photo(self, author: Actor, claim: PhotoClaim, content: bytes) -> bool:
        """Upload a photo, from the offset its phone has reached; return whether it is stored."""
        photo = claim.photo
        creation = Creation(
            photo.photo_id, photo.sha256, len(content), claim.op_id or claim.draft_id
        )
        for tries_left in reversed(range(TRIES)):
            try:
                progress = self._uploads.create(author, creation, _body(content))
                if not progress.stored:
                    # The phone has uploaded a part; append the rest.
                    rest = _body(content[progress.offset :])
                    progress = self._uploads.append(author, photo.photo_id, progress.offset, rest)
                return progress.stored
            except (UploadHash, UploadOffset):
                # Wrong bytes were removed, or the phone is uploading it at the moment.
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")


_DISABLED = "作者的账号已停用：内容已留存，未生效；核实后先启用账号，再导入一次。"


def _refusal(case: RescueCase, raw: Any) -> Problem | None:
    """Return the problem of an op that must not be tried, if there is one."""
    if case.author is None:
        return RescueAuthorUnknown()
    # A file does not prove a decision of a supervisor; supervisors sign in to decide.
    is_move = fields_of(raw).get("kind") == OpKind.TASK_MOVE
    if is_move and case.author.role in access.OVERSEERS:
        return RescueOfficeMove()
    return None


def _body(content: bytes) -> Body:
    return Body(io.BytesIO(content))


def _portions(positions: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(positions), most):
        yield positions[start : start + most]


def _too_large() -> TooLarge:
    gigabytes = MAX_ZIP_BYTES // 1024**3
    return TooLarge(sentence("抢救包超过 {gigabytes} GB。", gigabytes=gigabytes))
