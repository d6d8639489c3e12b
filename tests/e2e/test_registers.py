"""名册 on the console: a table is imported, its wrong row is shown, an entry is edited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.people import Album, Console

HEADING = "姓名,人员编号,角色,城区\n"
GOOD = "周建国,V0001,网格志愿者,茅箭区\n王芳,V0002,网格志愿者,茅箭区\n"


def test_a_table_is_checked_then_written_and_an_entry_is_changed(
    console: Callable[..., Console], album: Album, tmp_path: Path
) -> None:
    table = tmp_path / "people.csv"
    admin = console()
    admin.sign_in("admin")
    admin.open("registers/people")
    expect(admin.see("register-table")).to_be_visible()

    # One row is wrong: it is named, and nothing is written.
    table.write_text(HEADING + GOOD + "李强,V0003,村长,茅箭区\n", encoding="utf-8")
    admin.press("register-import")
    admin.see("import-file").set_input_files(table)
    expect(admin.see("import-verdict", tone="warn")).to_contain_text("有误 1")
    expect(admin.see("import-faults")).to_contain_text("村长")
    album.keep(admin.page, "import-faults")

    # After the correction the whole table is written.
    table.write_text(HEADING + GOOD + "李强,V0003,网格志愿者,茅箭区\n", encoding="utf-8")
    admin.see("import-file").set_input_files(table)
    expect(admin.see("import-verdict", tone="good")).to_contain_text("新增 3")
    admin.press("import-all")
    expect(admin.see("import-verdict", tone="good")).to_contain_text("已写入")
    admin.press("import-close")

    # A wrong edit is named at its field, the right one is kept with who did it.
    admin.see("register-search").fill("V0002")
    expect(admin.see("entry-open")).to_have_count(1)
    admin.press("entry-open")
    admin.see("field-role").select_option("handler")
    admin.press("entry-save")
    admin.expect_text("about-unit_id", "处置人员必须有单位")
    album.keep(admin.page, "edit-refused")
    admin.see("field-role").select_option("steward")
    admin.see("field-name").fill("王芳芳")
    admin.press("entry-save")
    expect(admin.see("entry-sheet")).to_have_count(0)
    admin.expect_text("register-table", "王芳芳")
    admin.press("entry-open")
    admin.expect_text("register-history", "王芳 → 王芳芳")
    album.keep(admin.page, "edit-history")
    assert not [c for c in admin.console_errors if "422" not in c]
