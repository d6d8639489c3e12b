"""对象存储: photographs in any S3, through one boto3 client; the only module that knows boto3.

One implementation for SeaweedFS, MinIO, Ceph RGW, AWS, OSS and COS. What differs between them is
settings, and what they all understand is the oldest form of each request: one signed body, no
aws-chunked trailer, no conditional write, no multi-delete. No exception of the client library
leaves this module.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, Self
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_s3 import S3Client

CHUNK: Final = 64 * 1024
# The store stands beside the server: what has not connected in two seconds is down, and the
# phone's own retry is better than a thread that waits.
_PATIENT: Final = {"connect_timeout": 2, "read_timeout": 15, "attempts": 3}
_HASTY: Final = {"connect_timeout": 1, "read_timeout": 2, "attempts": 1}
_PASSING: Final = frozenset(
    ("SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "ServiceUnavailable", "InternalError")
)
_ABSENT: Final = frozenset(("NoSuchKey", "404", "NotFound"))
_OURS_ALREADY: Final = frozenset(("BucketAlreadyOwnedByYou", "BucketAlreadyExists"))

# A session may not create two clients at once.
_MAKING_CLIENTS: Final = Lock()

Bytes = bytes


class StoreError(Exception):
    """对象存储出错: the root of what this module raises."""


class ObjectMissing(StoreError):
    """对象不存在: no object lies under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class StoreUnavailable(StoreError):
    """存储暂不可用: the store did not do it; `retryable` says whether later may help."""

    def __init__(self, reason: str, retryable: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


class StoreRefused(StoreError):
    """存储拒绝: wrong key, secret, bucket or request; only an operator can help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """对象存储设置. `endpoint_url` is where the service talks to the store, `public_url` where
    phones and browsers do: the host is part of a signature, so there are two settings."""

    endpoint_url: str
    bucket: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = "us-east-1"
    addressing: Literal["path", "virtual"] = "path"
    public_url: str | None = None
    pool_size: int = 64


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """对象信息. `sha256` is the hash declared when storing; None if something else stored it."""

    key: str
    bytes: int
    sha256: str | None
    mime: str


@dataclass(frozen=True, slots=True)
class Listed:
    """列出的对象: what a listing tells of an object; `modified_at` is the store's clock, UTC."""

    key: str
    bytes: int
    modified_at: datetime


class StoredObject:
    """打开的对象: chunks of an object as they arrive; close it, or use it in a `with`."""

    def __init__(self, facts: ObjectFacts, body: Any) -> None:
        self.facts = facts
        self._body = body

    def __iter__(self) -> Iterator[Bytes]:
        try:
            yield from self._body.iter_chunks(CHUNK)
        except (BotoCoreError, HTTPError, OSError) as error:
            raise StoreUnavailable(f"reading {self.facts.key} broke off: {_say(error)}") from error

    def read(self) -> Bytes:
        """The whole object at once."""
        return b"".join(self)

    def close(self) -> None:
        """Give the connection back."""
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ObjectStore:
    """照片仓: put, look at, read and delete objects of one bucket. Safe to share among threads."""

    def __init__(self, settings: StoreSettings) -> None:
        self.settings = settings
        self._bucket = settings.bucket
        with _MAKING_CLIENTS:
            self._s3 = _client(settings, settings.endpoint_url, **_PATIENT)
            self._hasty_s3 = _client(settings, settings.endpoint_url, **_HASTY)
            self._public_s3 = (
                _client(settings, settings.public_url, **_PATIENT)
                if settings.public_url
                else self._s3
            )

    def put(
        self, key: str, body: BinaryIO | Bytes, *, bytes: int, sha256: str, mime: str
    ) -> ObjectFacts:
        """存: when this returns, the store has `bytes` bytes that hash to `sha256`.

        A file is read from its beginning. Raises ValueError when the body is not what was
        declared, StoreUnavailable, StoreRefused.
        """
        if (length := _length(body)) != bytes:
            raise ValueError(f"{key}: {bytes} bytes declared, {length} given")
        with _translated(key):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                ContentLength=bytes,
                ContentType=mime,
                # The oldest check of a body and the only one that every store makes: not all
                # compare the signed hash with what arrived (SeaweedFS does not).
                ContentMD5=_md5(body),
                Metadata={"sha256": sha256},
            )
        # A store may acknowledge a body and store less of it: verify.
        facts = self.head(key)
        if facts.bytes != bytes or facts.sha256 != sha256:
            raise StoreUnavailable(f"{key}: put {bytes} bytes, the store shows {facts.bytes}")
        return facts

    def head(self, key: str) -> ObjectFacts:
        """看: size and declared hash. Raises ObjectMissing."""
        with _translated(key):
            answer = self._s3.head_object(Bucket=self._bucket, Key=key)
        return _facts(key, answer)

    def open(self, key: str) -> StoredObject:
        """取: the object as a stream. Raises ObjectMissing."""
        with _translated(key):
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
        return StoredObject(_facts(key, answer), answer["Body"])

    def get(self, key: str) -> Bytes:
        """取: the whole object; for small ones. Raises ObjectMissing."""
        with closing(self.open(key)) as stored:
            return stored.read()

    def delete(self, key: str) -> None:
        """删: afterwards there is no such object, whether there was one or not."""
        with _translated(key):
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def list_keys(self, prefix: str) -> Iterator[str]:
        """列: keys that begin with `prefix`, in order, page by page."""
        return (one.key for one in self.list_objects(prefix))

    def list_objects(self, prefix: str) -> Iterator[Listed]:
        """列明: the same, with sizes and ages."""
        token: dict[str, Any] = {}
        while True:
            with _translated(prefix):
                page = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=prefix, **token)
            for entry in page.get("Contents", ()):
                yield Listed(entry["Key"], entry["Size"], entry["LastModified"])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def presign_get(self, key: str, seconds: int, mime: str) -> str:
        """签名链接: a URL that reads this one object for `seconds`, and is served as `mime`."""
        with _translated(key):
            return self._public_s3.generate_presigned_url(
                "get_object",
                Params={"Bucket": self._bucket, "Key": key, "ResponseContentType": mime},
                ExpiresIn=seconds,
            )

    def ensure_bucket(self) -> None:
        """建桶: make the bucket unless it is there."""
        try:
            with _translated(self._bucket):
                self._s3.head_bucket(Bucket=self._bucket)
        except ObjectMissing:
            pass
        else:
            return
        region = self.settings.region
        place: Any = {} if region == "us-east-1" else {"LocationConstraint": region}
        options: Any = {"CreateBucketConfiguration": place} if place else {}
        try:
            with _translated(self._bucket):
                self._s3.create_bucket(Bucket=self._bucket, **options)
        except StoreRefused as refusal:
            # Two nodes that start together both find no bucket.
            if refusal.reason.partition(":")[0] not in _OURS_ALREADY:
                raise

    def probe(self) -> None:
        """就绪检查: one quick question, for /readyz. Raises StoreUnavailable or StoreRefused."""
        try:
            with _translated(self._bucket):
                self._hasty_s3.head_bucket(Bucket=self._bucket)
        except ObjectMissing:
            raise StoreRefused(f"NoSuchBucket: {self._bucket}") from None

    def close(self) -> None:
        """Close the pooled connections."""
        for client in {id(c): c for c in (self._s3, self._hasty_s3, self._public_s3)}.values():
            client.close()


class _HashMismatch(Exception):
    """The body about to be sent does not hash to what its metadata says."""


@cache
def _session() -> boto3.session.Session:
    """The one session, which takes nothing from the machine's own AWS files and profile.

    It holds no secret and no connection, only what botocore reads of AWS: 0.2 s each time.
    """
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.session.Session(botocore_session=core)


def _client(
    settings: StoreSettings,
    endpoint_url: str,
    *,
    connect_timeout: int,
    read_timeout: int,
    attempts: int,
) -> S3Client:
    client = _session().client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=settings.region,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        config=Config(
            # Unset, presigned URLs fall back to SigV2.
            signature_version="s3v4",
            # Unset, the client spells a long one anew for every request: a tenth of its CPU.
            user_agent="inspect-server",
            # By default, and over https only, boto3 sends aws-chunked bodies with a trailer,
            # which OSS, COS and OBS refuse.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={
                "addressing_style": settings.addressing,
                # Over https too the body's SHA-256 is signed, and compared here before it leaves.
                "payload_signing_enabled": True,
            },
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=settings.pool_size,
            tcp_keepalive=True,
            # A proxy meant for the internet is no way to this very machine.
            proxies={} if _is_loopback(endpoint_url) else None,
        ),
    )
    client.meta.events.register("before-send.s3.PutObject", _check_hash)
    return client


def _check_hash(request: AWSPreparedRequest, **_: object) -> None:
    """Compare the hash the signer took of the body with the one declared: no second pass."""
    signed = _text(request.headers.get("X-Amz-Content-SHA256"))
    declared = _text(request.headers.get("x-amz-meta-sha256"))
    if signed != declared:
        raise _HashMismatch(f"declared {declared}, the body hashes to {signed}")


def _text(header: object) -> str:
    return header.decode("ascii") if isinstance(header, bytes) else str(header)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _length(body: BinaryIO | Bytes) -> int:
    if isinstance(body, bytes):
        return len(body)
    length = body.seek(0, os.SEEK_END)
    body.seek(0)
    return length


def _md5(body: BinaryIO | Bytes) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    if isinstance(body, bytes):
        digest.update(body)
    else:
        while chunk := body.read(CHUNK):
            digest.update(chunk)
        body.seek(0)
    return b64encode(digest.digest()).decode("ascii")


def _facts(key: str, answer: Any) -> ObjectFacts:
    return ObjectFacts(
        key=key,
        bytes=answer["ContentLength"],
        sha256=answer["Metadata"].get("sha256"),
        mime=answer.get("ContentType", "application/octet-stream"),
    )


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Turn what boto3 raises into what happened."""
    try:
        yield
    except ClientError as error:
        raise _from_answer(key, error) from error
    except _HashMismatch as error:
        raise ValueError(f"{key}: {error}") from error
    except (NoConnection, HTTPClientError) as error:
        raise StoreUnavailable(_say(error)) from error
    except BotoCoreError as error:
        raise StoreRefused(_say(error)) from error


def _from_answer(key: str, error: ClientError) -> StoreError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _ABSENT:
        return ObjectMissing(key)
    if status >= 500 or status == 429 or code in _PASSING:
        return StoreUnavailable(f"{code}: answer {status}", retryable=status != 501)
    return StoreRefused(f"{code}: answer {status}")


def _say(error: BaseException) -> str:
    """The kind of failure; its text may hold a signed URL and stays in the chain."""
    return type(error).__name__
