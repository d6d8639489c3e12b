"""All data the checker compares, and what a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from schemas.vocabulary import PhotoState
from tests.reliability.checker.findings import Finding
from tests.reliability.checker.records import DatabaseRows, Dump, StoredObject

SETTLED = (PhotoState.STORED, PhotoState.REJECTED)


@dataclass(frozen=True)
class Snapshot:
    """Rows, objects and phones at one moment."""

    rows: DatabaseRows
    bucket: Mapping[str, StoredObject] | None
    dumps: list[Dump]
    # An older backup was restored: what supervisors did after it is not counted as lost.
    restored: bool


Check = Callable[[Snapshot], Iterator[Finding]]
