"""The task sheet 案件处置单: every text whole, before beside after, nothing outside its page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest

from inspect_server.tasks.formats import print_layout, print_pdf
from tests.support.actors import jpeg
from tests.support.pdf import pages_of, pictures_of, text_of

NOW = datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
# What the API takes at most; every character tells where it stands.
LONG = "".join(chr(0x4E00 + number) for number in range(2000))
LINES = "\n".join(f"第{number}行" for number in range(50))


def case_of(**more: Any) -> dict[str, Any]:
    """A case as its unit reads it."""
    return {
        "number": "20260304-000001",
        "category": "MQ0201",
        "category_name": "店外经营",
        "campaign": "frontage_duty",
        "severity": "2",
        "state": "handling",
        "overdue": True,
        "locality_words": "茅箭区（街道、社区未定）",
        "nearest": None,
        "point": None,
        "shop": {"id": "7", "name": "老李面馆"},
        "address": "北京路 12 号",
        "place": {"lon": 110.79, "lat": 32.63},
        "note": "门前垃圾",
        "outcome": "open",
        "unit": {"name": "茅箭区城管局"},
        "pairing_unit": None,
        "opened_at": NOW,
        "due_at": NOW,
        "provisional": False,
        "events": [],
        "evidence": [],
    } | more


def event_of(note: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "at": NOW,
        "label": "立案",
        "actor": "督查员",
        "reason_label": None,
        "note": note,
    } | more


def photo_of(role: str, **more: Any) -> print_layout.Picture:
    photo = {"id": role, "role": role, "taken_at": NOW, "distance_m": 12.3} | more
    return photo, jpeg()


def printed(case: dict[str, Any], pictures: Sequence[print_layout.Picture] = ()) -> bytes:
    return print_pdf.render(print_layout.layout(case, pictures, NOW))


@pytest.mark.parametrize("note", [LONG, LINES, "x" * 2000, "长 " * 1000])
def test_a_note_of_any_length_is_whole(note: str) -> None:
    # No two of the characters are shown alike, so nothing is lost where a page ends.
    pdf = printed(case_of(note=note, events=[event_of(note)]))
    assert _without_footers(pdf).count("".join(note.split())) == 2


def _without_footers(pdf: bytes) -> str:
    """The text of all pages without what each page repeats."""
    body = []
    for page in pages_of(pdf):
        lines = [line.strip() for line in page.split("\n")]
        kept = [line for line in lines if "打印于" not in line and "时间 操作" not in line]
        body.append("".join("".join(line.split()) for line in kept))
    return "".join(body)


def test_every_text_of_an_event_may_be_long() -> None:
    long = event_of(LONG, label="立" * 200, actor="督" * 64, reason_label="由" * 300)
    text = _without_footers(printed(case_of(events=[long, event_of("末")])))
    assert (text.count("立"), text.count("督")) == (200 + 1, 64 + 1)
    assert text.count("由") >= 300


def test_every_fact_may_be_long() -> None:
    names = {
        "shop": {"id": "7", "name": "店" * 64},
        "unit": {"name": "局" * 64},
        "address": "路" * 200,
    }
    text = text_of(printed(case_of(**names, category_name="类" * 200)))
    assert "店" * 64 in text
    assert "路" * 200 in text


def test_a_note_of_line_ends_prints_no_empty_pages() -> None:
    pdf = printed(case_of(note="首" + "\r\n \n" * 600 + "尾"))
    assert len(pages_of(pdf)) == 1
    assert "首尾" in text_of(pdf)


def test_signs_that_steer_a_device_are_left_out() -> None:
    text = "\n".join(pages_of(printed(case_of(note="甲\t乙\x07丙\u2028丁\x0b戊\r己"))))
    assert "甲 乙 丙\n丁\n戊\n己" in text


def test_no_sign_breaks_the_sheet() -> None:
    note = "囍\u202e 反 a\u0301\u200d\ufeff \ud800 \U0010ffff 😀 𠮷 \ue000 \uffff"
    sheet = print_layout.render_pdf(case_of(note=note, events=[event_of(note)]), [], NOW)
    assert sheet.startswith(b"%PDF-")


def test_a_photo_of_the_last_hours_of_the_year_9999_is_dated() -> None:
    taken_at = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    text = text_of(printed(case_of(), [photo_of("scene", taken_at=taken_at)]))
    assert "10000-01-0107:59" in text


# --- photos --------------------------------------------------------------------------------------


def test_before_and_after_are_on_one_page() -> None:
    pictures = [photo_of("scene"), photo_of("close"), photo_of("after")]
    pdf = printed(case_of(note=LINES), pictures)
    assert sorted(pictures_of(pdf)) == [0] * (len(pictures_of(pdf)) - 1) + [3]
    (page,) = [page for page in pages_of(pdf) if "整改前后照片" in page]
    assert "整改前 · 全景" in page
    assert "整改后" in page.replace("整改前后照片", "")


def test_of_many_photos_each_page_has_both() -> None:
    pictures = [photo_of("scene") for _ in range(10)] + [photo_of("after") for _ in range(10)]
    pdf = printed(case_of(), pictures)
    counts = pictures_of(pdf)
    assert sum(counts) == 20
    for count, page in zip(counts, pages_of(pdf), strict=True):
        assert page.count("整改前 · 全景") * 2 == count


def test_visits_and_documents_stand_apart() -> None:
    pictures = [photo_of("scene", visit_id="v"), photo_of("document"), photo_of("before")]
    text = text_of(printed(case_of(), pictures))
    assert "复核与材料照片" in text
    assert "现场复核·全景" in text


def test_nothing_is_printed_below_the_margin() -> None:
    """A footer is the lowest text of every page, and no picture reaches it."""
    pictures = [photo_of("scene") for _ in range(7)]
    pdf = printed(case_of(note=LINES, events=[event_of(LONG), event_of(LINES)]), pictures)
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            for thing in page.get_objects():
                left, bottom, right, top = thing.get_bounds()
                assert 0 < bottom <= top < page.get_height()
                assert 0 < left <= right < page.get_width()


# --- signatures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [0, 18, 20, 24])
def test_the_places_to_sign_are_never_parted(lines: int) -> None:
    pages = pages_of(printed(case_of(note="行\n" * lines)))
    (page,) = [page for page in pages if "签收与盖章" in page]
    for words in ("派遣单位（盖章）", "责任单位签收", "责任单位（盖章）", "签收人：", "签收时间"):
        assert words in page


def test_a_usual_case_is_signed_on_its_first_page() -> None:
    events = [event_of("请两日内清理")] * 8
    first, *_ = pages_of(printed(case_of(events=events), [photo_of("scene"), photo_of("after")]))
    assert "整改后 " in first
    assert "责任单位签收" in first
