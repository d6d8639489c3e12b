"""Spellings 拼音 of words that people search by: full pinyin and the initials of each word."""

from __future__ import annotations

from typing import Any

from inspect_server.models.sort_keys import readings
from schemas.texts import fold

MAX_SPELLINGS = 3000


def spellings(*texts: str | None) -> str:
    """Return the full pinyin and the initials of every word, each once, parted by blanks."""
    words = [word for text in texts for word in fold(text or "").split()]
    spelled = [spelling for word in words for spelling in _both(word)]
    return " ".join(dict.fromkeys(spelled))[:MAX_SPELLINGS]


def spellings_default(context: Any) -> str:
    """Return the spellings of an inserted category."""
    row = context.get_current_parameters()
    return spellings(row["name_zh"], row.get("synonyms"))


def _both(word: str) -> tuple[str, str]:
    syllables = [syllable.rstrip("12345") or sign for sign, syllable in readings(word)]
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)
