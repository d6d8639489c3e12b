"""Sessions: passwords, invitations, rotation of tokens, and the console's cookie."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inspect_server.core.database import limiter
from inspect_server.identity.settings import IdentitySettings
from inspect_server.models import Person, Session
from tests.support.actors import Device, new_id, record
from tests.support.clock import FakeClock
from tests.support.database import Template
from tests.support.rows import Rows

ME = "/api/v1/me"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return app.test_client()


def enter(client: FlaskClient, device: str | None = None, **how: Any) -> TestResponse:
    body = how | {"device": {"id": device or new_id(), "name": "手机"}}
    return client.post("/api/v1/sessions", json=body)


def bearer(session: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['access_token']}"}


def refreshed(client: FlaskClient, token: str) -> TestResponse:
    return client.post("/api/v1/sessions/refresh", json={"refresh_token": token})


def who(client: FlaskClient, session: dict[str, Any]) -> int:
    return client.get(ME, headers=bearer(session)).status_code


def status_and_slug(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["slug"]


# --- passwords -----------------------------------------------------------------------------------


@pytest.mark.one_database
def test_a_session_tells_who_i_am_and_how_far_i_see(observer: Device) -> None:
    assert observer.session["person"]["scope"]["level"] == "self"
    me = observer.get("/me").json
    assert me["person"]["name"] == "小陈"
    assert me["device"]["id"] == observer.device_id
    assert me["server_now"].endswith("Z")


@pytest.mark.one_database
@pytest.mark.parametrize("login", ["chen", "nobody-of-this-name"])
def test_a_wrong_password_does_not_tell_whether_the_person_exists(
    client: FlaskClient, login: str
) -> None:
    assert status_and_slug(enter(client, login=login, password="guess")) == (401, "wrong-password")


@pytest.mark.one_database
def test_a_disabled_person_does_not_get_in(
    client: FlaskClient, database: Template, rows: Rows, fake_clock: FakeClock
) -> None:
    disable(rows, "chen", fake_clock)
    answer = enter(client, login="chen", password=database.passwords["chen"])
    assert status_and_slug(answer) == (403, "account-disabled")


@pytest.mark.one_database
def test_a_person_disabled_meanwhile_is_out_at_once(
    observer: Device, rows: Rows, fake_clock: FakeClock
) -> None:
    disable(rows, "chen", fake_clock)
    assert status_and_slug(observer.get("/me")) == (403, "account-disabled")
    again = refreshed(observer.client, observer.session["refresh_token"])
    assert status_and_slug(again) == (403, "account-disabled")


def disable(rows: Rows, login: str, fake_clock: FakeClock) -> None:
    one = sa.update(Person).where(Person.login == login).values(disabled_at=fake_clock())
    rows.write(lambda session: session.execute(one))


WRONG: list[dict[str, Any]] = [
    {},
    {"login": "chen"},
    {"password": "x"},
    {"login": "chen", "password": "x", "device": {}},
    {"login": "chen", "password": "x", "device": {"id": ""}},
    {"login": "chen", "password": "x", "device": {"id": "a\0b"}},
    {"login": "chen", "password": "x", "device": {"id": "d" * 65}},
    {"login": "ch\0en", "password": "x", "device": {"id": "d"}},
    {"login": "chen", "password": 7, "device": {"id": "d"}},
]


@pytest.mark.one_database
def test_an_unreadable_sign_in_is_refused(client: FlaskClient, subtests: pytest.Subtests) -> None:
    for body in WRONG:
        with subtests.test(str(body)):
            answer = client.post("/api/v1/sessions", json={"device": {"id": "d"}} | body)
            assert status_and_slug(answer) == (422, "invalid")


@pytest.mark.one_database
def test_no_answer_carries_a_password_or_its_hash(observer: Device, rows: Rows) -> None:
    password_hash = rows.one(Person, Person.login == "chen").password_hash
    assert password_hash.startswith("$argon2id$")
    assert password_hash not in observer.get("/me").text


# --- tokens --------------------------------------------------------------------------------------


def test_without_a_valid_token_nothing_is_shown(
    client: FlaskClient, subtests: pytest.Subtests
) -> None:
    for header in ("", "Bearer", "Bearer nonsense", "Basic eDp5", "Bearer \u00e9"):
        with subtests.test(header):
            answer = client.get(ME, headers={"Authorization": header} if header else {})
            assert status_and_slug(answer) == (401, "not-signed-in")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.headers["X-Sync"] == "1"


def test_an_access_token_expires(observer: Device, fake_clock: FakeClock) -> None:
    fake_clock.forward(hours=1, seconds=1)
    assert status_and_slug(observer.get("/me")) == (401, "not-signed-in")


def test_a_refresh_token_brings_new_tokens(observer: Device, fake_clock: FakeClock) -> None:
    fake_clock.forward(hours=5)
    fresh = refreshed(observer.client, observer.session["refresh_token"])
    assert fresh.status_code == 200
    assert who(observer.client, fresh.json) == 200


def test_a_refresh_ends_the_previous_access_token(observer: Device) -> None:
    refreshed(observer.client, observer.session["refresh_token"])
    assert who(observer.client, observer.session) == 401


def test_a_refresh_whose_answer_was_lost_may_be_repeated(observer: Device) -> None:
    old = observer.session["refresh_token"]
    refreshed(observer.client, old)
    again = refreshed(observer.client, old)
    assert again.status_code == 200
    assert who(observer.client, again.json) == 200


def test_a_spent_refresh_token_that_comes_back_ends_the_session(observer: Device) -> None:
    old = observer.session["refresh_token"]
    fresh = refreshed(observer.client, old).json
    assert who(observer.client, fresh) == 200
    assert status_and_slug(refreshed(observer.client, old)) == (401, "not-signed-in")
    assert who(observer.client, fresh) == 401
    assert refreshed(observer.client, fresh["refresh_token"]).status_code == 401


def test_a_refresh_token_expires(observer: Device, fake_clock: FakeClock) -> None:
    fake_clock.forward(days=91)
    assert refreshed(observer.client, observer.session["refresh_token"]).status_code == 401


def test_an_invalid_refresh_token_is_refused(client: FlaskClient) -> None:
    assert refreshed(client, "nonsense").status_code == 401


def test_signing_out_ends_the_session(observer: Device) -> None:
    assert observer.call("DELETE", "/sessions/current").status_code == 204
    assert observer.get("/me").status_code == 401
    assert refreshed(observer.client, observer.session["refresh_token"]).status_code == 401


def test_signing_out_leaves_the_other_devices_in(observer: Device) -> None:
    other = Device(observer.app, observer.login, observer.password)
    observer.call("DELETE", "/sessions/current")
    assert other.get("/me").status_code == 200


def test_the_database_keeps_no_token(observer: Device, rows: Rows) -> None:
    session = rows.one(Session)
    for name in ("access_token", "refresh_token"):
        assert observer.session[name] not in (session.access_hash, session.refresh_hash)


# --- the console's cookie ------------------------------------------------------------------------


def sign_in_console(client: FlaskClient, database: Template, login: str = "like") -> TestResponse:
    answer = enter(client, login=login, password=database.passwords[login], cookie=True)
    assert answer.status_code == 201, answer.text
    return answer


@pytest.mark.one_database
def test_the_console_gets_a_cookie_no_script_can_read(
    client: FlaskClient, database: Template
) -> None:
    answer = sign_in_console(client, database)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "access_token" not in answer.json
    assert "refresh_token" not in answer.json


@pytest.mark.one_database
def test_the_cookie_is_enough_to_read(client: FlaskClient, database: Template) -> None:
    token = sign_in_console(client, database).json["csrf_token"]
    answer = client.get(ME)
    assert (answer.status_code, answer.json["csrf_token"]) == (200, token)


@pytest.mark.one_database
@pytest.mark.parametrize("sent", [None, "", "guess"])
def test_the_cookie_alone_is_not_enough_to_write(
    client: FlaskClient, database: Template, rows: Rows, sent: str | None
) -> None:
    sign_in_console(client, database, "chen")
    body = {"epoch": None, "device_id": "d", "batch_id": "b", "ops": [record()]}
    headers = {} if sent is None else {"X-CSRF-Token": sent}
    answer = client.post("/api/v1/sync/push", json=body, headers=headers)
    assert status_and_slug(answer) == (403, "csrf-missing")


@pytest.mark.one_database
def test_with_its_csrf_token_the_console_writes(client: FlaskClient, database: Template) -> None:
    token = sign_in_console(client, database).json["csrf_token"]
    answer = client.delete("/api/v1/sessions/current", headers={"X-CSRF-Token": token})
    assert answer.status_code == 204
    assert client.get(ME).status_code == 401


@pytest.mark.one_database
def test_another_consoles_csrf_token_is_not_enough(app: Flask, database: Template) -> None:
    client, other_client = app.test_client(), app.test_client()
    sign_in_console(client, database)
    token = sign_in_console(other_client, database, "sun").json["csrf_token"]
    answer = client.delete("/api/v1/sessions/current", headers={"X-CSRF-Token": token})
    assert status_and_slug(answer) == (403, "csrf-missing")


@pytest.mark.one_database
def test_a_bearer_needs_no_csrf_token(observer: Device) -> None:
    assert observer.push().status_code == 200


@pytest.mark.one_database
def test_the_consoles_session_ends_with_the_day(
    client: FlaskClient, database: Template, fake_clock: FakeClock
) -> None:
    sign_in_console(client, database)
    fake_clock.forward(hours=12, seconds=1)
    assert client.get(ME).status_code == 401


# --- invitations ---------------------------------------------------------------------------------


def invitation(issuer: Device, person: Device) -> dict[str, Any]:
    answer = issuer.post("/invitations", {"person_id": person.person["id"]})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def test_an_invitation_is_a_way_in_without_a_password(
    client: FlaskClient, admin: Device, observer: Device
) -> None:
    made = invitation(admin, observer)
    assert made["invitation"] in made["url"]
    assert made["qr_svg"].startswith("<svg")
    answer = enter(client, invitation=made["invitation"])
    assert (answer.status_code, answer.json["person"]["name"]) == (201, "小陈")


def test_an_invitation_lets_one_device_in(
    client: FlaskClient, admin: Device, observer: Device
) -> None:
    token = invitation(admin, observer)["invitation"]
    enter(client, "phone", invitation=token)
    assert status_and_slug(enter(client, "thief", invitation=token)) == (401, "invitation-spent")


def test_the_same_device_may_repeat_when_the_answer_was_lost(
    client: FlaskClient, admin: Device, observer: Device
) -> None:
    token = invitation(admin, observer)["invitation"]
    enter(client, "phone", invitation=token)
    assert enter(client, "phone", invitation=token).status_code == 201


def test_the_repeat_of_an_invitation_expires(
    client: FlaskClient, admin: Device, observer: Device, fake_clock: FakeClock
) -> None:
    token = invitation(admin, observer)["invitation"]
    enter(client, "phone", invitation=token)
    fake_clock.forward(days=2)
    assert status_and_slug(enter(client, "phone", invitation=token)) == (401, "invitation-spent")


def test_an_invitation_runs_out(
    client: FlaskClient, admin: Device, observer: Device, fake_clock: FakeClock
) -> None:
    token = invitation(admin, observer)["invitation"]
    fake_clock.forward(days=15)
    assert status_and_slug(enter(client, invitation=token)) == (401, "invitation-spent")


def test_an_invitation_nobody_made_is_refused(client: FlaskClient) -> None:
    assert status_and_slug(enter(client, invitation="guess")) == (401, "invitation-spent")


def test_a_supervisor_invites_in_the_own_district(
    supervisor: Device, outsider: Device, observer: Device
) -> None:
    assert invitation(supervisor, observer)["person"]["name"] == "小陈"
    answer = outsider.post("/invitations", {"person_id": observer.person["id"]})
    assert status_and_slug(answer) == (404, "not-found")


def test_a_supervisor_invites_no_supervisor(supervisor: Device, sign_in: Any) -> None:
    answer = supervisor.post("/invitations", {"person_id": sign_in("zhong").person["id"]})
    assert status_and_slug(answer) == (403, "not-allowed")


@pytest.mark.parametrize("login", ["chen", "wang", "zhong"])
def test_nobody_else_invites(sign_in: Any, login: str) -> None:
    device = sign_in(login)
    answer = device.post("/invitations", {"person_id": device.person["id"]})
    assert status_and_slug(answer) == (403, "not-allowed")


def test_an_unknown_person_cannot_be_invited(admin: Device) -> None:
    assert status_and_slug(admin.post("/invitations", {"person_id": new_id()})) == (
        404,
        "not-found",
    )


# --- who is on the list --------------------------------------------------------------------------


def names(device: Device, **query: Any) -> list[str]:
    answer = device.get("/people", query_string=query)
    assert answer.status_code == 200, answer.text
    return [person["name"] for person in answer.json["items"]]


def test_an_admin_lists_everybody(admin: Device, database: Template) -> None:
    assert len(names(admin)) == len(database.passwords)


def test_a_supervisor_lists_the_own_district(supervisor: Device) -> None:
    listed = names(supervisor)
    assert "小陈" in listed
    assert "小周" not in listed


@pytest.mark.parametrize("login", ["chen", "wang", "zhong"])
def test_nobody_else_lists_people(sign_in: Any, login: str) -> None:
    assert status_and_slug(sign_in(login).get("/people")) == (403, "not-allowed")


def test_pages_of_people_with_one_name_lose_nobody(
    admin: Device, rows: Rows, fake_clock: FakeClock
) -> None:
    def add_seven_wangs(session: Any) -> None:
        for _ in range(7):
            session.add(
                Person(id=UUID(new_id()), name="王芳", role="volunteer", created_at=fake_clock())
            )

    rows.write(add_seven_wangs)
    listed: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = admin.get("/people", query_string={"limit": 2} | cursor).json
        listed += [person["id"] for person in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(listed) == len(set(listed)) == rows.count(Person)


# --- too many tries ------------------------------------------------------------------------------


@pytest.mark.one_database
def test_too_many_tries_have_to_wait(app: Flask, client: FlaskClient) -> None:
    app.extensions["settings"][IdentitySettings] = IdentitySettings(3)
    limiter.reset()
    answers = [enter(client, login="chen", password="guess") for _ in range(4)]
    assert [a.status_code for a in answers] == [401, 401, 401, 429]
    assert answers[-1].json["slug"] == "too-many-requests"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


@pytest.mark.one_database
def test_who_is_signed_in_works_on_while_others_guess(
    app: Flask, client: FlaskClient, observer: Device
) -> None:
    app.extensions["settings"][IdentitySettings] = IdentitySettings(1)
    limiter.reset()
    for _ in range(3):
        enter(client, login="chen", password="guess")
    assert observer.push(record()).status_code == 200
