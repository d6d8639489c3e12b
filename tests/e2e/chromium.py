"""The Chromium of this machine: where it is, how it is started, why it is left out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
# A browser without requests of its own: no updates, no QUIC, and no GPU.
QUIET = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
)


class ChromiumLeftOut(Exception):
    """No Chromium on this machine; the text says what to do."""


def find(environ: Mapping[str, str] = os.environ) -> Path:
    """The program. Raises ChromiumLeftOut."""
    named = environ.get("INSPECT_TEST_CHROMIUM")
    for name in [named] if named else NAMES:
        program = shutil.which(name, path=environ.get("PATH"))
        if program:
            return Path(program)
    raise ChromiumLeftOut("no Chromium on this machine: `make browser` installs Debian's as root")


def left_out(environ: Mapping[str, str] = os.environ) -> str | None:
    """Why the browser tests will not run here, for the summary; None when they will."""
    try:
        find(environ)
    except ChromiumLeftOut as reason:
        return str(reason)
    return None


def camera(picture: Path) -> tuple[str, ...]:
    """A camera that shows `picture` (one JPEG as motion JPEG), allowed without a question."""
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={picture}",
    )
