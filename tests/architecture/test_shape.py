"""The shape of the code: no module, function or list of parameters grows too long to read.

Migrations and generated files are left out. The lists of exceptions below are empty; an entry that
is not too long fails the test.
"""

from __future__ import annotations

import ast

from tests.architecture.source_tree import ROOT, modules

MAX_MODULE_LINES = 450
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 7

LONG_MODULES: frozenset[str] = frozenset()
LONG_FUNCTIONS: frozenset[str] = frozenset()
MANY_PARAMETERS: frozenset[str] = frozenset()

Function = ast.FunctionDef | ast.AsyncFunctionDef
FILES = sorted(
    {module.path for module in modules()}
    | {path for folder in ("tests", "tools", "bench") for path in (ROOT / folder).rglob("*.py")}
)


def functions() -> list[tuple[str, Function]]:
    """Every function and method of the product, with its dotted name."""
    return [
        (f"{module.name}.{node.name}", node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, Function)
    ]


def parameters(function: Function) -> int:
    """How many parameters a function has, `self` among them."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len(positional) + (arguments.vararg is not None) + (arguments.kwarg is not None)


def test_modules_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in FILES
    }
    assert {name for name, lines in lengths.items() if lines > MAX_MODULE_LINES} == LONG_MODULES


def test_functions_are_short() -> None:
    lengths = {
        name: (function.end_lineno or 0) - function.lineno + 1 for name, function in functions()
    }
    assert {name for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == LONG_FUNCTIONS


def test_functions_have_few_parameters() -> None:
    counts = {name: parameters(function) for name, function in functions()}
    assert {name for name, count in counts.items() if count > MAX_PARAMETERS} == MANY_PARAMETERS
