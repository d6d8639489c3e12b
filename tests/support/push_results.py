"""What a push answers for each op, for tests."""

from __future__ import annotations

from typing import Any

from tests.support.actors import Device


def statuses(results: list[dict[str, Any]]) -> list[str]:
    """The status of each result, in order."""
    return [result["status"] for result in results]


def quarantine_reason(device: Device, op: Any) -> str:
    """Send an op that cannot be applied and return the slug its author reads."""
    (result,) = device.send(op)
    assert result["status"] == "quarantined"
    return str(result["problem"]["slug"])
