"""Evidence profiles 证据要求: what opens a case and what closes it, by the category's codes.

Pure. Codes A–F open, a–f close; they come with the category data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from schemas.texts import says_nothing
from schemas.vocabulary import EvidencePiece, Outcome, PhotoRole

MAX_PHOTOS = 9

TO_OPEN = {
    "A": "一张带固定参照物的全景，一张近景",
    "B": "全景、近景，并拍清权属标识、招牌或编号",
    "C": "一张不含人脸的全景，或只计数不拍照",
    "D": "全景、近景，并注明“已电话报告、已围护”",
    "E": "名册或点位记录，照片可选",
    "F": "材料文件和缺陷说明",
}
TO_CLOSE = {
    "a": "至少一张派遣后在原视角、应用内、50 米内拍摄的新照片",
    "b": "整改后照片，并由另一人核查",
    "c": "两步：限时内先消险照片，后修复照片",
    "d": "处理结果说明（当场改正、拒绝、移交）",
    "e": "更换后的名册和签收",
    "f": "经认可的新版材料",
}
# The same in English, for whoever reads the pages in it.
TO_OPEN_IN_ENGLISH = {
    "A": "a wide view with a landmark and a close-up",
    "B": "a wide view, a close-up, and the owner's mark, sign or number readable",
    "C": "a wide view without faces, or a count without a photo",
    "D": "a wide view, a close-up, and the note “reported by phone, fenced off”",
    "E": "a record of the roster or point; photos as you like",
    "F": "the document and what is wrong with it",
}
TO_CLOSE_IN_ENGLISH = {
    "a": "a new photo at least, taken in the application after the dispatch, from the same "
    "viewpoint, within 50 m",
    "b": "a photo from after, checked by another person",
    "c": "two steps: a photo of the danger averted within its limit, then one of the repair",
    "d": "what was done in words (corrected on the spot, refused, handed over)",
    "e": "the changed roster, signed for",
    "f": "the new document, approved",
}
# The same as pieces, so that a phone can name the missing ones before it saves. Only a hint: the
# functions below decide what opens or closes a case.
P = EvidencePiece
PIECES_TO_OPEN: Mapping[str, tuple[EvidencePiece, ...]] = {
    "A": (P.SCENE, P.CLOSE),
    "B": (P.SCENE, P.CLOSE, P.MARK),
    "C": (),
    "D": (P.SCENE, P.CLOSE, P.MADE_KNOWN),
    "E": (),
    "F": (P.DOCUMENT, P.NOTE),
}
# 当场整改: the photo from before replaces the two views.
PIECES_OF_FIXED = (P.BEFORE, P.AFTER)
PIECES_TO_CLOSE: Mapping[str, tuple[EvidencePiece, ...]] = {
    "a": (P.AFTER, P.TAKEN_HERE),
    "b": (P.AFTER,),
    "c": (P.AFTER,),
    "d": (P.NOTE,),
    "e": (P.DOCUMENT,),
    "f": (P.DOCUMENT,),
}
# A note alone may close these: there is nothing to photograph, or nobody who could.
CLOSED_BY_WORDS = frozenset({"d", "e"})
# An observer may have no photo of these.
OPENED_WITHOUT_PHOTO = frozenset({"C", "E"})
CLOSING_ROLES = frozenset({PhotoRole.AFTER, PhotoRole.DOCUMENT})


@cache
def describe_open(profile: str) -> str:
    """Return in words what opens a case; `D+B` names two profiles."""
    return _describe(profile, TO_OPEN)


@cache
def describe_close(profile: str) -> str:
    """Return in words what closes a case."""
    return _describe(profile, TO_CLOSE)


def _describe(profile: str, texts: Mapping[str, str]) -> str:
    return ";".join(texts[part] for part in profile.split("+") if part in texts)


def photographs(roles: Iterable[PhotoRole | None]) -> list[PhotoRole | None]:
    """Return the roles of photos that are evidence; a drawn copy 标注 is of its photo."""
    return [role for role in roles if role is not PhotoRole.ANNOTATED]


def closes(code: str, roles: Iterable[PhotoRole | None], note: str | None) -> bool:
    """Say whether the photos of a submission (and its note) meet the close profile."""
    if any(role in CLOSING_ROLES for role in roles):
        return True
    return code in CLOSED_BY_WORDS and not says_nothing(note)


def shows_outcome(code: str, outcome: Outcome, roles: Iterable[PhotoRole | None]) -> bool:
    """Say whether a record's photos show what its observer settled on the spot.

    当场整改 shows before and after; 现场劝导 shows what it was about, where a photo may be taken.
    """
    shown = set(photographs(roles))
    if outcome is Outcome.FIXED_ON_SPOT:
        return PhotoRole.AFTER in shown and len(shown) > 1
    return bool(shown) or code in OPENED_WITHOUT_PHOTO
