"""Writes the catalogue of sentences: `python -m tools.sentences` after one was added or changed.

The catalogue holds every literal marked by `sentence(…)` in code and in page templates; translators
begin from it. It names no files and lines, so that moving code does not change it.
"""

from __future__ import annotations

import io

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from inspect_server.core.sentences import DOMAIN, LOCALES

CATALOGUE = LOCALES / f"{DOMAIN}.pot"
SOURCES = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
HEAD = """# The server's sentences 文案, written by `python -m tools.sentences`.
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

"""


def catalogue() -> str:
    """Extract the marked sentences of the product."""
    sentences = Catalog()
    for _, _, text, _, _ in extract_from_dir(
        LOCALES.parent, method_map=SOURCES, keywords={"sentence": None}
    ):
        sentences.add(text)
    page = io.BytesIO()
    write_po(page, sentences, width=100, no_location=True, omit_header=True, sort_output=True)
    return HEAD + page.getvalue().decode()


def main() -> None:
    """Write the catalogue."""
    CATALOGUE.parent.mkdir(exist_ok=True)
    CATALOGUE.write_text(catalogue(), encoding="utf-8")


if __name__ == "__main__":
    main()
