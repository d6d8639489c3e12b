"""The context in which every op of a batch is received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.registration import OpKindHandler
from inspect_server.registry.reference import Reference


@dataclass(frozen=True, slots=True)
class PushContext:
    """One batch in progress: its actor and device, and the handlers of its ops."""

    session: Session
    reference: Reference
    actor: Actor
    op_kinds: Mapping[str, OpKindHandler]
    batch_id: str
    # The device the batch names; the device of the session is `actor.device_id`.
    device_id: str
    now: datetime
    # The generation of this server, see `core.server_state`.
    epoch: str
