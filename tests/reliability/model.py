"""A phone as a history sees it, and the model of one in Python: the rules of DESIGN §4 and §9
written a second time, as plainly as possible, to be held against server and real phone.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from tests.reliability.environment import SignedIn
from tests.reliability.network import Answer, LineBroke, Network, Request
from tests.support.actors import IN_MAOJIAN, Shot, new_id

API = "/api/v1"
MAX_OPS = 20
RETENTION = timedelta(days=14)
OPEN = ("saved", "sending", "deferred")
FINDINGS = ("confirmed", "not_confirmed", "cannot_tell")


class Phone(Protocol):
    """What a history asks of a phone. A deed that cannot be done now returns None."""

    def record(self, shots: Sequence[Shot], note: str, outcome: str) -> dict[str, Any]:
        """Save a record with these photos; returns the op shown as saved."""

    def amend(self, which: int, shots: Sequence[Shot], note: str) -> dict[str, Any] | None:
        """Correct one of the records this phone knows."""

    def withdraw(self, which: int) -> dict[str, Any] | None:
        """Take one of the records this phone knows back."""

    def move(
        self, which: int, choice: int, shots: Sequence[Shot], note: str
    ) -> dict[str, Any] | None:
        """Take a step of one of the tasks this phone knows."""

    def visit(
        self, which: int, choice: int, shots: Sequence[Shot], note: str
    ) -> dict[str, Any] | None:
        """Tell what was found on one of the visits this phone is asked for."""

    def sync(self, seconds: int, kill_at: int | None) -> str:
        """So much later, run one cycle, killed at an await if asked; returns its outcome."""

    def signed_in_again(self, session: dict[str, Any]) -> None:
        """The person signed in again."""

    def dump(self, quiet: bool) -> dict[str, Any]:
        """What the phone holds and was told, for the checker."""


class Killed(Exception):
    """The process is gone; what was written stays."""


class Stop(Exception):
    """The cycle ends here with this outcome."""


class Refused(Exception):
    """Our server said no."""

    def __init__(self, status: int, slug: str) -> None:
        super().__init__(f"{status} {slug}")
        self.status = status
        self.slug = slug


class NewGeneration(Exception):
    """The server was restored; what is retained was asked for again."""


@dataclass
class Store:
    """What survives the death of the process."""

    tokens: dict[str, str]
    epoch: str | None
    cursor: str | None
    backed_up_to: str | None = None
    ops: dict[str, dict[str, Any]] = field(default_factory=dict)
    photos: dict[str, dict[str, Any]] = field(default_factory=dict)
    bytes: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    visits: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class ModelPhone:
    """The model: one request at a time, every durable write and every request an await."""

    name: str
    network: Network
    signed_in: SignedIn
    now: datetime
    store: Store = field(init=False)
    saved: dict[str, list[str]] = field(default_factory=dict)
    told_ops: dict[str, str] = field(default_factory=dict)
    told_photos: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = self.signed_in
        tokens = {"access": known.access_token, "refresh": known.refresh_token}
        self.store = Store(tokens, known.epoch, known.cursor)
        self._beats: int | None = None
        self._renewed = False
        self._doubtful: set[str] = set()

    # --- deeds of the person ---

    def record(self, shots: Sequence[Shot], note: str, outcome: str) -> dict[str, Any]:
        """See `Phone`."""
        data = {"category": "MQ0201", "place": IN_MAOJIAN, "outcome": outcome, "note": note}
        return self._save("observation.create", new_id(), data, shots)

    def amend(self, which: int, shots: Sequence[Shot], note: str) -> dict[str, Any] | None:
        """See `Phone`."""
        entity_id = self._known_record(which)
        if entity_id is None:
            return None
        data = {"fields": {"note": note}}
        return self._save(
            "observation.amend", entity_id, data, shots, **self._seen(entity_id, self.store.records)
        )

    def withdraw(self, which: int) -> dict[str, Any] | None:
        """See `Phone`."""
        entity_id = self._known_record(which)
        if entity_id is None:
            return None
        seen = self._seen(entity_id, self.store.records)
        return self._save("observation.withdraw", entity_id, {}, (), **seen)

    def move(
        self, which: int, choice: int, shots: Sequence[Shot], note: str
    ) -> dict[str, Any] | None:
        """See `Phone`."""
        able = [t for t in self.store.tasks.values() if self._step(t, choice)]
        if not able:
            return None
        task = able[which % len(able)]
        name = self._step(task, choice)
        data: dict[str, Any] = {"move": name, "note": note}
        if name == "hand_back":
            data["reason"] = "not_ours"
        seen = self._seen(task["id"], self.store.tasks)
        return self._save("task.move", task["id"], data, shots if name == "submit" else (), **seen)

    def visit(
        self, which: int, choice: int, shots: Sequence[Shot], note: str
    ) -> dict[str, Any] | None:
        """See `Phone`."""
        answered = {
            op["content"]["entity_id"]
            for op in self.store.ops.values()
            if op["state"] not in ("conflict", "quarantined")
        }
        todo = [v for v in self.store.visits.values() if v["id"] not in answered]
        if not todo:
            return None
        visit = sorted(todo, key=lambda v: str(v["number"]))[which % len(todo)]
        # What was seen has to be shown.
        finding = FINDINGS[choice % len(FINDINGS)] if shots else "cannot_tell"
        data = {"finding": finding, "note": note, "place": IN_MAOJIAN}
        return self._save("visit.record", visit["id"], data, shots)

    def _step(self, task: dict[str, Any], choice: int) -> str | None:
        """The next step by the copy of the task and the own steps on top of it."""
        state = task["state"]
        for op in self.store.ops.values():
            if op["content"]["entity_id"] != task["id"]:
                continue
            if op["state"] in ("conflict", "quarantined"):
                continue
            # A receipt tells no version: at least the one after what it saw.
            left = op["version"] or op["content"]["base_version"] + (not op["content"]["photos"])
            if op["state"] == "accepted" and left <= task["version"]:
                continue
            state = {"accept": "handling"}.get(op["content"]["data"]["move"], "gone")
        if task.get("pending_move"):
            return None
        if state == "dispatched":
            return "hand_back" if choice == 0 else "accept"
        return "submit" if state in ("handling", "rework") else None

    def _known_record(self, which: int) -> str | None:
        made = [
            op["content"]["entity_id"]
            for op in self.store.ops.values()
            if op["content"]["kind"] == "observation.create"
        ]
        pulled = [i for i, copy_ in self.store.records.items() if copy_["state"] != "withdrawn"]
        known = list(dict.fromkeys(made + pulled))
        return known[which % len(known)] if known else None

    def _seen(self, entity_id: str, copies: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """The version seen, and the own ops the deed follows: of unheard versions too."""
        after = [
            op_id
            for op_id, op in self.store.ops.items()
            if op["content"]["entity_id"] == entity_id
            and (op["state"] in OPEN or (op["state"] == "accepted" and op["version"] is None))
        ]
        version = copies.get(entity_id, {}).get("version", 1)
        accepted = [
            op["version"] or 1
            for op in self.store.ops.values()
            if op["content"]["entity_id"] == entity_id and op["state"] == "accepted"
        ]
        seen = {"base_version": max([version, *accepted])}
        return seen | ({"after": after} if after else {})

    def _save(
        self, kind: str, entity_id: str, data: Any, shots: Sequence[Shot], **more: Any
    ) -> dict[str, Any]:
        content = {
            "op_id": new_id(),
            "schema": 1,
            "kind": kind,
            "entity_id": entity_id,
            "captured_at": self._this_moment(),
            "data": data,
            "photos": [shot.declared() for shot in shots],
        } | more
        op_id = content["op_id"]
        self.store.ops[op_id] = {
            "content": content,
            "state": "saved",
            "not_before": self.now,
            "version": None,
            "answered_at": None,
        }
        for shot in shots:
            self.store.bytes[shot.photo_id] = shot.content
            self.store.photos[shot.photo_id] = {
                "state": "waiting",
                "sha256": shot.sha256,
                "bytes": len(shot.content),
                "op_id": op_id,
                "begun": False,
                "stored_at": None,
            }
        self.saved[op_id] = [shot.photo_id for shot in shots]
        return content

    def _this_moment(self) -> str:
        """No two deeds of a phone fall into one second."""
        self.now += timedelta(seconds=1)
        return _zulu(self.now)

    # --- one cycle ---

    def sync(self, seconds: int, kill_at: int | None) -> str:
        """See `Phone`."""
        self.now += timedelta(seconds=seconds)
        self._beats, self._renewed, self._doubtful = kill_at, False, set()
        try:
            for _ in range(4):
                try:
                    self._push()
                    self._upload_all()
                    self._ask_receipts()
                    self._pull()
                    self._free()
                    return f"done, {self._left()} left"
                except NewGeneration:
                    continue
        except LineBroke:
            return "offline"
        except Stop as stop:
            return str(stop)
        except Refused as refusal:
            return f"later: {refusal.status}"
        except Killed:
            return "killed"
        return "offline"

    def signed_in_again(self, session: dict[str, Any]) -> None:
        """See `Phone`."""
        tokens = {"access": session["access_token"], "refresh": session["refresh_token"]}
        self.store.tokens = tokens

    def _beat(self) -> None:
        """An await: here the process may die."""
        if self._beats is not None:
            self._beats -= 1
            if self._beats < 0:
                raise Killed

    def _left(self) -> int:
        ops = sum(op["state"] in OPEN for op in self.store.ops.values())
        photos = sum(p["state"] in ("waiting", "sent") for p in self.store.photos.values())
        return ops + photos

    def _push(self) -> None:
        tried: set[str] = set()
        while True:
            batch = [
                op_id
                for op_id, op in self.store.ops.items()
                if op["state"] in OPEN and op["not_before"] <= self.now and op_id not in tried
            ][:MAX_OPS]
            if not batch:
                return
            self._beat()
            for op_id in batch:
                self.store.ops[op_id]["state"] = "sending"
            sent = {
                "epoch": self.store.epoch,
                "device_id": self.signed_in.device_id,
                "batch_id": new_id(),
                "sent_at": _zulu(self.now),
                "ops": [
                    self.store.ops[i]["content"] | {"clock": {"offset_ms": 5, "age_ms": 9}}
                    for i in batch
                ],
            }
            try:
                told = self._call("POST", "/sync/push", sent)
            except Refused as refusal:
                if refusal.slug == "epoch-mismatch":
                    self._adopt_epoch()
                raise
            self._beat()
            for result in told["results"]:
                self._answered(result, told["server_now"])
            tried |= set(batch)
            self._learn(told)

    def _answered(self, result: dict[str, Any], server_now: str) -> None:
        op_id, status = result["op_id"], result["status"]
        op = self.store.ops[op_id]
        if status == "deferred":
            op["state"] = "deferred"
            op["not_before"] = self.now + timedelta(seconds=result["retry_after"])
            return
        op["state"] = "accepted" if status == "duplicate" else status
        op["version"] = result.get("version", op["version"])
        op["answered_at"] = server_now
        self.told_ops[op_id] = status
        for photo_id, photo in self.store.photos.items():
            if photo["op_id"] == op_id and photo["state"] in ("waiting", "sent"):
                photo["state"] = "waiting" if photo_id in result["wanted"] else "sent"

    def _upload_all(self) -> None:
        for photo_id, photo in self.store.photos.items():
            op = self.store.ops[photo["op_id"]]
            if photo["state"] == "waiting" and op["state"] != "saved":
                self._upload(photo_id, photo)

    def _upload(self, photo_id: str, photo: dict[str, Any]) -> None:
        begun = photo["begun"]
        self._beat()
        photo["begun"] = True
        try:
            whole = self._resume(photo_id, photo) if begun else None
            if whole is None:
                whole = self._create(photo_id, photo)
            while not whole:
                whole = self._resume(photo_id, photo)
                if whole is None:
                    # What it said it had begun is gone: the next cycle begins anew.
                    raise LineBroke
        except Refused as refusal:
            if refusal.status in (403, 408, 426, 429) or refusal.status >= 500:
                raise
            self._doubtful.add(photo_id)
            return
        except LineBroke:
            self._doubtful.add(photo_id)
            raise
        self._beat()
        photo["state"] = "sent"

    def _create(self, photo_id: str, photo: dict[str, Any]) -> bool:
        """Create with the bytes; true when the server has all of them."""
        told = {"photo_id": photo_id, "sha256": photo["sha256"], "op_id": photo["op_id"]}
        metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())
        headers = {"Upload-Length": str(photo["bytes"]), "Upload-Metadata": metadata}
        # Some phones send a photo in pieces: half of it first.
        body = self.store.bytes[photo_id]
        piece = body[: len(body) // 2] if photo["bytes"] % 3 == 0 else body
        answer = self._tus("POST", "/uploads", headers, piece)
        return int(answer.headers["Upload-Offset"]) == photo["bytes"]

    def _resume(self, photo_id: str, photo: dict[str, Any]) -> bool | None:
        """Go on where the server is; None when it knows of no upload."""
        path = f"/uploads/{photo_id}"
        try:
            there = self._tus("HEAD", path, {})
        except Refused as refusal:
            if refusal.status == 404:
                return None
            raise
        offset = int(there.headers["Upload-Offset"])
        if offset == photo["bytes"]:
            return True
        rest = self.store.bytes[photo_id][offset:]
        answer = self._tus("PATCH", path, {"Upload-Offset": str(offset)}, rest)
        return int(answer.headers["Upload-Offset"]) == photo["bytes"]

    def _ask_receipts(self) -> None:
        photos = [
            i for i, p in self.store.photos.items() if p["state"] == "sent" or i in self._doubtful
        ]
        ops = [i for i, op in self.store.ops.items() if op["state"] == "sending"]
        if not photos and not ops:
            return
        told = self._call("POST", "/sync/receipts", {"ops": ops, "photos": photos})
        self._beat()
        self._take_receipts(told)
        self._learn(told)

    def _take_receipts(self, told: dict[str, Any]) -> None:
        for op_id, word in told["ops"].items():
            op = self.store.ops[op_id]
            if word in ("accepted", "conflict", "quarantined"):
                op["state"] = word
                op["answered_at"] = op["answered_at"] or told["server_now"]
                self.told_ops[op_id] = word
            elif op["state"] != "saved":
                op["state"], op["answered_at"] = "sending", None
                op["not_before"] = self.now
        for photo_id, word in told["photos"].items():
            photo = self.store.photos[photo_id]
            if word == "stored":
                photo["state"] = "stored"
                photo["stored_at"] = photo["stored_at"] or told["server_now"]
                self.told_photos[photo_id] = "stored"
            elif word.startswith("rejected:"):
                photo["state"] = "rejected"
                self.told_photos[photo_id] = word
            elif photo_id in self.store.bytes:
                photo["state"], photo["stored_at"] = "waiting", None
            else:
                photo["state"] = "lost"

    def _pull(self) -> None:
        afresh = False
        while True:
            query = "?limit=100" + (f"&cursor={self.store.cursor}" if self.store.cursor else "")
            try:
                page = self._call("GET", f"/sync/pull{query}")
            except Refused as refusal:
                if refusal.slug != "cursor-invalid" or afresh:
                    raise
                afresh = True
                self._beat()
                self._forget_copies()
                continue
            self._learn(page)
            self._beat()
            for name in page["reset"]:
                self._copies(name).clear()
            for change in page["changes"]:
                self._take_change(change)
            self.store.cursor = page["cursor"]
            if not page["more"]:
                return

    def _take_change(self, change: dict[str, Any]) -> None:
        rows = self._copies(change["collection"])
        if change["op"] == "del":
            rows.pop(change["id"], None)
        else:
            rows[change["id"]] = change["data"]

    def _copies(self, collection: str) -> dict[str, dict[str, Any]]:
        """The copies of a collection; those of no interest are not kept."""
        kept = {
            "observations": self.store.records,
            "tasks": self.store.tasks,
            "visits": self.store.visits,
        }
        return kept.get(collection, {})

    def _forget_copies(self) -> None:
        self.store.cursor = None
        self.store.records.clear()
        self.store.tasks.clear()
        self.store.visits.clear()

    def _free(self) -> None:
        """I1: only what a receipt named, and a backup holds."""
        covered = self.store.backed_up_to
        for photo_id, photo in self.store.photos.items():
            if photo["state"] != "stored" or photo_id not in self.store.bytes:
                continue
            if covered and _moment(photo["stored_at"]) < _moment(covered):
                self._beat()
                del self.store.bytes[photo_id]

    # --- what every answer teaches ---

    def _learn(self, told: dict[str, Any]) -> None:
        self.store.backed_up_to = told["backed_up_to"]
        if self.store.epoch is None:
            self.store.epoch = told["epoch"]
        elif told["epoch"] != self.store.epoch:
            self._adopt_epoch()

    def _adopt_epoch(self) -> None:
        """Ask for everything retained, queue again what is unknown, pull afresh."""
        asked = {
            "ops": [i for i, op in self.store.ops.items() if op["state"] != "saved"],
            "photos": list(self.store.photos),
        }
        told = self._call("POST", "/sync/receipts", asked)
        self._beat()
        self._take_receipts(told)
        self.store.epoch = told["epoch"]
        self._forget_copies()
        raise NewGeneration

    # --- the wire ---

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = self._ask(
            method,
            path,
            {"Content-Type": "application/json"},
            b"" if body is None else json.dumps(body).encode(),
        )
        try:
            return dict(json.loads(answer.body))
        except ValueError:
            # A cut answer is none.
            raise LineBroke from None

    def _tus(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        spoken = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
        answer = self._ask(method, path, spoken | headers, body)
        if "Upload-Offset" not in answer.headers:
            raise LineBroke
        return answer

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Ask with the token in force; one that ended is renewed once."""
        bearer = {"Authorization": f"Bearer {self.store.tokens['access']}"}
        try:
            return self._carry(Request(method, API + path, headers | bearer, body))
        except Refused as refusal:
            if refusal.status == 403:
                raise Stop("disabled") from None
            if refusal.status != 401:
                raise
        if self._renewed:
            raise Stop("sign in again")
        self._renew()
        return self._ask(method, path, headers, body)

    def _renew(self) -> None:
        self._renewed = True
        told = json.dumps({"refresh_token": self.store.tokens["refresh"]}).encode()
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._carry(Request("POST", f"{API}/sessions/refresh", headers, told))
        except Refused as refusal:
            if refusal.status in (401, 403):
                raise Stop("sign in again") from None
            raise
        try:
            self.signed_in_again(json.loads(answer.body))
        except ValueError:
            raise LineBroke from None

    def _carry(self, request: Request) -> Answer:
        self._beat()
        answer = self.network.carry(self.name, request)
        self._beat()
        if "X-Sync" not in answer.headers:
            raise LineBroke
        if answer.status >= 400:
            try:
                slug = str(json.loads(answer.body or b"{}").get("slug"))
            except ValueError:
                slug = "unreadable"
            raise Refused(answer.status, slug)
        return answer

    # --- for the checker ---

    def dump(self, quiet: bool) -> dict[str, Any]:
        """See `Phone`."""
        return {
            "device_id": self.signed_in.device_id,
            "person_id": self.signed_in.person["id"],
            "ops": {
                i: {"state": op["state"], "content": copy.deepcopy(op["content"])}
                for i, op in self.store.ops.items()
            },
            "photos": {
                i: {
                    "state": photo["state"],
                    "sha256": photo["sha256"],
                    "bytes": photo["bytes"],
                    "op_id": photo["op_id"],
                    "stored_at": photo["stored_at"],
                    "held": _hash(self.store.bytes.get(i)) == photo["sha256"],
                }
                for i, photo in self.store.photos.items()
            },
            "saved": self.saved,
            "told": {"ops": self.told_ops, "photos": self.told_photos},
            "records": {
                i: {
                    "version": row["version"],
                    "state": row["state"],
                    "task_state": row["task"] and row["task"]["state"],
                }
                for i, row in self.store.records.items()
            },
            "visits": {i: row["version"] for i, row in self.store.visits.items()},
            "whole": True,
            "quiet": quiet,
        }


def _hash(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
