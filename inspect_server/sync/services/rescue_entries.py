"""Entries of a rescue zip 抢救包: the photos it declares, and what is here because of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.models import Quarantined, Rescue, RescuedEntry, RescuedKind
from inspect_server.photos.services import photos
from inspect_server.sync.formats.rescue_zip import RescueZip
from schemas.photos import DeclaredPhoto, DeclaredPhotoSchema
from schemas.sync import MAX_RECEIPTS
from schemas.vocabulary import Rescued

_photo_schema = DeclaredPhotoSchema()


@dataclass(frozen=True, slots=True)
class PhotoClaim:
    """A photo that an op or a draft of the zip declares."""

    photo: DeclaredPhoto
    op_id: UUID | None = None
    draft_id: UUID | None = None
    # Its record was not brought in, so neither is the photo.
    refusal: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RescueCase:
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


def fields_of(raw: Any) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}


def op_id_of(raw: Any) -> UUID | None:
    return uuid_or_none(fields_of(raw).get("op_id"))


def uuid_or_none(value: Any) -> UUID | None:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None


def photo_claims(
    package: RescueZip, ops: Sequence[dict[str, Any]], drafts: Sequence[dict[str, Any]]
) -> Iterator[PhotoClaim]:
    """Name every photo the zip's records declare, in their order; one id counts once."""
    seen: set[UUID] = set()
    sources = [(raw, told, "op_id") for raw, told in zip(package.ops, ops, strict=True)]
    sources += [(raw, told, "draft_id") for raw, told in zip(package.drafts, drafts, strict=True)]
    for raw, told, name in sources:
        listed = fields_of(raw).get("photos")
        refusal = told.get("problem") if told["status"] == Rescued.REFUSED else None
        for one in listed if isinstance(listed, list) else []:
            try:
                photo: DeclaredPhoto = _photo_schema.load(one)
            except (ValidationError, TypeError):
                continue
            if photo.photo_id not in seen:
                seen.add(photo.photo_id)
                of = uuid_or_none(fields_of(raw).get(name))
                yield PhotoClaim(
                    photo,
                    op_id=of if name == "op_id" else None,
                    draft_id=of if name == "draft_id" else None,
                    refusal=refusal,
                )


def photo_states(
    session: Session, case: RescueCase, claims: Sequence[PhotoClaim]
) -> dict[UUID, str]:
    """Say how far each photo is already, by the phone's own doing or an earlier import."""
    if case.author is None:
        return {}
    ids = [claim.photo.photo_id for claim in claims]
    known: dict[UUID, str] = {}
    for start in range(0, len(ids), MAX_RECEIPTS):
        known |= photos.receipts(session, case.author, ids[start : start + MAX_RECEIPTS])
    return known


def quarantined_ids(session: Session, author: Actor, digests: Iterable[str]) -> set[UUID]:
    return set(
        session.scalars(
            sa.select(Quarantined.id).where(
                Quarantined.person_id == author.id, Quarantined.digest.in_(list(digests))
            )
        )
    )


def count_entries(session: Session, rescue: Rescue) -> int:
    """Count what stands here because of a rescue."""
    counted = sa.select(sa.func.count()).select_from(RescuedEntry)
    return session.scalar(counted.where(RescuedEntry.rescue_id == rescue.id)) or 0


def mark_imported(
    session: Session, case: RescueCase, kind: RescuedKind, ids: Iterable[UUID]
) -> None:
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
