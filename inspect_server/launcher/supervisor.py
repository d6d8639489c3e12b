"""一条命令起全套: the process family of `inspect-server up` — store, web server, worker.

Knows how to start, watch and stop processes; what it runs knows nothing of it. The door that
calls it (`cli.py`) hands in how a database is prepared. Everything it tells is one sentence,
Chinese first; nothing it expects to go wrong ends in a traceback.
"""

from __future__ import annotations

import errno
import fcntl
import http.client
import json
import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from types import FrameType
from typing import Final, Protocol

from inspect_server.launcher import child_process, gunicorn_gate, lan_tls, private_files
from inspect_server.launcher.embedded_store import EmbeddedStore, EmbeddedStoreError
from inspect_server.launcher.lan_tls import LanImpossible
from media.store import StoreSettings

_PACKAGE: Final = Path(__file__).resolve().parents[1]
# `wsgi.py` lies beside the package, in a checkout as in site-packages.
_BESIDE: Final = _PACKAGE.parent
_PAGES: Final = (
    _PACKAGE / "static" / "field" / "index.html",
    _PACKAGE / "static" / "console" / "index.html",
)
_THREADS: Final = 64
_GRACE_SECONDS: Final = 25
_READY_SECONDS: Final = 90.0
_POLL_SECONDS: Final = 0.1
# A first start writes ~30 MB; below this the disk fills within the first day's photographs.
_LEAST_FREE_BYTES: Final = 300 * 1024 * 1024
_LOG_BYTES: Final = 8 * 1024 * 1024
# A child that ran this long was healthy: its next restart is immediate again.
_HEALTHY_SECONDS: Final = 30.0
_LONGEST_PAUSE_SECONDS: Final = 30.0
# How long children of an `up` that was killed may hold its port.
_PREDECESSOR_SECONDS: Final = 30.0


class UpFailed(Exception):
    """起不来: the sentence an operator reads instead of a traceback. `prepare` may raise it."""


class Login(Protocol):
    """演示账号, as far as it is shown."""

    @property
    def login(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def scope(self) -> str: ...


@dataclass(frozen=True, slots=True)
class KeptLogin:
    """演示账号 as kept in demo-logins.json: the database knows only the password's hash."""

    login: str
    password: str
    role: str
    name: str
    scope: str


def remember_logins(home: Path, logins: Sequence[Login]) -> list[KeptLogin]:
    """记下演示账号: add `logins` to demo-logins.json (for the owner's eyes), return all of them.

    Call it before the commit that makes them valid: a password written for nobody is harmless,
    one that nobody knows is not.
    """
    file = home / "demo-logins.json"
    kept = {}
    with suppress(FileNotFoundError):
        kept = {row["login"]: KeptLogin(**row) for row in json.loads(file.read_bytes())}
    for one in logins:
        kept[one.login] = KeptLogin(one.login, one.password, str(one.role), one.name, one.scope)
    if logins:
        rows = [asdict(one) for one in kept.values()]
        private_files.write(file, json.dumps(rows, ensure_ascii=False, indent=1).encode())
    return list(kept.values())


Prepare = Callable[[Mapping[str, str]], Sequence[Login]]


def run(home: Path, port: int, *, lan: bool, environ: Mapping[str, str], prepare: Prepare) -> int:
    """起全套: run until told to stop; the exit code.

    `prepare(env)` migrates and loads starter data with the children's environment and returns the
    logins to show. It runs while the store is still starting and must not use it.
    """
    try:
        with _Stopping() as stopping, ExitStack() as opened:
            family = _Family(home.expanduser().absolute(), port, lan, environ, stopping)
            opened.callback(family.stop)
            try:
                family.start(prepare)
                family.watch()
            except _Asked:
                _say("\n正在停止 (stopping) …")
    except (UpFailed, EmbeddedStoreError, LanImpossible) as failure:
        return _fail(str(failure))
    except OSError as error:
        return _fail(_in_words(error, home))
    _say("已停止 (stopped)")
    return 0


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """独占: nobody runs `up` on this folder meanwhile. Raises `UpFailed` when somebody does."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = _lock(home)
    try:
        yield
    finally:
        os.close(lock)


def is_running(home: Path) -> bool:
    """在运行吗: whether an `up` holds this folder."""
    try:
        with alone(home):
            return False
    except UpFailed:
        return True


def store_variables(settings: StoreSettings | None) -> dict[str, str]:
    """存储的环境变量: how a child is told of a store; nothing for none."""
    if settings is None:
        return {}
    return {
        "INSPECT_S3_ENDPOINT_URL": settings.endpoint_url,
        "INSPECT_S3_BUCKET": settings.bucket,
        "INSPECT_S3_ACCESS_KEY_ID": settings.access_key_id,
        "INSPECT_S3_SECRET_ACCESS_KEY": settings.secret_access_key,
        "INSPECT_S3_REGION": settings.region,
        "INSPECT_S3_ADDRESSING": settings.addressing,
    }


def _lock(home: Path) -> int:
    """Take the lock of a folder; who holds it is told by its number."""
    lock = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        os.close(lock)
        raise UpFailed(
            f"{home} 已经有一个 up 在运行（进程 {other}）。先停掉它，"
            f"或用 INSPECT_HOME 换一个文件夹。 "
            f"(another `up`, process {other}, uses this folder)"
        ) from None
    return lock


class _Asked(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, a closed terminal."""


class _Stopping:
    """停止信号: turns signals into `_Asked` until stopping has begun; then a second Ctrl-C kills.

    Also wakes `wait` whenever a child ends.
    """

    _SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __enter__(self) -> _Stopping:
        self.impatient = False
        self._ear, mouth = socket.socketpair()
        self._mouth = mouth
        self._ear.setblocking(False)
        mouth.setblocking(False)
        self._before = {s: signal.signal(s, self._asked) for s in self._SIGNALS}
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        self._fd_before = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._ear.close()
        self._mouth.close()

    def from_now_on(self) -> None:
        """We are stopping: what comes now only hurries."""
        for number in self._SIGNALS:
            signal.signal(number, self._hurry)

    def wait(self, seconds: float | None) -> None:
        """Until a signal (a child's end is one) or the time is up."""
        ready, _, _ = select.select([self._ear], [], [], seconds)
        if ready:
            with suppress(BlockingIOError):
                self._ear.recv(4096)

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self.from_now_on()
        raise _Asked

    def _hurry(self, _number: int, _frame: FrameType | None) -> None:
        self.impatient = True


@dataclass(slots=True)
class _Member:
    """家族成员: one child and how often it has failed."""

    label: str
    launch: Callable[[], subprocess.Popen[bytes]]
    log: Path
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float | None = field(default=None)

    def start(self) -> None:
        self.child = self.launch()
        self.started_at = time.monotonic()
        self.due_at = None

    def plan_restart(self) -> float:
        """Seconds until the next try: none after a healthy life, then 0.5, 1, 2, … 30."""
        now = time.monotonic()
        if now - self.started_at > _HEALTHY_SECONDS:
            self.failures = 0
        pause = min(_LONGEST_PAUSE_SECONDS, 0.25 * 2**self.failures) if self.failures else 0.0
        self.failures += 1
        self.child = None
        self.due_at = now + pause
        return pause


class _Family:
    """全套进程: started in order, watched together, stopped in the opposite order."""

    def __init__(
        self, home: Path, port: int, lan: bool, environ: Mapping[str, str], stopping: _Stopping
    ) -> None:
        self._home = home
        self._port = port
        self._lan = lan
        self._environ = environ
        self._stopping = stopping
        self._members: list[_Member] = []
        self._store: EmbeddedStore | None = None
        self._tls: lan_tls.Identity | None = None
        self._lock: int | None = None
        self._gate: tuple[int, int] | None = None

    # --- start ------------------------------------------------------------------------------

    def start(self, prepare: Prepare) -> None:
        """1. look whether it can work  2. the store, the web server behind a closed gate and,
        meanwhile, the database  3. open the gate  4. the worker and the addresses, once it
        answers."""
        self._take_home()
        self._need_pages()
        self._need_port(self._port)
        env = self._environment()
        if self._store is not None:
            _say("启动对象存储 (object store) …")
            self._start_store()
        web = self._start_web(env)
        with _step("准备数据库和初始数据 (database, starter data)"):
            logins = prepare(env)
        if self._store is not None:
            with _step("等待对象存储 (object store)"):
                self._store.wait_ready()
        self._open_gate()
        with _step("启动网站和后台任务 (web server, worker)"):
            self._wait_until_ready(web)
            self._add("后台任务 (worker)", _worker_command(), env, "worker.log")
        self._show(logins)

    def _take_home(self) -> None:
        """The folder is ours, writable, not full, and nobody else's."""
        for folder in (self._home, self._home / "log"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(self._home).free < _LEAST_FREE_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._home))
        lock = _lock(self._home)
        self._lock = lock
        # What an `up` left here that could not say good-bye.
        if os.pread(lock, 1, 0):
            self._await_predecessor()
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)

    def _await_predecessor(self) -> None:
        """An `up` before us was killed: its children end by themselves, but not at once."""
        deadline = time.monotonic() + _PREDECESSOR_SECONDS
        while not _is_free(self._host, self._port) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)

    def _need_pages(self) -> None:
        if not all(page.is_file() for page in _PAGES):
            raise UpFailed(
                "网页还没有构建，请先运行 make web。 (the web pages are not built: run `make web`)"
            )

    def _need_port(self, port: int) -> None:
        if not _is_free(self._host, port):
            raise UpFailed(
                f"端口 {port} 已被占用，请换一个，例如 INSPECT_PORT={port + 10}。 "
                f"(port {port} is in use, choose another)"
            )

    @property
    def _host(self) -> str:
        return "0.0.0.0" if self._lan else "127.0.0.1"

    def _environment(self) -> dict[str, str]:
        """What the children are told: ours, and what `up` decides."""
        env = dict(self._environ)
        env["INSPECT_HOME"] = str(self._home)
        env["INSPECT_PORT"] = str(self._port)
        env["PYTHONUNBUFFERED"] = "1"
        if not env.get("INSPECT_SECRET_KEY"):
            keep_secret(self._home / "secret-key")
        if self._lan:
            self._tls = lan_tls.identity(self._home)
            env["INSPECT_HTTPS"] = "1"
            env.setdefault("INSPECT_PUBLIC_ORIGIN", self._origin())
        if not env.get("INSPECT_S3_ENDPOINT_URL"):
            store = EmbeddedStore(self._home, log=_fresh_log(self._home / "log" / "store.log"))
            env |= store_variables(store.settle())
            self._store = store
        return env

    def _start_store(self) -> None:
        store = self._store
        if store is None:
            return
        member = _Member("对象存储 (object store)", store.launch, store.log)
        member.start()
        self._members.append(member)

    def _start_web(self, env: Mapping[str, str]) -> _Member:
        """It loads the application at once and takes the first request when the gate opens."""
        self._gate = os.pipe()
        waits = self._gate[0]
        told = {**env, gunicorn_gate.VARIABLE: str(waits)}
        return self._add("网站 (web)", self._web_command(), told, "web.log", (waits,))

    def _open_gate(self) -> None:
        if self._gate is not None and self._gate[1] >= 0:
            waits, opens = self._gate
            os.close(opens)
            self._gate = waits, -1

    def _add(
        self,
        label: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        log: str,
        pass_fds: Sequence[int] = (),
    ) -> _Member:
        file = _fresh_log(self._home / "log" / log)
        member = _Member(
            label,
            lambda: child_process.start(argv, cwd=_BESIDE, env=env, log=file, pass_fds=pass_fds),
            file,
        )
        member.start()
        self._members.append(member)
        return member

    def _web_command(self) -> list[str]:
        """gunicorn with threads: a slow phone holds a thread, not the server."""
        command = [
            *(sys.executable, "-m", "gunicorn", "wsgi:app"),
            *("--config", str(Path(gunicorn_gate.__file__))),
            *("--bind", f"{self._host}:{self._port}"),
            *("--worker-class", "gthread"),
            *("--workers", self._environ.get("INSPECT_WEB_WORKERS") or "1"),
            *("--threads", self._environ.get("INSPECT_WEB_THREADS") or str(_THREADS)),
            *("--timeout", "60"),
            *("--graceful-timeout", str(_GRACE_SECONDS)),
            *("--keep-alive", "15"),
            "--no-control-socket",
        ]
        if self._tls is not None:
            command += ["--certfile", str(self._tls.certificate), "--keyfile", str(self._tls.key)]
        return command

    def _wait_until_ready(self, web: _Member) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if web.child is not None and web.child.poll() is not None:
                raise UpFailed(f"网站没有起来，日志在 {web.log} (the web server ended)")
            if self._answers():
                return
            self._stopping.wait(_POLL_SECONDS)
        raise UpFailed(
            f"网站 {_READY_SECONDS:.0f} 秒内没有就绪，日志在 {web.log} (not ready in time)"
        )

    def _answers(self) -> bool:
        """Whether /readyz says 200."""
        if self._tls is None:
            asked = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        else:
            trust = ssl.create_default_context(cafile=str(self._tls.authority))
            asked = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=5, context=trust)
        try:
            asked.request("GET", "/readyz")
            return asked.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()

    # --- run --------------------------------------------------------------------------------

    def watch(self) -> None:
        """守着: start again what dies, until asked to stop."""
        while True:
            for member in self._members:
                self._look_after(member)
            due = [m.due_at for m in self._members if m.due_at is not None]
            wait = max(0.0, min(due) - time.monotonic()) if due else None
            self._stopping.wait(wait)

    def _look_after(self, member: _Member) -> None:
        if member.child is not None and member.child.poll() is not None:
            code = member.child.returncode
            child_process.stop(member.child, 0)
            pause = member.plan_restart()
            _say(
                f"{member.label} 意外退出（代码 {code}），{pause:g} 秒后重启；日志 {member.log} "
                "(it ended and is started again)"
            )
        if member.due_at is not None and time.monotonic() >= member.due_at:
            try:
                member.start()
            except (OSError, EmbeddedStoreError) as error:
                pause = member.plan_restart()
                _say(f"{member.label} 重启失败，{pause:g} 秒后再试 (restart failed): {error}")

    # --- stop -------------------------------------------------------------------------------

    def stop(self) -> None:
        """停全套: first those who use the store, then the store; nobody is left behind."""
        self._stopping.from_now_on()
        # A worker that waits at the gate would not hear that it should end.
        self._open_gate()
        users = [m for m in self._members if m.label != "对象存储 (object store)"]
        self._end([m.child for m in users if m.child is not None])
        if self._store is not None:
            self._store.stop()
        if self._gate is not None:
            os.close(self._gate[0])
            self._gate = None
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def _end(self, children: Sequence[subprocess.Popen[bytes]]) -> None:
        """All at once, each with its time to finish what it holds."""
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS + 3
        while any(child.poll() is None for child in children):
            if self._stopping.impatient or time.monotonic() > deadline:
                break
            self._stopping.wait(min(1.0, max(0.0, deadline - time.monotonic())))
        for child in children:
            child_process.stop(child, 0)

    # --- tell -------------------------------------------------------------------------------

    def _origin(self) -> str:
        if self._tls is None:
            return f"http://127.0.0.1:{self._port}"
        return f"https://{self._tls.addresses[0]}:{self._port}"

    def _show(self, logins: Sequence[Login]) -> None:
        origin = self._origin()
        _say(f"\n手机端 (phone)   {origin}/\n电脑端 (desk)    {origin}/console/\n")
        if logins:
            _say(f"演示账号 (demo logins)，也记在 {self._home / 'demo-logins.json'}：")
            for one in logins:
                _say(f"  {one.login:<10} {one.password:<16} {one.name}  {one.scope}")
            _say("")
        if self._tls is not None:
            self._show_install_page(self._tls)
        _say("按 Ctrl-C 停止 (Ctrl-C stops everything)")

    def _show_install_page(self, tls: lan_tls.Identity) -> None:
        """The certificate's page first; the code that leads to the service only when it is up."""
        port = next(
            (p for p in range(self._port + 1, self._port + 50) if _is_free(self._host, p)), None
        )
        if port is None:
            raise UpFailed("找不到空闲端口放证书安装页 (no free port for the install page)")
        page = f"http://{tls.addresses[0]}:{port}/"
        env = {"PATH": os.defpath}
        member = self._add(
            "证书安装页 (install page)",
            lan_tls.page_command(tls, self._host, port, f"{self._origin()}/"),
            env,
            "install-page.log",
        )
        deadline = time.monotonic() + _READY_SECONDS
        while not lan_tls.page_answers(port):
            if time.monotonic() > deadline or member.child is None or member.child.poll():
                raise UpFailed(f"证书安装页没有起来，日志在 {member.log} (install page failed)")
            self._stopping.wait(_POLL_SECONDS)
        _say(lan_tls.invitation(tls, page, f"{self._origin()}/"))


def _worker_command() -> list[str]:
    return [sys.executable, "-m", "inspect_server.cli", "worker"]


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
        return True


def keep_secret(file: Path) -> None:
    """The key that signs links and cookies: made once, for this folder."""
    if not file.is_file():
        private_files.write(file, token_urlsafe(48).encode())


def _fresh_log(file: Path) -> Path:
    """One earlier log is kept once it has grown."""
    with suppress(FileNotFoundError):
        if file.stat().st_size > _LOG_BYTES:
            file.replace(file.with_suffix(".old.log"))
    return file


@contextmanager
def _step(what: str) -> Iterator[None]:
    """A step that may take long: say it, show that it lives, say how long it took."""
    began = time.monotonic()
    sys.stdout.write(f"{what} …")
    sys.stdout.flush()
    over = threading.Event()

    def beat() -> None:
        while not over.wait(2):
            sys.stdout.write(".")
            sys.stdout.flush()

    dots = threading.Thread(target=beat, daemon=True)
    dots.start()
    done = False
    try:
        yield
        done = True
    finally:
        over.set()
        dots.join()
        sys.stdout.write(f" {time.monotonic() - began:.1f} 秒\n" if done else "\n")
        sys.stdout.flush()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _fail(sentence: str) -> int:
    sys.stderr.write(f"inspect-server: {sentence}\n")
    sys.stderr.flush()
    return 1


def _in_words(error: OSError, home: Path) -> str:
    """What the operating system refused, as a sentence."""
    where = error.filename or home
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"磁盘空间不足，请清理后再启动：{where} (no space left on the disk)"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"没有写入权限：{where}，请换一个 INSPECT_HOME (cannot write there)"
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{where} 不是文件夹，请换一个 INSPECT_HOME (not a folder)"
    return f"系统拒绝了操作 (the system refused): {error}"
