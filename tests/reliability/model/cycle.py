"""One cycle of a model phone: push, upload, receipts, pull, and delete what is stored."""

from __future__ import annotations

import base64
import contextlib
from datetime import datetime, timedelta
from typing import Any

from tests.reliability.model.connection import Connection, CycleEnd, Refused, wire_time
from tests.reliability.model.store import OPEN, Answers, Killed, KillSwitch, Store
from tests.reliability.network import ConnectionLost
from tests.support.actors import new_id

MAX_OPS = 20
# A cycle begins again when the server turns out to be restored, so many times at most.
MAX_STARTS = 4


class NewGeneration(Exception):
    """The server was restored; receipts of all retained items were requested again."""


class Cycle:
    """One request at a time; every durable write and every request is an await."""

    def __init__(
        self,
        store: Store,
        answers: Answers,
        connection: Connection,
        kill_switch: KillSwitch,
        device_id: str,
        now: datetime,
    ) -> None:
        """Sync this store at this moment of the phone's clock."""
        self._store = store
        self._answers = answers
        self._connection = connection
        self._kill_switch = kill_switch
        self._device_id = device_id
        self._now = now
        # Photos whose upload ended without a clear answer.
        self._unconfirmed: set[str] = set()

    def run(self) -> str:
        """Run the cycle; returns its outcome as the histories name it."""
        try:
            for _ in range(MAX_STARTS):
                with contextlib.suppress(NewGeneration):
                    self._push()
                    self._upload_all()
                    self._request_receipts()
                    self._pull()
                    self._delete_stored_bytes()
                    return f"done, {self._left()} left"
        except ConnectionLost:
            return "offline"
        except CycleEnd as end:
            return str(end)
        except Refused as refusal:
            return f"later: {refusal.status}"
        except Killed:
            return "killed"
        return "offline"

    def _left(self) -> int:
        """How many ops and photos are not settled."""
        ops = sum(op["state"] in OPEN for op in self._store.ops.values())
        photos = sum(p["state"] in ("waiting", "sent") for p in self._store.photos.values())
        return ops + photos

    def _push(self) -> None:
        sent: set[str] = set()
        while True:
            batch = [
                op_id
                for op_id, op in self._store.ops.items()
                if op["state"] in OPEN and op["not_before"] <= self._now and op_id not in sent
            ][:MAX_OPS]
            if not batch:
                return
            self._kill_switch.step()
            for op_id in batch:
                self._store.ops[op_id]["state"] = "sending"
            batch_body = {
                "epoch": self._store.epoch,
                "device_id": self._device_id,
                "batch_id": new_id(),
                "sent_at": wire_time(self._now),
                "ops": [
                    self._store.ops[i]["content"] | {"clock": {"offset_ms": 5, "age_ms": 9}}
                    for i in batch
                ],
            }
            try:
                answer = self._connection.call("POST", "/sync/push", batch_body)
            except Refused as refusal:
                if refusal.slug == "epoch-mismatch":
                    self._adopt_epoch()
                raise
            self._kill_switch.step()
            for result in answer["results"]:
                self._apply_result(result, answer["server_now"])
            sent |= set(batch)
            self._note_server_state(answer)

    def _apply_result(self, result: dict[str, Any], server_now: str) -> None:
        op_id, status = result["op_id"], result["status"]
        op = self._store.ops[op_id]
        if status == "deferred":
            op["state"] = "deferred"
            op["not_before"] = self._now + timedelta(seconds=result["retry_after"])
            return
        op["state"] = "accepted" if status == "duplicate" else status
        op["version"] = result.get("version", op["version"])
        op["answered_at"] = server_now
        self._answers.ops[op_id] = status
        for photo_id, photo in self._store.photos.items():
            if photo["op_id"] == op_id and photo["state"] in ("waiting", "sent"):
                photo["state"] = "waiting" if photo_id in result["wanted"] else "sent"

    def _upload_all(self) -> None:
        for photo_id, photo in self._store.photos.items():
            op = self._store.ops[photo["op_id"]]
            if photo["state"] == "waiting" and op["state"] != "saved":
                self._upload(photo_id, photo)

    def _upload(self, photo_id: str, photo: dict[str, Any]) -> None:
        begun = photo["begun"]
        self._kill_switch.step()
        photo["begun"] = True
        try:
            complete = self._resume(photo_id, photo) if begun else None
            if complete is None:
                complete = self._create(photo_id, photo)
            while not complete:
                complete = self._resume(photo_id, photo)
                if complete is None:
                    # The upload it had begun is gone: the next cycle creates it again.
                    raise ConnectionLost
        except Refused as refusal:
            if refusal.status in (403, 408, 426, 429) or refusal.status >= 500:
                raise
            self._unconfirmed.add(photo_id)
            return
        except ConnectionLost:
            self._unconfirmed.add(photo_id)
            raise
        self._kill_switch.step()
        photo["state"] = "sent"

    def _create(self, photo_id: str, photo: dict[str, Any]) -> bool:
        """Create the upload with its bytes; whether the server has all of them."""
        values = {"photo_id": photo_id, "sha256": photo["sha256"], "op_id": photo["op_id"]}
        metadata = ",".join(
            f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items()
        )
        headers = {"Upload-Length": str(photo["bytes"]), "Upload-Metadata": metadata}
        # Some phones send a photo in pieces: half of it first.
        body = self._store.bytes[photo_id]
        piece = body[: len(body) // 2] if photo["bytes"] % 3 == 0 else body
        answer = self._connection.tus("POST", "/uploads", headers, piece)
        return int(answer.headers["Upload-Offset"]) == photo["bytes"]

    def _resume(self, photo_id: str, photo: dict[str, Any]) -> bool | None:
        """Continue at the offset of the server; None when it has no upload."""
        path = f"/uploads/{photo_id}"
        try:
            status = self._connection.tus("HEAD", path, {})
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise
        offset = int(status.headers["Upload-Offset"])
        if offset == photo["bytes"]:
            return True
        rest = self._store.bytes[photo_id][offset:]
        answer = self._connection.tus("PATCH", path, {"Upload-Offset": str(offset)}, rest)
        return int(answer.headers["Upload-Offset"]) == photo["bytes"]

    def _request_receipts(self) -> None:
        photos = [
            i
            for i, p in self._store.photos.items()
            if p["state"] == "sent" or i in self._unconfirmed
        ]
        ops = [i for i, op in self._store.ops.items() if op["state"] == "sending"]
        if not photos and not ops:
            return
        answer = self._connection.call("POST", "/sync/receipts", {"ops": ops, "photos": photos})
        self._kill_switch.step()
        self._apply_receipts(answer)
        self._note_server_state(answer)

    def _apply_receipts(self, answer: dict[str, Any]) -> None:
        for op_id, status in answer["ops"].items():
            op = self._store.ops[op_id]
            if status in ("accepted", "conflict", "quarantined"):
                op["state"] = status
                op["answered_at"] = op["answered_at"] or answer["server_now"]
                self._answers.ops[op_id] = status
            elif op["state"] != "saved":
                op["state"], op["answered_at"] = "sending", None
                op["not_before"] = self._now
        for photo_id, status in answer["photos"].items():
            photo = self._store.photos[photo_id]
            if status == "stored":
                photo["state"] = "stored"
                photo["stored_at"] = photo["stored_at"] or answer["server_now"]
                self._answers.photos[photo_id] = "stored"
            elif status.startswith("rejected:"):
                photo["state"] = "rejected"
                self._answers.photos[photo_id] = status
            elif photo_id in self._store.bytes:
                photo["state"], photo["stored_at"] = "waiting", None
            else:
                photo["state"] = "lost"

    def _pull(self) -> None:
        from_start = False
        while True:
            query = "?limit=100" + (f"&cursor={self._store.cursor}" if self._store.cursor else "")
            try:
                page = self._connection.call("GET", f"/sync/pull{query}")
            except Refused as refusal:
                if refusal.slug != "cursor-invalid" or from_start:
                    raise
                from_start = True
                self._kill_switch.step()
                self._store.clear_copies()
                continue
            self._note_server_state(page)
            self._kill_switch.step()
            for name in page["reset"]:
                self._store.copies(name).clear()
            for change in page["changes"]:
                self._apply_change(change)
            self._store.cursor = page["cursor"]
            if not page["more"]:
                return

    def _apply_change(self, change: dict[str, Any]) -> None:
        rows = self._store.copies(change["collection"])
        if change["op"] == "del":
            rows.pop(change["id"], None)
        else:
            rows[change["id"]] = change["data"]

    def _delete_stored_bytes(self) -> None:
        """I1: delete only what a receipt named as stored and a backup has."""
        backed_up_to = self._store.backed_up_to
        covered = datetime.fromisoformat(backed_up_to) if backed_up_to else None
        for photo_id, photo in self._store.photos.items():
            if photo["state"] != "stored" or photo_id not in self._store.bytes:
                continue
            if covered and datetime.fromisoformat(photo["stored_at"]) < covered:
                self._kill_switch.step()
                del self._store.bytes[photo_id]

    # --- state of the server ---

    def _note_server_state(self, answer: dict[str, Any]) -> None:
        self._store.backed_up_to = answer["backed_up_to"]
        if self._store.epoch is None:
            self._store.epoch = answer["epoch"]
        elif answer["epoch"] != self._store.epoch:
            self._adopt_epoch()

    def _adopt_epoch(self) -> None:
        """Request receipts of everything, queue again what is unknown, pull from the start."""
        query = {
            "ops": [i for i, op in self._store.ops.items() if op["state"] != "saved"],
            "photos": list(self._store.photos),
        }
        answer = self._connection.call("POST", "/sync/receipts", query)
        self._kill_switch.step()
        self._apply_receipts(answer)
        self._store.epoch = answer["epoch"]
        self._store.clear_copies()
        raise NewGeneration
