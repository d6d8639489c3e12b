"""Writes the catalogues of sentences: `python -m tools.sentences` after one was added or changed.

The template holds every literal marked by `sentence(…)` in code and in page templates. The English
catalogue keeps the translations it has, also of a sentence whose punctuation was changed; what it
lacks stays empty there, is named, and fails a test. Both name no files and lines, so that moving
code does not change them. The compiled catalogue beside it is what the product reads.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from inspect_server.core.sentences import DOMAIN, LOCALES

CATALOGUE = LOCALES / f"{DOMAIN}.pot"
SOURCES = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
HEAD = """# {title}, written by `python -m tools.sentences`.
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

"""
TITLE = "The server's sentences 文案"
# The same sentence with half-width or full-width punctuation has the same translation.
PUNCTUATION = str.maketrans("，；：（）！？", ",;:()!?")
# So that compiling again changes no byte.
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)


def extracted() -> Catalog:
    """Extract the marked sentences of the product."""
    sentences = Catalog()
    for _, _, text, _, _ in extract_from_dir(
        LOCALES.parent, method_map=SOURCES, keywords={"sentence": None}
    ):
        sentences.add(text)
    return sentences


def catalogue() -> str:
    """Return the template of the catalogues."""
    return HEAD.format(title=TITLE) + _page(extracted())


def translations(path: Path) -> dict[str, str]:
    """Read the translations of a catalogue, by sentence."""
    with path.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id and m.string}


def english(known: dict[str, str]) -> Catalog:
    """Return the English catalogue of today's sentences with the translations there are."""
    same_but_for_punctuation = {text.translate(PUNCTUATION): t for text, t in known.items()}
    catalogue = Catalog(locale="en", creation_date=UNDATED, revision_date=UNDATED)
    for message in extracted():
        if not message.id:
            continue
        text = str(message.id)
        found = known.get(text) or same_but_for_punctuation.get(text.translate(PUNCTUATION), "")
        catalogue.add(text, found)
    return catalogue


def english_pages(path: Path) -> tuple[str, bytes]:
    """Return the English catalogue as text and compiled."""
    catalogue = english(translations(path))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return HEAD.format(title=f"{TITLE} in English") + _page(catalogue), compiled.getvalue()


def english_path() -> Path:
    """Return where the English catalogue is."""
    return LOCALES / "en" / "LC_MESSAGES" / f"{DOMAIN}.po"


def untranslated() -> list[str]:
    """Return the sentences that have no English yet."""
    known = translations(english_path())
    return [str(m.id) for m in english(known) if m.id and not m.string]


def main() -> None:
    """Write the catalogues, and name what has to be translated."""
    CATALOGUE.parent.mkdir(exist_ok=True)
    CATALOGUE.write_text(catalogue(), encoding="utf-8")
    path = english_path()
    text, compiled = english_pages(path)
    path.write_text(text, encoding="utf-8")
    path.with_suffix(".mo").write_bytes(compiled)
    for sentence in untranslated():
        sys.stdout.write(f"no English yet: {sentence}\n")


def _page(catalogue: Catalog) -> str:
    page = io.BytesIO()
    write_po(page, catalogue, width=100, no_location=True, omit_header=True, sort_output=True)
    return page.getvalue().decode()


if __name__ == "__main__":
    main()
