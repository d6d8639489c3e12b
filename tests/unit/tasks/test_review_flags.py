"""Review flags 疑点: cases with one are not passed in a bulk review."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspect_server.tasks.rules.review_flags import ReviewedCase, review_flags
from schemas.vocabulary import HintLevel, Outcome, PhotoRole

pytestmark = pytest.mark.one_database

PLAIN = ReviewedCase(
    evidence_open="A",
    evidence_close="a",
    outcome=Outcome.OPEN,
    was_dispatched=True,
    reported=(PhotoRole.SCENE,),
    submitted=(PhotoRole.AFTER,),
)


def sentences(case: ReviewedCase) -> list[str]:
    return [zh for zh, _ in review_flags(case)]


def test_an_ordinary_repair_has_no_review_flag() -> None:
    assert review_flags(PLAIN) == []


def test_a_minor_hint_is_no_review_flag() -> None:
    assert review_flags(replace(PLAIN, hints=[(HintLevel.INFO, "精度 120 米", "120 m")])) == []


@pytest.mark.parametrize("level", [HintLevel.DANGER, HintLevel.WARNING])
def test_a_serious_hint_is_a_review_flag(level: HintLevel) -> None:
    case = replace(PLAIN, hints=[(level, "与另一件同一画面", "the same exposure")])
    assert review_flags(case) == [("与另一件同一画面", "the same exposure")]


@pytest.mark.parametrize(
    "case,text",
    [
        (replace(PLAIN, missing=2), "缺 2 张照片"),
        (replace(PLAIN, unscreened=1), "1 张照片还没有筛查"),
        (replace(PLAIN, waits=True), "提交的照片还没有收齐"),
        (replace(PLAIN, submitted=()), "没有整改后照片"),
        (replace(PLAIN, was_dispatched=False), "现场办结的抽查件"),
    ],
    ids=["missing", "unscreened", "waits", "no repair", "sample"],
)
def test_missing_evidence_or_sampling_is_a_review_flag(case: ReviewedCase, text: str) -> None:
    assert sentences(case) == [text]


def test_a_note_is_enough_where_it_may_close_a_case() -> None:
    persuaded = replace(PLAIN, evidence_close="d", submitted=(), submitted_note="当场改正")
    assert sentences(persuaded) == []
    assert sentences(replace(persuaded, submitted_note=None)) == ["没有整改后照片"]
