"""名册: entries are written by admins, never deleted, and have a history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inspect_server.models import Person, Point, RegisterChange, Shop, Unit
from tests.support.actors import Device, new_id
from tests.support.case_walks import reported
from tests.support.clock import FakeClock
from tests.support.registers import (
    CATEGORY,
    ENTRIES,
    PERSON,
    POINT,
    SHOP,
    UNIT,
    created,
    history,
    new_key,
    pointers,
    put,
)
from tests.support.rows import Rows


def unit_of(device: Device, code: str) -> dict[str, Any]:
    answer = device.get("/units", query_string={"text": code})
    (unit,) = [u for u in (answer.json or {})["items"] if u["code"] == code]
    return dict(unit)


def as_entry(shown: dict[str, Any], *fields: str) -> dict[str, Any]:
    return {name: shown[name] for name in (*fields, "version")}


# --- one entry ---------------------------------------------------------------------------------


@pytest.mark.parametrize("register", ENTRIES)
def test_a_new_entry_is_there_for_everybody_who_reads_the_register(
    admin: Device, register: str
) -> None:
    entry, _ = ENTRIES[register]
    made = created(admin, register, entry)
    key = made.get("id") or made["code"]
    assert made["version"] == 1
    assert admin.get(f"/{register}/{key}").json == made


@pytest.mark.parametrize("register", ENTRIES)
def test_a_change_is_remembered_with_who_and_what(admin: Device, register: str) -> None:
    entry, changed = ENTRIES[register]
    key = new_key(register)
    created(admin, register, entry, key)
    after = put(admin, register, key, entry | changed | {"version": 1})
    assert (after.status_code, after.json["version"]) == (200, 2)
    second, first = history(admin, register, key)
    ((field, value),) = changed.items()
    assert (first["deed"], second["deed"]) == ("created", "changed")
    assert second["fields"] == {field: [entry.get(field), value]}
    assert second["by"]["name"] == "系统管理员"


@pytest.mark.parametrize("register", ENTRIES)
def test_writing_the_same_entry_again_changes_nothing(
    admin: Device, rows: Rows, register: str
) -> None:
    entry, _ = ENTRIES[register]
    key = new_key(register)
    first = created(admin, register, entry, key)
    assert put(admin, register, key, entry).json == first
    assert rows.count(RegisterChange) == 1


@pytest.mark.parametrize("register", ENTRIES)
def test_a_change_of_an_older_version_is_refused(admin: Device, register: str) -> None:
    entry, changed = ENTRIES[register]
    key = new_key(register)
    created(admin, register, entry, key)
    put(admin, register, key, entry | changed | {"version": 1})
    late = put(admin, register, key, entry | {"active": False, "version": 1})
    assert (late.status_code, late.json["slug"]) == (409, "stale-version")
    assert admin.get(f"/{register}/{key}").json["active"] is True


@pytest.mark.parametrize("register", ENTRIES)
def test_changing_what_is_not_there_is_404(admin: Device, rows: Rows, register: str) -> None:
    entry, _ = ENTRIES[register]
    answer = put(admin, register, new_key(register), entry | {"version": 3})
    assert (answer.status_code, answer.json["slug"]) == (404, "not-found")
    assert rows.count(RegisterChange) == 0


@pytest.mark.parametrize("login", ["like", "wang", "chen"])
def test_nobody_but_an_admin_writes(
    sign_in: Callable[..., Device], login: str, subtests: pytest.Subtests
) -> None:
    device = sign_in(login)
    for register, (entry, _) in ENTRIES.items():
        with subtests.test(register):
            assert put(device, register, new_key(register), entry).status_code == 403


def test_a_supervisor_of_another_district_does_not_find_a_person(
    admin: Device, supervisor: Device, outsider: Device
) -> None:
    person = created(admin, "people", PERSON)
    assert supervisor.get(f"/people/{person['id']}").status_code == 200
    assert outsider.get(f"/people/{person['id']}").status_code == 404
    query = {"entry": person["id"]}
    assert outsider.get("/registers/people/changes", query_string=query).status_code == 404


def test_a_supervisor_reads_the_history_of_the_registers(
    admin: Device, supervisor: Device, observer: Device
) -> None:
    created(admin, "units", UNIT)
    (line,) = history(supervisor, "units")
    assert line["entry"]["name"] == "三堰街道办"
    assert observer.get("/registers/units/changes").status_code == 403


def test_an_unknown_register_is_404(admin: Device) -> None:
    assert admin.get("/registers/secrets/changes").status_code == 404


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("register", "wrong", "field"),
    [
        ("units", {"code": "a b"}, "/code"),
        ("units", {"code": "CGW"}, "/code"),
        ("units", {"name": "  "}, "/name"),
        ("units", {"name": "两\n行"}, "/name"),
        ("units", {"district": "wuhan"}, "/district"),
        ("points", {"lat": 110.79, "lon": 32.63}, "/lat"),
        ("points", {"lat": 30.5}, "/district"),
        ("points", {"street": "420302002", "district": "zhangwan"}, "/district"),
        ("points", {"community": "420302001001", "street": "420302002"}, "/community"),
        ("shops", {"plate_code": "mq-mj-0001"}, "/plate_code"),
        ("shops", {"lon": None}, "/lon"),
        ("shops", {"unit_id": new_id()}, "/unit_id"),
        ("people", {"role": "handler"}, "/unit_id"),
        ("people", {"login": "chen"}, "/login"),
        ("people", {"role": "king"}, "/role"),
        ("categories", {"campaign": "frontage_duty"}, "/campaign"),
        ("categories", {"evidence_open": "Z"}, "/evidence_open"),
        ("categories", {"limit_value": -1}, "/limit_value"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
def test_a_wrong_field_is_named(
    admin: Device, rows: Rows, register: str, wrong: dict[str, Any], field: str
) -> None:
    entry, _ = ENTRIES[register]
    assert pointers(put(admin, register, new_key(register), entry | wrong)) == [field]
    assert rows.count(RegisterChange) == 0


def test_a_category_code_of_no_campaign_is_refused(admin: Device) -> None:
    assert pointers(put(admin, "categories", "XX0001", CATEGORY)) == ["/code"]


def test_an_admin_does_not_lock_oneself_out(admin: Device) -> None:
    own_entry = admin.get(f"/people/{admin.person['id']}").json
    entry = as_entry(own_entry, "name", "role", "login")
    assert pointers(put(admin, "people", own_entry["id"], entry | {"active": False})) == ["/active"]
    assert pointers(put(admin, "people", own_entry["id"], entry | {"role": "observer"})) == [
        "/role"
    ]


# --- switching off -----------------------------------------------------------------------------


def test_a_unit_that_is_still_used_is_not_switched_off(admin: Device) -> None:
    unit = unit_of(admin, "wy-jd")
    entry = as_entry(unit, "code", "name", "kind", "district") | {"active": False}
    answer = put(admin, "units", unit["id"], entry)
    assert (answer.status_code, answer.json["slug"]) == (409, "still-used")
    assert "名处置人员" in answer.json["detail"]


def test_a_unit_nobody_uses_is_switched_off_and_phones_forget_it(
    admin: Device, observer: Device
) -> None:
    unit = created(admin, "units", UNIT)
    cursor = pulled_to_the_end(observer)
    put(admin, "units", unit["id"], UNIT | {"active": False, "version": 1})
    (change,) = observer.pull(cursor)["changes"]
    assert (change["collection"], change["id"], change["op"]) == ("units", unit["id"], "del")
    shown = admin.get("/units", query_string={"active": False}).json["items"]
    assert [one["id"] for one in shown] == [unit["id"]]


def pulled_to_the_end(device: Device) -> str:
    page = device.pull()
    while page["more"]:
        page = device.pull(page["cursor"])
    return str(page["cursor"])


def test_a_unit_switched_off_is_not_chosen_anew(admin: Device) -> None:
    unit = created(admin, "units", UNIT)
    put(admin, "units", unit["id"], UNIT | {"active": False, "version": 1})
    answer = put(admin, "shops", new_id(), SHOP | {"unit_id": unit["id"]})
    assert pointers(answer) == ["/unit_id"]


def test_nothing_is_dispatched_to_a_unit_switched_off(
    admin: Device, observer: Device, supervisor: Device
) -> None:
    unit = created(admin, "units", UNIT)
    put(admin, "units", unit["id"], UNIT | {"active": False, "version": 1})
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    assert supervisor.ask(task, "dispatch", unit_id=unit["id"]).status_code == 404


def test_a_renamed_point_reaches_the_phones(admin: Device, observer: Device) -> None:
    point = created(admin, "points", POINT)
    cursor = pulled_to_the_end(observer)
    put(admin, "points", point["id"], POINT | {"name": "北京路市场", "version": 1})
    (change,) = observer.pull(cursor)["changes"]
    assert (change["op"], change["data"]["name"]) == ("put", "北京路市场")


def test_a_point_gets_the_district_it_lies_in(admin: Device) -> None:
    assert created(admin, "points", POINT)["district"] == "maojian"


def test_a_shop_gets_the_position_of_its_point(admin: Device) -> None:
    point = created(admin, "points", POINT)
    shop = created(
        admin,
        "shops",
        SHOP | {"plate_code": "X1", "point_id": point["id"], "lon": None, "lat": None},
    )
    assert (shop["lon"], shop["lat"]) == (POINT["lon"], POINT["lat"])


# --- people ------------------------------------------------------------------------------------


def test_a_disabled_person_is_let_in_no_more_and_again_when_enabled(
    admin: Device, observer: Device
) -> None:
    shown = admin.get(f"/people/{observer.person['id']}").json
    entry = {"name": shown["name"], "role": "observer", "login": "chen", "district": "maojian"}
    put(admin, "people", shown["id"], entry | {"active": False, "version": 1})
    assert observer.get("/me").status_code == 403
    put(admin, "people", shown["id"], entry | {"active": True, "version": 2})
    assert observer.get("/me").status_code == 200


def test_a_lost_phone_is_signed_out(admin: Device, observer: Device) -> None:
    person_id = observer.person["id"]
    assert admin.call("DELETE", f"/people/{person_id}/sessions").status_code == 204
    assert observer.get("/me").status_code == 401
    assert [line["deed"] for line in history(admin, "people", person_id)] == ["signed_out"]


def test_a_new_password_lets_its_person_in(admin: Device, sign_in: Callable[..., Device]) -> None:
    person = created(admin, "people", PERSON | {"role": "supervisor", "login": "zhou.jg"})
    made = admin.post(f"/people/{person['id']}/password", {}).json
    device = Device(admin.app, made["login"], made["password"])
    assert device.person["name"] == "周建国"
    newest = history(admin, "people", person["id"])[0]
    assert (newest["deed"], newest["fields"]) == ("password_reset", {})


def test_who_has_no_login_gets_no_password(admin: Device) -> None:
    person = created(admin, "people", PERSON)
    assert pointers(admin.post(f"/people/{person['id']}/password", {})) == ["/login"]


@pytest.mark.parametrize("login", ["like", "chen"])
def test_only_admins_change_passwords_and_sessions_of_others(
    sign_in: Callable[..., Device], observer: Device, login: str
) -> None:
    device, person_id = sign_in(login), observer.person["id"]
    assert device.post(f"/people/{person_id}/password", {}).status_code == 403
    assert device.call("DELETE", f"/people/{person_id}/sessions").status_code == 403


# --- pairings ----------------------------------------------------------------------------------


PAIRED = {"community": "420302003007", "starts_on": "2026-03-10", "ends_on": None}


@pytest.fixture
def march(fake_clock: FakeClock) -> None:
    """A day of March 2026."""
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")


@pytest.mark.usefixtures("march")
def test_a_pairing_is_written_and_ended(admin: Device) -> None:
    entry = PAIRED | {"unit_id": unit_of(admin, "czj")["id"]}
    pairing = created(admin, "pairings", entry)
    ended = put(admin, "pairings", pairing["id"], entry | {"ends_on": "2026-06-30", "version": 1})
    assert (ended.status_code, ended.json["ends_on"]) == (200, "2026-06-30")


@pytest.mark.usefixtures("march")
def test_a_pairing_that_began_only_ends(admin: Device) -> None:
    entry = PAIRED | {"unit_id": unit_of(admin, "czj")["id"], "starts_on": "2026-03-01"}
    pairing = created(admin, "pairings", entry)
    other = entry | {"unit_id": unit_of(admin, "jtj")["id"], "version": 1}
    assert pointers(put(admin, "pairings", pairing["id"], other)) == ["/unit_id"]
    rewritten = entry | {"ends_on": "2026-03-01", "version": 1}
    assert pointers(put(admin, "pairings", pairing["id"], rewritten)) == ["/ends_on"]


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"street": "420302003"}, "/point_id"),
        ({"community": None}, "/point_id"),
        ({"ends_on": "2026-03-09"}, "/ends_on"),
        ({"community": "000"}, "/community"),
    ],
    ids=["two places", "no place", "ends before it begins", "unknown"],
)
def test_a_wrong_pairing_is_refused(admin: Device, wrong: dict[str, Any], field: str) -> None:
    entry = PAIRED | {"unit_id": unit_of(admin, "czj")["id"]} | wrong
    assert pointers(put(admin, "pairings", new_id(), entry)) == [field]


@pytest.mark.usefixtures("march")
def test_the_same_unit_is_not_paired_twice_on_one_day(admin: Device) -> None:
    entry = PAIRED | {"unit_id": unit_of(admin, "czj")["id"]}
    created(admin, "pairings", entry)
    later = entry | {"starts_on": "2026-05-01"}
    assert pointers(put(admin, "pairings", new_id(), later)) == ["/starts_on"]


# --- lists -------------------------------------------------------------------------------------


def test_people_are_found_by_name_role_and_district(admin: Device) -> None:
    created(admin, "people", PERSON)
    created(admin, "people", PERSON | {"code": "V0002", "district": "zhangwan"})
    query = {"text": "建国", "role": "volunteer", "district": "zhangwan", "active": True}
    people = admin.get("/people", query_string=query).json["items"]
    assert [person["code"] for person in people] == ["V0002"]


def test_wildcards_in_a_search_are_plain_characters(admin: Device) -> None:
    assert admin.get("/points", query_string={"text": "%"}).json["items"] == []


def test_nothing_of_a_refused_entry_is_kept(admin: Device, rows: Rows) -> None:
    before = [rows.count(model) for model in (Unit, Point, Shop, Person)]
    put(admin, "units", new_id(), UNIT | {"code": "cgw"})
    put(admin, "people", new_id(), PERSON | {"login": "chen"})
    assert [rows.count(model) for model in (Unit, Point, Shop, Person)] == before
