"""A real city from `init` to the first closed task of an invited volunteer, at its screens."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.fresh_city import City
from tests.e2e.people import WUYAN, Album, Console, Phone

OWN = "梧桐树下 7 号"
OVERFLOWING_BIN = "GG0402"
UNIT, POINT = "樊城区城管局", "人民广场"
TABLES = {
    "units": f"编码,名称,类型,城区\nfccg,{UNIT},责任部门,樊城区\n",
    "people": (
        "姓名,人员编号,角色,账号,城区,单位\n"
        "李科,D01,督查员,like,樊城区,\n"
        f"老王,C01,处置人员,,樊城区,{UNIT}\n"
        "周建国,V01,网格志愿者,,樊城区,\n"
    ),
    "points": (
        "编码,名称,类型,经度,纬度,城区\n"
        f"FC01,{POINT},公共广场,{WUYAN['longitude']},{WUYAN['latitude']},樊城区\n"
    ),
}


def test_from_init_to_the_first_closed_task_of_an_invited_volunteer(
    browser: Browser,
    start_browser: Callable[[str], Browser],
    new_city: City,
    album: Album,
    tmp_path: Path,
) -> None:
    product = new_city.live
    admin: Console = Console.of(browser, product)
    admin.sign_in_first(new_city.login, new_city.password, OWN)

    # Units, people and points as tables; the rule by its form; invitations as a table of links.
    for register, table in TABLES.items():
        admin.open("")
        admin.press(f"setup-{register}")
        import_table(admin, register, table, tmp_path)
    admin.open("")
    admin.press("setup-routing")
    admin.press("rule-add")
    admin.see("rule-unit").select_option(label=UNIT)
    admin.press("rule-save")
    expect(admin.see("rule-row")).to_have_count(1)
    links = invite(admin, tmp_path)
    expect(admin.see("setup")).to_have_count(0)
    supervisors_password = new_password(admin, "D01")
    album.keep(admin.page, "admin-prepared")

    # 周建国 opens the link of his slip, and reports with a photo.
    volunteer: Phone = Phone.of(browser, product)
    volunteer.open(links["周建国"])
    volunteer.press("join")
    volunteer.wait_for_line("delivered")
    album.keep(volunteer.page, "volunteer-joined")
    volunteer.press("capture-open")
    volunteer.take_photo()
    volunteer.press("category-open")
    volunteer.see("category-search").fill("垃圾桶满了")
    volunteer.press(f"category-item-{OVERFLOWING_BIN}")
    volunteer.see("place-offer").filter(has_text=POINT).click()
    album.keep(volunteer.page, "volunteer-record")
    volunteer.press("save-record")
    expect(volunteer.see("saved-sheet")).to_be_visible()
    volunteer.press("saved-done")
    volunteer.wait_for_line("delivered")

    # 李科 files it and sends it to the unit of the rule.
    supervisor: Console = Console.of(browser, product)
    supervisor.sign_in_first("like", supervisors_password, OWN)
    supervisor.press("nav-tasks")
    supervisor.see("task-row").click()
    supervisor.press("task-open")
    supervisor.state("待立案")
    supervisor.move("file")
    supervisor.press("move-dispatch")
    expect(supervisor.see("move-form")).to_contain_text(UNIT)
    supervisor.press("move-confirm")
    supervisor.state("已派遣")
    number = supervisor.page.url

    # 老王, also invited, repairs it.
    handler: Phone = Phone.of(start_browser("bins-after"), product)
    handler.open(links["老王"])
    handler.press("join")
    handler.see("task-item").click()
    handler.press("move-accept")
    handler.wait_for_line("delivered")
    handler.press("move-submit")
    handler.take_photo()
    handler.see("submit-note").fill("已清运。")
    album.keep(handler.page, "handler-submits")
    handler.press("task-submit")
    handler.wait_for_line("delivered")

    supervisor.page.goto(number)
    supervisor.state("待核查")
    album.keep(supervisor.page, "supervisor-verifies")
    supervisor.move("pass")
    supervisor.state("已结案")

    # The volunteer reads how it ended.
    volunteer.sync()
    volunteer.open("/#/records")
    volunteer.see("record-item").click()
    expect(volunteer.see("record")).to_contain_text("已结案")
    album.keep(volunteer.page, "volunteer-closed")
    people = (admin, supervisor, handler, volunteer)
    errors = [one for person in people for one in person.console_errors]
    assert not [one for one in errors if "status of 403" not in one]
    for person in people:
        person.context.close()


def import_table(admin: Console, register: str, table: str, folder: Path) -> None:
    path = folder / f"{register}.csv"
    path.write_text(table, encoding="utf-8")
    admin.press("register-import")
    admin.see("import-file").set_input_files(path)
    expect(admin.see("import-verdict", tone="good")).to_contain_text("新增")
    admin.press("import-all")
    expect(admin.see("import-verdict", tone="good")).to_contain_text("已写入")
    admin.press("import-close")


def invite(admin: Console, folder: Path) -> dict[str, str]:
    """Invite everybody; returns each one's link without its origin."""
    admin.open("")
    admin.press("setup-invitations")
    admin.see("invite-role").select_option("")
    admin.press("invite-table")
    with admin.page.expect_download() as download:
        admin.press("invite-save-table")
    path = folder / "links.csv"
    download.value.save_as(path)
    admin.open("")
    expect(admin.see("nav-board")).to_be_visible()
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file)
    return {row[0]: row[5][row[5].index("/#/join/") :] for row in rows}


def new_password(admin: Console, code: str) -> str:
    """Give out a one-time password for the person with this number."""
    admin.open("registers/people")
    admin.see("register-search").fill(code)
    expect(admin.see("entry-open")).to_have_count(1)
    admin.press("entry-open")
    admin.press("entry-password")
    expect(admin.see("entry-told")).to_contain_text("like")
    shown = re.search(r"密码 ([a-z0-9-]+)", admin.see("entry-told").inner_text())
    assert shown
    return shown[1]
