"""What every op of a batch is received with."""

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
    """One batch under way: who sends it, from which device, and what applies its ops."""

    session: Session
    reference: Reference
    actor: Actor
    op_kinds: Mapping[str, OpKindHandler]
    batch_id: str
    # The device the batch names; the session's own stands behind the actor.
    device_id: str
    now: datetime
    # The generation of this server, see `core.server_state`.
    epoch: str
