"""Texts that people read 界面文案: literals of the code and the pages, and the starter data."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.architecture.source_tree import ROOT, modules

HAN = re.compile(r"[\u3400-\u9fff]")
# Comments, and regular expressions of TypeScript: nobody reads them on a screen.
_NOT_SHOWN = re.compile(
    r"/\*.*?\*/|<!--.*?-->|(?<![:'\"`\w])//[^\n]*|\{#.*?#\}"
    r"|/(?![*/ ])(?:\\.|[^/\n\\])+/[gimsuy]{1,3}(?=[.,;) \]])",
    re.DOTALL,
)
# A regular expression of Python.
_PATTERN = re.compile(r"\(\?|\\[dswbu]|\]\+|\]\*|\|")
# Words as people say and write them, which the product only understands.
_PEOPLES_WORDS = ("category_words.csv", "imports/columns.py")


class Text(NamedTuple):
    """One text and where it stands."""

    place: str
    words: str


@cache
def own_texts() -> tuple[Text, ...]:
    """Every text with Chinese in it that the product itself says."""
    return tuple(
        text
        for text in (*_python(), *_pages(), *_starter_data())
        if HAN.search(text.words) and not any(name in text.place for name in _PEOPLES_WORDS)
    )


def _python() -> Iterator[Text]:
    for module in modules():
        documentation = set(map(id, _documentation(module.tree)))
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if id(node) not in documentation and not _PATTERN.search(node.value):
                yield Text(f"{_relative(module.path)}:{node.lineno}", node.value)


def _documentation(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, and descriptions of the schemas: English with terms of the field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "description":
                    yield from ast.walk(value)


def _pages() -> Iterator[Text]:
    """Pages, templates and the code of the two applications, line by line without comments."""
    for path in sorted({*(ROOT / "web").rglob("*"), *_templates()}):
        if path.suffix not in (".ts", ".vue", ".html", ".txt") or not path.is_file():
            continue
        if {"node_modules", "fixtures", "reliability"} & set(path.parts) or ".test." in path.name:
            continue
        if path.name == "schema.ts":  # Written from the docstrings of the schemas.
            continue
        source = _NOT_SHOWN.sub(_blank_lines, path.read_text(encoding="utf-8"))
        for number, line in enumerate(source.splitlines(), 1):
            yield Text(f"{_relative(path)}:{number}", line)


def _templates() -> Iterator[Path]:
    return (ROOT / "inspect_server").rglob("templates/**/*")


def _starter_data() -> Iterator[Text]:
    for path in sorted((ROOT / "inspect_server/operations/starter_data").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.reader(file), 1):
                for cell in row:
                    yield Text(f"{_relative(path)}:{number}", cell)


def _blank_lines(match: re.Match[str]) -> str:
    """Lines keep their numbers."""
    return "\n" * match.group().count("\n")


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
