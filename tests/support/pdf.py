"""Reads a PDF as people do: the text of its pages, and where its pictures stand."""

from __future__ import annotations

import pypdfium2
from pypdfium2 import raw


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def text_of(pdf: bytes) -> str:
    """The text of all pages without line ends: a long text is broken anywhere."""
    return "".join("".join(page.split()) for page in pages_of(pdf))


def pictures_of(pdf: bytes) -> list[int]:
    """How many pictures each page has."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [len(list(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))) for page in document]
