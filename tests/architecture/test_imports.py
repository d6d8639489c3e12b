"""Imports: the layers of `.importlinter`, no cycles, and which module may import a library."""

from __future__ import annotations

import ast
from fnmatch import fnmatch

import pytest
from importlinter.cli import lint_imports

from tests.architecture.source_tree import ROOT, Module, modules

# Library → the modules that may import it.
PLACES = {
    "flask": (
        "inspect_server.*.api",
        "inspect_server.*.api.*",
        "inspect_server.app",
        "inspect_server.core.database",
        "inspect_server.http.*",
        "inspect_server.identity.auth",
        "inspect_server.worker.loop",
    ),
    "boto3": ("media.store",),
    "botocore": ("media.store",),
    "jinja2": ("inspect_server.core.templates",),
    "urllib3": ("inspect_server.notifications.transports.group_robot", "media.store"),
    "smtplib": ("inspect_server.notifications.transports.email",),
    "numpy": (
        "media.fingerprint",
        "media.likeness",
        # Whatever imports shapely has loaded it.
        "inspect_server.core.datums",
        "inspect_server.registry.rules.locate",
    ),
    "PIL": ("media.derive", "media.fingerprint", "media.probe"),
}


def test_areas_and_layers_import_downwards_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    failed = lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True)
    assert not failed, capsys.readouterr().out


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_a_library_is_imported_only_in_its_place(module: Module) -> None:
    libraries = {name.split(".")[0] for name in module.imports()}
    for library in libraries & PLACES.keys():
        assert any(fnmatch(module.name, place) for place in PLACES[library]), library


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_nothing_is_imported_inside_a_function(module: Module) -> None:
    for function in ast.walk(module.tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        inner = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
        assert not inner, f"{module.name}.{function.name} imports inside"


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    graph = {m.name: m.imports() & {n.name for n in modules()} for m in modules()}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail, name))
        if name in done:
            return
        for other in graph[name]:
            walk(other, (*trail, name))
        done.add(name)

    for name in graph:
        walk(name, ())


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_only_one_module_commits(module: Module) -> None:
    if module.name in ("inspect_server.core.database", "inspect_server.core.migrate"):
        return
    commits = [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]
    assert not commits, f"{module.name} commits in lines {commits}"


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_every_module_begins_with_a_docstring(module: Module) -> None:
    if module.path.name == "__init__.py" and not module.tree.body:
        return
    assert ast.get_docstring(module.tree), module.name
