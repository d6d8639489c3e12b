"""The requests of our S3 client: nothing that a strict cloud store refuses."""

from __future__ import annotations

import hashlib
import socket
from base64 import b64decode
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.awsrequest import AWSResponse

from media.store import ObjectStore, StoreSettings, StoreUnavailable

BODY = b"a photograph, as far as the wire can tell"
SHA256 = hashlib.sha256(BODY).hexdigest()


def settings(**changed):
    values = {
        "endpoint_url": "https://oss.example.cn",
        "bucket": "evidence",
        "access_key_id": "AK",
        "secret_access_key": "SK",
    }
    return StoreSettings(**(values | changed))


class RecordingStore:
    """A store whose requests are recorded before they are sent, and answered here."""

    def __init__(self, **changed):
        self.store = ObjectStore(settings(**changed))
        self.sent = []
        self.store._s3.meta.events.register("before-send.s3", self._answer)

    def _answer(self, request, **_):
        self.sent.append(request)
        headers = {"Content-Length": str(len(BODY)), "x-amz-meta-sha256": SHA256}
        return AWSResponse(request.url, 200, headers, EmptyResponse())

    def put(self):
        self.store.put("original/1", BODY, bytes=len(BODY), sha256=SHA256, mime="image/jpeg")
        return self.sent[0]


class EmptyResponse:
    """An empty answer body."""

    def stream(self, **_):
        return iter(())

    def read(self, *_):
        return b""


def header(request, name):
    value = request.headers.get(name)
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture
def recording_store():
    store = RecordingStore()
    yield store
    store.store.close()


def test_over_https_a_put_is_one_plain_body(recording_store):
    request = recording_store.put()
    assert header(request, "Content-Length") == str(len(BODY))
    assert header(request, "Content-Encoding") is None
    assert header(request, "Transfer-Encoding") is None
    assert header(request, "X-Amz-Trailer") is None
    assert header(request, "X-Amz-Decoded-Content-Length") is None


def test_over_https_the_signature_covers_the_body(recording_store):
    assert header(recording_store.put(), "X-Amz-Content-SHA256") == SHA256


def test_the_body_carries_the_check_that_every_store_makes(recording_store):
    assert b64decode(header(recording_store.put(), "Content-MD5")) == hashlib.md5(BODY).digest()


def test_no_request_is_conditional_or_carries_a_checksum_of_its_own(recording_store):
    names = {name.lower() for name in recording_store.put().headers}
    assert not [n for n in names if n.startswith(("if-", "x-amz-checksum", "x-amz-sdk-checksum"))]


def test_a_put_is_followed_by_a_head_request(recording_store):
    recording_store.put()
    assert [request.method for request in recording_store.sent] == ["PUT", "HEAD"]


def test_a_store_that_kept_less_than_it_acknowledged_is_detected(recording_store):
    with pytest.raises(StoreUnavailable, match="the store shows"):
        recording_store.store.put(
            "original/2",
            b"shorter",
            bytes=7,
            sha256=hashlib.sha256(b"shorter").hexdigest(),
            mime="",
        )


def test_by_path_the_bucket_stands_in_the_path(recording_store):
    assert recording_store.put().url == "https://oss.example.cn/evidence/original/1"


def test_by_virtual_host_the_bucket_stands_in_the_name():
    store = RecordingStore(addressing="virtual")
    assert store.put().url == "https://evidence.oss.example.cn/original/1"
    store.store.close()


def test_a_signed_link_is_sigv4_for_the_public_host():
    store = ObjectStore(settings(public_url="https://photos.example.cn"))
    link = urlsplit(store.presign_get("review/1.jpg", 300, "image/jpeg"))
    parameters = parse_qs(link.query)
    assert link.hostname == "photos.example.cn"
    assert parameters["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert parameters["X-Amz-Expires"] == ["300"]
    assert parameters["response-content-type"] == ["image/jpeg"]
    store.close()


def test_the_machines_aws_profile_and_proxy_are_ignored(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "somebody-else")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.cn:3128")
    store = ObjectStore(settings(endpoint_url="http://127.0.0.1:9"))
    assert (
        store._s3._endpoint.http_session._proxy_config.proxy_url_for("http://127.0.0.1:9") is None
    )
    store.close()


def test_a_store_that_does_not_answer_is_unavailable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        store = ObjectStore(settings(endpoint_url=f"http://127.0.0.1:{taken.getsockname()[1]}"))
        with pytest.raises(StoreUnavailable) as down:
            store.probe()
    assert down.value.retryable
    store.close()


def test_the_secret_is_not_shown_with_the_settings():
    assert "SK" not in repr(settings(access_key_id="AK"))
