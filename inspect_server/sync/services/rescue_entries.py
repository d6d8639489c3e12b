"""Entries of a rescue zip 抢救包: the photos it declares, and the rows that were imported."""

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
    """A photo that is declared by an op or a draft of the zip."""

    photo: DeclaredPhoto
    op_id: UUID | None = None
    draft_id: UUID | None = None
    # The problem for which its op was not imported; then the photo is not imported either.
    refusal: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RescueCase:
    """One import in progress: its row and the author of the zip."""

    rescue: Rescue
    is_repeated: bool
    # None if the author is not in the register of people.
    author: Actor | None
    disabled: bool
    # The number of rows imported from this zip before this import.
    entries_before: int

    @property
    def batch_id(self) -> str:
        """The batch id under which its ops are received."""
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
    """Yield the photos the ops and drafts declare, in their order, each id once."""
    claimed_ids: set[UUID] = set()
    sources = [(raw, result, "op_id") for raw, result in zip(package.ops, ops, strict=True)]
    sources += [
        (raw, result, "draft_id") for raw, result in zip(package.drafts, drafts, strict=True)
    ]
    for raw, result, name in sources:
        declarations = fields_of(raw).get("photos")
        refusal = result.get("problem") if result["status"] == Rescued.REFUSED else None
        for declaration in declarations if isinstance(declarations, list) else []:
            try:
                photo: DeclaredPhoto = _photo_schema.load(declaration)
            except (ValidationError, TypeError):
                continue
            if photo.photo_id not in claimed_ids:
                claimed_ids.add(photo.photo_id)
                source_id = uuid_or_none(fields_of(raw).get(name))
                yield PhotoClaim(
                    photo,
                    op_id=source_id if name == "op_id" else None,
                    draft_id=source_id if name == "draft_id" else None,
                    refusal=refusal,
                )


def photo_states(
    session: Session, case: RescueCase, claims: Sequence[PhotoClaim]
) -> dict[UUID, str]:
    """Return the receipts of the photos that the phone or an earlier import has sent."""
    if case.author is None:
        return {}
    ids = [claim.photo.photo_id for claim in claims]
    states: dict[UUID, str] = {}
    for start in range(0, len(ids), MAX_RECEIPTS):
        states |= photos.receipts(session, case.author, ids[start : start + MAX_RECEIPTS])
    return states


def quarantined_ids(session: Session, author: Actor, digests: Iterable[str]) -> set[UUID]:
    return set(
        session.scalars(
            sa.select(Quarantined.id).where(
                Quarantined.person_id == author.id, Quarantined.digest.in_(list(digests))
            )
        )
    )


def count_entries(session: Session, rescue: Rescue) -> int:
    """Return the number of rows imported from a zip."""
    count = sa.select(sa.func.count()).select_from(RescuedEntry)
    return session.scalar(count.where(RescuedEntry.rescue_id == rescue.id)) or 0


def mark_imported(
    session: Session, case: RescueCase, kind: RescuedKind, ids: Iterable[UUID]
) -> None:
    """Mark these rows as imported from this zip, unless they are marked already."""
    entry_ids = set(ids)
    existing = set(
        session.scalars(
            sa.select(RescuedEntry.entry_id).where(
                RescuedEntry.kind == kind, RescuedEntry.entry_id.in_(entry_ids)
            )
        )
    )
    for entry_id in entry_ids - existing:
        session.add(RescuedEntry(kind=kind, entry_id=entry_id, rescue_id=case.rescue.id))
    session.flush()
