"""Shared parts of the commands: home folder, settings, a running store, errors as sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

import inspect_server
from inspect_server.config import Settings
from inspect_server.core.environment import SettingWrong
from inspect_server.launcher import embedded_store, home_folder
from inspect_server.launcher.errors import StartError
from inspect_server.launcher.seaweedfs import EmbeddedStoreError
from media.store import StoreError


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the home folder, which has all state of an installation."""
    return Path(environ.get("INSPECT_HOME") or "var").expanduser().resolve()


def settings() -> Settings:
    """Read the settings; those of the store that `up` runs come from its folder."""
    environ = dict(os.environ)
    if not environ.get("INSPECT_S3_ENDPOINT_URL"):
        environ |= embedded_store.store_variables(embedded_store.settings_of(home(environ)))
    return _read(environ)


@contextmanager
def with_store(*, home_is_locked: bool = False) -> Iterator[Settings]:
    """Yield the settings with a running store: the one of `up`, or one started for this command.

    `home_is_locked` says that the caller holds the lock, so no `up` can be running.
    """
    environ = dict(os.environ)
    runs = not home_is_locked and home_folder.is_locked(home(environ))
    if runs or environ.get("INSPECT_S3_ENDPOINT_URL"):
        yield settings()
        return
    with embedded_store.EmbeddedStore(home(environ)) as store:
        yield _read(environ | embedded_store.store_variables(store.start()))


@contextmanager
def unused_home() -> Iterator[Settings]:
    """Yield the settings of a home where no `up` runs, and none can start meanwhile.

    A new home gets its secret key and the key of its own store; nothing is started.
    """
    environ = dict(os.environ)
    folder = home(environ)
    with home_folder.locked(folder):
        if not environ.get("INSPECT_SECRET_KEY"):
            home_folder.keep_secret(folder / "secret-key")
        if environ.get("INSPECT_S3_ENDPOINT_URL"):
            yield _read(environ)
            return
        store = embedded_store.EmbeddedStore(folder)
        try:
            yield _read(environ | embedded_store.store_variables(store.settle()))
        finally:
            store.stop()


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """End the command with one sentence on an error that an operator can act on."""
    try:
        yield
    except (StartError, EmbeddedStoreError) as wrong:
        stop(str(wrong))
    except StoreError as error:
        stop(f"照片存储不可用 The object store is not available: {error}")
    except OSError as error:
        stop(f"文件读写失败 {error.filename or ''}: {error.strerror}")


def stop(sentence: str) -> NoReturn:
    """Print a sentence and end the command with exit code 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


def tell_password(login: str, password: str) -> None:
    """Print a one-time password 一次性密码: only its hash is stored."""
    click.echo(f"账号 {login}\n一次性密码 {password}")
    click.echo(
        "密码只显示这一次，首次登录时须改掉 (shown once; to be changed at the first sign-in)"
    )


def count(done: int, all_of_them: int) -> None:
    """Show on a terminal how many photos are done."""
    if sys.stderr.isatty():
        end = "\n" if done == all_of_them else ""
        click.echo(f"\r照片 photographs {done}/{all_of_them}{end}", err=True, nl=False)


def _read(environ: Mapping[str, str]) -> Settings:
    try:
        return inspect_server.read_settings(environ)
    except SettingWrong as wrong:
        stop(f"配置错误 {wrong}")
