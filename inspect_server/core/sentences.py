"""The catalogue of sentences 文案: texts of the server for people, in several languages.

The Chinese sentence in the code is the source text and the key of the catalogue. `sentence` marks
it for extraction (`python -m tools.sentences`); `translated` returns it in another language. A
sentence is a Chinese string, so it is Chinese wherever no language was chosen.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from schemas.vocabulary import ALL_ENUMS

SOURCE_LANGUAGE: Final = "zh"
# The language in which the vocabulary has its labels beside the Chinese.
LABELLED_LANGUAGE: Final = "en"
DOMAIN: Final = "messages"
LOCALES: Final = Path(__file__).parents[1] / "locales"


class Sentence(str):
    """A sentence in Chinese with its template and values."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]


def sentence(template: str, **values: object) -> Sentence:
    """Return a sentence; with values, `template` is filled as by `str.format`.

    `template` has to be a literal: the extraction reads it from the source.
    """
    marked = Sentence(template.format(**values) if values else template)
    marked.template, marked.values = template, values
    return marked


def listed(parts: Sequence[str]) -> str:
    """Return texts as a list in one sentence 顿号: each of them may be a sentence."""
    if not parts:
        return ""
    *most, text = parts
    for part in reversed(most):
        text = sentence("{first}、{rest}", first=part, rest=text)
    return text


def translated(text: str, language: str) -> str:
    """Return a sentence in a language as a plain string; what the catalogue lacks stays Chinese."""
    # For an empty text gettext returns the header of the catalogue.
    if language == SOURCE_LANGUAGE or not text:
        return str(text)
    catalogue = _catalogue(language)
    if not isinstance(text, Sentence) or not text.values:
        return catalogue.gettext(text)
    values = {name: _value(value, language) for name, value in text.values.items()}
    return catalogue.gettext(text.template).format(**values)


def _value(value: object, language: str) -> object:
    """Return what a sentence is filled with: a sentence, a label of the vocabulary, or a word."""
    if isinstance(value, Sentence):
        return translated(value, language)
    return _labels(language).get(value, value) if isinstance(value, str) else value


@cache
def _labels(language: str) -> Mapping[str, str]:
    """Return the labels of states, moves, roles and the like by their Chinese."""
    if language != LABELLED_LANGUAGE:
        return {}
    return {member.zh: member.en for enumeration in ALL_ENUMS for member in enumeration}


@cache
def languages() -> tuple[str, ...]:
    """Return the languages there are, the source language first."""
    files = LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return (SOURCE_LANGUAGE, *sorted(file.parts[-3] for file in files))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALES, [language], fallback=True)
