"""API of photo uploads 照片上传: tus 1.0.0 with the extensions creation, creation-with-upload,
expiration, termination and checksum, over `services.uploads`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Response, current_app, request

from inspect_server.core.problems import (
    EncodingUnsupported,
    MethodNotAllowed,
    UploadHeaders,
    UploadVersion,
)
from inspect_server.core.sentences import sentence
from inspect_server.http.blueprint import API, Blueprint
from inspect_server.identity.auth import me, public, signed_in
from inspect_server.photos.services.upload_rows import Creation, Progress
from inspect_server.photos.services.uploads import Body, UploadService
from media.probe import MAX_BYTES

bp = Blueprint("uploads", "照片上传 Photo uploads (tus 1.0.0)", "/uploads")

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
BYTES_TYPE = "application/offset+octet-stream"


def _header(name: str, pattern: str, *, required: bool = True) -> dict[str, Any]:
    """Return the OpenAPI description of a header of tus."""
    schema = {"type": "string", "pattern": pattern}
    return {"in": "header", "name": name, "required": required, "schema": schema}


_NUMBER = "^[0-9]{1,15}$"
_VERSION = _header("Tus-Resumable", "^1[.]0[.]0$")
_CHECKSUM = _header("Upload-Checksum", "^sha256 [A-Za-z0-9+/]{43}=$", required=False)
_BYTES = {"content": {BYTES_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
_METADATA = "^[a-z0-9_]+ [A-Za-z0-9+/]+=*(,[a-z0-9_]+ [A-Za-z0-9+/]+=*)*$"


@bp.after_request
def set_version(response: Response) -> Response:
    """Set the protocol version on every answer, also on problems."""
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == UploadVersion.status:
        response.headers["Tus-Version"] = VERSION
    return response


def uploads() -> UploadService:
    """Return the upload service of this app."""
    return cast(UploadService, current_app.extensions["uploads"])


@bp.route("", methods=["OPTIONS"])
@public
@bp.doc(security=[])
@bp.response(204)
def abilities() -> Response:
    """Return the supported version and extensions of tus."""
    response = Response(status=204)
    response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Extension"] = EXTENSIONS
    response.headers["Tus-Max-Size"] = str(MAX_BYTES)
    response.headers["Tus-Checksum-Algorithm"] = "sha256"
    return response


@bp.post("")
@signed_in
@bp.doc(
    parameters=[
        _VERSION,
        _header("Upload-Length", _NUMBER),
        _header("Upload-Metadata", _METADATA),
        _CHECKSUM,
    ],
    requestBody=_BYTES,
)
@bp.response(201)
def create() -> Response:
    """Create an upload, with no bytes, its first bytes or all of them."""
    _expect_version()
    creation = _creation()
    with_body = request.mimetype == BYTES_TYPE and request.content_length != 0
    progress = uploads().create(me(), creation, _body() if with_body else None)
    response = _progress(progress, 201)
    response.headers["Location"] = f"{API}/uploads/{creation.photo_id}"
    return response


@bp.route("/<uuid:photo_id>", methods=["PATCH"])
@signed_in
@bp.doc(
    parameters=[_VERSION, _header("Upload-Offset", _NUMBER), _CHECKSUM],
    requestBody=_BYTES | {"required": True},
)
@bp.response(204)
def append(photo_id: UUID) -> Response:
    """Append bytes at exactly the offset of the upload."""
    _expect_version()
    if request.mimetype != BYTES_TYPE:
        raise EncodingUnsupported(
            sentence("Content-Type 须为 {bytes_type}。", bytes_type=BYTES_TYPE)
        )
    offset = _whole_number("Upload-Offset")
    return _progress(uploads().append(me(), photo_id, offset, _body()), 204)


@bp.route("/<uuid:photo_id>", methods=["HEAD"])
@signed_in
@bp.doc(parameters=[_VERSION])
@bp.response(200)
def progress(photo_id: UUID) -> Response:
    """Return the offset of an upload."""
    _expect_version()
    response = _progress(uploads().progress_of(me(), photo_id), 200)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.delete("/<uuid:photo_id>")
@signed_in
@bp.doc(parameters=[_VERSION])
@bp.response(204)
def drop(photo_id: UUID) -> Response:
    """Delete an own upload that belongs to no record."""
    _expect_version()
    uploads().drop(me(), photo_id)
    return Response(status=204)


@bp.route("/<uuid:photo_id>", methods=["POST"])
@signed_in
@bp.doc(
    parameters=[
        _VERSION,
        _header("X-HTTP-Method-Override", "^(HEAD|PATCH|DELETE)$"),
        _header("Upload-Offset", _NUMBER, required=False),
        _CHECKSUM,
    ],
    requestBody=_BYTES,
)
@bp.response(204)
def override(photo_id: UUID) -> Response:
    """Run the method named by a header, for networks that let only POST through."""
    view = _VIEWS.get(request.headers.get("X-HTTP-Method-Override", ""))
    if view is None:
        raise MethodNotAllowed()
    return view(photo_id)


_VIEWS: dict[str, Callable[[UUID], Response]] = {"HEAD": progress, "PATCH": append, "DELETE": drop}


def _progress(progress: Progress, status: int) -> Response:
    response = Response(status=status)
    response.headers["Upload-Offset"] = str(progress.offset)
    response.headers["Upload-Length"] = str(progress.length)
    if progress.stored:
        digest = base64.b64encode(bytes.fromhex(progress.sha256)).decode()
        response.headers["Upload-Complete"] = "?1"
        response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    elif progress.expires_at is not None:
        response.headers["Upload-Expires"] = format_datetime(progress.expires_at, usegmt=True)
    return response


def _expect_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise UploadVersion()


def _creation() -> Creation:
    """Return what the headers declare of an upload. Raises `UploadHeaders`."""
    if "Upload-Defer-Length" in request.headers:
        raise UploadHeaders(sentence("必须声明 Upload-Length。"))
    metadata = _metadata()
    try:
        photo_id = UUID(metadata["photo_id"])
        op_id = UUID(metadata["op_id"]) if metadata.get("op_id") else None
        sha256 = metadata["sha256"]
    except (KeyError, ValueError):
        raise UploadHeaders(sentence("Upload-Metadata 须含 photo_id 和 sha256。")) from None
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise UploadHeaders(sentence("sha256 须为 64 位小写十六进制。"))
    length = _whole_number("Upload-Length")
    if length == 0:
        raise UploadHeaders(sentence("照片不能为空。"))
    return Creation(photo_id, sha256, length, op_id)


def _metadata() -> dict[str, str]:
    metadata = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            metadata[name] = base64.b64decode(value, validate=True).decode()
        except ValueError:
            raise UploadHeaders(sentence("Upload-Metadata 的值须为 base64。")) from None
    return metadata


def _whole_number(header: str) -> int:
    value = request.headers.get(header, "")
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise UploadHeaders(sentence("{header} 须为非负整数。", header=header))
    return int(value)


def _body() -> Body:
    """Return the body as a stream, with its checksum if the client sent one."""
    checksum = request.headers.get("Upload-Checksum")
    digest = None
    if checksum is not None:
        algorithm, _, value = checksum.partition(" ")
        if algorithm != "sha256":
            raise UploadHeaders(sentence("Upload-Checksum 只支持 sha256。"))
        try:
            digest = base64.b64decode(value, validate=True)
        except ValueError:
            raise UploadHeaders(sentence("Upload-Checksum 的值须为 base64。")) from None
    # The WSGI stream: werkzeug's would raise where an interrupted body ends.
    return Body(cast(BinaryIO, request.environ["wsgi.input"]), digest)
