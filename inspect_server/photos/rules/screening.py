"""Screening 照片筛查: the rules that give a reviewer hints about photos, and their texts. Pure.

A hint blocks nothing and rejects nothing: phones lose their position, clocks are wrong, and two
pictures may be alike for honest reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from inspect_server.core.clock import SHANGHAI
from inspect_server.core.geo import Position, metres_between
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
    dispatched_at: datetime | None = None
    clock_offset_ms: int | None = None
    photos: tuple[ScreenedPhoto, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Hint:
    """One reason to look again; without a photo it concerns the whole record."""

    kind: HintKind
    severity: HintLevel
    text: str
    text_en: str
    photo_id: UUID | None = None
    other_photo_id: UUID | None = None
    other_task_id: UUID | None = None


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
            yield _hint(
                HintKind.FAR_FROM_POINT,
                f"上报位置距所选点位 {metres} 米",
                f"reported {metres} m from the point chosen",
            )
    if case.accuracy_m is not None and case.accuracy_m > POOR_ACCURACY_M:
        metres = round(case.accuracy_m)
        yield _hint(
            HintKind.POOR_ACCURACY,
            f"上报位置误差约 {metres} 米",
            f"position good to {metres} m only",
        )
    if case.clock_offset_ms is not None:
        off = timedelta(milliseconds=case.clock_offset_ms)
        if abs(off) > CLOCK_OFF:
            minutes = round(abs(off).total_seconds() / 60)
            behind = off > timedelta(0)
            yield _hint(
                HintKind.CLOCK_OFF,
                f"上报手机时钟{'慢' if behind else '快'} {minutes} 分钟",
                f"the phone's clock is {minutes} min {'slow' if behind else 'fast'}",
            )


def _of_photo(photo: ScreenedPhoto, case: ScreenedCase) -> Iterator[Hint]:
    for other in photo.similar:
        yield _of_similar(photo, other)
    # Position, light and shutter mean nothing for a photo of a document.
    if photo.role is PhotoRole.DOCUMENT:
        return
    yield from _of_file(photo, case)
    yield from _of_place(photo, case)
    yield from _of_picture(photo)


def _of_similar(photo: ScreenedPhoto, similar: SimilarPhoto) -> Hint:
    differences = _differences(similar)
    detail, detail_en = (
        f"({'、'.join(zh for zh, _ in differences)})",
        f" ({', '.join(en for _, en in differences)})",
    )
    if not differences:
        detail = detail_en = ""
    if photo.is_after and similar.same_case and not similar.is_after:
        kind = HintKind.BEFORE_AS_AFTER
        text = f"与本案整改前照片为{'同一个文件' if similar.same_bytes else '同一次拍摄'}{detail}"
        text_en = (
            f"is {'the same file' if similar.same_bytes else 'the same exposure'}"
            f" as a before-photo of this case{detail_en}"
        )
        return _hint(kind, text, text_en, photo, similar)
    name, name_en = _name_of(similar)
    if similar.same_bytes:
        return _hint(
            HintKind.SAME_BYTES,
            f"与{name}为同一个文件",
            f"is the same file as {name_en}",
            photo,
            similar,
        )
    return _hint(
        HintKind.SAME_EXPOSURE,
        f"与{name}为同一次拍摄{detail}",
        f"is the same exposure as {name_en}{detail_en}",
        photo,
        similar,
    )


def _differences(similar: SimilarPhoto) -> list[tuple[str, str]]:
    if similar.same_bytes:
        return []
    candidates = [
        (similar.mirrored, ("左右翻转", "mirrored")),
        (similar.overlap < WHOLE_OVERLAP, ("裁剪", "cropped")),
        (
            similar.difference > CHANGED,
            ("局部不同,疑有涂改", "partly different, perhaps painted over"),
        ),
    ]
    return [difference for applies, difference in candidates if applies]


def _name_of(similar: SimilarPhoto) -> tuple[str, str]:
    if similar.same_case:
        role = "整改后" if similar.is_after else "上报"
        return f"本案另一张{role}照片", "another photo of this case"
    if similar.number is not None:
        return f"案件 {similar.number} 的照片", f"a photo of case {similar.number}"
    return "您辖区外的一张照片", "a photo outside your district"


def _of_file(photo: ScreenedPhoto, case: ScreenedCase) -> Iterator[Hint]:
    software = (photo.software or "").strip()
    if any(name in software.lower() for name in EDITORS):
        yield _hint(
            HintKind.EDITED,
            f"文件带修图软件标记:{software}",
            f"the file names an editing program: {software}",
            photo,
        )
    file_taken_at = _exif_moment(photo.file_taken_at)
    taken_at = min((moment for moment in (photo.taken_at, file_taken_at) if moment), default=None)
    if photo.is_after and taken_at and case.dispatched_at:
        if case.dispatched_at - taken_at > CLOCK_SLACK:
            yield _hint(
                HintKind.TAKEN_EARLY,
                f"拍摄于派遣之前({_text_of(taken_at)})",
                f"taken before the dispatch ({_text_of(taken_at)})",
                photo,
            )
    elif file_taken_at and photo.taken_at and photo.taken_at - file_taken_at > OLD_FILE:
        yield _hint(
            HintKind.TAKEN_EARLY,
            f"文件早在 {_text_of(file_taken_at)} 拍摄",
            f"the file was made as early as {_text_of(file_taken_at)}",
            photo,
        )
    if photo.source is not None and photo.source is not PhotoSource.SHUTTER:
        yield _hint(
            HintKind.NOT_SHUTTER,
            f"不是应用内快门所拍({photo.source.zh})",
            f"not taken with the app's shutter ({photo.source.en})",
            photo,
        )


def _of_place(photo: ScreenedPhoto, case: ScreenedCase) -> Iterator[Hint]:
    if photo.location is None:
        return
    if case.location is not None:
        metres = round(metres_between(photo.location, case.location))
        if metres > FAR_M + (photo.accuracy_m or 0) + (case.accuracy_m or 0):
            yield _hint(
                HintKind.FAR_FROM_BEFORE,
                f"距问题位置 {metres} 米",
                f"{metres} m from the place",
                photo,
            )
    if case.district and photo.district != case.district:
        name = case.district_name or case.district
        yield _hint(
            HintKind.OUTSIDE_DISTRICT,
            f"拍摄位置不在{name}",
            f"taken outside {name}",
            photo,
        )
    if photo.accuracy_m is not None and photo.accuracy_m > POOR_ACCURACY_M:
        metres = round(photo.accuracy_m)
        yield _hint(
            HintKind.POOR_ACCURACY,
            f"拍摄位置误差约 {metres} 米",
            f"position good to {metres} m only",
            photo,
        )


def _of_picture(photo: ScreenedPhoto) -> Iterator[Hint]:
    is_dark = (
        photo.brightness is not None
        and photo.glare is not None
        and photo.brightness < DARK_MEAN
        and photo.glare < DARK_GLARE
    )
    if is_dark:
        yield _hint(HintKind.DARK, "画面过暗", "the picture is dark", photo)
    elif photo.sharpness is not None and photo.sharpness < BLURRED:
        yield _hint(HintKind.BLURRED, "画面模糊", "the picture is blurred", photo)


def _hint(
    kind: HintKind,
    text: str,
    text_en: str,
    photo: ScreenedPhoto | None = None,
    similar: SimilarPhoto | None = None,
) -> Hint:
    opening, closing = LEVELS[kind]
    return Hint(
        kind=kind,
        severity=closing if photo and photo.is_after else opening,
        text=text,
        text_en=text_en,
        photo_id=photo.id if photo else None,
        other_photo_id=similar.photo_id
        if similar and (similar.same_case or similar.task_id)
        else None,
        other_task_id=similar.task_id if similar and not similar.same_case else None,
    )


def _exif_moment(text: str | None) -> datetime | None:
    """Read an EXIF moment such as `2026:09:30 10:00:00`; it has no zone, so Shanghai is assumed."""
    try:
        moment = datetime.strptime((text or "").strip()[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return moment.replace(tzinfo=SHANGHAI)


def _text_of(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
