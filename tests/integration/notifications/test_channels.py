"""The admin's channels: for admins only, without their secrets, refused when invalid."""

from __future__ import annotations

from typing import Any

import pytest

from inspect_server import read_settings
from inspect_server.core.environment import SettingWrong
from inspect_server.models import Channel
from inspect_server.notifications.settings import NotificationSettings, SmtpSettings
from tests.support.actors import Device, new_id
from tests.support.rows import Rows

FORM = {
    "kind": "dingtalk",
    "name": "城管局值班群",
    "address": "https://robot.example/send?access_token=t",
    "secret": "SEC-of-this-group",
}


def added(admin: Device, **more: Any) -> dict[str, Any]:
    answer = admin.post("/channels", FORM | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def change(admin: Device, channel: dict[str, Any], **more: Any) -> Any:
    form = {name: value for name, value in FORM.items() if name != "secret"}
    body = form | {"version": channel["version"]} | more
    return admin.call("PUT", f"/channels/{channel['id']}", json=body)


def test_a_secret_is_stored_and_never_shown(admin: Device, rows: Rows) -> None:
    channel = added(admin)
    assert channel["has_secret"] is True
    answers = [admin.get("/channels").text, change(admin, channel).text]
    assert all("SEC-of-this-group" not in answer for answer in answers)
    assert rows.one(Channel).secret == "SEC-of-this-group"


def test_a_change_without_a_secret_keeps_it_and_an_empty_one_removes_it(
    admin: Device, rows: Rows
) -> None:
    channel = added(admin)
    changed = change(admin, channel, name="新名").json
    assert (rows.one(Channel).name, rows.one(Channel).secret) == ("新名", "SEC-of-this-group")
    change(admin, changed, kind="wecom", secret="")
    assert rows.one(Channel).secret is None


def test_two_admins_do_not_overwrite_each_other(admin: Device) -> None:
    channel = added(admin)
    assert change(admin, channel, name="甲").status_code == 200
    late = change(admin, channel, name="乙")
    assert (late.status_code, (late.json or {})["slug"]) == (409, "stale-version")


@pytest.mark.parametrize("login", ["like", "wang", "chen"])
def test_nobody_but_an_admin_sees_or_keeps_channels(sign_in: Any, login: str) -> None:
    other = sign_in(login)
    assert other.get("/channels").status_code == 403
    assert other.post("/channels", FORM).status_code == 403


def test_a_channel_that_is_not_there_is_not_found(admin: Device) -> None:
    missing_channel = f"/channels/{new_id()}"
    assert admin.call("PUT", missing_channel, json=FORM).status_code == 404
    assert admin.post(f"{missing_channel}/test", {}).status_code == 404
    assert admin.get(f"{missing_channel}/deliveries").status_code == 404


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"address": "http://robot.example/"}, "/address"),
        ({"address": "http://127.0.0.1/"}, "/address"),
        ({"address": "ftp://robot.example/"}, "/address"),
        ({"address": "https://user@robot.example/"}, "/address"),
        ({"address": "https://robot.example:x/"}, "/address"),
        ({"address": "https:///send"}, "/address"),
        ({"address": "https://robot.example/\nHost: x"}, "/address"),
        ({"secret": None}, "/secret"),
        ({"kind": "email", "address": "a@b.example, c@d.example"}, "/address"),
        ({"kind": "email", "address": "值班"}, "/address"),
        ({"kind": "pigeon"}, "/kind"),
        ({"kinds": ["everything"]}, "/kinds/0"),
        ({"district": "nowhere"}, "/district"),
        ({"unit_id": new_id()}, "/unit_id"),
        ({"name": ""}, "/name"),
    ],
    ids=lambda value: None if isinstance(value, str) else next(iter(value)),
)
def test_what_cannot_be_a_channel_is_refused_by_field(
    admin: Device, wrong: dict[str, Any], field: str
) -> None:
    answer = admin.post("/channels", FORM | wrong)
    assert answer.status_code == 422
    assert (answer.json or {})["errors"][0]["pointer"] == field


# --- the operator's settings ---------------------------------------------------------------------

NEEDED = {
    "INSPECT_S3_ENDPOINT_URL": "http://127.0.0.1:1",
    "INSPECT_S3_ACCESS_KEY_ID": "id",
    "INSPECT_S3_SECRET_ACCESS_KEY": "secret",
    "INSPECT_SECRET_KEY": "s" * 40,
}
MAIL = {
    "INSPECT_SMTP_HOST": "mail.example",
    "INSPECT_SMTP_FROM": "inspect@mail.example",
    "INSPECT_SMTP_USER": "inspect",
    "INSPECT_SMTP_PASSWORD": "of-mail",
}


def test_without_a_mail_server_no_mail_is_promised() -> None:
    assert read_settings(NEEDED).of(NotificationSettings).smtp is None


def test_the_mail_server_is_used_with_encryption_by_default() -> None:
    smtp = read_settings(NEEDED | MAIL).of(NotificationSettings).smtp
    assert smtp == SmtpSettings(
        "mail.example", 587, "starttls", "inspect@mail.example", "inspect", "of-mail"
    )
    assert "of-mail" not in repr(smtp)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INSPECT_SMTP_SECURITY", "ssl"),
        ("INSPECT_SMTP_PORT", "many"),
        ("INSPECT_SMTP_FROM", "nobody"),
        ("INSPECT_SMTP_PASSWORD", ""),
        ("INSPECT_OUTGOING_CA_FILE", "/nowhere/ca.crt"),
        ("INSPECT_WEBHOOK_LOOPBACK", "yes"),
    ],
)
def test_a_wrong_setting_stops_the_start_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingWrong, match=name):
        read_settings(NEEDED | MAIL | {name: value})


def test_a_password_is_not_sent_in_the_clear() -> None:
    with pytest.raises(SettingWrong, match="INSPECT_SMTP_USER"):
        read_settings(NEEDED | MAIL | {"INSPECT_SMTP_SECURITY": "none"})
