"""Screening 照片筛查 as reviewers read it: gathers what the rules ask about; SELECTs only.

Everything was computed when the photos came in; nothing here decodes or compares a picture.
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
from inspect_server.photos.rules.screening import SeenCase, SeenPhoto, Twin
from inspect_server.registry.reference import Reference
from schemas.vocabulary import PhotoRole

# The same file sent a thousand times is as plain from a few of them.
MOST_TWINS = 50

Pairs = dict[tuple[UUID, UUID], PhotoLikeness | None]


@dataclass(frozen=True, slots=True)
class Screened:
    """What was found about the photos of some cases."""

    prints: Mapping[UUID, PhotoPrint]
    twins: Mapping[UUID, tuple[Twin, ...]]


def screened(session: Session, actor: Actor, photos: Iterable[Photo]) -> Screened:
    """Read what was found about photos; nothing for those who do not review."""
    own = {photo.id: photo for photo in photos}
    if not own or actor.role not in access.OVERSEERS:
        return Screened({}, {})
    prints = session.scalars(
        sa.select(PhotoPrint).where(PhotoPrint.photo_id.in_(own)).options(defer(PhotoPrint.print))
    )
    return Screened({print_.photo_id: print_ for print_ in prints}, _twins(session, actor, own))


def hints(
    reference: Reference,
    task: Task,
    observation: Observation,
    photos: Sequence[Photo],
    known: Screened,
) -> list[dict[str, Any]]:
    """Return the hints of one case, the gravest first."""
    point = reference.points.get(task.point_id) if task.point_id else None
    district = reference.districts.get(task.district_code or "")
    placed = observation.lon is not None and observation.lat is not None
    case = SeenCase(
        spot=(observation.lon, observation.lat) if placed else None,  # type: ignore[arg-type]
        accuracy_m=observation.accuracy_m,
        point_spot=(point.lon, point.lat) if point else None,
        district=task.district_code,
        district_name=district.name if district else None,
        dispatched_at=task.dispatched_at,
        clock_offset_ms=observation.clock_offset_ms,
        photos=tuple(_seen(reference, photo, known) for photo in photos),
    )
    return [asdict(hint) for hint in screening.hints(case)]


def _seen(reference: Reference, photo: Photo, known: Screened) -> SeenPhoto:
    place, exif = photo.place or {}, photo.exif or {}
    lon, lat = place.get("lon"), place.get("lat")
    spot = (float(lon), float(lat)) if lon is not None and lat is not None else None
    print_ = known.prints.get(photo.id)
    return SeenPhoto(
        id=photo.id,
        role=photo.role,
        is_after=is_after(photo),
        source=photo.source,
        taken_at=photo.taken_at,
        file_taken_at=exif.get("taken_at"),
        software=exif.get("software"),
        spot=spot,
        accuracy_m=place.get("accuracy_m"),
        district=reference.district_at(*spot) if spot else None,
        sharpness=print_.sharpness if print_ else None,
        brightness=print_.brightness if print_ else None,
        glare=print_.glare if print_ else None,
        twins=known.twins.get(photo.id, ()),
    )


def is_after(photo: Photo) -> bool:
    """Say whether a photo shows a repair."""
    return photo.role is PhotoRole.AFTER


def _twins(
    session: Session, actor: Actor, own: Mapping[UUID, Photo]
) -> dict[UUID, tuple[Twin, ...]]:
    """The earlier photos that are the same file or the same exposure, each named once."""
    pairs: Pairs = dict.fromkeys(_same_files(session, own)) | _alike(session, own)
    wanted = {other_id for _, other_id in pairs}
    rows = session.execute(
        sa.select(Photo, Task).outerjoin(Task, Task.id == Photo.task_id).where(Photo.id.in_(wanted))
    )
    others = {photo.id: (photo, task) for photo, task in rows}
    found: dict[UUID, list[Twin]] = defaultdict(list)
    for (photo_id, other_id), likeness in pairs.items():
        if other_id in others:
            photo, (other, task) = own[photo_id], others[other_id]
            if _is_second(photo, other):
                found[photo_id].append(_twin(actor, photo, other, task, likeness))
    return {photo_id: tuple(twins) for photo_id, twins in found.items()}


def _alike(session: Session, own: Mapping[UUID, Photo]) -> Pairs:
    """What the worker found, from both sides: photos do not always come in the order of time."""
    found: Pairs = {}
    for row in session.scalars(
        sa.select(PhotoLikeness).where(
            sa.or_(PhotoLikeness.photo_id.in_(own), PhotoLikeness.other_id.in_(own))
        )
    ):
        for one, other in ((row.photo_id, row.other_id), (row.other_id, row.photo_id)):
            if one in own:
                found[one, other] = row
    return found


def _same_files(session: Session, own: Mapping[UUID, Photo]) -> Iterator[tuple[UUID, UUID]]:
    """Pairs of equal bytes. The demonstration shares its photographs: only within a case."""
    by_hash: dict[str, list[Photo]] = defaultdict(list)
    for photo in own.values():
        by_hash[photo.sha256].append(photo)
    elsewhere = session.execute(
        sa.select(Photo.id, Photo.sha256)
        .join(Task, Task.id == Photo.task_id)
        .where(Photo.sha256.in_(by_hash), Photo.id.not_in(own), Task.demo.is_(False))
        .order_by(Photo.created_at)
        .limit(MOST_TWINS)
    )
    for other_id, sha256 in elsewhere:
        yield from ((photo.id, other_id) for photo in by_hash[sha256])
    for same in by_hash.values():
        for one, other in permutations(same, 2):
            if one.task_id == other.task_id:
                yield one.id, other.id


def _is_second(photo: Photo, other: Photo) -> bool:
    """Of two the repair photo, else the later one, is asked about; never the first."""
    if photo.task_id == other.task_id and is_after(photo) != is_after(other):
        return is_after(photo)
    return (other.created_at, other.id) < (photo.created_at, photo.id)


def _twin(
    actor: Actor, photo: Photo, other: Photo, task: Task | None, likeness: PhotoLikeness | None
) -> Twin:
    sees = task is not None and access.sees_task(actor, task)
    return Twin(
        photo_id=other.id,
        same_bytes=photo.sha256 == other.sha256,
        same_case=task is not None and photo.task_id == task.id,
        is_after=is_after(other),
        mirrored=likeness is not None and likeness.mirrored,
        kept=likeness.kept if likeness else 1.0,
        changed=likeness.changed if likeness else 0.0,
        task_id=task.id if task and sees else None,
        number=task.number if task and sees else None,
    )
