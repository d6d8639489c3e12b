"""The size of the phone application: its built files are measured as they are sent (DESIGN §9)."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT

BUILT = ROOT / "inspect_server" / "static" / "field"
# Bytes that cannot be compressed.
NOISE = random.Random(1).randbytes(300 * 1024)


def measure(folder: Path) -> subprocess.CompletedProcess[str]:
    """The check at the end of a build: first load and precache in brotli bytes."""
    return subprocess.run(
        ["node", "web/tools/sizes.mjs", str(folder)], cwd=ROOT, capture_output=True, text=True
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the built phone application that a test may damage."""
    return shutil.copytree(BUILT, tmp_path / "field")


def test_the_built_phone_application_is_within_its_size_limits() -> None:
    done = measure(BUILT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_first_load_that_grew_is_refused(copy: Path) -> None:
    (copy / "index.html").write_bytes((copy / "index.html").read_bytes() + NOISE[: 120 * 1024])
    assert measure(copy).returncode == 1


def test_a_precache_that_grew_is_refused(copy: Path) -> None:
    lazy = next((copy / "assets").glob("shrink.worker-*.js"))
    lazy.write_bytes(NOISE)
    assert measure(copy).returncode == 1


def test_a_service_worker_that_names_nothing_is_refused(copy: Path) -> None:
    (copy / "sw.js").write_text("")
    assert measure(copy).returncode == 1
