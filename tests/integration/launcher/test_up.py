"""`inspect-server up`: one command starts everything, and nothing is left when it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LAST_LINE = "Ctrl-C stops everything"
# For what the kernel does in milliseconds; reached only by a failure.
TIMEOUT_SECONDS = 60


def free_port():
    """A port free together with the next, which the install page takes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def launch(home, port, *arguments, **env):
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.integration.launcher.run_up",
            str(home),
            str(port),
            *arguments,
        ],
        cwd=ROOT,
        env=without_settings() | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def without_settings():
    return {name: value for name, value in os.environ.items() if not name.startswith("INSPECT_")}


@contextmanager
def running(home, port, *arguments, **env):
    """`up`, once it has written its last line; killed at the end."""
    process = launch(home, port, *arguments, **env)
    try:
        process.output = "".join(until(process.stdout, LAST_LINE))
        yield process
    finally:
        process.kill()
        process.communicate()


def until(lines, text):
    for line in lines:
        yield line
        if text in line:
            return
    raise AssertionError(f"never said: {text}")


def refused(home, port, *arguments, **env):
    """The message of `up` when it cannot start."""
    process = launch(home, port, *arguments, **env)
    _, sentence = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 1
    assert "Traceback" not in sentence
    assert len(sentence.strip().splitlines()) == 1
    return sentence


def eventually(look):
    """Repeat a check until it is true."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not look():
        assert time.monotonic() < deadline
        os.sched_yield()


def state_of_app(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        return json.load(answer)


def answers(port):
    try:
        state_of_app(port)
    except OSError:
        return False
    return True


def parents():
    """Every process and its parent."""
    parent_of = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent = stat.rpartition(")")[2].split()[:2]
        if state != "Z":
            parent_of[int(folder.name)] = int(parent)
    return parent_of


def descendants(pid):
    tree = parents()
    pids = set()
    layer = {pid}
    while layer:
        layer = {child for child, parent in tree.items() if parent in layer}
        pids |= layer
    return pids


def child_named(pid, name):
    """The child of `up` whose command contains `name`, once it runs that command."""
    for child, parent in parents().items():
        if parent == pid:
            try:
                command = Path(f"/proc/{child}/cmdline").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            # Before that, a few lines of ours run that hold the command as arguments.
            if name in command and "prctl" not in command:
                return child
    return None


@pytest.fixture(scope="module")
def running_up(tmp_path_factory):
    """An `up` that several tests share: its home, its port, its process."""
    home, port = tmp_path_factory.mktemp("up") / "home", free_port()
    with running(home, port, INSPECT_DATABASE_URL="postgresql://somewhere/else") as process:
        yield home, port, process


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def port():
    return free_port()


# --- it runs --------------------------------------------------------------------------------


def test_it_shows_both_addresses_and_the_logins_once_it_answers(running_up):
    _, port, process = running_up
    assert state_of_app(port)
    assert f"http://127.0.0.1:{port}/\n" in process.output
    assert f"http://127.0.0.1:{port}/console/" in process.output
    assert "a-password" in process.output


def test_the_children_know_home_database_and_store(running_up):
    home, port, _ = running_up
    env = state_of_app(port)["settings"]
    assert env["INSPECT_HOME"] == str(home)
    assert env["INSPECT_DATABASE_URL"] == "postgresql://somewhere/else"
    assert env["INSPECT_S3_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert env["INSPECT_S3_SECRET_ACCESS_KEY"]


def test_a_store_of_ones_own_is_used_instead(home, port):
    with running(home, port, INSPECT_S3_ENDPOINT_URL="https://s3.example.cn") as process:
        assert state_of_app(port)["settings"]["INSPECT_S3_ENDPOINT_URL"] == "https://s3.example.cn"
        assert child_named(process.pid, "weed") is None
    assert not (home / "store").exists()


def test_what_it_keeps_is_for_its_owner_only(running_up):
    home, _, _ = running_up
    modes = {p.name: p.stat().st_mode & 0o077 for p in home.iterdir() if p.name != "prepared"}
    assert set(modes.values()) == {0}


def test_a_second_start_keeps_the_logins_and_the_secret(home, port):
    with running(home, port) as process:
        process.send_signal(signal.SIGINT)
        process.wait(TIMEOUT_SECONDS)
        secret = (home / "secret-key").read_text()
    with running(home, port) as process:
        assert "a-password" in process.output
    assert (home / "secret-key").read_text() == secret


def test_no_request_is_taken_before_the_database_is_prepared(home, port):
    with running(home, port, "prepare-asks"):
        assert state_of_app(port)
    assert (home / "answered").read_text() == "nothing"


# --- it ends --------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_child(home, port, number):
    with running(home, port) as process:
        children = descendants(process.pid)
        process.send_signal(number)
        assert process.wait(TIMEOUT_SECONDS) == 0
        assert len(children) == 4
        assert not children & set(parents())


def test_killed_without_warning_no_child_is_left(home, port):
    with running(home, port) as process:
        children = descendants(process.pid)
        process.kill()
        eventually(lambda: not children & set(parents()))


def test_after_that_it_starts_again_in_the_same_folder(home, port):
    with running(home, port) as process:
        process.kill()
    with running(home, port):
        assert state_of_app(port)


def test_stopped_while_it_starts_no_child_is_left(home, port):
    process = launch(home, port)
    list(until(process.stdout, "object store"))
    eventually(lambda: descendants(process.pid))
    children = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 0
    assert not children & set(parents())


# --- children that end are started again -----------------------------------------------------


@pytest.mark.parametrize("name", ["gunicorn", "weed", "signal.pause"])
def test_a_child_that_dies_is_started_again(running_up, name):
    _, port, process = running_up
    eventually(lambda: child_named(process.pid, name))
    first = child_named(process.pid, name)
    os.kill(first, signal.SIGKILL)
    list(until(process.stdout, "started again"))
    eventually(lambda: child_named(process.pid, name) not in (None, first))
    eventually(lambda: answers(port))


def test_a_web_server_that_dies_takes_its_workers_along(running_up):
    _, port, process = running_up
    worker = state_of_app(port)["pid"]
    os.kill(child_named(process.pid, "gunicorn"), signal.SIGKILL)
    eventually(lambda: worker not in parents())
    eventually(lambda: answers(port))


# --- it cannot ------------------------------------------------------------------------------


def test_a_port_in_use_is_one_sentence(home, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert f"端口 {port} 已被占用" in refused(home, port)


def test_a_second_up_in_the_same_folder_is_one_sentence(running_up):
    home, _, process = running_up
    assert f"进程 {process.pid}" in refused(home, free_port())


def test_missing_pages_are_one_sentence(home, port):
    assert "make web" in refused(home, port, "no-pages")


def test_a_full_disk_is_one_sentence(home, port):
    assert "磁盘空间不足" in refused(home, port, "disk-full")


def test_a_home_that_is_a_file_is_one_sentence(tmp_path, port):
    (tmp_path / "file").touch()
    assert "INSPECT_HOME" in refused(tmp_path / "file", port)


def test_a_home_below_a_file_is_one_sentence(tmp_path, port):
    (tmp_path / "file").touch()
    assert "INSPECT_HOME" in refused(tmp_path / "file" / "home", port)


def test_a_database_that_cannot_be_prepared_is_one_sentence_and_leaves_nobody(home, port):
    assert "数据库连不上" in refused(home, port, "prepare-fails")
    processes = [p for p in parents() if str(home).encode() in _environment(p)]
    assert processes == []


def _environment(pid):
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


# --- the local network ----------------------------------------------------------------------


def test_on_the_local_network_it_answers_over_tls_that_the_ca_vouches_for(home, port):
    with running(home, port, "lan") as process:
        trust = ssl.create_default_context(cafile=str(home / "ca" / "ca.crt"))
        with urllib.request.urlopen(f"https://127.0.0.1:{port}/", context=trust) as answer:
            env = json.load(answer)["settings"]
    assert env["INSPECT_HTTPS"] == "1"
    assert env["INSPECT_PUBLIC_ORIGIN"] in process.output


def test_the_install_page_is_up_before_the_code_is_shown(home, port):
    with running(home, port, "lan") as process:
        shown = process.output
        page = shown[shown.index("install the certificate)") :].split()[3]
        with urllib.request.urlopen(f"{page}inspect-ca.crt", timeout=10) as answer:
            certificate = answer.read()
            mime = answer.headers["Content-Type"]
    assert certificate == (home / "ca" / "ca.crt").read_bytes()
    assert mime == "application/x-x509-ca-cert"
    assert "█" in shown or "▄" in shown
