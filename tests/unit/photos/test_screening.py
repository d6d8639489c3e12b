"""Hints 筛查提示: each names in words a reason to check a photo again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from inspect_server.photos.rules.screening import (
    LEVELS,
    ScreenedCase,
    ScreenedPhoto,
    SimilarPhoto,
    hints,
)
from schemas.vocabulary import HintKind, HintLevel, PhotoRole, PhotoSource

pytestmark = pytest.mark.one_database

DISPATCHED = datetime(2026, 9, 30, 1, 0, tzinfo=UTC)
HERE = (110.7899, 32.5291)
# About 94 metres east.
NEXT_STREET = (110.7909, 32.5291)

BEFORE = ScreenedPhoto(
    id=UUID(int=1),
    role=PhotoRole.SCENE,
    is_after=False,
    source=PhotoSource.SHUTTER,
    taken_at=DISPATCHED - timedelta(hours=3),
    location=HERE,
    accuracy_m=8,
    district="MJ",
    sharpness=2.0,
    brightness=120,
    glare=220,
)
AFTER = replace(
    BEFORE,
    id=UUID(int=2),
    role=PhotoRole.AFTER,
    is_after=True,
    taken_at=DISPATCHED + timedelta(hours=2),
)
CASE = ScreenedCase(
    location=HERE, accuracy_m=8, point_location=HERE, district="MJ", district_name="茅箭区",
    dispatched_at=DISPATCHED, clock_offset_ms=120,
)  # fmt: skip
SIMILAR = SimilarPhoto(photo_id=UUID(int=9), same_bytes=False, same_case=False, is_after=False)


def hints_of(*photos: ScreenedPhoto, **facts: object) -> list[tuple[HintKind, HintLevel, str]]:
    """The hints of a case with these photos, as kind, level and text."""
    case = replace(CASE, photos=photos, **facts)  # type: ignore[arg-type]
    return [(hint.kind, hint.severity, hint.text) for hint in hints(case)]


def test_an_honest_case_has_no_hints() -> None:
    assert hints_of(BEFORE, AFTER) == []


def test_every_kind_has_its_levels() -> None:
    assert set(LEVELS) == set(HintKind)


@pytest.mark.parametrize(
    ("photo", "kind", "level", "text"),
    [
        (
            replace(AFTER, software="Adobe Photoshop 25.0"),
            HintKind.EDITED,
            HintLevel.DANGER,
            "文件带修图软件标记：Adobe Photoshop 25.0",
        ),
        (
            replace(BEFORE, software="Snapseed 2.0"),
            HintKind.EDITED,
            HintLevel.WARNING,
            "文件带修图软件标记：Snapseed 2.0",
        ),
        (
            replace(AFTER, taken_at=DISPATCHED - timedelta(hours=1)),
            HintKind.TAKEN_EARLY,
            HintLevel.DANGER,
            "拍摄于派遣之前（2026-09-30 08:00）",
        ),
        (
            replace(AFTER, file_taken_at="2026:09:29 18:30:00"),
            HintKind.TAKEN_EARLY,
            HintLevel.DANGER,
            "拍摄于派遣之前（2026-09-29 18:30）",
        ),
        (
            replace(BEFORE, file_taken_at="2026:08:01 07:00:00"),
            HintKind.TAKEN_EARLY,
            HintLevel.WARNING,
            "文件早在 2026-08-01 07:00 拍摄",
        ),
        (
            replace(AFTER, location=NEXT_STREET),
            HintKind.FAR_FROM_BEFORE,
            HintLevel.WARNING,
            "距问题位置 94 米",
        ),
        (
            replace(AFTER, district="ZW"),
            HintKind.OUTSIDE_DISTRICT,
            HintLevel.WARNING,
            "拍摄位置不在茅箭区",
        ),
        (
            replace(AFTER, accuracy_m=850),
            HintKind.POOR_ACCURACY,
            HintLevel.INFO,
            "拍摄位置误差约 850 米",
        ),
        (
            replace(AFTER, source=PhotoSource.INPUT),
            HintKind.NOT_SHUTTER,
            HintLevel.WARNING,
            "不是应用内快门所拍（相册或系统相机）",
        ),
        (replace(BEFORE, sharpness=0.3), HintKind.BLURRED, HintLevel.WARNING, "画面模糊"),
        (replace(BEFORE, brightness=20, glare=60), HintKind.DARK, HintLevel.WARNING, "画面过暗"),
    ],
)
def test_each_oddity_of_a_photo_has_a_hint(
    photo: ScreenedPhoto, kind: HintKind, level: HintLevel, text: str
) -> None:
    assert hints_of(photo) == [(kind, level, text)]


@pytest.mark.parametrize(
    "photo",
    [
        replace(AFTER, taken_at=DISPATCHED - timedelta(seconds=30)),
        replace(AFTER, location=NEXT_STREET, accuracy_m=90),
        replace(BEFORE, file_taken_at="not a moment"),
        replace(BEFORE, software="HUAWEI Camera"),
        replace(BEFORE, brightness=20, glare=250),
        replace(BEFORE, location=None, district=None),
    ],
    ids=["clocks differ", "rough position", "broken exif", "camera", "night street", "basement"],
)
def test_what_has_an_honest_reason_is_no_hint(photo: ScreenedPhoto) -> None:
    assert hints_of(photo) == []


def test_nothing_is_outside_a_district_without_an_outline() -> None:
    nowhere = replace(AFTER, district=None)
    assert hints_of(nowhere) == [
        (HintKind.OUTSIDE_DISTRICT, HintLevel.WARNING, "拍摄位置不在茅箭区")
    ]
    assert hints_of(nowhere, has_outline=False) == []
    assert hints_of(replace(AFTER, district="ZW"), has_outline=False)


def test_a_document_is_not_checked_for_light_and_place() -> None:
    paper = replace(AFTER, role=PhotoRole.DOCUMENT, source=PhotoSource.INPUT, sharpness=0.1)
    assert hints_of(paper) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"point_location": (110.80, 32.5291)}, "上报位置距所选点位 947 米"),
        ({"accuracy_m": 400.0}, "上报位置误差约 400 米"),
        ({"clock_offset_ms": 3_600_000}, "上报手机时钟慢 60 分钟"),
        ({"clock_offset_ms": -600_000}, "上报手机时钟快 10 分钟"),
    ],
)
def test_each_oddity_of_a_record_has_a_hint(facts: dict[str, object], expected: str) -> None:
    assert [text for _, _, text in hints_of(**facts)] == [expected]


def test_the_before_photo_handed_in_as_the_repair_is_named_as_that() -> None:
    other = replace(SIMILAR, same_case=True, mirrored=True, overlap=0.6, difference=0.3)
    assert hints_of(replace(AFTER, similar=(other,))) == [
        (
            HintKind.BEFORE_AS_AFTER,
            HintLevel.DANGER,
            "与本案整改前照片为同一次拍摄（左右翻转、裁剪、局部不同，疑有涂改）",
        )
    ]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (
            replace(SIMILAR, same_bytes=True, same_case=True, is_after=True),
            "与本案另一张整改后照片为同一个文件",
        ),
        (
            replace(SIMILAR, task_id=UUID(int=7), number="20260930-000007"),
            "与案件 20260930-000007 的照片为同一次拍摄",
        ),
        (replace(SIMILAR, same_bytes=True), "与您辖区外的一张照片为同一个文件"),
    ],
    ids=["own case", "seen case", "unseen case"],
)
def test_a_photo_seen_before_is_named_as_far_as_one_may_know(
    other: SimilarPhoto, expected: str
) -> None:
    assert [text for _, _, text in hints_of(replace(AFTER, similar=(other,)))] == [expected]


def test_a_photo_outside_the_viewers_scope_is_not_named() -> None:
    (hint,) = hints(replace(CASE, photos=(replace(AFTER, similar=(SIMILAR,)),)))
    assert (hint.photo_id, hint.other_photo_id, hint.other_task_id) == (AFTER.id, None, None)


def test_the_gravest_hint_comes_first() -> None:
    odd = replace(AFTER, accuracy_m=850, source=PhotoSource.INPUT, similar=(SIMILAR,))
    levels = [level for _, level, _ in hints_of(odd)]
    assert levels == [HintLevel.DANGER, HintLevel.WARNING, HintLevel.INFO]
