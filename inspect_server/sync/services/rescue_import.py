"""Rescue import 抢救导入: what a phone saved into a zip, imported by an admin for its author.

Each op takes the very path a push takes and each photo the path an upload takes, under the
phone's own ids: whatever the phone sends later is a duplicate. What came this way is marked as
imported, for good.
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

# The store is away rather than busy when this many photos in a row could not be put into it.
GIVE_UP_AFTER = 3
# Tries of one photo that its phone, or another import, may be sending at the same moment.
TRIES = 3


class RescueImport:
    """Imports rescue zips 抢救包 in their authors' names."""

    def __init__(
        self,
        write_tx: RunTransaction,
        read_tx: RunTransaction,
        uploads: UploadService,
        op_kinds: Mapping[str, OpKindHandler],
        clock: Callable[[], datetime],
    ) -> None:
        """Apply ops and take photos by the same services as a phone's own."""
        self._write_tx = write_tx
        self._read_tx = read_tx
        self._uploads = uploads
        self._op_kinds = op_kinds
        self._clock = clock

    def bring_in(self, importer: Actor, body: BinaryIO, length: int | None) -> dict[str, Any]:
        """Take a zip into the spool, bring in what it holds, and say of each entry what became.

        Brought in twice it changes nothing and says so. Raises `RescueUnreadable`, `TooLarge`,
        `Malformed` (cut on the way), `Unavailable` (no room in the spool).
        """
        spool = self._uploads.spool
        part = Part(spool.new_name(uuid4()))
        try:
            self._take(part, body, length)
            path = spool.folder / part.name
            with rescue_zip.opened(path) as package:
                case = self._write_tx(lambda s: self._begin(s, importer, package, part))
                return self._unpack(case, package)
        finally:
            spool.drop([part.name])

    def _take(self, part: Part, body: BinaryIO, length: int | None) -> None:
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
            raise Malformed(sentence("文件没有传完,请重新选择文件导入。"))
        if part.size == 0:
            raise RescueUnreadable(sentence("文件是空的。"))

    def _begin(
        self, session: Session, importer: Actor, package: RescueZip, part: Part
    ) -> RescueCase:
        """Find or make the row of this zip, and find its author."""
        told = package.manifest
        digest = part.digest.hexdigest()
        person = session.get(Person, told.person.id)
        rescue = session.scalar(sa.select(Rescue).where(Rescue.sha256 == digest))
        again = rescue is not None
        if rescue is None:
            rescue = Rescue(
                id=uuid7(),
                sha256=digest,
                bytes=part.size,
                author_id=person.id if person else None,
                device_id=told.device_id,
                app_version=told.app_version,
                made_at=told.made_at,
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
                device_id=told.device_id,
                session_id=importer.session_id,
            )
        )
        disabled = person is not None and person.disabled_at is not None
        return RescueCase(rescue, again, author, disabled, count_entries(session, rescue))

    def _unpack(self, case: RescueCase, package: RescueZip) -> dict[str, Any]:
        # Records before photographs, as a phone sends them.
        ops = self._ops(case, package.ops)
        drafts = self._drafts(case, package.drafts)
        claims = list(photo_claims(package, ops, drafts))
        pictures = self._photos(case, package, claims)
        named = {claim.photo.photo_id for claim in claims}
        stray = [info.filename for i, info in package.photos.items() if i not in named]
        troubles = package.troubles | {name: RescueUnclaimed() for name in stray}
        parts = {
            "ops": ops,
            "photos": pictures,
            "drafts": drafts,
            "files": [
                rescue_report.file_result(name, problem) for name, problem in troubles.items()
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

    def _ops(self, case: RescueCase, raws: Sequence[Any]) -> list[dict[str, Any]]:
        """Bring in the ops, in their order; each gets its own answer."""
        results: list[dict[str, Any]] = [{}] * len(raws)
        takable: list[int] = []
        for i, raw in enumerate(raws):
            refusal = _refusal(case, raw)
            if refusal is None:
                takable.append(i)
            else:
                results[i] = {"status": Rescued.REFUSED, "problem": refusal.document()}
        waiting = takable
        while waiting:
            for some in _portions(waiting, MAX_OPS):
                taken = self._received(case, [raws[i] for i in some])
                for i, result in zip(some, taken, strict=True):
                    results[i] = result
            # An op may stand behind one that only came with a later portion.
            deferred = [i for i in waiting if results[i]["status"] == OpStatus.DEFERRED]
            waiting = deferred if len(deferred) < len(waiting) > MAX_OPS else []
        return [
            rescue_report.op_result(raw, result) for raw, result in zip(raws, results, strict=True)
        ]

    def _received(self, case: RescueCase, raws: list[Any]) -> list[dict[str, Any]]:
        return self._write_tx(lambda session: self._receive(session, case, raws))

    def _receive(self, session: Session, case: RescueCase, raws: list[Any]) -> list[dict[str, Any]]:
        """Receive ops in their author's name and mark what stands because of it."""
        if case.author is None:
            raise AssertionError("ops of nobody are refused before")
        digests = [digest_of(raw) for raw in raws]
        before = quarantined_ids(session, case.author, digests)
        context = self._context(session, case, case.author)
        if case.disabled:
            results = [
                unreadable.set_aside(context, raw, AccountDisabled(_DISABLED)) for raw in raws
            ]
        else:
            batch = Batch(None, case.rescue.device_id, case.batch_id, raws)
            results = push.receive_batch(context, batch)
        session.flush()
        brought = session.scalars(
            sa.select(ReceivedOp.op_id).where(
                ReceivedOp.op_id.in_([i for i in map(op_id_of, raws) if i is not None]),
                ReceivedOp.batch_id == case.batch_id,
            )
        )
        mark_imported(session, case, RescuedKind.OP, brought)
        aside = quarantined_ids(session, case.author, digests) - before
        mark_imported(session, case, RescuedKind.QUARANTINED, aside)
        return results

    # --- drafts ---

    def _drafts(self, case: RescueCase, raws: Sequence[Any]) -> list[dict[str, Any]]:
        """Keep drafts for a person to look at: nobody handed them in."""
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
        kept = []
        for raw in raws:
            # Under its own id, as an op would be: its photos are kept with it.
            asked = fields_of(raw)
            draft = asked | {"op_id": asked.get("draft_id"), "kind": "draft"} if asked else raw
            before = quarantined_ids(session, author, [digest_of(draft)])
            unreadable.set_aside(context, draft, RescuedDraft())
            new = quarantined_ids(session, author, [digest_of(draft)]) - before
            mark_imported(session, case, RescuedKind.QUARANTINED, new)
            status = Rescued.QUARANTINED if new else Rescued.DUPLICATE
            told = {"draft_id": asked.get("draft_id"), "status": status}
            kept.append(told | {"problem": RescuedDraft().document()})
        return kept

    # --- photographs ---

    def _photos(
        self, case: RescueCase, package: RescueZip, claims: Sequence[PhotoClaim]
    ) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        here = self._read_tx(lambda s: photo_states(s, case, claims))
        away: Problem | None = None
        failed = 0
        for claim in claims:
            state = here.get(claim.photo.photo_id, "")
            if failed >= GIVE_UP_AFTER and away is not None:
                result = {"status": Rescued.UNAVAILABLE, "problem": away.document()}
            else:
                result, away = self._photo(case, package, claim, state)
                failed = failed + 1 if away is not None else 0
            told.append(rescue_report.photo_result(claim, result))
        return told

    def _photo(
        self, case: RescueCase, package: RescueZip, claim: PhotoClaim, state: str
    ) -> tuple[dict[str, Any], Problem | None]:
        """Bring in one photo; also returned is what may pass when it is tried again."""
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
            stored = self._put(case.author, claim, content)
        except Problem as problem:
            status = Rescued.UNAVAILABLE if problem.retryable else Rescued.REJECTED
            away = problem if problem.retryable else None
            return {"status": status, "problem": problem.document()}, away
        if stored:
            self._write_tx(
                lambda s: mark_imported(s, case, RescuedKind.PHOTO, [claim.photo.photo_id])
            )
        return {"status": Rescued.STORED}, None

    def _put(self, author: Actor, claim: PhotoClaim, content: bytes) -> bool:
        """Send a photo as its phone would, going on where that one was cut."""
        told = claim.photo
        creation = Creation(told.photo_id, told.sha256, len(content), claim.op_id or claim.draft_id)
        for tries_left in reversed(range(TRIES)):
            try:
                progress = self._uploads.create(author, creation, _body(content))
                if not progress.stored:
                    # The phone had begun: its half stands, the rest is ours.
                    rest = _body(content[progress.offset :])
                    progress = self._uploads.append(author, told.photo_id, progress.offset, rest)
                return progress.stored
            except (UploadHash, UploadOffset):
                # What lay here were other bytes, now dropped; or the phone sends it right now.
                if not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")


_DISABLED = "作者的账号已停用:内容已留存,未生效;核实后先启用账号,再导入一次。"


def _refusal(case: RescueCase, raw: Any) -> Problem | None:
    """Say why an op is not even tried."""
    if case.author is None:
        return RescueAuthorUnknown()
    # A file proves nobody's judgement: whoever may judge signs in and does it.
    is_move = fields_of(raw).get("kind") == OpKind.TASK_MOVE
    if is_move and case.author.role in access.OVERSEERS:
        return RescueOfficeMove()
    return None


def _body(content: bytes) -> Body:
    return Body(io.BytesIO(content))


def _portions(all_: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(all_), most):
        yield all_[start : start + most]


def _too_large() -> TooLarge:
    gigabytes = MAX_ZIP_BYTES // 1024**3
    return TooLarge(sentence("抢救包超过 {gigabytes} GB。", gigabytes=gigabytes))
