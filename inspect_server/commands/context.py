"""Where a command finds the service 环境: its home, its settings, its store; and one sentence
instead of a traceback for what an operator can do something about.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from inspect_server.config import Settings
from inspect_server.core.environment import SettingWrong
from inspect_server.launcher import embedded_store, supervisor
from media.store import StoreError


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of state."""
    return Path(environ.get("INSPECT_HOME") or "var").expanduser().resolve()


def settings() -> Settings:
    """Read the settings; the store that `up` runs is found through what it keeps."""
    environ = dict(os.environ)
    if not environ.get("INSPECT_S3_ENDPOINT_URL"):
        environ |= supervisor.store_variables(embedded_store.settings_of(home(environ)))
    return _read(environ)


@contextmanager
def store_at_hand(*, alone: bool = False) -> Iterator[Settings]:
    """The settings, with a store that answers: the one of `up`, or its own for this while.

    `alone` says that the caller holds the home, so no `up` can be running.
    """
    environ = dict(os.environ)
    runs = not alone and supervisor.is_running(home(environ))
    if runs or environ.get("INSPECT_S3_ENDPOINT_URL"):
        yield settings()
        return
    with embedded_store.EmbeddedStore(home(environ)) as store:
        yield _read(environ | supervisor.store_variables(store.start()))


@contextmanager
def sentences() -> Iterator[None]:
    """Say what went wrong in one sentence, when it is one an operator can act on."""
    try:
        yield
    except (supervisor.UpFailed, embedded_store.EmbeddedStoreError) as wrong:
        stop(str(wrong))
    except StoreError as error:
        stop(f"照片存储不可用 The object store is not available: {error}")
    except OSError as error:
        stop(f"文件读写失败 {error.filename or ''}: {error.strerror}")


def stop(sentence: str) -> NoReturn:
    """End the command with this sentence."""
    click.echo(sentence, err=True)
    sys.exit(1)


def count(done: int, all_of_them: int) -> None:
    """Show on a terminal how many photographs are done."""
    if sys.stderr.isatty():
        end = "\n" if done == all_of_them else ""
        click.echo(f"\r照片 photographs {done}/{all_of_them}{end}", err=True, nl=False)


def _read(environ: Mapping[str, str]) -> Settings:
    try:
        return Settings.from_env(environ)
    except SettingWrong as wrong:
        stop(f"配置错误 {wrong}")
