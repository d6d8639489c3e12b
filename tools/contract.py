"""Writes the web contract (shared/contract/vocabulary.ts); --check fails when stale."""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import datetime
from pathlib import Path

from inspect_server.core.clock import SHANGHAI
from inspect_server.photos.rules.screening import FAR_M
from inspect_server.registry.rules.locate import NEAR_M
from inspect_server.tasks.rules.evidence import (
    CLOSED_BY_WORDS,
    MAX_PHOTOS,
    OPENED_WITHOUT_PHOTO,
    PIECES_OF_FIXED,
    PIECES_TO_CLOSE,
    PIECES_TO_OPEN,
    TO_CLOSE,
    TO_OPEN,
)
from inspect_server.tasks.rules.evidence import TO_CLOSE_IN_ENGLISH as CLOSE_EN
from inspect_server.tasks.rules.evidence import TO_OPEN_IN_ENGLISH as OPEN_EN
from inspect_server.tasks.rules.flow import FLOW, When
from inspect_server.tasks.rules.joining import NEARBY_M
from media.probe import MAX_BYTES
from schemas.annotations import (
    MOST_ANNOTATIONS,
    MOST_POINTS,
    MOST_POINTS_IN_ALL,
    MOST_STROKES,
)
from schemas.texts import BLANKS, FORMAT_RANGES, IDEOGRAPHS, RADICALS, SELECTOR_RANGES
from schemas.vocabulary import (
    ALL_ENUMS,
    JOIN_REASONS,
    MOVE_REASONS,
    OPEN_STATES,
    OTHER_REASON,
    REPORTER_ROLES,
    VISIT_REASONS,
    EvidencePiece,
    LabelledEnum,
    Move,
    Role,
    TaskState,
)

TARGET = Path(__file__).resolve().parent.parent / "web" / "shared" / "contract" / "vocabulary.ts"

HEADER = """\
/**
 * The closed lists of the product with their 中文 and English labels.
 * Generated from schemas/vocabulary/ by tools/contract.py: change it there.
 */

export interface Label {
  readonly zh: string
  readonly en: string
}
"""


def quoted(text: str) -> str:
    """A TypeScript string literal in single quotes."""
    inner = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


def key(text: str) -> str:
    """A property name, quoted only where TypeScript needs it."""
    return text if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) else quoted(text)


def label(zh: str, en: str) -> str:
    """Both labels of a value."""
    return f"{{ zh: {quoted(zh)}, en: {quoted(en)} }}"


def enum(enumeration: type[LabelledEnum]) -> str:
    """One enumeration: a const object, its union type and its labels."""
    name = enumeration.__name__
    lines = [f"/** {first_line(enumeration)} */", f"export const {name} = {{"]
    lines += [f"  {member.name}: {quoted(member.value)}," for member in enumeration]
    lines += ["} as const", f"export type {name} = (typeof {name})[keyof typeof {name}]"]
    lines += [f"export const {name}Label: Readonly<Record<{name}, Label>> = {{"]
    lines += [f"  {key(member.value)}: {label(member.zh, member.en)}," for member in enumeration]
    return "\n".join([*lines, "}"])


def first_line(enumeration: type[LabelledEnum]) -> str:
    """The one sentence that says what the list is."""
    return (enumeration.__doc__ or "").strip().splitlines()[0]


def reasons() -> str:
    """The reasons each move may name, in the order a person sees them."""
    lines = [
        "export interface Reason {",
        "  readonly code: string",
        "  readonly label: Label",
        "}",
        "",
        "/** The reasons a move may name; a move that is not listed takes none. */",
        "export const MOVE_REASONS: Readonly<Partial<Record<Move, readonly Reason[]>>> = {",
    ]
    for move in Move:
        if move not in MOVE_REASONS:
            continue
        lines.append(f"  {key(move.value)}: [")
        lines += [
            f"    {{ code: {quoted(code)}, label: {label(zh, en)} }},"
            for code, zh, en in MOVE_REASONS[move]
        ]
        lines.append("  ],")
    lines += [
        "}",
        "",
        "/** 其他: no reason of the list fits; the note then says it in words. */",
        f"export const OTHER_REASON = {quoted(OTHER_REASON)}",
    ]
    return "\n".join(lines)


def visit_reasons() -> str:
    """What is checked by a visit and what may be found, by kind and finding."""
    lines = [
        "/** What a visit checks, and by kind and finding what was found there. */",
        "export const VISIT_REASONS: Readonly<Record<string, Label>> = {",
    ]
    lines += [f"  {code}: {label(zh, en)}," for code, (zh, en) in VISIT_REASONS.items()]
    return "\n".join([*lines, "}"])


def join_reasons() -> str:
    """Why a record was not merged into the case nearby that it named."""
    lines = [
        "/** Why a record was not merged into the case nearby that it named. */",
        "export const JOIN_REASONS: Readonly<Record<string, Label>> = {",
    ]
    lines += [f"  {code}: {label(zh, en)}," for code, (zh, en) in JOIN_REASONS.items()]
    return "\n".join([*lines, "}"])


def handler_flow() -> str:
    """The handler's rows of the case flow: what a phone may offer while it is offline."""
    lines = [
        "export interface FlowStep {",
        "  readonly move: Move",
        "  readonly leaves: ReadonlySet<TaskState>",
        "  readonly reaches: TaskState",
        "  readonly needs: readonly ('reason' | 'unit' | 'close_evidence')[]",
        "}",
        "",
        "/** What a unit's handler may do, from the server's own table. */",
        "export const HANDLER_FLOW: readonly FlowStep[] = [",
    ]
    for step in FLOW:
        if Role.HANDLER not in step.who or step.when is not When.ANY:
            continue
        leaves = ", ".join(f"TaskState.{state.name}" for state in TaskState if state in step.leaves)
        needs = ", ".join(quoted(need.value) for need in step.needs)
        lines += [
            "  {",
            f"    move: Move.{step.move.name},",
            f"    leaves: new Set([{leaves}]),",
            f"    reaches: TaskState.{step.reaches.name},",
            f"    needs: [{needs}],",
            "  },",
        ]
    return "\n".join([*lines, "]"])


def evidence() -> str:
    """The evidence profiles in words, and how many photos a record may have."""
    lines = [f"export const MAX_PHOTOS = {MAX_PHOTOS}"]
    lines += ["/** How many bytes a photo may have. */"]
    lines += [f"export const MAX_PHOTO_BYTES = {MAX_BYTES}"]
    lines += ["/** Farther from the place than this a photo is hardly of the same spot. */"]
    lines += [f"export const FAR_METRES = {FAR_M:g}"]
    lines += ["/** Open cases so near are shown before a record is saved. */"]
    lines += [f"export const NEARBY_METRES = {NEARBY_M}"]
    lines += ["/** A point or shop farther away says nothing of the street 属地. */"]
    lines += [f"export const NEAR_METRES = {NEAR_M:g}", ""]
    lines += ["/** How much may be drawn over photos with one verdict. */"]
    lines += [
        f"export const {name} = {most}"
        for name, most in (
            ("MAX_ANNOTATIONS", MOST_ANNOTATIONS),
            ("MAX_STROKES", MOST_STROKES),
            ("MAX_POINTS", MOST_POINTS),
            ("MAX_POINTS_IN_ALL", MOST_POINTS_IN_ALL),
        )
    ] + [""]
    for name, doc, chinese, english in (
        ("EVIDENCE_TO_OPEN", "What a new record should show, by profile.", TO_OPEN, OPEN_EN),
        ("EVIDENCE_TO_CLOSE", "What a submission should show, by profile.", TO_CLOSE, CLOSE_EN),
    ):
        lines += [f"/** {doc} */", f"export const {name}: Readonly<Record<string, Label>> = {{"]
        lines += [
            f"  {key(code)}: {{ zh: {quoted(text)}, en: {quoted(english[code])} }},"
            for code, text in chinese.items()
        ]
        lines += ["}", ""]
    for name, doc, table in (
        ("PIECES_TO_OPEN", "The same in pieces.", PIECES_TO_OPEN),
        ("PIECES_TO_CLOSE", "The same in pieces.", PIECES_TO_CLOSE),
    ):
        kind = "Readonly<Record<string, readonly EvidencePiece[]>>"
        lines += [f"/** {doc} */", f"export const {name}: {kind} = {{"]
        lines += [f"  {key(code)}: {pieces(of)}," for code, of in table.items()]
        lines += ["}", ""]
    lines += [
        "/** What shows that something was fixed on the spot, in place of the two views. */",
        f"export const PIECES_OF_FIXED: readonly EvidencePiece[] = {pieces(PIECES_OF_FIXED)}",
        "",
        "/** Profiles a record may open with no photo at all. */",
        f"export const OPENED_WITHOUT_PHOTO: {codes(OPENED_WITHOUT_PHOTO)}",
        "",
        "/** Profiles that a note alone may close. */",
        f"export const CLOSED_BY_WORDS: {codes(CLOSED_BY_WORDS)}",
    ]
    return "\n".join(lines)


def pieces(some: tuple[EvidencePiece, ...]) -> str:
    """A list of what evidence consists of."""
    return f"[{', '.join(f'EvidencePiece.{piece.name}' for piece in some)}]"


def codes(some: frozenset[str]) -> str:
    """A set of profile codes, with its type."""
    return f"ReadonlySet<string> = new Set([{', '.join(quoted(code) for code in sorted(some))}])"


def subset(name: str, doc: str, members: frozenset[LabelledEnum]) -> str:
    """A named part of an enumeration, in its order."""
    kind = type(next(iter(members)))
    inside = ", ".join(f"{kind.__name__}.{member.name}" for member in kind if member in members)
    one_line = f"new Set([{inside}])"
    if len(one_line) > 80:
        inside = "\n  " + inside.replace(", ", ",\n  ") + ",\n"
        one_line = f"new Set([{inside}])"
    return f"/** {doc} */\nexport const {name}: ReadonlySet<{kind.__name__}> = {one_line}"


def city_offset() -> str:
    """The offset of the zone in which days begin; it never changes: no summer time there."""
    summer, winter = (SHANGHAI.utcoffset(datetime(2026, month, 1)) for month in (7, 1))
    assert summer is not None
    assert summer == winter
    return "\n".join(
        (
            "/** How far the city's zone is ahead of UTC. */",
            f"export const CITY_OFFSET_MS = {round(summer.total_seconds() * 1000)}",
        )
    )


def folding() -> str:
    """What searching reads alike: radicals as ideographs, and what cannot be seen."""
    ignored = "".join(
        _escaped(first) + (f"-{_escaped(last)}" if last > first else "")
        for first, last in sorted(FORMAT_RANGES + SELECTOR_RANGES)
    )
    return "\n".join(
        (
            "/** CJK radicals and strokes, and in the same order the ideographs drawn so. */",
            f"export const RADICALS = {quoted(RADICALS)}",
            f"export const IDEOGRAPHS = {quoted(IDEOGRAPHS)}",
            "/** Format characters and variation selectors, as the inside of a character class. */",
            f"export const IGNORED = String.raw`{ignored}`",
            "/** Blanks of every kind, as the inside of a character class. */",
            f"export const BLANKS = String.raw`{BLANKS}`",
        )
    )


def _escaped(code: int) -> str:
    return f"\\u{{{code:x}}}"


def contract() -> str:
    """The whole file."""
    parts = [HEADER.rstrip()]
    parts += [enum(enumeration) for enumeration in ALL_ENUMS]
    parts += [
        subset("OPEN_STATES", "The states a case can still leave.", frozenset(OPEN_STATES)),
        subset("REPORTER_ROLES", "The roles that report problems.", frozenset(REPORTER_ROLES)),
        reasons(),
        visit_reasons(),
        join_reasons(),
        handler_flow(),
        evidence(),
        city_offset(),
        folding(),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Write the file, or with --check compare it; 1 when it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare, write nothing")
    fresh = contract()
    if parser.parse_args().check:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == fresh:
            return 0
        sys.stderr.write(f"{TARGET.name} is stale: run python -m tools.contract\n")
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
