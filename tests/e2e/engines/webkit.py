"""WebKitGTK, the engine of Safari: Debian's WebKitWebDriver and a window of our own under Xvfb."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.e2e.engines import programs
from tests.e2e.engines.engine import (
    HEIGHT,
    OWN_SESSION,
    PIXEL_RATIO,
    WIDTH,
    Engine,
)


@contextmanager
def _screen() -> Iterator[str]:
    """A display in memory; returns its name."""
    size = f"{WIDTH * PIXEL_RATIO}x{HEIGHT * PIXEL_RATIO}x24"
    reading, writing = os.pipe()
    command = [programs.SCREEN, "-displayfd", str(writing), "-nolisten", "tcp"]
    command += ["-screen", "0", size]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as screen:
        os.close(writing)
        try:
            with os.fdopen(reading) as number:
                yield f":{number.readline().strip()}"
        finally:
            screen.terminate()


@contextmanager
def prepared(
    switches: Mapping[str, str], profile: Path, log: Path
) -> Iterator[tuple[Service, Options]]:
    """A window of the size of a phone on this profile, with features switched on or off."""
    options = Options()
    options.binary_location = str(programs.WEBKIT_WINDOW)
    for argument in (str(profile), *(f"{name}={value}" for name, value in switches.items())):
        options.add_argument(argument)
    with _screen() as display, log.open("a") as lines:
        environ = os.environ | {
            "DISPLAY": display,
            "GDK_BACKEND": "x11",
            "GDK_SCALE": str(PIXEL_RATIO),
            # Neither the settings of the user nor a session bus are touched.
            "GSETTINGS_BACKEND": "memory",
            "NO_AT_BRIDGE": "1",
            "MESA_SHADER_CACHE_DISABLE": "true",
            "LANG": "C.UTF-8",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "TZ": "Asia/Shanghai",
        }
        service = Service(
            shutil.which(programs.WEBKIT_DRIVER),
            env=environ,
            log_output=lines,
            popen_kw=dict(OWN_SESSION),
        )
        yield service, options


# `navigator.storage` and OffscreenCanvas as in Safari since iOS 17.
NEWER = {"StorageAPI": "on", "StorageAPIEstimate": "on"}
# Neither of them, as in Safari of iOS 16.0: photos are compressed in the page, nobody tells
# how much storage is left.
OLDER = {
    "StorageAPI": "off",
    "StorageAPIEstimate": "off",
    "OffscreenCanvas": "off",
    "OffscreenCanvasInWorkers": "off",
}
WEBKIT = Engine("webkit", partial(prepared, NEWER))
OLDER_WEBKIT = Engine("webkit", partial(prepared, OLDER))
