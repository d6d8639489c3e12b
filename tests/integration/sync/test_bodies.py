"""Damaged or invalid request bodies: read strictly, an unreadable one is kept once."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from werkzeug.test import TestResponse

from inspect_server.models import Quarantined, Task
from schemas.fields import read_json
from tests.support.actors import Device, new_id, record
from tests.support.rows import Rows

MEGABYTE = 1024 * 1024


def sent(device: Device, body: bytes, **headers: str) -> TestResponse:
    """POST these very bytes to push."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return device.call(
        "POST", "/sync/push", data=body, content_type="application/json", headers=headers
    )


def batch(*ops: Any, **more: Any) -> bytes:
    whole = {"epoch": None, "device_id": "d", "batch_id": new_id(), "ops": list(ops)} | more
    return json.dumps(whole).encode()


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


MALFORMED = {
    "no JSON": b"{'ops': []}",
    "half a JSON": batch(record())[:-20],
    "not an object": b"[1, 2]",
    "nothing": b"",
    "NaN": batch({"lon": 7}).replace(b"7", b"NaN"),
    "an infinite number": batch({"lon": 7}).replace(b"7", b"1e999"),
    "a number without end": batch({"lon": 7}).replace(b"7", b"9" * 5000),
    "deep nesting": b'{"ops": ' + nested(50_000) + b"}",
    "nesting just under the parser's limit": b'{"ops": ' + nested(800) + b"}",
    "no UTF-8": batch(record(note="x")).replace(b'"x"', b'"\xff\xfe"'),
    "an unknown field": batch(extra=1),
    "half a character as a field": batch() [:-1] + b', "\\ud83d": 1}',
    "no ops": b'{"epoch": null, "device_id": "d", "batch_id": "b"}',
    "ops that are no list": batch(ops={}),
    "a NUL in the device": batch(device_id="a\x00b"),
    "a NUL raw": b'{"ops": "\x00"}',
}  # fmt: skip


def test_a_body_that_cannot_be_read_is_refused_and_kept_for_a_person(
    observer: Device, supervisor: Device, rows: Rows, subtests: pytest.Subtests
) -> None:
    for position, (name, body) in enumerate(MALFORMED.items(), 1):
        with subtests.test(name):
            answer = sent(observer, body)
            assert (answer.status_code, answer.json["slug"]) == (400, "malformed")
            listed = read_json(supervisor.get("/quarantine").text)["items"]
            assert len(listed) == position
            assert listed[0]["person"]["name"] == "小陈"
    assert rows.count(Task) == 0


def test_the_same_unreadable_body_is_kept_once(observer: Device, rows: Rows) -> None:
    for _ in range(3):
        sent(observer, b"{not json")
    assert rows.count(Quarantined) == 1


def test_an_unreadable_body_is_kept_unchanged(observer: Device, admin: Device) -> None:
    sent(observer, "{'备注': '店外经营'}".encode())
    (item,) = admin.get("/quarantine").json["items"]
    assert item["body"] == "{'备注': '店外经营'}"


def test_an_unreadable_body_is_not_shown_to_another_district(
    observer: Device, outsider: Device
) -> None:
    sent(observer, b"{not json")
    assert outsider.get("/quarantine").json["items"] == []


@pytest.mark.one_database
def test_a_batch_is_read_after_an_unreadable_one(observer: Device) -> None:
    sent(observer, b"{not json")
    (result,) = observer.send(record())
    assert result["status"] == "accepted"


@pytest.mark.one_database
def test_a_gzipped_batch_is_read(observer: Device) -> None:
    answer = sent(observer, gzip.compress(batch(record())), Content_Encoding="gzip")
    assert answer.json["results"][0]["status"] == "accepted"


@pytest.mark.one_database
def test_a_truncated_gzip_applies_nothing(observer: Device, rows: Rows) -> None:
    whole = gzip.compress(batch(record()))
    answer = sent(observer, whole[:-12], Content_Encoding="gzip")
    assert (answer.status_code, answer.json["slug"]) == (400, "malformed")
    assert rows.count(Task) == 0


@pytest.mark.one_database
def test_what_only_says_it_is_gzip_is_malformed(observer: Device) -> None:
    answer = sent(observer, batch(record()), Content_Encoding="gzip")
    assert (answer.status_code, answer.json["slug"]) == (400, "malformed")


@pytest.mark.one_database
def test_a_gzip_bomb_is_too_large(observer: Device) -> None:
    bomb = gzip.compress(b" " * (200 * MEGABYTE), 9)
    assert len(bomb) < 256 * 1024
    answer = sent(observer, bomb, Content_Encoding="gzip")
    assert (answer.status_code, answer.json["slug"]) == (413, "too-large")


@pytest.mark.one_database
def test_a_body_that_inflates_to_a_megabyte_is_read(observer: Device) -> None:
    body = batch(record())
    answer = sent(observer, gzip.compress(body + b" " * (MEGABYTE - len(body))),
                  Content_Encoding="gzip")  # fmt: skip
    assert answer.status_code == 200


@pytest.mark.one_database
def test_a_byte_more_than_a_megabyte_is_too_large(observer: Device) -> None:
    body = batch(record())
    answer = sent(observer, gzip.compress(body + b" " * (MEGABYTE - len(body) + 1)),
                  Content_Encoding="gzip")  # fmt: skip
    assert answer.status_code == 413


@pytest.mark.one_database
def test_a_quarter_megabyte_on_the_wire_is_read(observer: Device) -> None:
    body = batch(record())
    assert sent(observer, body + b" " * (256 * 1024 - len(body))).status_code == 200


@pytest.mark.one_database
def test_more_than_a_quarter_megabyte_on_the_wire_is_too_large(observer: Device) -> None:
    answer = sent(observer, batch(record()) + b" " * 256 * 1024)
    assert (answer.status_code, answer.json["slug"]) == (413, "too-large")


@pytest.mark.one_database
def test_another_encoding_is_not_read(observer: Device, subtests: pytest.Subtests) -> None:
    for encoding in ("br", "deflate", "gzip, gzip", "x"):
        with subtests.test(encoding):
            answer = sent(observer, zlib.compress(batch()), Content_Encoding=encoding)
            assert (answer.status_code, answer.json["slug"]) == (415, "encoding-unsupported")


@pytest.mark.one_database
def test_a_form_is_not_read(observer: Device) -> None:
    answer = observer.call("POST", "/sync/push", data={"ops": "[]"})
    assert answer.status_code == 415


@pytest.mark.one_database
def test_a_refusal_names_its_page_and_carries_the_request_id(observer: Device) -> None:
    answer = sent(observer, b"{")
    assert answer.mimetype == "application/problem+json"
    assert answer.json["type"] == "/problems/malformed"
    assert answer.json["instance"] == answer.headers["X-Request-Id"]
    assert observer.client.get(answer.json["type"]).status_code == 200


@pytest.mark.one_database
def test_a_repeated_key_is_read_as_the_last_and_spoils_nothing(observer: Device) -> None:
    body = batch(record())[:-1] + b', "batch_id": "again"}'
    assert sent(observer, body).status_code == 200
