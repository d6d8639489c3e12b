"""Where the programs of the other engines are on this machine, and why one is left out.

Imports no Selenium: every run of pytest reads this for its last lines.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

WEBKIT_DRIVER, SCREEN = "WebKitWebDriver", "Xvfb"
# Debian's Python, which has the bindings of WebKitGTK; the tests run in another one.
DEBIAN_PYTHON = "/usr/bin/python3"
WEBKIT_WINDOW = Path(__file__).with_name("webkit_window.py")
FIREFOX = ("firefox-esr", "firefox")
INSTALL = "`make browser` installs Debian's as root"


@cache
def webkit_left_out() -> str | None:
    """Why the tests in WebKit will not run here; None when they will."""
    for name in (WEBKIT_DRIVER, SCREEN, DEBIAN_PYTHON):
        if shutil.which(name) is None:
            return f"no {name} on this machine: {INSTALL}"
    try:
        check = [DEBIAN_PYTHON, WEBKIT_WINDOW, "--check"]
        subprocess.run(check, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return f"{DEBIAN_PYTHON} has no bindings of WebKitGTK 4.1: {INSTALL}"
    return None


def find_firefox() -> str | None:
    """The Firefox of this machine."""
    return next(filter(None, map(shutil.which, FIREFOX)), None)


def find_geckodriver(environ: Mapping[str, str] = os.environ) -> str | None:
    """The driver of Firefox: one of the system, or the one that `make geckodriver` built."""
    cache_folder = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    built = f"{cache_folder}/inspect-server/geckodriver/bin"
    return shutil.which("geckodriver", path=f"{environ.get('PATH', '')}:{built}")


def firefox_left_out() -> str | None:
    """Why the tests in Firefox will not run here; None when they will."""
    if find_firefox() is None:
        return f"no Firefox on this machine: {INSTALL}"
    if find_geckodriver() is None:
        return "no geckodriver on this machine: `make geckodriver` builds it with cargo"
    return None


LEFT_OUT: Mapping[str, Callable[[], str | None]] = {
    "webkit": webkit_left_out,
    "firefox": firefox_left_out,
}
