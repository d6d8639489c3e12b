"""An uploaded rescue zip is read with limits on every size, and nothing in it is trusted."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug import Request
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from inspect_server.models import Rescue
from inspect_server.sync.formats import rescue_zip
from tests.support.actors import Device, Shot, jpeg, new_id, record
from tests.support.rescue_zips import Packing, import_statuses, import_zip, send_zip
from tests.support.rows import Rows

pytestmark = pytest.mark.one_database

# Offsets in the end record: the length of the table of contents, its number of entries.
ENTRIES_AT, LENGTH_AT = 10, 12


def refused(admin: Device, packed: bytes) -> str:
    """Send a file that is refused; returns the problem's text."""
    answer = send_zip(admin, packed)
    assert (answer.status_code, (answer.json or {})["slug"]) == (422, "rescue-unreadable")
    return str((answer.json or {})["detail"])


def zipped(**files: bytes) -> bytes:
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def with_end(packed: bytes, at: int, form: str, value: int) -> bytes:
    """The same zip with another number in its end record."""
    edited = bytearray(packed)
    struct.pack_into(form, edited, packed.rfind(b"PK\x05\x06") + at, value)
    return bytes(edited)


def with_length(app: Flask, admin: Device, body: bytes, promised: int) -> TestResponse:
    """Send fewer bytes than the length says, as a broken connection does."""
    builder = EnvironBuilder("/api/v1/rescues", method="POST", data=body, headers=admin.bearer)
    environ = builder.get_environ()
    environ["CONTENT_LENGTH"] = str(promised)
    return TestResponse(*run_wsgi_app(app, environ), request=Request(environ))


# --- no rescue zip at all -------------------------------------------------------------------------


NO_RESCUE_ZIPS = {
    "nothing": b"",
    "two bytes": b"PK",
    "words": b"these are words",
    "zeros": b"\x00" * 200_000,
    "an empty zip": zipped(),
    "ops without a manifest": zipped(**{"ops.json": b"[]"}),
    "a manifest of words": zipped(**{"manifest.json": b"no json"}),
    "a manifest that is a list": zipped(**{"manifest.json": b"[]"}),
    "a manifest without a word": zipped(**{"manifest.json": b"{}"}),
    "a manifest in no encoding": zipped(**{"manifest.json": b"\xff\xfe"}),
    "a manifest without a floor": zipped(**{"manifest.json": b'{"a":' * 5000}),
}


@pytest.mark.parametrize("packed", NO_RESCUE_ZIPS.values(), ids=NO_RESCUE_ZIPS.keys())
def test_what_is_no_rescue_zip_is_refused_in_words(
    admin: Device, rows: Rows, packed: bytes
) -> None:
    refused(admin, packed)
    assert rows.count(Rescue) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "another"},
        {"version": 2},
        {"version": True},
        {"person": {"id": "7", "name": "x"}},
        {"made_at": "yesterday"},
        {"device_id": ""},
        {"files": [{"name": "x"}]},
    ],
    ids=str,
)
def test_a_manifest_that_is_not_ours_is_refused(
    admin: Device, observer: Device, changes: dict[str, Any]
) -> None:
    refused(admin, Packing(observer, [record()], manifest=changes).zip())


def test_unknown_keys_of_a_newer_phone_are_ignored(admin: Device, observer: Device) -> None:
    report = import_zip(admin, Packing(observer, [record()], manifest={"battery": 7}))
    assert import_statuses(report, "ops") == ["accepted"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_zip_that_was_not_downloaded_whole_is_refused(
    admin: Device, observer: Device, share: float
) -> None:
    packed = Packing(observer, [record()], [Shot(jpeg())]).zip()
    refused(admin, packed[: int(len(packed) * share)])


def test_a_zip_cut_on_the_way_is_reported_as_such(
    app: Flask, admin: Device, observer: Device
) -> None:
    packed = Packing(observer, [record()]).zip()
    answer = with_length(app, admin, packed[:100], len(packed))
    assert (answer.status_code, answer.json["slug"]) == (400, "malformed")


# --- bombs ----------------------------------------------------------------------------------------


def test_a_file_larger_than_any_outbox_is_refused_before_it_is_taken(
    app: Flask, admin: Device
) -> None:
    answer = with_length(app, admin, b"", rescue_zip.MAX_ZIP_BYTES + 1)
    assert (answer.status_code, answer.json["slug"]) == (413, "too-large")


def test_a_photo_that_unpacks_too_large_is_never_unpacked(admin: Device, observer: Device) -> None:
    bomb = Shot(b"\xff\xd8" + b"\x00" * (40 * 1024 * 1024))
    sent = record(bomb, Shot(jpeg()))
    packed = Packing(observer, [sent], [bomb]).zip(zipfile.ZIP_DEFLATED)
    assert len(packed) < 200_000
    report = send_zip(admin, packed).json or {}
    assert import_statuses(report, "ops") == ["accepted"]
    assert import_statuses(report, "photos") == ["damaged", "missing"]


def test_a_zip_that_unpacks_too_large_is_refused(
    admin: Device, observer: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue_zip, "MAX_INFLATED", 10_000)
    assert "过大" in refused(admin, Packing(observer, [record()], [Shot(jpeg())]).zip())


def test_a_list_of_ops_that_unpacks_too_large_is_not_read(
    admin: Device, observer: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue_zip, "MAX_JSON_BYTES", 4_000)
    ops = [record(note="长" * 500) for _ in range(9)]
    report = import_zip(admin, Packing(observer, ops))
    assert (report["ops"], report["files"][0]["name"]) == ([], "ops.json")


def test_more_ops_than_an_outbox_can_hold_are_not_read(
    admin: Device, observer: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue_zip, "MAX_OPS", 2)
    report = import_zip(admin, Packing(observer, [record() for _ in range(3)]))
    assert (report["ops"], report["files"][0]["status"]) == ([], "damaged")


def test_a_table_of_contents_out_of_all_bounds_is_not_even_read(
    admin: Device, observer: Device
) -> None:
    packed = Packing(observer, [record()]).zip()
    refused(admin, with_end(packed, ENTRIES_AT, "<H", 60_000))
    refused(admin, with_end(packed, LENGTH_AT, "<L", 500_000_000))


def test_a_zip_of_more_files_than_allowed_is_refused(
    admin: Device, observer: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue_zip, "MAX_ENTRIES", 5)
    shots = [Shot(jpeg(i)) for i in range(4)]
    refused(admin, Packing(observer, [record(*shots)], shots).zip())


def test_the_large_form_of_a_zip_is_refused(admin: Device, observer: Device) -> None:
    packed = Packing(observer, [record()]).zip()
    end = packed.rfind(b"PK\x05\x06")
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, end, 1)
    refused(admin, packed[:end] + locator + packed[end:])


# --- names and packings nobody asked for ----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "photos/../../x.jpg", "photos/x.jpg", r"C:\x", "a.zip"],
    ids=["climbs", "root", "climbs out of photos", "looks at home", "a drive", "a zip in a zip"],
)
def test_a_file_that_no_entry_names_is_listed_and_not_written(
    app: Flask, admin: Device, observer: Device, name: str
) -> None:
    report = import_zip(admin, Packing(observer, [record()], replaced_files={name: b"x"}))
    assert [file["problem"]["slug"] for file in report["files"]] == ["rescue-unclaimed"]
    assert import_statuses(report, "ops") == ["accepted"]
    assert list(app.extensions["uploads"].spool.folder.iterdir()) == []


def test_two_files_of_one_name_are_refused(admin: Device, observer: Device) -> None:
    buffer = io.BytesIO(Packing(observer, [record()]).zip())
    with zipfile.ZipFile(buffer, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("ops.json", b"[]")
    assert "重名" in refused(admin, buffer.getvalue())


def test_an_unsupported_compression_is_refused_entry_by_entry(
    admin: Device, observer: Device
) -> None:
    shot = Shot(jpeg())
    report = send_zip(admin, Packing(observer, [record(shot)], [shot]).zip(zipfile.ZIP_BZIP2))
    assert report.status_code == 422


def test_a_recompressed_zip_is_imported(admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    report = send_zip(admin, Packing(observer, [record(shot)], [shot]).zip(zipfile.ZIP_DEFLATED))
    assert import_statuses(report.json or {}, "photos") == ["stored"]


@pytest.mark.parametrize("nth", range(12))
def test_one_wrong_byte_anywhere_is_no_fault_of_the_server(
    admin: Device, observer: Device, nth: int
) -> None:
    shot = Shot(jpeg())
    packed = bytearray(Packing(observer, [record(shot)], [shot]).zip())
    packed[len(packed) * nth // 12] ^= 0xFF
    answer = send_zip(admin, bytes(packed))
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        report = answer.json or {}
        whole = (import_statuses(report, "ops"), import_statuses(report, "photos")) == (
            ["accepted"],
            ["stored"],
        )
        named = any(one.get("problem") for part in ("photos", "files") for one in report[part])
        assert whole or named


def test_half_a_character_in_an_op_is_quarantined_and_answered(
    admin: Device, observer: Device
) -> None:
    ops = json.loads('[{"op_id": "\\ud800", "kind": "\\ud800", "entity_id": null}]')
    report = import_zip(admin, Packing(observer, ops))
    assert import_statuses(report, "ops") == ["quarantined"]


# --- nothing stays behind -------------------------------------------------------------------------


def test_nothing_of_a_zip_stays_in_the_spool(app: Flask, admin: Device, observer: Device) -> None:
    shot = Shot(jpeg())
    import_zip(admin, Packing(observer, [record(shot)], [shot]))
    send_zip(admin, b"no zip")
    assert list(app.extensions["uploads"].spool.folder.iterdir()) == []


def test_without_a_token_nothing_is_taken(app: Flask, observer: Device, rows: Rows) -> None:
    packed = Packing(observer, [record()]).zip()
    assert app.test_client().post("/api/v1/rescues", data=packed).status_code == 401
    assert rows.count(Rescue) == 0


def test_the_console_needs_its_csrf_token(
    app: Flask, admin: Device, observer: Device, sign_in: Callable[..., Device]
) -> None:
    client = app.test_client()
    device = {"id": new_id(), "name": "desk"}
    credentials = {"login": "admin", "password": admin.password, "device": device, "cookie": True}
    token = client.post("/api/v1/sessions", json=credentials).json["csrf_token"]
    packed = Packing(observer, [record()]).zip()
    assert client.post("/api/v1/rescues", data=packed).status_code == 403
    answer = client.post("/api/v1/rescues", data=packed, headers={"X-CSRF-Token": token})
    assert answer.status_code == 200
