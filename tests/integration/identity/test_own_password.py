"""The own password 修改密码, and one-time passwords, through a real web server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
import requests

from media.store import StoreSettings
from tests.support import database as engines
from tests.support.actors import CAPTURED_AT, new_id, record
from tests.support.server import READY_SECONDS, Web, environment, gunicorn

NEW = "梧桐树下 7 号"
_names = count(1)


@pytest.fixture(scope="module")
def web(
    database: engines.Template,
    store_settings: StoreSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Web]:
    """A server with the cast, where everybody may try to sign in often."""
    home = tmp_path_factory.mktemp("passwords")
    with database.copy() as url:
        env = environment(home, url, store_settings) | {"INSPECT_SIGN_IN_PER_MINUTE": "1000"}
        with gunicorn(home, env) as running:
            yield running


@dataclass
class Client:
    """One device of one person."""

    web: Web
    session: dict[str, Any] = field(default_factory=dict)
    device_id: str = field(default_factory=new_id)

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        token = self.session.get("access_token")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.web.origin}/api/v1{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=READY_SECONDS)

    def enter(self, **how: str) -> requests.Response:
        answer = self.call("POST", "/sessions", how | {"device": {"id": self.device_id}})
        if answer.status_code == 201:
            self.session = answer.json()
        return answer

    def push(self) -> requests.Response:
        body = {
            "epoch": None,
            "device_id": self.device_id,
            "batch_id": new_id(),
            "sent_at": CAPTURED_AT,
            "ops": [record()],
        }
        return self.call("POST", "/sync/push", body)


@pytest.fixture
def admin(web: Web, database: engines.Template) -> Client:
    """The administrator's console."""
    client = Client(web)
    assert client.enter(login="admin", password=database.passwords["admin"]).status_code == 201
    return client


def person(admin: Client, **more: Any) -> dict[str, Any]:
    """A new observer of the office."""
    entry = {"name": f"新人{next(_names)}", "role": "observer", "district": "maojian"} | more
    answer = admin.call("PUT", f"/people/{new_id()}", entry)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def given(admin: Client, login: str) -> tuple[str, str]:
    """A person with a login; returns the id and the one-time password of the office."""
    made = person(admin, login=login)
    answer = admin.call("POST", f"/people/{made['id']}/password", {})
    return made["id"], answer.json()["password"]


def invited(admin: Client) -> Client:
    """A volunteer's phone, signed in by an invitation."""
    invitation = admin.call("POST", "/invitations", {"person_id": person(admin)["id"]}).json()
    phone = Client(admin.web)
    assert phone.enter(invitation=invitation["invitation"]).status_code == 201
    return phone


def wrong(answer: requests.Response) -> tuple[int, str]:
    """The status, and the field that is wrong."""
    return answer.status_code, answer.json()["errors"][0]["pointer"]


def test_a_one_time_password_lets_nothing_through_until_it_is_changed(admin: Client) -> None:
    _, password = given(admin, "yici-1")
    phone = Client(admin.web)
    assert phone.enter(login="yici-1", password=password).json()["must_change_password"] is True
    for method, path in (("GET", "/tasks"), ("GET", "/sync/pull"), ("GET", "/board")):
        answer = phone.call(method, path)
        assert (answer.status_code, answer.json()["slug"]) == (403, "password-change-required")
    assert phone.push().status_code == 403
    assert phone.call("GET", "/me").json()["must_change_password"] is True
    changed = phone.call("PUT", "/me/password", {"current": password, "new": NEW})
    assert changed.status_code == 200, changed.text
    assert phone.push().json()["results"][0]["status"] == "accepted"
    assert phone.call("GET", "/me").json()["must_change_password"] is False


def test_the_changed_password_opens_and_the_one_time_one_does_not(admin: Client) -> None:
    _, password = given(admin, "yici-2")
    phone = Client(admin.web)
    phone.enter(login="yici-2", password=password)
    phone.call("PUT", "/me/password", {"current": password, "new": NEW})
    assert Client(admin.web).enter(login="yici-2", password=password).status_code == 401
    again = Client(admin.web).enter(login="yici-2", password=NEW)
    assert (again.status_code, again.json()["must_change_password"]) == (201, False)


def test_a_renewed_session_still_has_to_change_the_password(admin: Client) -> None:
    _, password = given(admin, "yici-3")
    phone = Client(admin.web)
    phone.enter(login="yici-3", password=password)
    fresh = phone.call(
        "POST", "/sessions/refresh", {"refresh_token": phone.session["refresh_token"]}
    ).json()
    assert fresh["must_change_password"] is True
    phone.session = fresh
    assert phone.push().json()["slug"] == "password-change-required"


def test_a_phone_under_way_is_not_stopped_by_a_reset(admin: Client) -> None:
    """The office resets a password for the console: the phone still delivers its records."""
    person_id, password = given(admin, "yici-4")
    phone = Client(admin.web)
    phone.enter(login="yici-4", password=password)
    phone.call("PUT", "/me/password", {"current": password, "new": NEW})
    admin.call("POST", f"/people/{person_id}/password", {})
    assert phone.push().json()["results"][0]["status"] == "accepted"


def test_signing_out_is_possible_before_the_change(admin: Client) -> None:
    _, password = given(admin, "yici-5")
    phone = Client(admin.web)
    phone.enter(login="yici-5", password=password)
    assert phone.call("DELETE", "/sessions/current").status_code == 204


def test_a_change_ends_the_other_sessions_and_keeps_this_one(admin: Client) -> None:
    _, password = given(admin, "yici-6")
    phone, other = Client(admin.web), Client(admin.web)
    phone.enter(login="yici-6", password=password)
    other.enter(login="yici-6", password=password)
    phone.call("PUT", "/me/password", {"current": password, "new": NEW})
    assert phone.call("GET", "/me").status_code == 200
    assert other.call("GET", "/me").status_code == 401


def test_without_the_current_password_nothing_changes(admin: Client) -> None:
    _, password = given(admin, "yici-7")
    phone = Client(admin.web)
    phone.enter(login="yici-7", password=password)
    for current in ({}, {"current": "guess-guess"}):
        answer = phone.call("PUT", "/me/password", {"new": NEW} | current)
        assert wrong(answer) == (422, "/current")
    assert Client(admin.web).enter(login="yici-7", password=password).status_code == 201


def test_a_weak_password_is_refused_with_a_sentence(
    admin: Client, subtests: pytest.Subtests
) -> None:
    _, password = given(admin, "yici-8")
    phone = Client(admin.web)
    phone.enter(login="yici-8", password=password)
    for new in ("1234567", "yici-8-2026", "YICI-8", "aaaaaaaaaaaa", password):
        with subtests.test(new):
            answer = phone.call("PUT", "/me/password", {"current": password, "new": new})
            assert wrong(answer) == (422, "/new")
            assert answer.json()["errors"][0]["detail"].endswith("。")


def test_an_invited_volunteer_chooses_login_and_password_and_comes_back(admin: Client) -> None:
    phone = invited(admin)
    assert phone.call("GET", "/me").json()["has_password"] is False
    assert wrong(phone.call("PUT", "/me/password", {"new": NEW})) == (422, "/login")
    login = f"志愿者{next(_names)}"
    answer = phone.call("PUT", "/me/password", {"login": login, "new": NEW})
    assert answer.json()["login"] == login
    assert phone.call("DELETE", "/sessions/current").status_code == 204
    assert phone.enter(login=login, password=NEW).status_code == 201
    assert phone.push().json()["results"][0]["status"] == "accepted"


def test_a_first_password_keeps_the_other_phone_signed_in(admin: Client) -> None:
    person_id = person(admin)["id"]
    phones = []
    for _ in range(2):
        invitation = admin.call("POST", "/invitations", {"person_id": person_id}).json()
        phones.append(Client(admin.web))
        phones[-1].enter(invitation=invitation["invitation"])
    answer = phones[0].call("PUT", "/me/password", {"login": f"liangji{next(_names)}", "new": NEW})
    assert answer.status_code == 200, answer.text
    assert phones[1].call("GET", "/me").status_code == 200


@pytest.mark.parametrize("login", ["chen", "CHEN", "ｃｈｅｎ"])
def test_nobody_takes_the_login_of_another(admin: Client, login: str) -> None:
    answer = invited(admin).call("PUT", "/me/password", {"login": login, "new": NEW})
    assert wrong(answer) == (422, "/login")


def test_only_the_own_password_can_be_set(web: Web) -> None:
    answer = Client(web).call("PUT", "/me/password", {"new": NEW})
    assert (answer.status_code, answer.json()["slug"]) == (401, "not-signed-in")
