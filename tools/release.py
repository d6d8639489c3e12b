"""`make release`: a wheel with the pages inside, twice to the same bytes, and what lies beside it.

    dist/inspect_server-<version>-py3-none-any.whl
    dist/inspect_server-<version>.cdx.json          the bill of materials (CycloneDX)
    dist/inspect_server-<version>-requirements.txt  the pinned and hashed libraries
    dist/SHA256SUMS

Built from the commit, not from the working tree: each time from a folder of its own, the pages too.
The moment of the commit is the time of every file (SOURCE_DATE_EPOCH).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import sbom

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"


class ReleaseWrong(Exception):
    """The release is not as it should be; the text says why."""


def main() -> None:
    """Build a release of the commit that is checked out."""
    epoch = int(_output("git", "log", "-1", "--format=%ct"))
    version = version_of(ROOT)
    with TemporaryDirectory(prefix="inspect-release-") as folder:
        wheels = [_built(Path(folder) / name, epoch) for name in ("first", "second")]
        same(*wheels)
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        shutil.copy(wheels[0], DIST)
        source = Path(folder) / "first"
        stem = f"inspect_server-{version}"
        (DIST / f"{stem}.cdx.json").write_text(
            sbom.document(source, version, epoch), encoding="utf-8"
        )
        shutil.copy(source / "requirements" / "run.txt", DIST / f"{stem}-requirements.txt")
    (DIST / "SHA256SUMS").write_text(sums(DIST), encoding="utf-8")
    sys.stdout.write((DIST / "SHA256SUMS").read_text(encoding="utf-8"))


def version_of(source: Path) -> str:
    """Return the version that the wheel gets."""
    config = ConfigParser()
    config.read(source / "setup.cfg", encoding="utf-8")
    return config["metadata"]["version"]


def wheel_of(source: Path, target: Path, epoch: int) -> Path:
    """Build the wheel of a folder whose pages are built; its bytes depend on the files only."""
    _run(
        sys.executable,
        *("-m", "pip", "--disable-pip-version-check", "-q", "wheel", "--no-deps", "--no-index"),
        *("--no-build-isolation", "-w", str(target), str(source)),
        env={"SOURCE_DATE_EPOCH": str(epoch)},
    )
    (wheel,) = target.glob("inspect_server-*.whl")
    return wheel


def same(first: Path, second: Path) -> None:
    """Raise `ReleaseWrong` unless both wheels have the same bytes."""
    if _digest(first) != _digest(second):
        raise ReleaseWrong(f"{first} 和 {second} 不一样 (the two wheels differ)")


def sums(folder: Path) -> str:
    """Return the SHA-256 sums of a folder, in the form of `sha256sum`."""
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    return "".join(f"{_digest(path)}  {path.name}\n" for path in files)


def _built(source: Path, epoch: int) -> Path:
    """Build pages and wheel of the commit in a folder of its own."""
    source.mkdir()
    archive = source.with_suffix(".tar")
    _run("git", "archive", "--format=tar", "-o", str(archive), "HEAD")
    with tarfile.open(archive) as tracked:
        tracked.extractall(source, filter="data")
    (source / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    _run("npm", "--prefix", str(source / "web"), "run", "--silent", "build")
    target = source.with_name(f"{source.name}-wheel")
    target.mkdir()
    return wheel_of(source, target, epoch)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _output(*command: str) -> str:
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def _run(*command: str, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise ReleaseWrong(f"{' '.join(command)}\n{done.stdout}")


if __name__ == "__main__":
    try:
        main()
    except ReleaseWrong as wrong:
        sys.exit(str(wrong))
