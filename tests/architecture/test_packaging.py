"""The installed product: `pip install .` brings every dependency and every data file.

The wheel is built from a copy of the tracked source and installed with the libraries that the
tests run with, so this needs no network. What pip would have fetched is checked by name.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.architecture.source_tree import OURS, ROOT, modules

BUILT_FROM = ("requirements", "setup.cfg", "pyproject.toml", "README.md", "LICENSE", "wsgi.py")
IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
for root in sys.argv[1:]:
    package = importlib.import_module(root)
    for info in pkgutil.walk_packages(package.__path__, root + "."):
        importlib.import_module(info.name)
    print(root, package.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product as `pip install .` builds it."""
    source = tmp_path_factory.mktemp("source")
    for name in (*OURS, *BUILT_FROM):
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    target = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", target, source)
    (built,) = target.glob("inspect_server-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel and the libraries of this one."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    packages = next(venv.glob("lib/python3*/site-packages"))
    # Path files that lie in the other folder are not read: the editable product stays unseen.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _pip(f"--python={python}", "install", "--no-deps", "--no-index", wheel)
    return python.parent


def _pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_library_that_is_imported_is_declared(wheel: Path) -> None:
    imported = {name for module in modules() for name in _imported(module.tree)}
    distributions = packages_distributions()
    needed = {
        name: {_normal(distribution) for distribution in distributions[name]}
        for name in imported - set(sys.stdlib_module_names) - set(OURS)
    }
    declared = _declared(wheel)
    missing = {name for name, any_of in needed.items() if not any_of & declared}
    assert not missing, f"requirements/run.in lacks what provides {sorted(missing)}"


def _imported(tree: ast.AST) -> set[str]:
    """The top-level names of what is imported when the program runs, so not for types alone."""
    match tree:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return set()
        case ast.Import(names=names):
            return {alias.name.split(".")[0] for alias in names}
        case ast.ImportFrom(module=str(module), level=0):
            return {module.split(".")[0]}
    return {name for child in ast.iter_child_nodes(tree) for name in _imported(child)}


def _declared(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        (path,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(path).decode()
    return {_normal(name) for name in re.findall(r"^Requires-Dist: ([\w.-]+)", metadata, re.M)}


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


@pytest.mark.parametrize("package", OURS)
def test_the_wheel_holds_every_file_of_the_product(wheel: Path, package: str) -> None:
    files = {
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheel) as archive:
        missing = files - set(archive.namelist())
    assert not missing, "name their folder under package_data in setup.cfg"


def test_every_module_is_imported_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    command = [installed / "python", "-W", "error", "-c", IMPORT_EVERYTHING, *OURS]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    places = dict(line.split() for line in done.stdout.splitlines())
    assert set(places) == set(OURS)
    assert all(place.startswith(str(installed.parent)) for place in places.values()), places


def test_the_command_lists_its_subcommands(installed: Path, tmp_path: Path) -> None:
    command = [installed / "inspect-server", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"up", "doctor", "restore"} <= set(done.stdout.split())
