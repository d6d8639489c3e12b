"""An English catalogue 文案 of a few sentences for a test, in place of the product's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from inspect_server.core import sentences

English = Callable[[Mapping[str, str]], None]


@contextmanager
def english_catalogue(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[English]:
    """Yield a function that gives the product an English catalogue of these sentences."""

    def write(translations: Mapping[str, str]) -> None:
        catalogue = Catalog(locale="en")
        for chinese, english in translations.items():
            catalogue.add(chinese, english)
        file = folder / "en" / "LC_MESSAGES" / f"{sentences.DOMAIN}.mo"
        file.parent.mkdir(parents=True)
        with file.open("wb") as compiled:
            write_mo(compiled, catalogue)
        monkeypatch.setattr(sentences, "LOCALES", folder)
        _forget()

    yield write
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    sentences.languages.cache_clear()
    sentences._catalogue.cache_clear()
