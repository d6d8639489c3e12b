"""Rescues 抢救导入: what a phone saved into a zip, brought in by an admin in its author's name.

Each op takes the very path a push takes and each photo the path an upload takes, under the
phone's own ids: whatever the phone sends later is a duplicate. What came this way is marked as
imported, for good.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID, uuid4

import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.core.problems import (
    AccountDisabled,
    Malformed,
    ParentMissing,
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
    Observation,
    Person,
    Quarantined,
    ReceivedOp,
    Rescue,
    RescuedEntry,
    RescuedKind,
    Task,
)
from inspect_server.photos.services import photos
from inspect_server.photos.services.upload_rows import Creation
from inspect_server.photos.services.uploads import Body, RunTransaction, UploadService
from inspect_server.photos.spool import CHUNK, Part
from inspect_server.registry import reference
from inspect_server.sync.formats import rescue_zip
from inspect_server.sync.formats.rescue_zip import MAX_ZIP_BYTES, RescueZip
from inspect_server.sync.services import push, unreadable
from inspect_server.sync.services.context import PushContext
from schemas.photos import DeclaredPhoto, DeclaredPhotoSchema
from schemas.strict_json import digest_of
from schemas.sync import MAX_OPS, MAX_RECEIPTS, Batch
from schemas.vocabulary import OpKind, OpStatus, PhotoState, Rescued

# The store is away rather than busy when this many photos in a row could not be put into it.
GIVE_UP_AFTER = 3
# Tries of one photo that its phone, or another import, may be sending at the same moment.
TRIES = 3

_photo_schema = DeclaredPhotoSchema()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A photo that an op or a draft of the zip declares."""

    photo: DeclaredPhoto
    op_id: UUID | None = None
    draft_id: UUID | None = None
    # Its record was not brought in, so neither is the photo.
    refusal: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """One rescue under way: its row, and who it is about."""

    rescue: Rescue
    again: bool
    # None where nobody of the author's id is known.
    author: Actor | None
    disabled: bool
    # How many things stood here because of it when it began.
    stood: int

    @property
    def batch_id(self) -> str:
        """What its ops are received under."""
        return f"rescue:{self.rescue.id}"


class RescueImport:
    """The desk where rescue zips are brought in."""

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

    def _begin(self, session: Session, importer: Actor, package: RescueZip, part: Part) -> _Case:
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
        return _Case(rescue, again, author, disabled, _standing(session, rescue))

    def _unpack(self, case: _Case, package: RescueZip) -> dict[str, Any]:
        # Records before photographs, as a phone sends them.
        ops = self._ops(case, package.ops)
        drafts = self._drafts(case, package.drafts)
        claims = list(_claims(package, ops, drafts))
        pictures = self._photos(case, package, claims)
        named = {claim.photo.photo_id for claim in claims}
        stray = [info.filename for i, info in package.photos.items() if i not in named]
        troubles = package.troubles | {name: RescueUnclaimed() for name in stray}
        parts = {
            "ops": ops,
            "photos": pictures,
            "drafts": drafts,
            "files": [_file(name, problem) for name, problem in troubles.items()],
        }
        return self._read_tx(lambda s: _told(s, case, package, parts))

    def _context(self, session: Session, case: _Case, author: Actor) -> PushContext:
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

    def _ops(self, case: _Case, raws: Sequence[Any]) -> list[dict[str, Any]]:
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
        return [_op_result(raw, result) for raw, result in zip(raws, results, strict=True)]

    def _received(self, case: _Case, raws: list[Any]) -> list[dict[str, Any]]:
        return self._write_tx(lambda session: self._receive(session, case, raws))

    def _receive(self, session: Session, case: _Case, raws: list[Any]) -> list[dict[str, Any]]:
        """Receive ops in their author's name and mark what stands because of it."""
        if case.author is None:
            raise AssertionError("ops of nobody are refused before")
        digests = [digest_of(raw) for raw in raws]
        before = _in_quarantine(session, case.author, digests)
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
                ReceivedOp.op_id.in_([i for i in map(_op_id, raws) if i is not None]),
                ReceivedOp.batch_id == case.batch_id,
            )
        )
        _mark(session, case, RescuedKind.OP, brought)
        aside = _in_quarantine(session, case.author, digests) - before
        _mark(session, case, RescuedKind.QUARANTINED, aside)
        return results

    # --- drafts ---

    def _drafts(self, case: _Case, raws: Sequence[Any]) -> list[dict[str, Any]]:
        """Keep drafts for a person to look at: nobody handed them in."""
        if not raws:
            return []
        if case.author is None:
            problem = RescueAuthorUnknown().document()
            refused = {"status": Rescued.REFUSED, "problem": problem}
            return [{"draft_id": _asked(raw).get("draft_id")} | refused for raw in raws]
        return self._write_tx(lambda s: self._keep_drafts(s, case, raws))

    def _keep_drafts(
        self, session: Session, case: _Case, raws: Sequence[Any]
    ) -> list[dict[str, Any]]:
        author = case.author
        if author is None:
            raise AssertionError("drafts of nobody are refused before")
        context = self._context(session, case, author)
        kept = []
        for raw in raws:
            # Under its own id, as an op would be: its photos are kept with it.
            asked = _asked(raw)
            draft = asked | {"op_id": asked.get("draft_id"), "kind": "draft"} if asked else raw
            before = _in_quarantine(session, author, [digest_of(draft)])
            unreadable.set_aside(context, draft, RescuedDraft())
            new = _in_quarantine(session, author, [digest_of(draft)]) - before
            _mark(session, case, RescuedKind.QUARANTINED, new)
            status = Rescued.QUARANTINED if new else Rescued.DUPLICATE
            told = {"draft_id": asked.get("draft_id"), "status": status}
            kept.append(told | {"problem": RescuedDraft().document()})
        return kept

    # --- photographs ---

    def _photos(
        self, case: _Case, package: RescueZip, claims: Sequence[_Claim]
    ) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        here = self._read_tx(lambda s: _states(s, case, claims))
        away: Problem | None = None
        failed = 0
        for claim in claims:
            state = here.get(claim.photo.photo_id, "")
            if failed >= GIVE_UP_AFTER and away is not None:
                result = {"status": Rescued.UNAVAILABLE, "problem": away.document()}
            else:
                result, away = self._photo(case, package, claim, state)
                failed = failed + 1 if away is not None else 0
            told.append(_photo_result(claim, result))
        return told

    def _photo(
        self, case: _Case, package: RescueZip, claim: _Claim, state: str
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
            self._write_tx(lambda s: _mark(s, case, RescuedKind.PHOTO, [claim.photo.photo_id]))
        return {"status": Rescued.STORED}, None

    def _put(self, author: Actor, claim: _Claim, content: bytes) -> bool:
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


_FORERUNNER = "包里和服务器上都没有它的前一步:请先导入含有前一步的抢救包,再导入本文件。"
_DISABLED = "作者的账号已停用:内容已留存,未生效;核实后先启用账号,再导入一次。"


def _refusal(case: _Case, raw: Any) -> Problem | None:
    """Say why an op is not even tried."""
    if case.author is None:
        return RescueAuthorUnknown()
    # A file proves nobody's judgement: whoever may judge signs in and does it.
    is_move = _asked(raw).get("kind") == OpKind.TASK_MOVE
    if is_move and case.author.role in access.OVERSEERS:
        return RescueOfficeMove()
    return None


def _asked(raw: Any) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _op_id(raw: Any) -> UUID | None:
    return _uuid(_asked(raw).get("op_id"))


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None


def _body(content: bytes) -> Body:
    return Body(io.BytesIO(content))


def _portions(all_: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(all_), most):
        yield all_[start : start + most]


def _claims(
    package: RescueZip, ops: Sequence[dict[str, Any]], drafts: Sequence[dict[str, Any]]
) -> Iterator[_Claim]:
    """Name every photo the zip's records declare, in their order; one id counts once."""
    seen: set[UUID] = set()
    sources = [(raw, told, "op_id") for raw, told in zip(package.ops, ops, strict=True)]
    sources += [(raw, told, "draft_id") for raw, told in zip(package.drafts, drafts, strict=True)]
    for raw, told, name in sources:
        listed = _asked(raw).get("photos")
        refusal = told.get("problem") if told["status"] == Rescued.REFUSED else None
        for one in listed if isinstance(listed, list) else []:
            try:
                photo: DeclaredPhoto = _photo_schema.load(one)
            except (ValidationError, TypeError):
                continue
            if photo.photo_id not in seen:
                seen.add(photo.photo_id)
                of = _uuid(_asked(raw).get(name))
                yield _Claim(
                    photo,
                    op_id=of if name == "op_id" else None,
                    draft_id=of if name == "draft_id" else None,
                    refusal=refusal,
                )


def _states(session: Session, case: _Case, claims: Sequence[_Claim]) -> dict[UUID, str]:
    """Say how far each photo is already, by the phone's own doing or an earlier import."""
    if case.author is None:
        return {}
    ids = [claim.photo.photo_id for claim in claims]
    known: dict[UUID, str] = {}
    for start in range(0, len(ids), MAX_RECEIPTS):
        known |= photos.receipts(session, case.author, ids[start : start + MAX_RECEIPTS])
    return known


def _in_quarantine(session: Session, author: Actor, digests: Iterable[str]) -> set[UUID]:
    return set(
        session.scalars(
            sa.select(Quarantined.id).where(
                Quarantined.person_id == author.id, Quarantined.digest.in_(list(digests))
            )
        )
    )


def _standing(session: Session, rescue: Rescue) -> int:
    """Count what stands here because of a rescue."""
    counted = sa.select(sa.func.count()).select_from(RescuedEntry)
    return session.scalar(counted.where(RescuedEntry.rescue_id == rescue.id)) or 0


def _mark(session: Session, case: _Case, kind: RescuedKind, ids: Iterable[UUID]) -> None:
    """Write down for good that these stand here because of this rescue."""
    wanted = set(ids)
    there = set(
        session.scalars(
            sa.select(RescuedEntry.entry_id).where(
                RescuedEntry.kind == kind, RescuedEntry.entry_id.in_(wanted)
            )
        )
    )
    for entry_id in wanted - there:
        session.add(RescuedEntry(kind=kind, entry_id=entry_id, rescue_id=case.rescue.id))
    session.flush()


# --- the answer ------------------------------------------------------------------------------


def _op_result(raw: Any, result: dict[str, Any]) -> dict[str, Any]:
    asked = _asked(raw)
    told = {name: asked.get(name) for name in ("op_id", "kind", "entity_id", "captured_at")}
    told["status"] = Rescued(str(result["status"]))
    if told["status"] is Rescued.DEFERRED:
        # A phone would try again by itself; a file does not.
        result = {"problem": ParentMissing(_FORERUNNER).document()}
    return told | {name: result[name] for name in ("version", "problem") if name in result}


def _photo_result(claim: _Claim, result: dict[str, Any]) -> dict[str, Any]:
    told = {
        "photo_id": claim.photo.photo_id,
        "op_id": claim.op_id,
        "draft_id": claim.draft_id,
        "role": str(claim.photo.role),
    }
    return told | {name: value for name, value in result.items() if value is not None}


def _file(name: str, problem: Problem) -> dict[str, Any]:
    status = Rescued.DAMAGED if isinstance(problem, RescueDamaged) else Rescued.REFUSED
    return {"name": name, "status": status, "problem": problem.document()}


def _told(
    session: Session, case: _Case, package: RescueZip, parts: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    rescue = case.rescue
    importer = session.get_one(Person, rescue.imported_by_id)
    opened = _tasks(session, parts["ops"])
    for one in parts["ops"]:
        one["task_id"] = opened.get(_uuid(one["entity_id"]))
    summary = {
        name: dict(Counter(str(one["status"]) for one in told)) for name, told in parts.items()
    }
    told = package.manifest.person
    return {
        "rescue_id": rescue.id,
        "again": case.again,
        "imported": {
            "by": {"id": str(importer.id), "name": importer.name},
            "at": rescue.imported_at,
        },
        # By the register's name where there is one: the zip may say anything.
        "person": {"id": str(told.id), "name": case.author.name if case.author else told.name},
        "device_id": rescue.device_id,
        "made_at": rescue.made_at,
        "app_version": rescue.app_version,
        "summary": summary,
        "changed": _standing(session, rescue) > case.stood,
    } | parts


def _tasks(session: Session, ops: Sequence[dict[str, Any]]) -> dict[UUID | None, UUID]:
    """Find the case behind each record or move, so that the desk can open it."""
    ids = {i for i in (_uuid(one["entity_id"]) for one in ops) if i is not None}
    found: dict[UUID | None, UUID] = {}
    for start in range(0, len(ids), MAX_RECEIPTS):
        some = list(ids)[start : start + MAX_RECEIPTS]
        rows = session.execute(
            sa.select(Task.observation_id, Task.id)
            .join(Observation, Observation.id == Task.observation_id)
            .where(sa.or_(Task.observation_id.in_(some), Task.id.in_(some)))
        )
        for observation_id, task_id in rows:
            found[observation_id] = found[task_id] = task_id
    return found


def _too_large() -> TooLarge:
    gigabytes = MAX_ZIP_BYTES // 1024**3
    return TooLarge(sentence("抢救包超过 {gigabytes} GB。", gigabytes=gigabytes))
