"""Files as answers 文件: a table, a page to print, a PDF, a photo, each under its name.

A view that gives a file returns a `File`; its decorator makes the answer of it. So the header with
the name is written here only, and every route with a file can be found by `file_types`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from urllib.parse import quote

from flask import Response, stream_with_context

FileView = Callable[..., "File"]
View = Callable[..., Response]

# The schema of a file in the API description.
FILE_SCHEMA = {"type": "string", "format": "binary"}
# Common file systems take 255 bytes; a Chinese character has three of them in UTF-8.
MAX_NAME = 80
MAX_SUFFIX = 10
_NOT_IN_NAMES = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file 文件 to be sent: whole, or piece by piece.

    The pieces are made after the view has ended and its session is closed: a piece that reads rows
    asks for a session itself. `name` may be Chinese; `ascii_name` is for clients that know only
    ASCII. Without a name the browser takes the last part of the address. `inline` is shown by the
    browser, any other file is saved.
    """

    content: bytes | Iterable[bytes] | Iterable[str]
    mimetype: str
    name: str = ""
    ascii_name: str = ""
    inline: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def gives_file(*types: str) -> Callable[[FileView], View]:
    """Decorate a view that returns a `File` of one of these types (`image/*` for any image)."""

    def decorate(view: FileView) -> View:
        @wraps(view)
        def answered(*args: Any, **kwargs: Any) -> Response:
            return _answer(view(*args, **kwargs))

        answered.file_types = types  # type: ignore[attr-defined]
        return answered

    return decorate


def _answer(file: File) -> Response:
    content: Any = file.content
    if not isinstance(content, bytes):
        content = stream_with_context(iter(content))
    response = Response(content, content_type=file.mimetype)
    response.headers.extend(file.headers)
    kind = "inline" if file.inline else "attachment"
    response.headers.set("Content-Disposition", kind, **names_in_header(file.name, file.ascii_name))
    return response


def names_in_header(name: str, ascii_name: str = "") -> dict[str, str]:
    """Return the parameters of Content-Disposition that name a file (RFC 6266, RFC 8187)."""
    if not name:
        return {}
    safe_name = _as_file_name(name)
    if safe_name.isascii():
        return {"filename": safe_name}
    fallback = _as_file_name(_in_ascii(ascii_name or safe_name))
    return {"filename": fallback, "filename*": f"UTF-8''{quote(safe_name, safe='')}"}


def _as_file_name(name: str) -> str:
    """Return a name that every file system takes: one line, no path, not too long."""
    signs = [
        "_" if sign in _NOT_IN_NAMES or unicodedata.category(sign)[0] == "C" else sign
        for sign in name
    ]
    stem, dot, suffix = "".join(signs).rpartition(".")
    if not dot or len(suffix) > MAX_SUFFIX:
        stem, dot, suffix = "".join(signs), "", ""
    return (stem.strip(" .")[:MAX_NAME] or "file") + dot + suffix


def _in_ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
