"""批量导入: what people's keyboards and spreadsheets do to names and codes on the way in."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest

from inspect_server.models import Person
from tests.support.actors import Device
from tests.support.registers import (
    PERSON,
    POINT,
    SHOP,
    UNIT,
    counts,
    created,
    csv,
    last_line,
    pointers,
    put,
    report,
    xlsx,
)
from tests.support.rows import Rows

pytestmark = pytest.mark.one_database

HEADING = "姓名,人员编号,角色,城区,单位"


def faults(result: dict[str, Any]) -> list[tuple[int, str]]:
    return [(fault["row"], fault["column"]) for fault in result["faults"]]


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
    result = report(admin, "people", table, "good_rows")
    assert faults(result) == [(3, "姓名")]
    assert "U+200B" in result["faults"][0]["detail"]
    assert "第 2 个字" in result["faults"][0]["detail"]
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


# --- what spreadsheets make of codes -----------------------------------------------------------

LONG = "420302199001011234"
COLUMNS = ["姓名", "人员编号", "角色", "城区"]


def person(name: str, code: Any) -> list[Any]:
    return [name, code, "网格志愿者", "茅箭区"]


@pytest.mark.parametrize(
    "cell",
    [
        420302199001011234,
        4.2030219900101126e17,
        1234567890123456,
        71.5,
        date(2026, 3, 5),
        datetime(2026, 3, 5, 8, 30),
        time(8, 30),
        True,
        "4.20302E+17",
    ],
    ids=repr,
)
def test_a_cell_that_is_no_text_any_more_is_refused_with_what_to_do(
    admin: Device, rows: Rows, cell: Any
) -> None:
    table = xlsx(COLUMNS, person("周建国", "V001"), person("王芳", cell))
    result = report(admin, "people", table, "good_rows")
    assert faults(result) == [(3, "人员编号")]
    assert "“文本”格式" in result["faults"][0]["detail"]
    assert rows.count(Person, Person.name == "王芳") == 0


def test_a_date_is_refused_in_a_name_and_an_address_too(admin: Device) -> None:
    table = xlsx(
        ["编码", "名称", "类型", "经度", "纬度", "地址"],
        ["P1", date(2026, 3, 5), "集贸市场", 110.79, 32.63, date(2026, 3, 5)],
    )
    assert faults(report(admin, "points", table)) == [(2, "名称"), (2, "地址")]


def test_a_code_shown_with_its_zeros_is_read_with_them(admin: Device, rows: Rows) -> None:
    assert counts(report(admin, "people", zeros("0000"), "all_or_nothing"))[0] == 1
    assert rows.one(Person, Person.name == "王芳").code == "0071"


def test_a_code_shown_with_other_signs_is_refused(admin: Device) -> None:
    assert faults(report(admin, "people", zeros('"V"000'))) == [(2, "人员编号")]


def zeros(number_format: str) -> bytes:
    """A workbook with the number 71 in a cell of this format."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(COLUMNS)
    sheet.append(person("王芳", 71))
    sheet["B2"].number_format = number_format
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize(
    ("code", "damaged"),
    [
        ("0071", "71"),
        ("0071", 71),
        ("000000000001", "1"),
        (LONG, "420302199001011000"),
        ("4203021990010112345", "4203021990010110000"),
    ],
)
@pytest.mark.parametrize("where", ["register", "table"])
def test_a_damaged_copy_of_a_code_makes_nobody_new(
    admin: Device, rows: Rows, code: str, damaged: Any, where: str
) -> None:
    if where == "register":
        created(admin, "people", PERSON | {"name": "王芳", "code": code})
        table = xlsx(COLUMNS, person("王芳芳", damaged))
    else:
        table = xlsx(COLUMNS, person("王芳芳", damaged), person("王芳", code))
    result = report(admin, "people", table, "good_rows")
    assert faults(result) == [(2, "人员编号")]
    assert code in result["faults"][0]["detail"]
    assert rows.count(Person, Person.name == "王芳芳") == 0


@pytest.mark.parametrize("code", ["4.20302E+17", "2026/3/5", "3月5日", "5-Mar", "Mar-05", "71.0"])
def test_a_csv_that_a_spreadsheet_saved_is_refused_too(admin: Device, code: str) -> None:
    result = report(admin, "people", csv(HEADING, f"王芳,{code},网格志愿者,茅箭区,"))
    assert faults(result) == [(2, "人员编号")]
    assert "“文本”格式" in result["faults"][0]["detail"]


def test_a_code_that_looks_like_a_day_and_is_known_stays(admin: Device) -> None:
    created(admin, "people", PERSON | {"name": "王芳", "code": "2026-3-5"})
    table = csv(HEADING, "王芳芳,2026-3-5,网格志愿者,茅箭区,")
    assert counts(report(admin, "people", table, "all_or_nothing")) == (0, 1, 0, 0)


def test_two_codes_of_which_one_only_looks_damaged_stay_two(admin: Device) -> None:
    for name, code in (("王芳", "0071"), ("李强", "71")):
        created(admin, "people", PERSON | {"name": name, "code": code})
    table = xlsx(COLUMNS, person("王芳", "0071"), person("李强", "71"))
    assert counts(report(admin, "people", table)) == (0, 0, 2, 0)


def test_a_login_with_another_code_changes_nobody(admin: Device, rows: Rows) -> None:
    created(admin, "people", PERSON | {"name": "王芳", "code": "0071", "login": "wangfang"})
    for code in ("71", "V2"):
        table = csv("姓名,人员编号,账号,角色,城区", f"王芳芳,{code},wangfang,志愿者,茅箭区")
        result = report(admin, "people", table, "good_rows")
        assert faults(result) == [(2, "人员编号")]
        assert "0071" in result["faults"][0]["detail"]
    assert rows.count(Person, Person.code == "0071", Person.name == "王芳") == 1


def test_a_person_without_a_code_gets_one_by_the_login(admin: Device, rows: Rows) -> None:
    created(admin, "people", PERSON | {"name": "王芳", "code": None, "login": "wangfang"})
    table = csv("姓名,人员编号,账号,角色,城区", "王芳,V2,WangFang,志愿者,茅箭区")
    assert counts(report(admin, "people", table, "good_rows")) == (0, 1, 0, 0)
    assert rows.count(Person, Person.code == "V2") == 1


# --- nearly the same ---------------------------------------------------------------------------


def doubts(result: dict[str, Any]) -> list[tuple[int, str]]:
    return [(doubt["row"], doubt["column"]) for doubt in result["doubts"]]


def test_a_person_with_another_code_and_the_same_rest_is_named_before_writing(
    admin: Device, rows: Rows
) -> None:
    created(admin, "people", PERSON | {"name": "王 芳", "code": "V001"})
    result = report(admin, "people", csv(HEADING, "王芳,V0O1,志愿者,茅箭区,"))
    assert counts(result) == (1, 0, 0, 0)
    assert doubts(result) == [(2, "姓名")]
    assert "V001" in result["doubts"][0]["detail"]
    assert rows.count(Person, Person.code == "V0O1") == 0


def test_a_person_without_a_code_is_named_beside_one_with_a_code(admin: Device) -> None:
    created(admin, "people", PERSON | {"name": "王芳", "code": "V001"})
    assert doubts(report(admin, "people", csv(HEADING, "王芳,,志愿者,茅箭区,"))) == [(2, "姓名")]


def test_two_rows_that_differ_by_their_code_only_are_named(admin: Device) -> None:
    table = csv(HEADING, "王芳,V001,志愿者,茅箭区,", "王芳,V002,志愿者,茅箭区,")
    result = report(admin, "people", table)
    assert doubts(result) == [(3, "姓名")]
    assert "第 2 行" in result["doubts"][0]["detail"]


def test_the_same_name_in_another_district_is_no_doubt(admin: Device) -> None:
    created(admin, "people", PERSON | {"name": "王芳", "code": "V001"})
    assert doubts(report(admin, "people", csv(HEADING, "王芳,V002,志愿者,张湾区,"))) == []


@pytest.mark.parametrize(
    ("register", "entry", "table"),
    [
        ("units", UNIT, csv("编码,名称,类型,城区", "sz-jd2,三堰街道办,街道,茅箭区")),
        (
            "points",
            POINT,
            csv("编码,名称,类型,经度,纬度", "MJ98,北京路菜市场,集贸市场,110.79,32.63"),
        ),
        ("shops", SHOP, csv("门牌码,名称,经度,纬度", "MQ-MJ-9002,老李面馆,110.79,32.63")),
    ],
)
def test_a_unit_a_point_and_a_shop_are_named_too(
    admin: Device, register: str, entry: dict[str, Any], table: bytes
) -> None:
    created(admin, register, entry)
    result = report(admin, register, table)
    assert (counts(result), len(result["doubts"])) == ((1, 0, 0, 0), 1)


# --- sheets and words --------------------------------------------------------------------------


def workbook(*sheets: tuple[str, list[list[Any]]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, lines in sheets:
        sheet = book.create_sheet(title)
        sheet.sheet_state = "hidden" if title == hidden else "visible"
        for line in lines:
            sheet.append(line)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


PEOPLE = [COLUMNS, person("王芳", "V001")]


def test_of_several_sheets_the_one_that_was_read_is_named(admin: Device) -> None:
    table = workbook(("人员", PEOPLE), ("点位", [["x"]]), ("草稿", []))
    result = report(admin, "people", table)
    assert (result["sheet"], result["other_sheets"]) == ("人员", ["点位", "草稿"])
    assert report(admin, "people", csv(HEADING))["sheet"] is None


def test_a_hidden_sheet_is_not_read(admin: Device) -> None:
    table = workbook(("旧", [["x"]]), ("人员", PEOPLE), hidden="旧")
    result = report(admin, "people", table)
    assert (result["sheet"], result["other_sheets"], result["added"]) == ("人员", [], 1)


@pytest.mark.parametrize("first", [[["请先阅读说明"]], []], ids=["other words", "empty"])
def test_a_first_sheet_that_is_another_one_is_named(admin: Device, first: list[list[Any]]) -> None:
    last = last_line(admin, "people", workbook(("说明", first), ("人员", PEOPLE)))
    assert last["problem"]["slug"] == "table-unreadable"
    assert "“说明”" in last["problem"]["detail"]
    assert "人员" in last["problem"]["detail"]


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("观察员", "observer"),
        ("文明观察员", "observer"),
        ("劝导员", "steward"),
        ("志愿者", "volunteer"),
        ("督查", "supervisor"),
        ("裁决员", "arbiter"),
    ],
)
def test_a_role_is_known_by_its_everyday_name(
    admin: Device, rows: Rows, said: str, role: str
) -> None:
    table = csv(HEADING, f"王芳,V001,{said},茅箭区,")
    assert counts(report(admin, "people", table, "all_or_nothing")) == (1, 0, 0, 0)
    assert rows.one(Person, Person.code == "V001").role == role
