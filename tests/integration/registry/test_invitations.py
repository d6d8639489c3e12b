"""Invitations for many 批量邀请: nothing is lost while nobody has the new ones in hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from inspect_server.models import Invitation
from inspect_server.registry.formats import qr_sheets, tables
from tests.support.actors import Device
from tests.support.registers import PERSON, created
from tests.support.rows import Rows

Join = Callable[[str], int]


@pytest.fixture
def join(admin: Device) -> Join:
    """Sign a new phone in with an invitation; returns the status."""

    def joined(token: str) -> int:
        body = {"invitation": token, "device": {"id": f"phone-{next(number)}"}}
        return int(admin.app.test_client().post("/api/v1/sessions", json=body).status_code)

    number = count()
    return joined


@pytest.fixture
def volunteer(admin: Device) -> dict[str, Any]:
    """周建国, who has no phone yet."""
    return created(admin, "people", PERSON)


def invited(admin: Device, person: dict[str, Any], **more: Any) -> str:
    """Invite a person by a table of links; returns the token."""
    answer = admin.post("/invitations/many", {"ids": [person["id"]], "sheet": False} | more)
    assert answer.status_code == 200, answer.text
    (_, line) = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    return line[5].rsplit("/", 1)[1]


def test_an_older_invitation_stays_valid_until_the_new_one_is_used(
    admin: Device, volunteer: dict[str, Any], join: Join
) -> None:
    # As when the answer with the new one never came.
    old, _lost = invited(admin, volunteer), invited(admin, volunteer)
    assert join(old) == 201


def test_using_the_new_one_ends_the_older_ones(
    admin: Device, volunteer: dict[str, Any], join: Join
) -> None:
    oldest, old, new = (invited(admin, volunteer) for _ in range(3))
    assert [join(new), join(old), join(oldest), join(new)] == [201, 401, 401, 401]


def test_using_one_ends_nobody_elses(admin: Device, volunteer: dict[str, Any], join: Join) -> None:
    other = created(admin, "people", PERSON | {"code": "V0002", "name": "王芳"})
    theirs, new = invited(admin, other), invited(admin, volunteer)
    assert [join(new), join(theirs)] == [201, 201]


def test_the_older_ones_end_at_once_where_the_office_says_so(
    admin: Device, volunteer: dict[str, Any], join: Join
) -> None:
    other = created(admin, "people", PERSON | {"code": "V0002", "name": "王芳"})
    theirs, old = invited(admin, other), invited(admin, volunteer)
    new = invited(admin, volunteer, end_older=True)
    assert [join(old), join(new), join(theirs)] == [401, 201, 201]


def test_the_device_that_used_one_may_use_it_again(
    admin: Device, volunteer: dict[str, Any]
) -> None:
    token = invited(admin, volunteer)
    body = {"invitation": token, "device": {"id": "phone"}}
    client = admin.app.test_client()
    answers = [client.post("/api/v1/sessions", json=body).status_code for _ in range(2)]
    assert answers == [201, 201]


@pytest.mark.parametrize("sheet", [True, False])
def test_a_file_that_cannot_be_made_invites_nobody(
    admin: Device,
    volunteer: dict[str, Any],
    rows: Rows,
    join: Join,
    monkeypatch: pytest.MonkeyPatch,
    sheet: bool,
) -> None:
    old = invited(admin, volunteer)

    def breaks(*_: Any, **__: Any) -> Iterator[str]:
        yield "<!doctype html>"
        raise RuntimeError("in the middle of the file")

    monkeypatch.setattr(qr_sheets, "page", breaks)
    monkeypatch.setattr(tables, "csv_text", breaks)
    body = {"ids": [volunteer["id"]], "sheet": sheet, "end_older": True}
    answer = admin.post("/invitations/many", body)
    assert (answer.status_code, (answer.json or {})["slug"]) == (500, "server-error")
    assert rows.count(Invitation) == 1
    assert join(old) == 201
