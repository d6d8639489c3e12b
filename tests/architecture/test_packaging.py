"""The installed product: the wheel brings every dependency and every data file, and runs alone.

The wheel is built as `make release` builds it, from a copy of the source with the pages that are
built already, and installed with the libraries that the tests run with, so this needs no network.
What pip would have fetched is checked by name.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests

from tests.architecture.source_tree import OURS, ROOT, modules
from tests.support.server import READY_SECONDS
from tools import release, sbom

BUILT_FROM = ("requirements", "setup.cfg", "pyproject.toml", "README.md", "LICENSE", "wsgi.py")
# The moment of a commit, as git names it.
COMMITTED_AT = 1_796_040_777
PAGES = ("field/index.html", "field/sw.js", "console/index.html", "apidocs/index.html")
READY_LINE = "Ctrl-C"
STOP_SECONDS = 60
IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
for root in sys.argv[1:]:
    package = importlib.import_module(root)
    for info in pkgutil.walk_packages(package.__path__, root + "."):
        importlib.import_module(info.name)
    print(root, package.__file__)
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Build the wheel from one more copy of the source, whose files are new."""

    def built() -> Path:
        source = tmp_path_factory.mktemp("source")
        for name in (*OURS, *BUILT_FROM):
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(
                    ROOT / name, source / name, ignore=ignored, copy_function=shutil.copyfile
                )
            else:
                shutil.copyfile(ROOT / name, source / name)
        return release.wheel_of(source, tmp_path_factory.mktemp("wheel"), COMMITTED_AT)

    return built


@pytest.fixture(scope="module")
def wheel(build: Callable[[], Path]) -> Path:
    """The product as `make release` builds it."""
    return build()


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


def test_the_same_source_makes_the_same_bytes(wheel: Path, build: Callable[[], Path]) -> None:
    release.same(wheel, build())


def test_the_wheel_holds_the_pages_and_nothing_but_the_product(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"inspect_server/static/{page}" for page in PAGES} <= names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {*OURS, "wsgi.py"}


def test_the_sums_name_every_file_and_match(tmp_path: Path) -> None:
    for name in ("b.whl", "a.json"):
        (tmp_path / name).write_text(name)
    lines = release.sums(tmp_path).splitlines()
    assert [line.split("  ")[1] for line in lines] == ["a.json", "b.whl"]
    assert lines[0].split()[0] == hashlib.sha256(b"a.json").hexdigest()


def test_the_bill_of_materials_names_what_is_installed_and_what_is_in_the_pages() -> None:
    text = sbom.document(ROOT, "0.1.0", COMMITTED_AT)
    assert text == sbom.document(ROOT, "0.1.0", COMMITTED_AT)
    document = json.loads(text)
    assert document["bomFormat"] == "CycloneDX"
    named = {_normal(one["name"]) for one in document["components"]}
    pinned = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    assert {_normal(name) for name in re.findall(r"^([\w.-]+)==", pinned, re.M)} <= named
    purls = {one["purl"].rpartition("@")[0] for one in document["components"]}
    assert {"pkg:npm/vue", "pkg:npm/echarts", "pkg:pypi/flask"} <= purls
    assert "pkg:npm/vite" not in purls


def test_a_city_runs_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    """No Node, no repository: only what the wheel and its libraries bring is on the path."""
    home = tmp_path / "home"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {"PATH": str(installed), "INSPECT_HOME": str(home), "INSPECT_PORT": str(port)}
    flags = ("--city", "十堰市", "--admin-name", "周敏", "--admin-login", "zhoumin")
    command = [installed / "inspect-server", "init", *flags]
    made = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    password = made.stdout.split("一次性密码 ")[1].split()[0]
    with _up(installed, env, tmp_path) as printed:
        assert "演示" not in printed
        origin = f"http://127.0.0.1:{port}"
        for page in ("/", "/console/"):
            answer = requests.get(origin + page, timeout=READY_SECONDS)
            assert (answer.status_code, "<script" in answer.text) == (200, True)
        how = {"login": "zhoumin", "password": password, "device": {"id": "console"}}
        answer = requests.post(f"{origin}/api/v1/sessions", json=how, timeout=READY_SECONDS)
        assert answer.json()["must_change_password"] is True


@contextmanager
def _up(installed: Path, env: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Run `up` until it is ready, and stop it as Ctrl-C does; gives what it printed."""
    with subprocess.Popen(
        [installed / "inspect-server", "up"],
        cwd=folder,
        env=env,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as up:
        printed = ""
        try:
            for line in up.stdout or ():
                printed += line
                if READY_LINE in line:
                    break
            assert READY_LINE in printed, printed
            yield printed
        finally:
            up.send_signal(signal.SIGINT)
            up.communicate(timeout=STOP_SECONDS)
