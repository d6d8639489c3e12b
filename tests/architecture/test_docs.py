"""The documents are complete and correct, and no file names the machine of a developer."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from flask import Flask

from inspect_server.cli import PLACES
from inspect_server.core.problems import CATALOGUE
from tests.architecture.source_tree import ROOT, modules
from tools import flow

DOCUMENTS = "\n".join(
    path.read_text(encoding="utf-8") for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
)


def test_every_route_is_documented(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        stem = re.sub(r"^/api/v1", "", re.split(r"[<]", rule.rule)[0]).rstrip("/")
        assert stem in DOCUMENTS, f"{rule.rule} is in no document"


def test_every_setting_is_documented() -> None:
    sources = "\n".join(m.path.read_text(encoding="utf-8") for m in modules())
    for name in sorted(set(re.findall(r"INSPECT_[A-Z0-9_]+[A-Z0-9]", sources))):
        assert f"`{name}`" in DOCUMENTS, f"{name} is in no document"


def test_every_command_is_documented() -> None:
    for name in PLACES:
        assert f"inspect-server {name}" in DOCUMENTS, f"`inspect-server {name}` is in no document"


def test_every_problem_is_documented() -> None:
    page = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    for slug, kind in CATALOGUE.items():
        row = f"| `{slug}` | {kind.status} | {kind.title} |"
        assert row in page, f"docs/problems.md lacks: {row}  (run `python -m tools.problems`)"


def test_the_page_of_the_case_flow_is_fresh() -> None:
    assert flow.PAGE.read_text(encoding="utf-8") == flow.page(), "run `python -m tools.flow`"


def test_the_front_ends_contract_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.contract", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_link_of_a_document_leads_somewhere() -> None:
    for page in [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} → {target}"


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_path_of_a_guide_exists(name: str) -> None:
    """A path is written in backticks, with a slash and a usual extension or folder."""
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = re.findall(
        r"`((?:[\w.-]+/)+[\w.-]+\.\w+|(?:inspect_server|tests|web|docs)/[\w/.-]+)`", text
    )
    assert len(paths) > 20
    for path in paths:
        assert (ROOT / path).exists() or (ROOT / "inspect_server" / path).exists(), path


def test_nothing_names_the_machine_it_was_made_on() -> None:
    # Written in parts, so that this file does not contain them either.
    forbidden = [
        "/" + "work/",
        "/" + "farm/",
        "npm" + "js.org",
        "pypi" + ".org",
        "python" + "hosted",
    ]
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix in (".jpg", ".png", ".ico") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for word in forbidden:
            assert word not in text, f"{name} names {word}"
