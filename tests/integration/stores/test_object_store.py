"""The behaviour of the object store, equal on SeaweedFS and on MinIO."""

from __future__ import annotations

import hashlib
import io
import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from media import keys
from media.store import ObjectMissing, ObjectStore, StoreRefused

MIME = "image/jpeg"


def some_bytes(length=300_000):
    return os.urandom(length)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def put(store, content, key=None):
    key = key or keys.original(uuid4(), sha256(content))
    return store.put(key, content, bytes=len(content), sha256=sha256(content), mime=MIME)


def test_what_was_put_is_read_back_byte_for_byte(each_store):
    content = some_bytes()
    facts = put(each_store, content)
    assert each_store.get(facts.key) == content


def test_a_put_answers_with_what_the_store_shows(each_store):
    content = some_bytes(1234)
    facts = put(each_store, content)
    assert (facts.bytes, facts.sha256, facts.mime) == (1234, sha256(content), MIME)
    assert each_store.head(facts.key) == facts


def test_a_file_is_put_from_its_beginning_wherever_it_was_read_to(each_store):
    content = some_bytes()
    file = io.BytesIO(content)
    file.read(100)
    facts = each_store.put(
        f"original/{uuid4()}", file, bytes=len(content), sha256=sha256(content), mime=MIME
    )
    assert each_store.get(facts.key) == content


def test_an_empty_object_is_an_object(each_store):
    facts = put(each_store, b"")
    assert each_store.get(facts.key) == b""


def test_an_object_comes_in_chunks(each_store):
    content = some_bytes(200_000)
    facts = put(each_store, content)
    with each_store.open(facts.key) as stored:
        chunks = list(stored)
    assert len(chunks) > 1
    assert b"".join(chunks) == content


def test_putting_again_under_the_same_key_changes_nothing(each_store):
    content = some_bytes(1000)
    first = put(each_store, content)
    assert put(each_store, content, first.key) == first
    assert list(each_store.list_keys(first.key)) == [first.key]


def test_a_body_of_another_length_is_refused_before_it_is_sent(each_store):
    key = f"original/{uuid4()}"
    with pytest.raises(ValueError, match="declared"):
        each_store.put(key, b"four", bytes=5, sha256=sha256(b"four"), mime=MIME)
    with pytest.raises(ObjectMissing):
        each_store.head(key)


def test_a_body_of_another_hash_is_refused_before_it_is_sent(each_store):
    key = f"original/{uuid4()}"
    with pytest.raises(ValueError, match="hashes to"):
        each_store.put(key, b"four", bytes=4, sha256=sha256(b"five"), mime=MIME)
    with pytest.raises(ObjectMissing):
        each_store.head(key)


def test_a_body_changed_on_its_way_is_refused_by_the_store(each_settings):
    def change(request, **_):
        request.body = b"fake" if request.method == "PUT" else request.body

    store = ObjectStore(each_settings)
    store._s3.meta.events.register_last("before-send.s3", change)
    key = f"original/{uuid4()}"
    with pytest.raises(StoreRefused):
        store.put(key, b"four", bytes=4, sha256=sha256(b"four"), mime=MIME)
    with pytest.raises(ObjectMissing):
        store.head(key)
    store.close()


@pytest.mark.parametrize("ask", ["head", "get", "open"])
def test_what_was_never_put_is_missing_by_name(each_store, ask):
    with pytest.raises(ObjectMissing) as missing:
        getattr(each_store, ask)("original/00/nothing")
    assert missing.value.key == "original/00/nothing"


def test_a_deleted_object_is_gone(each_store):
    facts = put(each_store, b"short-lived")
    each_store.delete(facts.key)
    with pytest.raises(ObjectMissing):
        each_store.head(facts.key)


def test_deleting_what_is_not_there_is_no_error(each_store):
    each_store.delete("original/00/nothing")
    with pytest.raises(ObjectMissing):
        each_store.head("original/00/nothing")


def test_keys_are_listed_in_order_below_their_prefix(each_store):
    folder = f"listed/{uuid4()}"
    for name in ("b", "a/2", "a/1"):
        put(each_store, b"x", f"{folder}/{name}")
    put(each_store, b"x", f"{folder}-not/below")
    assert list(each_store.list_keys(f"{folder}/")) == [
        f"{folder}/{n}" for n in ("a/1", "a/2", "b")
    ]


def test_a_list_longer_than_a_page_is_whole(each_store):
    folder = f"long/{uuid4()}"
    expected = [f"{folder}/{number:04}" for number in range(1001)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: put(each_store, b"x", key), expected))
    assert list(each_store.list_keys(f"{folder}/")) == expected


def test_many_threads_share_one_store(each_store):
    contents = [some_bytes(20_000) for _ in range(64)]
    with ThreadPoolExecutor(16) as pool:
        stored = list(pool.map(lambda content: put(each_store, content), contents))
    assert [each_store.get(facts.key) for facts in stored] == contents


def test_a_signed_link_reads_the_object_as_the_type_it_names(each_store):
    content = some_bytes(5000)
    facts = put(each_store, content)
    link = each_store.presign_get(facts.key, 300, "image/webp")
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.read() == content


def test_a_signed_link_reads_no_other_object(each_store):
    stored, other_object = put(each_store, b"mine"), put(each_store, b"other")
    link = each_store.presign_get(stored.key, 300, MIME).replace(stored.key, other_object.key)
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(link, timeout=10)
    with error.value:
        assert error.value.code == 403


def test_nobody_reads_an_object_without_a_signature(each_store, each_settings):
    facts = put(each_store, b"secret")
    plain = f"{each_settings.endpoint_url}/{each_settings.bucket}/{facts.key}"
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(plain, timeout=10)
    with error.value:
        assert error.value.code == 403


def test_a_wrong_secret_is_refused(each_settings):
    wrong_client = ObjectStore(replace(each_settings, secret_access_key="not-the-secret"))
    with pytest.raises(StoreRefused):
        wrong_client.head("original/00/nothing")
    wrong_client.close()


def test_the_bucket_is_made_once_and_found_again(each_settings):
    store = ObjectStore(replace(each_settings, bucket=f"fresh-{uuid4()}"))
    store.ensure_bucket()
    store.ensure_bucket()
    assert put(store, b"x").bytes == 1
    store.close()


def test_a_store_that_works_is_ready(each_store):
    assert each_store.probe() is None


def test_a_store_without_its_bucket_is_not_ready(each_settings):
    store = ObjectStore(replace(each_settings, bucket=f"absent-{uuid4()}"))
    with pytest.raises(StoreRefused, match="NoSuchBucket"):
        store.probe()
    store.close()
