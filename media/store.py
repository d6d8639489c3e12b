"""The object store 对象存储 of photos: any S3 through boto3, which no other module imports.

One implementation for SeaweedFS, MinIO, Ceph RGW, AWS, OSS and COS; they differ in settings only.
Requests have the oldest form, which all of them support: one signed body, no aws-chunked trailer,
no conditional write, no multi-delete. Exceptions of boto3 are translated into those of this module.
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
# The store is near the server: one that does not connect within two seconds is down, and a retry of
# the phone is better than a thread that waits.
_TIMEOUTS: Final = {"connect_timeout": 2, "read_timeout": 15, "attempts": 3}
_QUICK_TIMEOUTS: Final = {"connect_timeout": 1, "read_timeout": 2, "attempts": 1}
_RETRYABLE: Final = frozenset(
    ("SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "ServiceUnavailable", "InternalError")
)
_MISSING: Final = frozenset(("NoSuchKey", "404", "NotFound"))
_ALREADY_CREATED: Final = frozenset(("BucketAlreadyOwnedByYou", "BucketAlreadyExists"))

# A session may not create two clients at once.
_CLIENT_LOCK: Final = Lock()

Bytes = bytes


class StoreError(Exception):
    """Base class of the errors of the store 对象存储出错."""


class ObjectMissing(StoreError):
    """No object has this key 对象不存在."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class StoreUnavailable(StoreError):
    """The store failed or is away 存储暂不可用; `retryable`: whether a later try may help."""

    def __init__(self, reason: str, retryable: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


class StoreRefused(StoreError):
    """The store refused 存储拒绝: wrong key, secret, bucket or request; an operator has to act."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Settings of the store 对象存储设置.

    `endpoint_url` is the address for this service, `public_url` the one for phones and browsers:
    the host is part of a signature, so there are two.
    """

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
    """Facts of an object 对象信息. `sha256` is the declared hash, None if there is none."""

    key: str
    bytes: int
    sha256: str | None
    mime: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An object in a listing 列出的对象; `modified_at` is UTC by the clock of the store."""

    key: str
    bytes: int
    modified_at: datetime


class StoredObject:
    """An open object 打开的对象: iterates its chunks as they arrive; close it, or use `with`."""

    def __init__(self, facts: ObjectFacts, body: Any) -> None:
        self.facts = facts
        self._body = body

    def __iter__(self) -> Iterator[Bytes]:
        try:
            yield from self._body.iter_chunks(CHUNK)
        except (BotoCoreError, HTTPError, OSError) as error:
            raise StoreUnavailable(
                f"reading {self.facts.key} broke off: {_kind_of(error)}"
            ) from error

    def read(self) -> Bytes:
        """Return the whole object."""
        return b"".join(self)

    def close(self) -> None:
        """Return the connection to the pool."""
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ObjectStore:
    """One bucket of an object store 对象存储. Threads may share it."""

    def __init__(self, settings: StoreSettings) -> None:
        self.settings = settings
        self._bucket = settings.bucket
        with _CLIENT_LOCK:
            self._s3 = _client(settings, settings.endpoint_url, **_TIMEOUTS)
            self._quick_s3 = _client(settings, settings.endpoint_url, **_QUICK_TIMEOUTS)
            self._public_s3 = (
                _client(settings, settings.public_url, **_TIMEOUTS)
                if settings.public_url
                else self._s3
            )

    def put(
        self, key: str, body: BinaryIO | Bytes, *, bytes: int, sha256: str, mime: str
    ) -> ObjectFacts:
        """Store an object 存, and verify that the store has `bytes` bytes with this hash.

        A file is read from its beginning. Raises ValueError when the body differs from what is
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
                # The only check of a body that every store makes: some (SeaweedFS) do not
                # compare the signed hash with the bytes.
                ContentMD5=_md5(body),
                Metadata={"sha256": sha256},
            )
        # A store may acknowledge a body and store less of it: verify.
        facts = self.head(key)
        if facts.bytes != bytes or facts.sha256 != sha256:
            raise StoreUnavailable(f"{key}: put {bytes} bytes, the store shows {facts.bytes}")
        return facts

    def head(self, key: str) -> ObjectFacts:
        """Return size and declared hash of an object 查看. Raises ObjectMissing."""
        with _translated(key):
            answer = self._s3.head_object(Bucket=self._bucket, Key=key)
        return _facts(key, answer)

    def open(self, key: str) -> StoredObject:
        """Open an object as a stream 读取. Raises ObjectMissing."""
        with _translated(key):
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
        return StoredObject(_facts(key, answer), answer["Body"])

    def get(self, key: str) -> Bytes:
        """Return a small object as bytes 读取. Raises ObjectMissing."""
        with closing(self.open(key)) as stored:
            return stored.read()

    def delete(self, key: str) -> None:
        """Delete an object 删除; a missing one is no error."""
        with _translated(key):
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def list_keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with `prefix` 列出, in order."""
        return (one.key for one in self.list_objects(prefix))

    def list_objects(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects whose keys begin with `prefix` 列出, in order, page by page."""
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
        """Return a signed URL 签名链接 that reads this object for `seconds`, served as `mime`."""
        with _translated(key):
            return self._public_s3.generate_presigned_url(
                "get_object",
                Params={"Bucket": self._bucket, "Key": key, "ResponseContentType": mime},
                ExpiresIn=seconds,
            )

    def ensure_bucket(self) -> None:
        """Create the bucket 建桶 unless it exists."""
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
            if refusal.reason.partition(":")[0] not in _ALREADY_CREATED:
                raise

    def probe(self) -> None:
        """Check that the store answers 就绪检查. Raises StoreUnavailable, StoreRefused."""
        try:
            with _translated(self._bucket):
                self._quick_s3.head_bucket(Bucket=self._bucket)
        except ObjectMissing:
            raise StoreRefused(f"NoSuchBucket: {self._bucket}") from None

    def close(self) -> None:
        """Close the pooled connections."""
        for client in {id(c): c for c in (self._s3, self._quick_s3, self._public_s3)}.values():
            client.close()


class _HashMismatch(Exception):
    """The hash of the body differs from the hash in its metadata."""


@cache
def _session() -> boto3.session.Session:
    """Return the session; it ignores the AWS files and profile of the machine.

    It has no secret and no connection, only the data files of botocore, which take 0.2 s to load.
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
            # Unset, the client builds a long one for every request, a tenth of its CPU time.
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
            # A proxy for the internet does not lead to this machine.
            proxies={} if _is_loopback(endpoint_url) else None,
        ),
    )
    client.meta.events.register("before-send.s3.PutObject", _check_hash)
    return client


def _check_hash(request: AWSPreparedRequest, **_: object) -> None:
    """Compare the hash that the signer computed with the declared one."""
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
    """Translate the exceptions of boto3 into those of this module."""
    try:
        yield
    except ClientError as error:
        raise _from_answer(key, error) from error
    except _HashMismatch as error:
        raise ValueError(f"{key}: {error}") from error
    except (NoConnection, HTTPClientError) as error:
        raise StoreUnavailable(_kind_of(error)) from error
    except BotoCoreError as error:
        raise StoreRefused(_kind_of(error)) from error


def _from_answer(key: str, error: ClientError) -> StoreError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _MISSING:
        return ObjectMissing(key)
    if status >= 500 or status == 429 or code in _RETRYABLE:
        return StoreUnavailable(f"{code}: answer {status}", retryable=status != 501)
    return StoreRefused(f"{code}: answer {status}")


def _kind_of(error: BaseException) -> str:
    """Return the kind of failure; its text may contain a signed URL and is not shown."""
    return type(error).__name__
