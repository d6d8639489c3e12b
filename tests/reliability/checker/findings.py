"""Findings of the checker: what kind, which invariant, about what, and the report of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be wrong; only an orphan is harmless."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    ORPHANED = "orphaned"
    DANGLING = "dangling"
    INCOMPLETE = "incomplete"
    UNPUBLISHED = "unpublished"
    DISORDER = "disorder"


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One broken promise: its invariant, the subject and the detail."""

    kind: Kind
    invariant: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind:<11} {self.invariant:<4} {self.subject}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, and how many rows, objects and phones were compared."""

    findings: tuple[Finding, ...]
    counted: Mapping[str, int]

    @property
    def ok(self) -> bool:
        """Whether no promise is broken; orphans are listed but harmless."""
        return not self.broken

    @property
    def broken(self) -> list[Finding]:
        """Every finding that breaks a promise."""
        return [finding for finding in self.findings if finding.kind is not Kind.ORPHANED]

    def count(self, kind: Kind) -> int:
        """How many findings of a kind."""
        return sum(finding.kind is kind for finding in self.findings)

    def lines(self) -> list[str]:
        """The report as a person reads it: totals first, then every finding."""
        compared = ", ".join(f"{count} {name}" for name, count in self.counted.items())
        totals = " · ".join(f"{kind} {self.count(kind)}" for kind in Kind)
        return [f"compared {compared}", totals, *map(str, self.findings)]
