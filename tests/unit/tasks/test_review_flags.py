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


def test_a_plain_repair_raises_no_doubt() -> None:
    assert review_flags(PLAIN) == []


def test_a_remark_of_no_weight_stops_nobody() -> None:
    assert review_flags(replace(PLAIN, hints=[(HintLevel.INFO, "精度 120 米", "120 m")])) == []


@pytest.mark.parametrize("level", [HintLevel.DANGER, HintLevel.WARNING])
def test_a_hint_of_weight_is_a_doubt(level: HintLevel) -> None:
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
def test_what_is_not_there_or_was_drawn_is_a_doubt(case: ReviewedCase, text: str) -> None:
    assert sentences(case) == [text]


def test_words_close_what_words_may_close() -> None:
    persuaded = replace(PLAIN, evidence_close="d", submitted=(), submitted_note="当场改正")
    assert (sentences(persuaded), sentences(replace(persuaded, submitted_note=None))) == (
        [],
        ["没有整改后照片"],
    )
