"""Planted bugs 咬合: each is a patch of the sources in a copy of the tree, and must be found by a
part of the test suites. A bug that no test finds shows what the suites lack.

    python -m tests.reliability.mutations              plant every bug, one after the other
    python -m tests.reliability.mutations NAME…        plant these

The product has no switch for them. Every old text must occur in its file exactly once, so a bug
that no longer fits the sources fails instead of passing.
"""

from tests.reliability.mutations.bug import Bug, Edit, Suite
from tests.reliability.mutations.phone_bugs import PHONE_BUGS
from tests.reliability.mutations.planting import (
    RUN_SECONDS,
    DoesNotFit,
    SourceCopy,
    apply,
    source_copy,
)
from tests.reliability.mutations.server_bugs import SERVER_BUGS

BUGS: tuple[Bug, ...] = (*SERVER_BUGS, *PHONE_BUGS)

__all__ = [
    "BUGS",
    "RUN_SECONDS",
    "Bug",
    "DoesNotFit",
    "Edit",
    "SourceCopy",
    "Suite",
    "apply",
    "source_copy",
]
