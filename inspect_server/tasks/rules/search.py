"""Search 检索: which words a case is found by, cut into pairs of characters. Pure.

Both databases are asked for the same pairs of the same folded words, so both find the same:
neither collation nor dictionary nor word-breaking of a database matters.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.texts import fold

GRAM = 2


def document(number: str, note: str | None, address: str | None) -> str:
    """Return the words of a case itself, one line a field: no term reaches over a line."""
    return "\n".join(map(fold, filter(None, (number, note, address))))


def terms(text: str) -> list[str]:
    """Return what a searcher wants to find; a case has to have every one of them somewhere."""
    return list(dict.fromkeys(fold(text).split()))


def grams(words: str) -> set[str]:
    """Return every pair of neighbouring characters of folded words, none across a blank."""
    pairs = (words[i : i + GRAM] for i in range(len(words) - 1))
    return {pair for pair in pairs if not (pair[0].isspace() or pair[1].isspace())}


def index_pairs(documents: Iterable[tuple[int, str]]) -> list[tuple[str, int]]:
    """Return the pairs of characters of documents, each with its serial, in the index's order."""
    return sorted((gram, serial) for serial, words in documents for gram in grams(words))
