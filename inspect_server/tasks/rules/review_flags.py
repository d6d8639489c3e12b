"""Review flags 疑点: why a case must be reviewed by itself before it is passed. Pure.

Only cases without a flag may be passed several at a time (批量核查).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from inspect_server.core.sentences import sentence
from inspect_server.tasks.rules import evidence
from schemas.vocabulary import HintLevel, Outcome, PhotoRole

# The other levels are shown, but are no reason to review a case by itself.
STOPPING = frozenset({HintLevel.DANGER, HintLevel.WARNING})


class ReviewFlag(NamedTuple):
    """A reason to look at a case by itself 疑点: in Chinese, and in English."""

    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class ReviewedCase:
    """The facts of a case that the flags depend on."""

    evidence_open: str
    evidence_close: str
    outcome: Outcome
    was_dispatched: bool
    hints: Sequence[tuple[HintLevel, str, str]] = ()
    # Roles of the stored photos: the record's own, and those of the newest submission.
    reported: Sequence[PhotoRole | None] = ()
    submitted: Sequence[PhotoRole | None] = ()
    submitted_note: str | None = None
    missing: int = 0
    # Stored, but without copies and screening yet.
    unscreened: int = 0
    waits: bool = field(default=False)


def review_flags(case: ReviewedCase) -> list[ReviewFlag]:
    """Return every flag; a case without one may be passed together with others."""
    return list(_review_flags(case))


def _review_flags(case: ReviewedCase) -> Iterable[ReviewFlag]:
    if case.waits:
        yield ReviewFlag(
            sentence("提交的照片还没有收齐"), "photos of the submission are still to come"
        )
    if case.missing:
        yield ReviewFlag(
            sentence("缺 {missing} 张照片", missing=case.missing),
            f"{case.missing} photo(s) missing",
        )
    if case.unscreened:
        yield ReviewFlag(
            sentence("{unscreened} 张照片还没有筛查", unscreened=case.unscreened),
            f"{case.unscreened} photo(s) not screened yet",
        )
    if not case.was_dispatched:
        # It would be closed by rule, had it not been drawn for a check by a person.
        yield ReviewFlag(
            sentence("现场办结的抽查件"), "drawn as a sample of what was settled on the spot"
        )
        if not evidence.shows_outcome(case.evidence_open, case.outcome, case.reported):
            yield ReviewFlag(
                sentence("照片看不出现场处理结果"), "the photos do not show what was done"
            )
    elif not _closes(case):
        yield ReviewFlag(sentence("没有整改后照片"), "no photo of the repair")
    for level, zh, en in case.hints:
        if level in STOPPING:
            yield ReviewFlag(zh, en)


def _closes(case: ReviewedCase) -> bool:
    roles = [role for role in case.submitted if role is not None]
    return evidence.closes(case.evidence_close, roles, case.submitted_note)
