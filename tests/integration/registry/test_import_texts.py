"""批量导入: what people's keyboards and spreadsheets do to names and codes on the way in."""

from __future__ import annotations

from typing import Any

import pytest

from inspect_server.models import Person
from tests.support.actors import Device
from tests.support.registers import PERSON, counts, created, csv, pointers, put, report
from tests.support.rows import Rows

pytestmark = pytest.mark.one_database

HEADING = "姓名,人员编号,角色,城区,单位"


def faults(found: dict[str, Any]) -> list[tuple[int, str]]:
    return [(fault["row"], fault["column"]) for fault in found["faults"]]


# --- characters --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("张　三", "张 三"),
        ("张\xa0三", "张 三"),
        ("\U00031350三", "\U00031350三"),
        ("\U0002ebf0三", "\U0002ebf0三"),
        ("\U000323b0三", "\U000323b0三"),
        ("\ue863三", "\ue863三"),
    ],
    ids=ascii,
)
def test_a_name_of_any_character_is_taken(admin: Device, rows: Rows, typed: str, kept: str) -> None:
    table = csv(HEADING, f"{typed},V001,网格志愿者,茅箭区,")
    assert counts(report(admin, "people", table, "all_or_nothing")) == (1, 0, 0, 0)
    assert rows.one(Person, Person.code == "V001").name == kept
    assert created(admin, "people", PERSON | {"name": typed})["name"] == kept


def test_a_hidden_character_is_refused_with_its_place(admin: Device, rows: Rows) -> None:
    table = csv(HEADING, "张三,V001,网格志愿者,茅箭区,", "李\u200b四,V002,网格志愿者,茅箭区,")
    found = report(admin, "people", table, "good_rows")
    assert faults(found) == [(3, "姓名")]
    assert "U+200B" in found["faults"][0]["detail"]
    assert "第 2 个字" in found["faults"][0]["detail"]
    assert pointers(put(admin, "people", str(_id(rows)), PERSON | {"name": "张\u202e三"})) == [
        "/name"
    ]


def _id(rows: Rows) -> Any:
    return rows.one(Person, Person.code == "V001").id


def test_the_same_name_with_other_blanks_is_the_same_person(admin: Device) -> None:
    report(admin, "people", csv(HEADING, "张 三,,网格志愿者,茅箭区,"), "all_or_nothing")
    again = csv(HEADING, "张　三,,网格志愿者,茅箭区,")
    assert counts(report(admin, "people", again, "all_or_nothing")) == (0, 0, 1, 0)


def test_full_width_headings_codes_and_words_are_read(admin: Device, rows: Rows) -> None:
    table = csv("姓　名＊,人员编号,角色＊,城区,状态", "张三,Ｖ００１,网格志愿者,茅箭区　,停用")
    assert counts(report(admin, "people", table, "all_or_nothing")) == (1, 0, 0, 0)
    assert rows.one(Person, Person.code == "V001").disabled_at is not None
