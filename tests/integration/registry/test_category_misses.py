"""Searches that found no category: counted without who typed them, added by an admin."""

from __future__ import annotations

from inspect_server.registry.services import category_misses
from tests.support.actors import Device
from tests.support.registers import history

URL = "/categories/misses"


def listed(admin: Device) -> list[tuple[str, int]]:
    items = admin.get(URL).json["items"]
    return [(item["text"], item["count"]) for item in items]


def test_a_text_is_counted_once_a_call_and_its_digits_are_masked(
    observer: Device, handler: Device, admin: Device
) -> None:
    assert (
        observer.post(URL, {"texts": ["窨井冒烟", "窨井冒烟", "打13812345678"]}).status_code == 204
    )
    assert handler.post(URL, {"texts": ["　窨井冒烟\u200b"]}).status_code == 204
    assert listed(admin) == [("窨井冒烟", 2), ("打###########", 1)]
    (first, _) = admin.get(URL).json["items"]
    assert set(first) == {"text", "count", "first_on", "last_on"}


def test_one_decision_makes_a_text_a_word_that_phones_pull(observer: Device, admin: Device) -> None:
    observer.post(URL, {"texts": ["窨井冒烟"]})
    answer = admin.post(f"{URL}/decisions", {"text": "窨井冒烟", "category": "GG0110"})
    assert answer.status_code == 204
    assert listed(admin) == []
    (category,) = (
        change["data"]
        for change in observer.pull()["changes"]
        if change["collection"] == "categories" and change["id"] == "GG0110"
    )
    assert "窨井冒烟" in category["synonyms"].split()
    assert "yinjingmaoyan" in category["pinyin"].split()
    assert "synonyms" in str(history(admin, "categories", "GG0110")[0])


def test_a_text_may_be_left_out(observer: Device, admin: Device) -> None:
    observer.post(URL, {"texts": ["啊啊啊"]})
    assert admin.post(f"{URL}/decisions", {"text": "啊啊啊", "category": None}).status_code == 204
    observer.post(URL, {"texts": ["啊啊啊"]})
    assert listed(admin) == []


def test_only_an_admin_reads_and_decides(observer: Device, supervisor: Device) -> None:
    observer.post(URL, {"texts": ["窨井冒烟"]})
    decision = {"text": "窨井冒烟", "category": "GG0110"}
    for person in (observer, supervisor):
        assert person.get(URL).status_code == 403
        assert person.post(f"{URL}/decisions", decision).status_code == 403


def test_what_cannot_be_is_refused(observer: Device, admin: Device) -> None:
    observer.post(URL, {"texts": ["窨井冒烟"]})
    for text, category in (("从来没有", None), ("窨井冒烟", "GG0190")):
        decision = {"text": text, "category": category}
        assert admin.post(f"{URL}/decisions", decision).status_code == 404
    for texts in ([], ["字" * 21], ["词"] * 21, [""]):
        assert observer.post(URL, {"texts": texts}).status_code == 422
    assert listed(admin) == [("窨井冒烟", 1)]


def test_nobody_fills_the_table(observer: Device, admin: Device, monkeypatch) -> None:
    monkeypatch.setattr(category_misses, "MOST_MISSES", 3)
    observer.post(URL, {"texts": ["一", "二", "三", "四", "五"]})
    observer.post(URL, {"texts": ["六", "一"]})
    assert sorted(count for _, count in listed(admin)) == [1, 1, 2]
