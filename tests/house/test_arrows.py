"""Which room may know which: read from the imports, everything else is refused."""

from __future__ import annotations

import ast

import pytest

from tests.house.plan import Module, modules

WORDS = {"schemas.vocabulary"}
RULES = {"inspect_server.rules", "inspect_server.problems", "inspect_server.clock"}
FAILPOINTS = "inspect_server.failpoints"
BELOW_DOORS = {
    "schemas",
    "media",
    "inspect_server.models",
    "inspect_server.reference",
    "inspect_server.services",
    "inspect_server.queries",
    *RULES,
}
DOORS = {
    *BELOW_DOORS,
    "inspect_server",
    "inspect_server.extensions",
    "inspect_server.transactions",
    "inspect_server.config",
    "inspect_server.outgoing",
    FAILPOINTS,
}
FAMILY = {
    "media",
    "inspect_server.embedded",
    "inspect_server.gunicorn_gate",
    "inspect_server.lan",
    "inspect_server.leash",
    "inspect_server.private_files",
    "inspect_server.up",
}
# room → the rooms (or single modules) it may import.
MAY_KNOW: dict[str, set[str]] = {
    "schemas": {"schemas"},
    "media": {"media"},
    "inspect_server.problems": set(),
    "inspect_server.clock": set(),
    FAILPOINTS: set(),
    "inspect_server.rules": {*WORDS, *RULES},
    "inspect_server.models": {*WORDS, "inspect_server.models", "inspect_server.clock"},
    "inspect_server.reference": {"inspect_server.models", *RULES},
    "inspect_server.services": {
        "schemas",
        "media",
        "inspect_server.outgoing",
        "inspect_server.models",
        "inspect_server.reference",
        "inspect_server.services",
        FAILPOINTS,
        *RULES,
    },
    "inspect_server.queries": {
        "schemas",
        "inspect_server.models",
        "inspect_server.reference",
        "inspect_server.queries",
        *RULES,
    },
    "inspect_server.config": {"media.store", "inspect_server.outgoing", FAILPOINTS},
    "inspect_server.outgoing": WORDS,
    "inspect_server.extensions": {"inspect_server.models"},
    "inspect_server.transactions": {
        "inspect_server.extensions",
        "inspect_server.problems",
        "inspect_server.services.changes",
        FAILPOINTS,
    },
    "inspect_server.schema": {
        "inspect_server.extensions",
        "inspect_server.models",
        "inspect_server.reference",
        "inspect_server.services.changes",
    },
    "inspect_server.backups": {
        "schemas.vocabulary",
        "media",
        "inspect_server.models",
        "inspect_server.schema",
        FAILPOINTS,
    },
    "inspect_server.doctor": {
        "schemas.vocabulary",
        "media",
        "inspect_server.models",
        "inspect_server.services",
        "inspect_server.schema",
        "inspect_server.backups",
    },
    "inspect_server.api": {*DOORS, "inspect_server.api"},
    "inspect_server.jobs": {*DOORS, "inspect_server.jobs"},
    "inspect_server": {"inspect_server.application"},
    "inspect_server.application": {*DOORS, "inspect_server.api"},
    "inspect_server.cli": set(),
    "inspect_server.commands": {
        *DOORS,
        "inspect_server.commands",
        *FAMILY,
        "inspect_server.jobs",
        "inspect_server.schema",
        "inspect_server.backups",
        "inspect_server.doctor",
    },
    "inspect_server.embedded": FAMILY,
    "inspect_server.lan": FAMILY,
    "inspect_server.gunicorn_gate": set(),
    "inspect_server.leash": set(),
    "inspect_server.private_files": set(),
    "inspect_server.sheet_press": set(),
    "inspect_server.up": FAMILY,
}
# A library that only some may touch.
KEPT = {
    "flask": ("inspect_server.api", "inspect_server.application", "inspect_server.extensions",
              "inspect_server.jobs"),
    "boto3": ("media.store",),
    "botocore": ("media.store",),
    "urllib3": ("inspect_server.outgoing", "media.store"),
    "smtplib": ("inspect_server.outgoing",),
    "numpy": ("media.likeness",),
    "PIL": ("media.derive", "media.likeness", "media.probe"),
}  # fmt: skip


def ours(module: Module) -> set[str]:
    """The modules of ours it imports."""
    return {name for name in module.imports() if name.split(".")[0] in MAY_KNOW or name in WORDS}


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_a_room_knows_only_the_rooms_below_it(module: Module) -> None:
    allowed = MAY_KNOW[module.room]
    for name in module.imports():
        if name.split(".")[0] not in ("schemas", "media", "inspect_server"):
            continue
        room = ".".join(name.split(".")[:2]) if name.startswith("inspect_server") else name
        known = (
            name in allowed or room in allowed or name.split(".")[0] in allowed - {"inspect_server"}
        )
        assert known, f"{module.name} may not import {name}"


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_a_library_is_touched_only_where_it_belongs(module: Module) -> None:
    for library, places in KEPT.items():
        uses = any(name.split(".")[0] == library for name in module.imports())
        assert not uses or module.room in places or module.name in places, (module.name, library)


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
def test_only_one_place_commits(module: Module) -> None:
    if module.name in ("inspect_server.transactions", "inspect_server.schema"):
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
def test_every_module_says_first_what_it_is(module: Module) -> None:
    if module.path.name == "__init__.py" and not module.tree.body:
        return
    assert ast.get_docstring(module.tree), module.name
