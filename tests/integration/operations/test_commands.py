"""The operator's commands on a home of `up`, with its own store, as an office would use them."""

from __future__ import annotations

import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.e2e import live
from tests.e2e.live import Live
from tests.support import forked

pytestmark = pytest.mark.timeout(300)


def run(product: Live, *arguments: str) -> CompletedProcess[str]:
    """Run a command while the product runs, or after it."""
    return forked.run("inspect_server.cli", *arguments, env=product.env)


def test_a_lost_store_comes_back_from_the_backup(tmp_path: Path) -> None:
    home, vault = tmp_path / "home", tmp_path / "vault"
    with live.running(home) as product:
        product.command("demo", "--records", "20")
        assert run(product, "restore", str(tmp_path)).returncode == 1
        saved = run(product, "backup", str(vault))
        assert saved.returncode == 0, saved.stderr
    (folder,) = (path for path in vault.iterdir() if path.name != "photos")
    result = run(product, "doctor", "--deep", "--backup", str(vault))
    assert result.returncode < 2, result.stdout
    shutil.rmtree(home / "store")
    restored = run(product, "restore", str(folder))
    assert restored.returncode == 0, restored.stderr
    with live.running(home) as product:
        result_after = run(product, "doctor", "--deep")
    assert result_after.returncode < 2, result_after.stdout


def test_up_must_not_run_while_a_backup_is_put_back(tmp_path: Path) -> None:
    with live.running(tmp_path / "home") as product:
        product.command("backup", str(tmp_path / "vault"))
        (folder,) = (p for p in (tmp_path / "vault").iterdir() if p.name != "photos")
        result = run(product, "restore", str(folder))
    assert result.returncode == 1
    assert "已经有一个 up 在运行" in result.stderr


def test_an_unfinished_backup_is_refused_in_a_sentence(tmp_path: Path) -> None:
    product = Live("", {}, {"INSPECT_HOME": str(tmp_path / "home"), "PATH": ""})
    result = run(product, "restore", str(tmp_path))
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "不是完整的备份" in result.stderr
