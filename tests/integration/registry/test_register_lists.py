"""Registers as they are listed 名册: found however a name is typed, ordered by pinyin."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.actors import Device
from tests.support.registers import PERSON, SHOP, UNIT, counts, created, csv, put, report


def names(device: Device, register: str, **query: Any) -> list[str]:
    """The names of a whole register, page by page."""
    result: list[str] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = device.get(f"/{register}", query_string=query | more)
        assert answer.status_code == 200, answer.text
        result += [entry["name"] for entry in answer.json["items"]]
        cursor = answer.json["next"]
        if cursor is None:
            return result


# --- found -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("老李⾯馆", "面馆"),
        ("老李面馆", "⾯馆"),
        ("⻓青面馆", "长青"),
        ("ＡＢ面馆", "ab面"),
        ("ab面馆", "ＡＢ"),
        ("Ångström 面馆", "ÅNGSTRÖM"),
        ("面 馆", "面　馆"),
        ("面馆", "面\u200b馆"),
        ("\U00031350面馆", "\U00031350"),
    ],
    ids=ascii,
)
def test_a_shop_is_found_however_its_name_is_typed(admin: Device, name: str, typed: str) -> None:
    created(admin, "shops", SHOP | {"name": name})
    assert names(admin, "shops", text=typed) == [name]
    sheet = admin.get("/registers/shops/sheet", query_string={"text": typed}).text
    assert sheet.count("<article") == 1


@pytest.mark.one_database
def test_a_search_goes_on_page_by_page(admin: Device) -> None:
    for number in range(7):
        entry = {"name": f"面馆{number}", "plate_code": f"X{number}"}
        created(admin, "shops", SHOP | entry)
    assert names(admin, "shops", text="⾯馆", limit=2) == [f"面馆{number}" for number in range(7)]


# --- ordered -----------------------------------------------------------------------------------

UNSORTED = ("赵六", "张三", "单四", "Bob", "安康", "曾五", "10号", "2号")
SORTED = ["2号", "10号", "Bob", "安康", "单四", "曾五", "张三", "赵六"]


def test_people_are_listed_by_pinyin_on_every_page(admin: Device) -> None:
    for number, name in enumerate(UNSORTED):
        created(admin, "people", PERSON | {"name": name, "code": f"P{number}", "role": "arbiter"})
    listed = [name for name in names(admin, "people", role="arbiter", limit=3) if name in SORTED]
    assert listed == SORTED


def test_imported_people_are_listed_by_pinyin_too(admin: Device) -> None:
    lines = (f"{name},P{number},裁定员" for number, name in enumerate(UNSORTED))
    table = csv("姓名,人员编号,角色", *lines)
    assert counts(report(admin, "people", table, "all_or_nothing"))[0] == len(UNSORTED)
    assert [n for n in names(admin, "people", role="arbiter", limit=3) if n in SORTED] == SORTED


def test_units_are_listed_by_pinyin(admin: Device) -> None:
    for number, name in enumerate(("重庆路街道办", "城管局", "A组", "财政局")):
        created(admin, "units", UNIT | {"name": name, "code": f"U{number}"})
    expected = ["A组", "财政局", "城管局", "重庆路街道办"]
    assert [name for name in names(admin, "units", limit=4) if name in expected] == expected


def test_who_is_renamed_moves_in_the_list(admin: Device) -> None:
    entry = PERSON | {"role": "arbiter", "name": "安康"}
    person = created(admin, "people", entry)
    created(admin, "people", entry | {"name": "王芳", "code": "P2"})
    put(admin, "people", person["id"], entry | {"name": "赵云", "version": person["version"]})
    assert [n for n in names(admin, "people", role="arbiter") if n in ("赵云", "王芳")] == [
        "王芳",
        "赵云",
    ]


def test_the_longest_names_are_listed_page_by_page(admin: Device) -> None:
    for number, sign in enumerate("壮妆"):
        entry = {"name": sign * 64, "code": f"P{number}", "role": "arbiter"}
        created(admin, "people", PERSON | entry)
    listed = names(admin, "people", role="arbiter", limit=1)
    assert listed[-2:] == ["妆" * 64, "壮" * 64]
