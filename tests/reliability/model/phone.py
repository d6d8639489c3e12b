"""The model of a phone: the actions of its person, its cycles, and its dump for the checker."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.reliability.environment import SignedIn
from tests.reliability.model.connection import Connection, wire_time
from tests.reliability.model.cycle import Cycle
from tests.reliability.model.store import OPEN, Answers, KillSwitch, Store
from tests.reliability.network import Network
from tests.support.actors import IN_MAOJIAN, Shot, new_id

FINDINGS = ("confirmed", "not_confirmed", "cannot_tell")


@dataclass
class ModelPhone:
    """See `tests.reliability.phone.Phone`."""

    name: str
    network: Network
    signed_in: SignedIn
    now: datetime
    store: Store = field(init=False)
    saved: dict[str, list[str]] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)

    def __post_init__(self) -> None:
        session = self.signed_in
        tokens = {"access": session.access_token, "refresh": session.refresh_token}
        self.store = Store(tokens, session.epoch, session.cursor)

    # --- actions of the person ---

    def record(self, shots: Sequence[Shot], note: str, outcome: str) -> dict[str, Any]:
        """See `Phone`."""
        data = {"category": "MQ0201", "place": IN_MAOJIAN, "outcome": outcome, "note": note}
        return self._save("observation.create", new_id(), data, shots)

    def amend(self, which: int, shots: Sequence[Shot], note: str) -> dict[str, Any] | None:
        """See `Phone`."""
        entity_id = self._record_id(which)
        if entity_id is None:
            return None
        data = {"fields": {"note": note}}
        return self._save(
            "observation.amend", entity_id, data, shots, **self._base(entity_id, self.store.records)
        )

    def withdraw(self, which: int) -> dict[str, Any] | None:
        """See `Phone`."""
        entity_id = self._record_id(which)
        if entity_id is None:
            return None
        base = self._base(entity_id, self.store.records)
        return self._save("observation.withdraw", entity_id, {}, (), **base)

    def move(
        self, which: int, choice: int, shots: Sequence[Shot], note: str
    ) -> dict[str, Any] | None:
        """See `Phone`."""
        movable = [t for t in self.store.tasks.values() if self._next_move(t, choice)]
        if not movable:
            return None
        task = movable[which % len(movable)]
        name = self._next_move(task, choice)
        data: dict[str, Any] = {"move": name, "note": note}
        if name == "hand_back":
            data["reason"] = "not_ours"
        base = self._base(task["id"], self.store.tasks)
        return self._save("task.move", task["id"], data, shots if name == "submit" else (), **base)

    def visit(
        self, which: int, choice: int, shots: Sequence[Shot], note: str
    ) -> dict[str, Any] | None:
        """See `Phone`."""
        answered = {
            op["content"]["entity_id"]
            for op in self.store.ops.values()
            if op["state"] not in ("conflict", "quarantined")
        }
        open_visits = [v for v in self.store.visits.values() if v["id"] not in answered]
        if not open_visits:
            return None
        visit = sorted(open_visits, key=lambda v: str(v["number"]))[which % len(open_visits)]
        # A finding needs a photo, except `cannot_tell`.
        finding = FINDINGS[choice % len(FINDINGS)] if shots else "cannot_tell"
        data = {"finding": finding, "note": note, "place": IN_MAOJIAN}
        return self._save("visit.record", visit["id"], data, shots)

    def _next_move(self, task: dict[str, Any], choice: int) -> str | None:
        """The next move by the pulled task and the own moves on top of it."""
        state = task["state"]
        for op in self.store.ops.values():
            if op["content"]["entity_id"] != task["id"]:
                continue
            if op["state"] in ("conflict", "quarantined"):
                continue
            # A receipt has no version: take at least the one after the version seen.
            version = op["version"] or op["content"]["base_version"] + (not op["content"]["photos"])
            if op["state"] == "accepted" and version <= task["version"]:
                continue
            state = {"accept": "handling"}.get(op["content"]["data"]["move"], "gone")
        if task.get("pending_move"):
            return None
        if state == "dispatched":
            return "hand_back" if choice == 0 else "accept"
        return "submit" if state in ("handling", "rework") else None

    def _record_id(self, which: int) -> str | None:
        created = [
            op["content"]["entity_id"]
            for op in self.store.ops.values()
            if op["content"]["kind"] == "observation.create"
        ]
        pulled = [i for i, row in self.store.records.items() if row["state"] != "withdrawn"]
        records = list(dict.fromkeys(created + pulled))
        return records[which % len(records)] if records else None

    def _base(self, entity_id: str, copies: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """The version seen and the own ops to follow, also those accepted as an unknown version."""
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
        base = {"base_version": max([version, *accepted])}
        return base | ({"after": after} if after else {})

    def _save(
        self, kind: str, entity_id: str, data: Any, shots: Sequence[Shot], **more: Any
    ) -> dict[str, Any]:
        content = {
            "op_id": new_id(),
            "schema": 1,
            "kind": kind,
            "entity_id": entity_id,
            "captured_at": self._next_second(),
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

    def _next_second(self) -> str:
        """No two actions of a phone are in the same second."""
        self.now += timedelta(seconds=1)
        return wire_time(self.now)

    # --- cycles ---

    def sync(self, seconds: int, kill_at: int | None) -> str:
        """See `Phone`."""
        self.now += timedelta(seconds=seconds)
        kill_switch = KillSwitch(kill_at)
        connection = Connection(self.name, self.network, self.store, kill_switch)
        device_id = self.signed_in.device_id
        return Cycle(self.store, self.answers, connection, kill_switch, device_id, self.now).run()

    def signed_in_again(self, session: dict[str, Any]) -> None:
        """See `Phone`."""
        self.store.use_session(session)

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
            "told": {"ops": self.answers.ops, "photos": self.answers.photos},
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
