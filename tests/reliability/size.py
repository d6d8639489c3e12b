"""How many reliability tests run: a small part in `make test`, all of them in `make faults`."""

from __future__ import annotations

import os

FULL = os.environ.get("INSPECT_FAULTS") == "full"
# The first seed of a run: another one plays other histories.
FIRST_SEED = int(os.environ.get("INSPECT_FAULTS_SEED", "0"))
MODEL_HISTORIES = int(os.environ.get("INSPECT_FAULTS_HISTORIES", "1000" if FULL else "100"))
MODEL_OPS = 50 if FULL else 12
NODE_HISTORIES = int(os.environ.get("INSPECT_FAULTS_NODE_HISTORIES", "1000" if FULL else "12"))
NODE_OPS = 50 if FULL else 12
NODE_PORTION = 10 if FULL else 4


def portions(histories: int, portion: int) -> list[range]:
    """The seeds of a run in portions, so that test workers share them."""
    end = FIRST_SEED + histories
    return [range(at, min(at + portion, end)) for at in range(FIRST_SEED, end, portion)]
