"""Sort keys 排序键: names in the order of a Chinese dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_server.models.sort_keys import MAX_KEY, name_key, person_key

PEOPLE = ["2号", "10号", "Bob", "安康", "鲁班", "吕布", "区七", "欧阳一", "任正", "单四", "尉迟恭"]
PEOPLE += ["曾五", "翟六", "张三", "张 三丰", "章三", "重八"]
UNITS = ["银行", "12中", "1中", "A组", "长岭街道办", "城管局", "重庆路街道办", "单位", "行政审批局"]


def test_people_are_ordered_by_pinyin_with_the_reading_of_surnames() -> None:
    expected = ["2号", "10号", "Bob", "安康", "鲁班", "吕布", "区七", "欧阳一", "任正", "单四"]
    expected += ["尉迟恭", "曾五", "翟六", "张三", "张 三丰", "章三", "重八"]
    assert sorted(PEOPLE, key=person_key) == expected


def test_units_are_ordered_by_pinyin_with_the_reading_of_words() -> None:
    assert sorted(UNITS, key=name_key) == [
        "1中",
        "12中",
        "A组",
        "长岭街道办",
        "城管局",
        "重庆路街道办",
        "单位",
        "行政审批局",
        "银行",
    ]


@pytest.mark.parametrize(("one", "other"), [("张　三", "张 三"), ("Ａ组", "a组"), ("⻓江", "长江")])
def test_what_is_searched_alike_is_ordered_alike(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@given(st.text(max_size=64))
def test_every_name_has_a_key(name: str) -> None:
    for key in (person_key(name), name_key(name)):
        assert len(key) <= MAX_KEY
        assert "\x00" not in key or "\x00" in name


@given(st.text("张章三四安任单0129Ab𤋮", min_size=1, max_size=6), st.text("张三安", max_size=3))
def test_a_longer_name_follows_its_beginning(name: str, more: str) -> None:
    assert name_key(name) <= name_key(name + more) or name[-1].isdigit()
