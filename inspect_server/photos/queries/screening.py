"""Screening 照片筛查: loads the facts for the rules and returns the hints of a case. Only reads.

Fingerprints and likenesses were computed when the photos arrived; no picture is decoded here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from inspect_server.core import access
from inspect_server.core.access import Actor
from inspect_server.models import Observation, Photo, PhotoLikeness, PhotoPrint, Task
from inspect_server.photos.rules import screening
from inspect_server.photos.rules.screening import ScreenedCase, ScreenedPhoto, SimilarPhoto
from inspect_server.registry.reference import Reference
from schemas.vocabulary import PhotoRole

# At most so many other photos with the same bytes are loaded.
MAX_SIMILAR = 50

Pairs = dict[tuple[UUID, UUID], PhotoLikeness | None]


@dataclass(frozen=True, slots=True)
class ScreeningRows:
    """The rows of screening for the photos of some cases, by photo id."""

    prints: Mapping[UUID, PhotoPrint]
    similar: Mapping[UUID, tuple[SimilarPhoto, ...]]


def load(session: Session, actor: Actor, photos: Iterable[Photo]) -> ScreeningRows:
    """Return the screening of photos; it is empty for roles that do not review."""
    own = {photo.id: photo for photo in photos}
    if not own or actor.role not in access.OVERSEERS:
        return ScreeningRows({}, {})
    prints = session.scalars(
        sa.select(PhotoPrint).where(PhotoPrint.photo_id.in_(own)).options(defer(PhotoPrint.print))
    )
    return ScreeningRows(
        {print_.photo_id: print_ for print_ in prints}, _similar_photos(session, actor, own)
    )


def hints(
    reference: Reference,
    task: Task,
    observation: Observation,
    photos: Sequence[Photo],
    rows: ScreeningRows,
) -> list[dict[str, Any]]:
    """Return the hints of one case, ordered by severity, in the form of the API."""
    point = reference.points.get(task.point_id) if task.point_id else None
    district = reference.districts.get(task.district_code or "")
    has_location = observation.lon is not None and observation.lat is not None
    case = ScreenedCase(
        location=(observation.lon, observation.lat) if has_location else None,  # type: ignore[arg-type]
        accuracy_m=observation.accuracy_m,
        point_location=(point.lon, point.lat) if point else None,
        district=task.district_code,
        district_name=district.name if district else None,
        has_outline=reference.has_outline(task.district_code),
        dispatched_at=task.dispatched_at,
        clock_offset_ms=observation.clock_offset_ms,
        photos=tuple(_screened_photo(reference, photo, rows) for photo in photos),
    )
    return [asdict(hint) for hint in screening.hints(case)]


def _screened_photo(reference: Reference, photo: Photo, rows: ScreeningRows) -> ScreenedPhoto:
    place, exif = photo.place or {}, photo.exif or {}
    lon, lat = place.get("lon"), place.get("lat")
    location = (float(lon), float(lat)) if lon is not None and lat is not None else None
    print_ = rows.prints.get(photo.id)
    return ScreenedPhoto(
        id=photo.id,
        role=photo.role,
        is_after=is_after(photo),
        source=photo.source,
        taken_at=photo.taken_at,
        file_taken_at=exif.get("taken_at"),
        software=exif.get("software"),
        location=location,
        accuracy_m=place.get("accuracy_m"),
        district=reference.atlas.district_at(*location) if location else None,
        sharpness=print_.sharpness if print_ else None,
        brightness=print_.brightness if print_ else None,
        glare=print_.glare if print_ else None,
        similar=rows.similar.get(photo.id, ()),
    )


def is_after(photo: Photo) -> bool:
    """Say whether this is an after photo 整改后照片."""
    return photo.role is PhotoRole.AFTER


def _similar_photos(
    session: Session, actor: Actor, own: Mapping[UUID, Photo]
) -> dict[UUID, tuple[SimilarPhoto, ...]]:
    """Return by photo the earlier photos that are the same file or the same exposure."""
    pairs: Pairs = dict.fromkeys(_same_files(session, own)) | _same_exposures(session, own)
    other_ids = {other_id for _, other_id in pairs}
    rows = session.execute(
        sa.select(Photo, Task)
        .outerjoin(Task, Task.id == Photo.task_id)
        .where(Photo.id.in_(other_ids))
    )
    others = {photo.id: (photo, task) for photo, task in rows}
    similar: dict[UUID, list[SimilarPhoto]] = defaultdict(list)
    for (photo_id, other_id), likeness in pairs.items():
        if other_id in others and others[other_id][0].role is not PhotoRole.ANNOTATED:
            photo, (other, task) = own[photo_id], others[other_id]
            if _is_later(photo, other):
                similar[photo_id].append(_similar_photo(actor, photo, other, task, likeness))
    return {photo_id: tuple(similar) for photo_id, similar in similar.items()}


def _same_exposures(session: Session, own: Mapping[UUID, Photo]) -> Pairs:
    """Return the likenesses the worker found as pairs in both orders.

    Photos do not always arrive in the order in which they were taken.
    """
    pairs: Pairs = {}
    for row in session.scalars(
        sa.select(PhotoLikeness).where(
            sa.or_(PhotoLikeness.photo_id.in_(own), PhotoLikeness.other_id.in_(own))
        )
    ):
        for one, other in ((row.photo_id, row.other_id), (row.other_id, row.photo_id)):
            if one in own:
                pairs[one, other] = row
    return pairs


def _same_files(session: Session, own: Mapping[UUID, Photo]) -> Iterator[tuple[UUID, UUID]]:
    """Yield pairs of photos with equal bytes, outside the demo data or within one case.

    The photos of the demo data are shared by many cases.
    """
    by_hash: dict[str, list[Photo]] = defaultdict(list)
    for photo in own.values():
        by_hash[photo.sha256].append(photo)
    elsewhere = session.execute(
        sa.select(Photo.id, Photo.sha256)
        .join(Task, Task.id == Photo.task_id)
        .where(Photo.sha256.in_(by_hash), Photo.id.not_in(own), Task.demo.is_(False))
        .order_by(Photo.created_at)
        .limit(MAX_SIMILAR)
    )
    for other_id, sha256 in elsewhere:
        yield from ((photo.id, other_id) for photo in by_hash[sha256])
    for same in by_hash.values():
        for one, other in permutations(same, 2):
            if one.task_id == other.task_id:
                yield one.id, other.id


def _is_later(photo: Photo, other: Photo) -> bool:
    """Say whether `photo` gets the hint: the after photo of a case, else the later of the two."""
    if photo.task_id == other.task_id and is_after(photo) != is_after(other):
        return is_after(photo)
    return (other.created_at, other.id) < (photo.created_at, photo.id)


def _similar_photo(
    actor: Actor, photo: Photo, other: Photo, task: Task | None, likeness: PhotoLikeness | None
) -> SimilarPhoto:
    sees = task is not None and access.sees_task(actor, task)
    return SimilarPhoto(
        photo_id=other.id,
        same_bytes=photo.sha256 == other.sha256,
        same_case=task is not None and photo.task_id == task.id,
        is_after=is_after(other),
        mirrored=likeness is not None and likeness.mirrored,
        overlap=likeness.overlap if likeness else 1.0,
        difference=likeness.difference if likeness else 0.0,
        task_id=task.id if task and sees else None,
        number=task.number if task and sees else None,
    )
