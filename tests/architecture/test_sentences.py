"""Every sentence people read is marked for the catalogue 文案, and the catalogue is fresh."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspect_server.core import problems
from tests.architecture.source_tree import ROOT, Module, modules
from tools import sentences

TEMPLATES = sorted((ROOT / "inspect_server").glob("*/templates/*.html"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
VALUE = re.compile(r"\{\w+\}")
# Calls that take a sentence: the name, and the positions of the sentences.
SENTENCE_CALLS = {
    "NoticeContent": (1, 2),
    "Undelivered": (0,),
    # Hints of the screening and flags of a review; faults of a table or of an entry.
    "Text": (0,),
    "ReviewFlag": (0,),
    "Fault": (2,),
    "InvalidCell": (0,),
    "Refusal": (1,),
    "Use": (0,),
    **{
        name: (0,)
        for name in problems.__all__
        if isinstance(kind := getattr(problems, name), type) and issubclass(kind, problems.Problem)
    },
}


def test_the_catalogue_is_fresh() -> None:
    page = sentences.CATALOGUE.read_text(encoding="utf-8")
    assert page == sentences.catalogue(), "run `python -m tools.sentences`"


def test_the_english_catalogue_is_fresh_and_compiled() -> None:
    path = sentences.english_path()
    text, compiled = sentences.english_pages(path)
    assert path.read_text(encoding="utf-8") == text, "run `python -m tools.sentences`"
    assert path.with_suffix(".mo").read_bytes() == compiled, "run `python -m tools.sentences`"


def test_every_sentence_has_its_english_twin() -> None:
    assert sentences.untranslated() == [], f"write their English in {sentences.english_path()}"


def test_an_english_sentence_has_the_values_of_the_chinese_one() -> None:
    for chinese, english in sentences.translations(sentences.english_path()).items():
        assert set(VALUE.findall(chinese)) == set(VALUE.findall(english)), chinese
        # A word that a table must hold in Chinese is named as it is.
        assert not CHINESE.search(english.replace("启用", "").replace("停用", "")), english


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_no_sentence_is_left_out_of_the_catalogue(module: Module) -> None:
    if not module.name.startswith("inspect_server"):
        return
    lines = [node.lineno for node in displayed_expressions(module.tree) if is_unmarked(node)]
    assert not lines, f"{module.name}: mark the sentences of lines {lines} with `sentence(…)`"


@pytest.mark.parametrize("page", TEMPLATES, ids=lambda page: page.name)
def test_no_text_of_a_page_is_left_out_of_the_catalogue(page: Path) -> None:
    text = re.sub(r"\{\{.*?\}\}", "", page.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if CHINESE.search(line)]
    assert not lines, f"{page.name}: mark {lines} with `sentence(…)`"


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_a_marked_sentence_is_a_literal(module: Module) -> None:
    for call in ast.walk(module.tree):
        if isinstance(call, ast.Call) and name_of(call) == "sentence":
            template = call.args[0]
            assert isinstance(template, ast.Constant), f"{module.name}:{call.lineno}"


def displayed_expressions(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield every expression that a person reads: arguments of problems, details of errors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            positions = SENTENCE_CALLS.get(name_of(node), ())
            yield from (arg for place, arg in enumerate(node.args) if place in positions)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "detail":
                    yield value


def is_unmarked(node: ast.expr) -> bool:
    """Say whether an expression holds Chinese text outside `sentence(…)`."""
    if isinstance(node, ast.Call):
        return name_of(node) != "sentence" and any(map(is_unmarked, node.args))
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(CHINESE.search(node.value))
    return any(
        is_unmarked(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)
    )


def name_of(call: ast.Call) -> str:
    """The name a call is made by."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
