"""A rescue zip as a phone writes one, for tests: whole, or with one thing wrong."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.support.actors import CAPTURED_AT, Device, Shot, new_id

_ZIP_TIME = (2026, 3, 4, 9, 30, 0)


def draft(person: Device, *shots: Shot, **fields: Any) -> dict[str, Any]:
    """An unfinished record as a phone keeps it."""
    return {
        "draft_id": new_id(),
        "author": person.person["id"],
        "kind": "observation",
        "task_id": None,
        "started_at": 1_772_588_000_000,
        "updated_at": 1_772_588_060_000,
        "fields": {"category": "MQ0201", "note": "", "place": None} | fields,
        "photos": [shot.declared() for shot in shots],
    }


@dataclass
class Packing:
    """What goes into the zip of one person's phone."""

    person: Device
    ops: list[Any] = field(default_factory=list)
    shots: Sequence[Shot] = ()
    drafts: list[Any] = field(default_factory=list)
    # Changed parts of the manifest.
    manifest: dict[str, Any] = field(default_factory=dict)
    # Files put in without being listed, or instead of what is listed.
    replaced_files: dict[str, bytes] = field(default_factory=dict)

    def zip(self, compression: int = zipfile.ZIP_STORED) -> bytes:
        """The bytes of the file a person would save."""
        files = {"ops.json": _json(self.ops), "drafts.json": _json(self.drafts)}
        files |= {f"photos/{shot.photo_id}.jpg": shot.content for shot in self.shots}
        files["说明.txt"] = "给人看的说明".encode()
        manifest = {
            "format": "inspect-rescue",
            "version": 1,
            "device_id": self.person.device_id,
            "person": {"id": self.person.person["id"], "name": self.person.person["name"]},
            "epoch": None,
            "made_at": CAPTURED_AT,
            "app_version": "0.1.0",
            "counts": {"ops": len(self.ops), "photos": len(self.shots)},
            "files": [
                {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for name, content in files.items()
            ],
        }
        files["manifest.json"] = _json(manifest | self.manifest)
        files |= self.replaced_files
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression) as packed:
            for name, content in files.items():
                # The same packing gives the same bytes: no time of its own.
                packed.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content, compression)
        return buffer.getvalue()


def send_zip(admin: Device, packed: bytes) -> TestResponse:
    """Send a zip as the console does."""
    return admin.call("POST", "/rescues", data=packed, content_type="application/octet-stream")


def import_zip(admin: Device, packing: Packing) -> dict[str, Any]:
    """Import a zip that must be accepted; returns the answer."""
    answer = send_zip(admin, packing.zip())
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def import_statuses(report: dict[str, Any], part: str) -> list[str]:
    """The statuses of the entries of one list (`ops`, `photos`, `drafts`), in order."""
    return [entry["status"] for entry in report[part]]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
