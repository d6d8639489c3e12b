"""The supervisor of `inspect-server up` 一条命令起全套: store, web server, worker.

Starts, watches and stops processes, which do not depend on it. Its caller passes the function that
prepares the database. Every message is one sentence, Chinese first; no expected error ends in a
traceback.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from inspect_server.launcher import child_process, home_folder, lan_tls, ports, web_server
from inspect_server.launcher.demo_logins import Login
from inspect_server.launcher.embedded_store import EmbeddedStore, store_variables
from inspect_server.launcher.errors import StartError, os_error_message
from inspect_server.launcher.lan_tls import LanImpossible
from inspect_server.launcher.restarts import SupervisedChild
from inspect_server.launcher.seaweedfs import EmbeddedStoreError
from inspect_server.launcher.stop_signals import StopRequested, StopSignals
from inspect_server.launcher.terminal import fail, say, step

_PACKAGE: Final = Path(__file__).resolve().parents[1]
# `wsgi.py` lies beside the package, in a checkout as in site-packages.
_BESIDE: Final = _PACKAGE.parent
_PAGES: Final = (
    _PACKAGE / "static" / "field" / "index.html",
    _PACKAGE / "static" / "console" / "index.html",
)
_STORE_LABEL: Final = "对象存储 (object store)"
_READY_SECONDS: Final = 90.0
_POLL_SECONDS: Final = 0.1
# A first start writes ~30 MB; below this the disk fills within the first day's photographs.
_LEAST_FREE_BYTES: Final = 300 * 1024 * 1024
# How long children of an `up` that was killed may hold its port.
_PREDECESSOR_SECONDS: Final = 30.0

Prepare = Callable[[Mapping[str, str]], Sequence[Login]]


def run(home: Path, port: int, *, lan: bool, environ: Mapping[str, str], prepare: Prepare) -> int:
    """Run everything until a signal stops it; return the exit code.

    `prepare(env)` migrates and loads starter data with the children's environment and returns the
    logins to show. It runs while the store is still starting and must not use it.
    """
    try:
        with StopSignals() as signals, ExitStack() as opened:
            supervisor = Supervisor(home.expanduser().absolute(), port, lan, environ, signals)
            opened.callback(supervisor.stop)
            try:
                supervisor.start(prepare)
                supervisor.watch()
            except StopRequested:
                say("\n正在停止 (stopping) …")
    except (StartError, EmbeddedStoreError, LanImpossible) as failure:
        return fail(str(failure))
    except OSError as error:
        return fail(os_error_message(error, home))
    say("已停止 (stopped)")
    return 0


class Supervisor:
    """All processes 全套进程: started in order, watched together, stopped in reverse order."""

    def __init__(
        self, home: Path, port: int, lan: bool, environ: Mapping[str, str], signals: StopSignals
    ) -> None:
        """`home` is absolute; nothing is started yet."""
        self._home = home
        self._address = web_server.Address("0.0.0.0" if lan else "127.0.0.1", port)
        self._lan = lan
        self._environ = environ
        self._signals = signals
        self._children: list[SupervisedChild] = []
        self._store: EmbeddedStore | None = None
        self._lock: int | None = None
        self._gate: web_server.Gate | None = None

    # --- start ------------------------------------------------------------------------------

    def start(self, prepare: Prepare) -> None:
        """Start everything in order.

        1. check whether it can work  2. start the store, the web server behind a closed gate and,
        meanwhile, the database  3. open the gate  4. start the worker once the web server answers
        """
        self._take_home()
        self._check_pages()
        self._check_port()
        env = self._environment()
        if self._store is not None:
            say("启动对象存储 (object store) …")
            self._start_store()
        gate = self._gate = web_server.Gate()
        web = self._start_web(env, gate)
        with step("准备数据库和初始数据 (database, starter data)"):
            logins = prepare(env)
        if self._store is not None:
            with step("等待对象存储 (object store)"):
                self._store.wait_ready()
        gate.open()
        with step("启动网站和后台任务 (web server, worker)"):
            self._wait_until_ready(web)
            self._add("后台任务 (worker)", _worker_command(), env, "worker.log")
        self._show(logins)

    def _take_home(self) -> None:
        """Take the folder: writable, not full, and used by no other `up`."""
        for folder in (self._home, self._home / "log"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(self._home).free < _LEAST_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._home))
        lock = home_folder.take_lock(self._home)
        self._lock = lock
        # A number is left here by an `up` that was killed.
        if os.pread(lock, 1, 0):
            self._await_predecessor()
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)

    def _await_predecessor(self) -> None:
        """Wait for the children of an `up` that was killed: they end by themselves soon."""
        deadline = time.monotonic() + _PREDECESSOR_SECONDS
        while time.monotonic() < deadline:
            if ports.is_free(self._address.host, self._address.port):
                return
            time.sleep(_POLL_SECONDS)

    def _check_pages(self) -> None:
        if not all(page.is_file() for page in _PAGES):
            raise StartError(
                "网页还没有构建，请先运行 make web。 (the web pages are not built: run `make web`)"
            )

    def _check_port(self) -> None:
        port = self._address.port
        if not ports.is_free(self._address.host, port):
            raise StartError(
                f"端口 {port} 已被占用，请换一个，例如 INSPECT_PORT={port + 10}。 "
                f"(port {port} is in use, choose another)"
            )

    def _environment(self) -> dict[str, str]:
        """Return the environment of the children: our own, and what `up` decides."""
        env = dict(self._environ)
        env["INSPECT_HOME"] = str(self._home)
        env["INSPECT_PORT"] = str(self._address.port)
        env["PYTHONUNBUFFERED"] = "1"
        if not env.get("INSPECT_SECRET_KEY"):
            home_folder.keep_secret(self._home / "secret-key")
        if self._lan:
            self._address = replace(self._address, tls=lan_tls.identity(self._home))
            env["INSPECT_HTTPS"] = "1"
            env.setdefault("INSPECT_PUBLIC_ORIGIN", self._address.origin)
        if not env.get("INSPECT_S3_ENDPOINT_URL"):
            store = EmbeddedStore(
                self._home, log=home_folder.rotated_log(self._home / "log" / "store.log")
            )
            env |= store_variables(store.settle())
            self._store = store
        return env

    def _start_store(self) -> None:
        store = self._store
        if store is None:
            return
        self._start(SupervisedChild(_STORE_LABEL, store.launch, store.log))

    def _start_web(self, env: Mapping[str, str], gate: web_server.Gate) -> SupervisedChild:
        """Start it now: it loads the application and takes requests when the gate opens."""
        return self._add(
            "网站 (web)",
            web_server.command(self._address, self._environ),
            {**env, **gate.variables},
            "web.log",
            (gate.reader,),
        )

    def _add(
        self,
        label: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: str,
        pass_fds: Sequence[int] = (),
    ) -> SupervisedChild:
        file = home_folder.rotated_log(self._home / "log" / log)
        child = SupervisedChild(
            label,
            lambda: child_process.start(argv, cwd=_BESIDE, env=env, log=file, pass_fds=pass_fds),
            file,
        )
        self._start(child)
        return child

    def _start(self, child: SupervisedChild) -> None:
        with self._signals.deferred():
            child.start()
            self._children.append(child)

    def _wait_until_ready(self, web: SupervisedChild) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if web.process is not None and web.process.poll() is not None:
                raise StartError(f"网站没有起来，日志在 {web.log} (the web server ended)")
            if web_server.answers(self._address):
                return
            self._signals.wait(_POLL_SECONDS)
        raise StartError(
            f"网站 {_READY_SECONDS:.0f} 秒内没有就绪，日志在 {web.log} (not ready in time)"
        )

    # --- run --------------------------------------------------------------------------------

    def watch(self) -> None:
        """Restart children that end, until a signal stops it."""
        while True:
            for child in self._children:
                self._restart_if_ended(child)
            due = [c.due_at for c in self._children if c.due_at is not None]
            wait = max(0.0, min(due) - time.monotonic()) if due else None
            self._signals.wait(wait)

    def _restart_if_ended(self, child: SupervisedChild) -> None:
        if child.process is not None and child.process.poll() is not None:
            code = child.process.returncode
            child_process.stop(child.process, 0)
            pause = child.plan_restart()
            say(
                f"{child.label} 意外退出（代码 {code}），{pause:g} 秒后重启；日志 {child.log} "
                "(it ended and is started again)"
            )
        if child.due_at is not None and time.monotonic() >= child.due_at:
            try:
                with self._signals.deferred():
                    child.start()
            except (OSError, EmbeddedStoreError) as error:
                pause = child.plan_restart()
                say(f"{child.label} 重启失败，{pause:g} 秒后重试 (restart failed): {error}")

    # --- stop -------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop everything 停全套: first the users of the store, then the store."""
        self._signals.begin_stopping()
        # A worker that waits at the gate would not notice that it should end.
        if self._gate is not None:
            self._gate.open()
        users = [child for child in self._children if child.label != _STORE_LABEL]
        self._end([user.process for user in users if user.process is not None])
        if self._store is not None:
            self._store.stop()
        if self._gate is not None:
            self._gate.close()
            self._gate = None
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def _end(self, children: Sequence[subprocess.Popen[bytes]]) -> None:
        """End all at once, each with time to finish its work."""
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + web_server.GRACE_SECONDS + 3
        while any(child.poll() is None for child in children):
            if self._signals.impatient or time.monotonic() > deadline:
                break
            self._signals.wait(min(1.0, max(0.0, deadline - time.monotonic())))
        for child in children:
            child_process.stop(child, 0)

    # --- show -------------------------------------------------------------------------------

    def _show(self, logins: Sequence[Login]) -> None:
        origin = self._address.origin
        say(f"\n手机端 (phone)   {origin}/\n电脑端 (console) {origin}/console/\n")
        if logins:
            say(f"演示账号（demo logins），也记在 {self._home / 'demo-logins.json'}：")
            for login in logins:
                say(f"  {login.login:<10} {login.password:<16} {login.name}  {login.scope}")
            say("")
        if self._address.tls is not None:
            self._show_install_page(self._address.tls)
        say("按 Ctrl-C 停止 (Ctrl-C stops everything)")

    def _show_install_page(self, tls: lan_tls.Identity) -> None:
        """The certificate's page first; the code that leads to the service only when it is up."""
        host, own_port = self._address.host, self._address.port
        candidates = range(own_port + 1, own_port + 50)
        port = next((p for p in candidates if ports.is_free(host, p)), None)
        if port is None:
            raise StartError("找不到空闲端口放证书安装页 (no free port for the install page)")
        page = f"http://{tls.addresses[0]}:{port}/"
        env = {"PATH": os.defpath}
        child = self._add(
            "证书安装页 (install page)",
            lan_tls.page_command(tls, host, port, f"{self._address.origin}/"),
            env,
            "install-page.log",
        )
        deadline = time.monotonic() + _READY_SECONDS
        while not lan_tls.page_answers(port):
            if time.monotonic() > deadline or child.process is None or child.process.poll():
                raise StartError(f"证书安装页没有起来，日志在 {child.log} (install page failed)")
            self._signals.wait(_POLL_SECONDS)
        say(lan_tls.invitation(tls, page, f"{self._address.origin}/"))


def _worker_command() -> list[str]:
    return [sys.executable, "-m", "inspect_server.cli", "worker"]
