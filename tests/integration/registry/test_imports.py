"""批量导入: a dry run first, faults by row, and all rows or only the good ones written."""

from __future__ import annotations

import csv as csv_module
import gc
import io
from collections.abc import Callable
from typing import Any

import pytest

from inspect_server.core.database import db
from inspect_server.models import Invitation, Person, Point, RegisterChange, Unit
from inspect_server.registry.formats import tables
from tests.support.actors import Device
from tests.support.registers import (
    PERSON,
    SHOP,
    counts,
    created,
    csv,
    history,
    last_line,
    report,
    send_table,
    xlsx,
)
from tests.support.rows import Rows

HEADING = "姓名,人员编号,角色,城区,单位"
TWO = csv(HEADING, "周建国,V001,网格志愿者,茅箭区,", "王芳,V002,处置人员,茅箭区,五堰街道办（演示）")
WRONG = csv(
    HEADING,
    "周建国,V001,网格志愿者,茅箭区,",
    ",V002,网格志愿者,茅箭区,",
    "李强,V003,村长,茅箭区,",
    "赵敏,V004,网格志愿者,武汉,",
    "王芳,V005,处置人员,茅箭区,",
    "孙梅,V001,网格志愿者,茅箭区,",
)


def faults(import_report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(fault["row"], fault["column"]) for fault in import_report["faults"]]


def people_count(rows: Rows) -> int:
    return rows.count(Person, Person.demo.is_(False))


# --- dry run, writing --------------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_and_writes_nothing(admin: Device, rows: Rows) -> None:
    result = report(admin, "people", TWO)
    assert counts(result) == (2, 0, 0, 0)
    assert result["written"] is False
    assert (people_count(rows), rows.count(RegisterChange)) == (0, 0)


def test_good_rows_are_there_and_remembered_as_one_import(admin: Device, rows: Rows) -> None:
    result = report(admin, "people", TWO, "all_or_nothing")
    assert result["written"] is True
    wang = rows.one(Person, Person.code == "V002")
    assert (wang.name, wang.role, wang.district_code) == ("王芳", "handler", "maojian")
    assert wang.unit_id == rows.one(Unit, Unit.code == "wy-jd").id
    imports = {line["import_id"] for line in history(admin, "people")}
    assert imports == {result["import_id"]}


def test_the_same_table_again_changes_nothing(admin: Device, rows: Rows) -> None:
    report(admin, "people", TWO, "all_or_nothing")
    assert counts(report(admin, "people", TWO, "all_or_nothing")) == (0, 0, 2, 0)
    assert (people_count(rows), rows.count(RegisterChange)) == (2, 2)


def test_every_wrong_row_is_named_with_its_column(admin: Device) -> None:
    result = report(admin, "people", WRONG)
    assert counts(result) == (1, 0, 0, 5)
    assert faults(result) == [
        (3, "姓名"),
        (4, "角色"),
        (5, "城区"),
        (6, "单位"),
        (7, "人员编号"),
    ]
    assert "网格志愿者" in result["faults"][1]["detail"]
    assert "第 2 行" in result["faults"][4]["detail"]


def test_all_or_nothing_writes_nothing_when_one_row_is_wrong(admin: Device, rows: Rows) -> None:
    result = report(admin, "people", WRONG, "all_or_nothing")
    assert result["written"] is False
    assert people_count(rows) == 0


def test_only_the_good_rows_are_written_on_request(admin: Device, rows: Rows) -> None:
    result = report(admin, "people", WRONG, "good_rows")
    assert result["written"] is True
    assert people_count(rows) == 1


def test_changed_cells_are_written_and_a_missing_column_changes_nothing(
    admin: Device, rows: Rows
) -> None:
    report(admin, "people", TWO, "all_or_nothing")
    renamed = csv("人员编号,姓名,角色", "V002,王芳芳,处置人员")
    assert counts(report(admin, "people", renamed, "all_or_nothing")) == (0, 1, 0, 0)
    wang = rows.one(Person, Person.code == "V002")
    assert (wang.name, wang.district_code, wang.version) == ("王芳芳", "maojian", 2)
    newest = history(admin, "people", str(wang.id))[0]
    assert newest["fields"] == {"name": ["王芳", "王芳芳"]}


def test_people_without_a_number_are_distinguished_by_name_role_and_place(admin: Device) -> None:
    table = csv(HEADING, "王伟,,网格志愿者,茅箭区,", "王伟,,网格志愿者,张湾区,")
    assert counts(report(admin, "people", table, "all_or_nothing")) == (2, 0, 0, 0)
    assert counts(report(admin, "people", table, "all_or_nothing")) == (0, 0, 2, 0)
    same_name = csv(HEADING, "赵云,,网格志愿者,茅箭区,", "赵云,,网格志愿者,茅箭区,")
    assert faults(report(admin, "people", same_name)) == [(3, "姓名")]


def test_an_empty_state_cell_enables_nobody(admin: Device, rows: Rows) -> None:
    off = csv(HEADING + ",状态", "周建国,V001,网格志愿者,茅箭区,,停用")
    report(admin, "people", off, "all_or_nothing")
    silent = csv(HEADING + ",状态", "周建国,V001,网格志愿者,茅箭区,,")
    assert counts(report(admin, "people", silent, "all_or_nothing")) == (0, 0, 1, 0)
    assert rows.one(Person, Person.code == "V001").disabled_at is not None


def test_no_administrator_is_made_by_a_table(admin: Device, rows: Rows) -> None:
    table = csv(HEADING, "周建国,V001,系统管理员,,")
    assert faults(report(admin, "people", table, "good_rows")) == [(2, "角色")]
    assert people_count(rows) == 0


def test_an_admin_is_not_locked_out_by_a_table(admin: Device) -> None:
    table = csv("姓名,账号,角色,状态", "系统管理员,admin,系统管理员,停用")
    assert faults(report(admin, "people", table, "good_rows")) == [(2, "状态")]
    assert admin.get("/me").status_code == 200


def test_a_used_unit_is_not_switched_off_by_a_table(admin: Device) -> None:
    table = csv("编码,名称,类型,状态", "wy-jd,五堰街道办（演示）,街道（乡镇）,停用")
    assert faults(report(admin, "units", table, "good_rows")) == [(2, "状态")]


def test_points_and_shops_are_imported_by_the_names_of_their_places(
    admin: Device, rows: Rows, observer: Device
) -> None:
    points = csv("编码,名称,类型,经度,纬度,街道", "P1,东岳市场,集贸市场,110.79,32.63,五堰街道")
    assert counts(report(admin, "points", points, "all_or_nothing")) == (1, 0, 0, 0)
    assert rows.one(Point, Point.code == "P1").district_code == "maojian"
    shops = csv("门牌码,名称,点位,单位,三包", "S-1,老李面馆,东岳市场,wy-jd,包卫生;包秩序")
    assert counts(report(admin, "shops", shops, "all_or_nothing")) == (1, 0, 0, 0)
    (shop,) = observer.get("/shops", query_string={"text": "S-1"}).json["items"]
    assert (shop["duties"], shop["lon"]) == (["包卫生", "包秩序"], 110.79)


# --- how a table may be written ----------------------------------------------------------------


LINE = ["周建国", "V001", "网格志愿者", "茅箭区"]
COLUMNS = ["姓名*", "人员编号", "角色*", "城区"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    "table",
    [
        csv(",".join(COLUMNS), ",".join(LINE)).decode().encode("utf-8-sig"),
        csv(",".join(COLUMNS), ",".join(LINE)).decode().encode("gbk"),
        csv("\t".join(COLUMNS), "\t".join(LINE)),
        csv("name;code;role;district", "周建国;V001;volunteer;maojian"),
        xlsx(COLUMNS, LINE),
        xlsx([], COLUMNS, [None], LINE),
    ],
    ids=["utf-8 with mark", "gbk", "tabs", "semicolons, english", "xlsx", "xlsx with gaps"],
)
def test_a_table_is_read_as_people_save_it(admin: Device, table: bytes) -> None:
    assert counts(report(admin, "people", table)) == (1, 0, 0, 0)


@pytest.mark.one_database
def test_a_number_of_a_spreadsheet_is_the_code_a_person_sees(admin: Device, rows: Rows) -> None:
    table = xlsx(["编码", "名称", "类型"], [20260001, "城南街道办", "街道（乡镇）"])
    report(admin, "units", table, "all_or_nothing")
    assert rows.count(Unit, Unit.code == "20260001") == 1


@pytest.mark.one_database
@pytest.mark.parametrize(
    "table",
    [b"", b"\x00\xff\xfe\x81", b"PK\x03\x04 no zip", csv("姓名,角色色", "周建国,志愿者")],
    ids=["empty", "no text", "no zip", "a heading is missing"],
)
def test_what_is_no_table_is_refused_in_words(admin: Device, table: bytes) -> None:
    last = last_line(admin, "people", table)
    assert (last["step"], last["problem"]["slug"]) == ("failed", "table-unreadable")


@pytest.mark.one_database
def test_a_table_that_is_too_large_is_refused(
    admin: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", 100)
    answer = send_table(admin, "people", TWO, "dry_run")
    assert (answer.status_code, answer.json["slug"]) == (413, "too-large")


@pytest.mark.one_database
def test_an_unknown_column_is_named_and_ignored(admin: Device) -> None:
    table = csv(HEADING + ",电话", "周建国,V001,网格志愿者,茅箭区,,13800000000")
    assert report(admin, "people", table)["unknown_columns"] == ["电话"]


@pytest.mark.parametrize("login", ["like", "chen"])
def test_only_admins_import_and_export_tables(sign_in: Callable[..., Device], login: str) -> None:
    device = sign_in(login)
    assert send_table(device, "people", TWO, "good_rows").status_code == 403
    assert device.get("/registers/people/table").status_code == 403
    assert device.post("/invitations/many", {}).status_code == 403


@pytest.mark.parametrize("register", ["categories", "secrets"])
def test_a_register_that_is_no_table_is_404(admin: Device, register: str) -> None:
    assert send_table(admin, register, TWO, "dry_run").status_code == 404
    assert admin.get(f"/registers/{register}/table").status_code == 404


# --- export ---------------------------------------------------------------------------------------


def lines_of(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv_module.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("register", ["people", "units", "points", "shops"])
def test_an_exported_table_imported_again_changes_nothing(admin: Device, register: str) -> None:
    table = admin.get(f"/registers/{register}/table").data
    result = report(admin, register, table, "all_or_nothing")
    assert result["same"] == result["rows"] > 0, result["faults"]


def test_a_spreadsheet_calculates_nothing_of_an_export(admin: Device) -> None:
    for number, name in enumerate(("=1+1", "+86", "-x", "@SUM(A1)")):
        created(admin, "shops", SHOP | {"plate_code": f"X{number}", "name": name})
    exported = admin.get("/registers/shops/table")
    names = {line[0]: line[1] for line in lines_of(exported.text)}
    assert [names[f"X{n}"] for n in range(4)] == ["'=1+1", "'+86", "'-x", "'@SUM(A1)"]
    assert counts(report(admin, "shops", exported.data))[3] == 0
    assert report(admin, "shops", exported.data)["changed"] == 0


def test_a_template_has_headings_only(admin: Device) -> None:
    answer = admin.get("/registers/people/table", query_string={"template": True})
    assert lines_of(answer.text) == [["姓名*", "人员编号", "账号", "角色*", "城区", "单位", "状态"]]


# --- sheets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("register", "code"), [("shops", "MQ-MJ-0001"), ("points", "MJ01")])
def test_plates_are_pages_of_codes(supervisor: Device, register: str, code: str) -> None:
    answer = supervisor.get(f"/registers/{register}/sheet", query_string={"text": code})
    assert answer.mimetype == "text/html"
    assert answer.text.count("<article") == answer.text.count("<svg") == 1
    assert f"<code>{code}</code>" in answer.text


@pytest.mark.one_database
def test_names_on_a_plate_are_escaped(admin: Device) -> None:
    created(admin, "shops", SHOP | {"name": "<script>alert(1)</script>"})
    sheet = admin.get("/registers/shops/sheet", query_string={"text": "MQ-MJ-9001"}).text
    assert "<script" not in sheet
    assert "&lt;script&gt;" in sheet


def test_a_sheet_of_invitations_lets_each_of_its_people_in_once(
    admin: Device, rows: Rows, join: Callable[[str], int]
) -> None:
    report(admin, "people", TWO, "all_or_nothing")
    filters = {"role": "volunteer", "district": "maojian", "never_signed_in": True}
    sheet = admin.post("/invitations/many", filters).text
    assert sheet.count("<article") == 1
    assert "周建国" in sheet
    token = sheet.split("/#/join/")[1].split("<")[0]
    assert [join(token), join(token)] == [201, 401]
    assert admin.post("/invitations/many", filters).text.count("<article") == 0


def test_of_two_tables_of_links_the_new_one_counts(
    admin: Device, rows: Rows, join: Callable[[str], int]
) -> None:
    report(admin, "people", TWO, "all_or_nothing")
    filters = {"role": "volunteer", "district": "maojian", "sheet": False}
    old, new = (
        lines_of(admin.post("/invitations/many", filters).text)[1][5].rsplit("/", 1)[1]
        for _ in range(2)
    )
    assert [join(new), join(old)] == [201, 401]
    assert rows.count(Invitation) == 2


def test_no_administrator_is_invited_by_the_sheet(admin: Device) -> None:
    created(admin, "people", PERSON | {"role": "admin"})
    sheet = admin.post("/invitations/many", {"role": "admin"}).text
    assert sheet.count("<article") == 0


@pytest.fixture
def join(admin: Device) -> Callable[[str], int]:
    """Sign a new phone in with an invitation; returns the status."""

    def joined(token: str) -> int:
        body = {"invitation": token, "device": {"id": f"phone-{token[:3]}-{next(number)}"}}
        answer = admin.app.test_client().post("/api/v1/sessions", json=body)
        return int(answer.status_code)

    number = iter(range(10))
    return joined


@pytest.mark.one_database
def test_what_is_sent_piece_by_piece_keeps_no_connection(admin: Device) -> None:
    gc.disable()
    try:
        for path in ("people/table", "shops/sheet"):
            assert admin.get(f"/registers/{path}").text
        report(admin, "people", TWO, "all_or_nothing")
        with admin.app.app_context():
            assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    finally:
        gc.enable()
