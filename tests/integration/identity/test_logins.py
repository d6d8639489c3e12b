"""Logins 登录名: however they are typed, and never two that a person takes for one."""

from __future__ import annotations

from typing import Any

import pytest

from inspect_server.models import Person
from inspect_server.operations import starter
from tests.support.actors import Device, new_id
from tests.support.clock import FakeClock
from tests.support.registers import PERSON, counts, created, csv, pointers, put, report
from tests.support.rows import Rows

HEADING = "姓名,登录名,角色,城区"


def password_of(admin: Device, login: str) -> tuple[dict[str, Any], str]:
    """A person with this login, and the password."""
    person = created(admin, "people", PERSON | {"login": login})
    answer = admin.post(f"/people/{person['id']}/password", {})
    return person, str(answer.json["password"])


def sign_in(admin: Device, login: str, password: str) -> int:
    """Sign in with a new device; returns the status."""
    body = {"login": login, "password": password, "device": {"id": new_id(), "name": "x"}}
    return int(admin.app.test_client().post("/api/v1/sessions", json=body).status_code)


@pytest.mark.parametrize(
    "typed", ["wanglei", "WangLei", "WANGLEI", " wanglei ", "ＷａｎｇＬｅｉ", "wang\u200blei"]
)
def test_a_login_is_known_however_it_is_typed(admin: Device, typed: str) -> None:
    _, password = password_of(admin, "WangLei")
    assert sign_in(admin, typed, password) == 201
    assert sign_in(admin, typed, password.upper()) == 401
    assert sign_in(admin, "wanglel", password) == 401


def test_letters_of_every_script_have_no_case_in_a_login(admin: Device) -> None:
    _, password = password_of(admin, "ÄRGER")
    assert sign_in(admin, "ärger", password) == 201
    other = PERSON | {"login": "ärger", "code": "V2"}
    assert pointers(put(admin, "people", new_id(), other)) == ["/login"]


TWINS = ["WANG0", "wango", "ＷＡＮＧ０", "w\u0430ng0", "wang\u043e"]


@pytest.mark.parametrize("twin", TWINS, ids=ascii)
def test_a_login_that_looks_like_another_one_is_refused(
    admin: Device, rows: Rows, twin: str
) -> None:
    created(admin, "people", PERSON | {"login": "wang0"})
    other = PERSON | {"name": "王芳", "login": twin, "code": "V2"}
    assert pointers(put(admin, "people", new_id(), other)) == ["/login"]
    table = csv("姓名,人员编号,登录名,角色,城区", f"王芳,V2,{twin},志愿者,茅箭区")
    result = report(admin, "people", table, "good_rows")
    assert counts(result) == (0, 0, 0, 1)
    assert rows.count(Person, Person.name == "王芳") == 0
    assert rows.count(Person, Person.login.is_not(None), Person.demo.is_(False)) == 1


def test_two_rows_whose_logins_look_alike_are_refused(admin: Device) -> None:
    table = csv(HEADING, "王伟,wang1,志愿者,茅箭区", "王芳,wangl,志愿者,茅箭区")
    result = report(admin, "people", table)
    assert [(fault["row"], fault["column"]) for fault in result["faults"]] == [(3, "账号")]


def test_logins_that_only_resemble_each_other_are_two(admin: Device) -> None:
    table = csv(HEADING, "王伟,wang11,志愿者,茅箭区", "王丽,wangli,志愿者,茅箭区")
    assert counts(report(admin, "people", table, "all_or_nothing")) == (2, 0, 0, 0)


def test_who_keeps_the_login_is_not_asked_for_another_one(admin: Device) -> None:
    person = created(admin, "people", PERSON | {"login": "wang0"})
    entry = PERSON | {"login": "Wang0", "name": "王芳", "version": person["version"]}
    assert put(admin, "people", person["id"], entry).status_code == 200
    changed = csv(HEADING, "王芳芳,wang0,志愿者,茅箭区")
    assert counts(report(admin, "people", changed, "all_or_nothing")) == (0, 1, 0, 0)


def test_a_demonstration_makes_no_second_login(
    admin: Device, rows: Rows, fake_clock: FakeClock
) -> None:
    def rename(session: Any) -> None:
        session.query(Person).filter_by(login="chen").one().login = "Chen"

    rows.write(rename)
    logins = rows.write(lambda session: starter.load_demo_people(session, fake_clock()))
    assert "chen" not in [login.login for login in logins]
