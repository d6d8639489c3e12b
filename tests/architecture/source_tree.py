"""The source tree of the product: its modules, their imports and the names they use."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
OURS = ("schemas", "media", "inspect_server")


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name and its tree."""

    name: str
    path: Path
    tree: ast.Module

    def imports(self) -> set[str]:
        """Every imported module; our own by their full dotted name."""
        imported: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported |= {
                    whole if (whole := f"{node.module}.{alias.name}") in names() else node.module
                    for alias in node.names
                }
        return imported


@cache
def names() -> frozenset[str]:
    """The dotted names of all our modules."""
    return frozenset(_name(path) for path in _files())


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product, parsed."""
    return tuple(
        Module(_name(path), path, ast.parse(path.read_text(encoding="utf-8"))) for path in _files()
    )


def _files() -> list[Path]:
    modules = [
        path
        for package in OURS
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts and "static" not in path.parts
    ]
    return sorted(modules)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
