"""Screening 照片筛查: the rules that give a reviewer hints about photos, and their texts. Pure.

A hint rejects nothing: phones lose their position, clocks are wrong, and two pictures may be alike
for honest reasons. Some must be confirmed by name when the case is passed all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from inspect_server.core.clock import SHANGHAI
from inspect_server.core.geo import Position, metres_between
from inspect_server.core.sentences import Sentence, listed
from inspect_server.photos.rules import hint_texts as texts
from inspect_server.photos.rules.hint_texts import Text
from schemas.vocabulary import HintKind, HintLevel, PhotoRole, PhotoSource

# The severity of each kind: for photos that open a case, and for after photos 整改后照片.
LEVELS: dict[HintKind, tuple[HintLevel, HintLevel]] = {
    HintKind.BEFORE_AS_AFTER: (HintLevel.DANGER, HintLevel.DANGER),
    HintKind.SAME_BYTES: (HintLevel.DANGER, HintLevel.DANGER),
    HintKind.SAME_EXPOSURE: (HintLevel.DANGER, HintLevel.DANGER),
    HintKind.EDITED: (HintLevel.WARNING, HintLevel.DANGER),
    HintKind.TAKEN_EARLY: (HintLevel.WARNING, HintLevel.DANGER),
    HintKind.FAR_FROM_BEFORE: (HintLevel.INFO, HintLevel.WARNING),
    HintKind.FAR_FROM_POINT: (HintLevel.WARNING, HintLevel.WARNING),
    HintKind.OUTSIDE_DISTRICT: (HintLevel.WARNING, HintLevel.WARNING),
    HintKind.POOR_ACCURACY: (HintLevel.INFO, HintLevel.INFO),
    HintKind.CLOCK_OFF: (HintLevel.INFO, HintLevel.INFO),
    HintKind.NOT_SHUTTER: (HintLevel.INFO, HintLevel.WARNING),
    HintKind.BLURRED: (HintLevel.WARNING, HintLevel.WARNING),
    HintKind.DARK: (HintLevel.WARNING, HintLevel.WARNING),
}
_WEIGHT = {level: rank for rank, level in enumerate(HintLevel)}
_KINDS = {kind: rank for rank, kind in enumerate(HintKind)}

# A case with such a hint is passed only with a confirmation that names it: the photo may not show
# this place, or not this moment.
CONFIRMED_WHEN_PASSED = frozenset(
    {
        HintKind.BEFORE_AS_AFTER,
        HintKind.SAME_BYTES,
        HintKind.SAME_EXPOSURE,
        HintKind.FAR_FROM_BEFORE,
        HintKind.FAR_FROM_POINT,
        HintKind.OUTSIDE_DISTRICT,
    }
)

# Evidence profile `a`: taken within 50 metres.
FAR_M = 50.0
# A point 点位 may be as large as a market or a park.
FAR_FROM_POINT_M = 300.0
POOR_ACCURACY_M = 100.0
CLOCK_OFF = timedelta(minutes=5)
# The tolerance when two clocks are compared; a phone sends whole seconds.
CLOCK_SLACK = timedelta(minutes=1)
# The phone compresses right after the shutter, so an older file was not taken by the application.
OLD_FILE = timedelta(hours=1)
# Calibrated with bench/screening.py: a sharp picture has 1 to 2.4, one blurred by a hundredth of
# its edge less than 0.5.
BLURRED = 0.5
DARK_MEAN = 45.0
DARK_GLARE = 110
WHOLE_OVERLAP = 0.9
CHANGED = 0.12

# Names that programs for editing pictures write into a file, in lower case.
EDITORS = (
    "photoshop",
    "lightroom",
    "snapseed",
    "picsart",
    "pixlr",
    "gimp",
    "meitu",
    "美图",
    "xingtu",
    "醒图",
    "camera360",
    "b612",
    "faceu",
    "canva",
    "facetune",
    "inshot",
    "affinity",
    "paint.net",
    "水印相机",
)


@dataclass(frozen=True, slots=True)
class SimilarPhoto:
    """Another photo that is the same file or the same exposure, as far as the reviewer may know.

    `overlap` is the part of it that is shown again, `difference` the part of that which differs,
    both from 0 to 1.
    """

    photo_id: UUID
    same_bytes: bool
    same_case: bool
    is_after: bool
    mirrored: bool = False
    overlap: float = 1.0
    difference: float = 0.0
    # Set only if the reviewer may see its case.
    task_id: UUID | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class ScreenedPhoto:
    """The facts of one photo that the rules use."""

    id: UUID
    role: PhotoRole | None
    is_after: bool
    source: PhotoSource | None = None
    taken_at: datetime | None = None
    file_taken_at: str | None = None
    software: str | None = None
    location: Position | None = None
    accuracy_m: float | None = None
    district: str | None = None
    sharpness: float | None = None
    brightness: float | None = None
    glare: int | None = None
    similar: tuple[SimilarPhoto, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenedCase:
    """The facts of a case that the rules use."""

    location: Position | None = None
    accuracy_m: float | None = None
    point_location: Position | None = None
    district: str | None = None
    district_name: str | None = None
    # Whether it has an outline: without one nothing lies outside for sure.
    has_outline: bool = True
    dispatched_at: datetime | None = None
    clock_offset_ms: int | None = None
    photos: tuple[ScreenedPhoto, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Hint:
    """One reason to check again; without a photo it concerns the whole record."""

    kind: HintKind
    severity: HintLevel
    text: str
    text_en: str
    photo_id: UUID | None = None
    other_photo_id: UUID | None = None
    other_task_id: UUID | None = None
    to_confirm: bool = False


def hints(case: ScreenedCase) -> list[Hint]:
    """Return all hints of a case, ordered by severity."""
    all_hints = list(_of_case(case))
    for photo in case.photos:
        all_hints += _of_photo(photo, case)
    return sorted(all_hints, key=lambda hint: (_WEIGHT[hint.severity], _KINDS[hint.kind]))


def _of_case(case: ScreenedCase) -> Iterator[Hint]:
    if case.location and case.point_location:
        metres = round(metres_between(case.location, case.point_location))
        if metres > FAR_FROM_POINT_M + (case.accuracy_m or 0):
            yield _hint(HintKind.FAR_FROM_POINT, _fill(texts.FAR_FROM_POINT, metres=metres))
    if case.accuracy_m is not None and case.accuracy_m > POOR_ACCURACY_M:
        text = _fill(texts.RECORD_POOR_ACCURACY, metres=round(case.accuracy_m))
        yield _hint(HintKind.POOR_ACCURACY, text)
    if case.clock_offset_ms is not None:
        off = timedelta(milliseconds=case.clock_offset_ms)
        if abs(off) > CLOCK_OFF:
            minutes = round(abs(off).total_seconds() / 60)
            template = texts.CLOCK_SLOW if off > timedelta(0) else texts.CLOCK_FAST
            yield _hint(HintKind.CLOCK_OFF, _fill(template, minutes=minutes))


def _of_photo(photo: ScreenedPhoto, case: ScreenedCase) -> Iterator[Hint]:
    # A copy that the observer drew on 标注: what may be wrong is wrong with its photo.
    if photo.role is PhotoRole.ANNOTATED:
        return
    for other in photo.similar:
        yield _of_similar(photo, other)
    # Position, light and shutter mean nothing for a photo of a document.
    if photo.role is PhotoRole.DOCUMENT:
        return
    yield from _of_file(photo, case)
    yield from _of_place(photo, case)
    yield from _of_picture(photo)


def _of_similar(photo: ScreenedPhoto, similar: SimilarPhoto) -> Hint:
    if photo.is_after and similar.same_case and not similar.is_after:
        if similar.same_bytes:
            text = texts.BEFORE_SAME_FILE
        else:
            text = _fill(texts.BEFORE_SAME_EXPOSURE, detail=_differences(similar))
        return _hint(HintKind.BEFORE_AS_AFTER, text, photo, similar)
    name = _name_of(similar)
    if similar.same_bytes:
        return _hint(HintKind.SAME_BYTES, _fill(texts.SAME_FILE, name=name), photo, similar)
    text = _fill(texts.SAME_EXPOSURE, name=name, detail=_differences(similar))
    return _hint(HintKind.SAME_EXPOSURE, text, photo, similar)


def _differences(similar: SimilarPhoto) -> Text:
    """Return how a copy differs from its source, in brackets; empty if it does not."""
    candidates = [
        (similar.mirrored, texts.MIRRORED),
        (similar.overlap < WHOLE_OVERLAP, texts.CROPPED),
        (similar.difference > CHANGED, texts.CHANGED),
    ]
    differences = [difference for applies, difference in candidates if applies]
    if not differences:
        return texts.NO_DETAIL
    both = Text(listed([one.zh for one in differences]), ", ".join(one.en for one in differences))
    return _fill(texts.DETAIL, differences=both)


def _name_of(similar: SimilarPhoto) -> Text:
    if similar.same_case:
        return texts.OTHER_AFTER if similar.is_after else texts.OTHER_REPORTED
    if similar.number is not None:
        return _fill(texts.OF_CASE, number=similar.number)
    return texts.OUT_OF_SCOPE


def _of_file(photo: ScreenedPhoto, case: ScreenedCase) -> Iterator[Hint]:
    software = (photo.software or "").strip()
    if any(name in software.lower() for name in EDITORS):
        yield _hint(HintKind.EDITED, _fill(texts.EDITED, software=software), photo)
    file_taken_at = _exif_moment(photo.file_taken_at)
    taken_at = min((moment for moment in (photo.taken_at, file_taken_at) if moment), default=None)
    if photo.is_after and taken_at and case.dispatched_at:
        if case.dispatched_at - taken_at > CLOCK_SLACK:
            text = _fill(texts.TAKEN_BEFORE_DISPATCH, taken_at=_text_of(taken_at))
            yield _hint(HintKind.TAKEN_EARLY, text, photo)
    elif file_taken_at and photo.taken_at and photo.taken_at - file_taken_at > OLD_FILE:
        text = _fill(texts.OLD_FILE, taken_at=_text_of(file_taken_at))
        yield _hint(HintKind.TAKEN_EARLY, text, photo)
    if photo.source is not None and photo.source is not PhotoSource.SHUTTER:
        source = Text(photo.source.zh, photo.source.en)
        yield _hint(HintKind.NOT_SHUTTER, _fill(texts.NOT_SHUTTER, source=source), photo)


def _of_place(photo: ScreenedPhoto, case: ScreenedCase) -> Iterator[Hint]:
    if photo.location is None:
        return
    if case.location is not None:
        metres = round(metres_between(photo.location, case.location))
        if metres > FAR_M + (photo.accuracy_m or 0) + (case.accuracy_m or 0):
            text = _fill(texts.FAR_FROM_PROBLEM, metres=metres)
            yield _hint(HintKind.FAR_FROM_BEFORE, text, photo)
    if _is_outside(photo, case):
        text = _fill(texts.OUTSIDE_DISTRICT, name=case.district_name or case.district)
        yield _hint(HintKind.OUTSIDE_DISTRICT, text, photo)
    if photo.accuracy_m is not None and photo.accuracy_m > POOR_ACCURACY_M:
        text = _fill(texts.PHOTO_POOR_ACCURACY, metres=round(photo.accuracy_m))
        yield _hint(HintKind.POOR_ACCURACY, text, photo)


def _is_outside(photo: ScreenedPhoto, case: ScreenedCase) -> bool:
    """Whether a photo was taken outside the district of its case, as far as outlines say."""
    if not case.district or photo.district == case.district:
        return False
    return photo.district is not None or case.has_outline


def _of_picture(photo: ScreenedPhoto) -> Iterator[Hint]:
    is_dark = (
        photo.brightness is not None
        and photo.glare is not None
        and photo.brightness < DARK_MEAN
        and photo.glare < DARK_GLARE
    )
    if is_dark:
        yield _hint(HintKind.DARK, texts.DARK, photo)
    elif photo.sharpness is not None and photo.sharpness < BLURRED:
        yield _hint(HintKind.BLURRED, texts.BLURRED, photo)


def _hint(
    kind: HintKind,
    text: Text,
    photo: ScreenedPhoto | None = None,
    similar: SimilarPhoto | None = None,
) -> Hint:
    opening, closing = LEVELS[kind]
    severity = closing if photo and photo.is_after else opening
    return Hint(
        kind=kind,
        severity=severity,
        text=text.zh,
        text_en=text.en,
        photo_id=photo.id if photo else None,
        other_photo_id=similar.photo_id
        if similar and (similar.same_case or similar.task_id)
        else None,
        other_task_id=similar.task_id if similar and not similar.same_case else None,
        to_confirm=kind in CONFIRMED_WHEN_PASSED and severity is not HintLevel.INFO,
    )


def _fill(text: Text, **values: object) -> Text:
    """Fill both templates; a value that is a `Text` gives each language its own."""
    zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
    en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
    filled = Sentence(text.zh.format(**zh))
    filled.template, filled.values = text.zh, zh
    return Text(filled, text.en.format(**en))


def _exif_moment(text: str | None) -> datetime | None:
    """Read an EXIF moment such as `2026:09:30 10:00:00`; it has no zone, so Shanghai is assumed."""
    try:
        moment = datetime.strptime((text or "").strip()[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return moment.replace(tzinfo=SHANGHAI)


def _text_of(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
