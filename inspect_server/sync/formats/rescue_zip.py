"""The format of a rescue zip 抢救包, read with limits on everything, because it is not trusted.

Nothing is unpacked to a path: names in the zip are compared with the expected names, and their
bytes are read up to a limit. Knows no rows and no people.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from marshmallow import ValidationError

from inspect_server.core.problems import (
    Problem,
    RescueDamaged,
    RescueMissing,
    RescueUnclaimed,
    RescueUnreadable,
)
from inspect_server.core.sentences import sentence
from media.probe import MAX_BYTES
from schemas.fields import read_json
from schemas.problems import pointers
from schemas.rescues import Manifest, ManifestSchema
from schemas.texts import unwanted

MAX_ZIP_BYTES: Final = 1024**3
MAX_ENTRIES: Final = 20_000
MAX_JSON_BYTES: Final = 16 * 1024 * 1024
MAX_OPS: Final = 5_000
MAX_DRAFTS: Final = 500
# Photos are hardly compressible, so a zip that is larger unpacked is not a rescue zip.
MAX_INFLATED: Final = MAX_ZIP_BYTES + 4 * MAX_JSON_BYTES
# The central directory is read into memory completely, so its size is limited.
_MAX_DIRECTORY: Final = 4 * 1024 * 1024

_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_LOCATOR_64: Final = b"PK\x06\x07"
_LOCATOR_SIZE: Final = 20
_MAX_COMMENT: Final = 0xFFFF
_ENCRYPTED: Final = 1

MANIFEST: Final = "manifest.json"
OPS: Final = "ops.json"
DRAFTS: Final = "drafts.json"
# Written for people, not imported.
FOR_PEOPLE: Final = frozenset({"说明.txt", "记录.html"})
_PHOTO: Final = re.compile(r"\Aphotos/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[a-z]{3,4}\Z")

_manifest_schema = ManifestSchema()


@dataclass(frozen=True, slots=True)
class RescueZip:
    """An open rescue zip: its manifest, its ops and drafts as raw JSON, and its photos."""

    manifest: Manifest
    ops: list[Any]
    drafts: list[Any]
    # By name, the files that could not be read or are not expected.
    problems: dict[str, Problem]
    photos: dict[UUID, zipfile.ZipInfo]
    _zip: zipfile.ZipFile

    def photo(self, photo_id: UUID, declared_sha256: str) -> bytes:
        """Return the bytes of a photo, whose SHA-256 is the declared one.

        Raises `RescueMissing`, `RescueDamaged`.
        """
        info = self.photos.get(photo_id)
        if info is None:
            raise RescueMissing()
        content, digest = _content(self._zip, info, MAX_BYTES)
        if digest != declared_sha256:
            if digest == _hashes_of(self.manifest).get(info.filename):
                raise RescueDamaged(sentence("导出时手机里的这张照片已经损坏，与记录登记的不符。"))
            raise RescueDamaged(sentence("这张照片在导出之后被改动或损坏；请用原文件再导入一次。"))
        return content


@contextmanager
def open_zip(path: Path) -> Iterator[RescueZip]:
    """Open a rescue zip. Raises `RescueUnreadable` if it is invalid or exceeds a limit."""
    _check_end(path)
    try:
        package = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, NotImplementedError) as error:
        raise RescueUnreadable() from error
    with package:
        yield _read_entries(package)


def _check_end(path: Path) -> None:
    """Check the size of the central directory before it is read. Raises `RescueUnreadable`."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        file.seek(max(0, size - _END_SIZE - _MAX_COMMENT - _LOCATOR_SIZE))
        tail = file.read()
    # Like the standard library: at the end of the file, or before a comment.
    position = len(tail) - _END_SIZE
    if position < 0 or tail[position : position + 4] != _END:
        position = tail.rfind(_END)
    if position < 0 or len(tail) - position < _END_SIZE:
        raise RescueUnreadable(sentence("文件不完整，可能没有下载完。"))
    entries, directory = struct.unpack_from("<HL", tail, position + 10)
    is_zip64 = tail[max(0, position - _LOCATOR_SIZE) :].startswith(_LOCATOR_64)
    if is_zip64 or entries > MAX_ENTRIES or directory > _MAX_DIRECTORY:
        raise RescueUnreadable(sentence("包内文件超过 {max_entries} 个。", max_entries=MAX_ENTRIES))


def _read_entries(package: zipfile.ZipFile) -> RescueZip:
    infos = {info.filename: info for info in package.infolist()}
    if len(infos) != len(package.infolist()) or len(infos) > MAX_ENTRIES:
        raise RescueUnreadable(sentence("包内有重名的文件。"))
    if sum(info.file_size for info in infos.values()) > MAX_INFLATED:
        raise RescueUnreadable(sentence("解压后过大。"))
    manifest = _manifest(package, infos.pop(MANIFEST, None))
    problems: dict[str, Problem] = {}
    lists: dict[str, list[Any]] = {}
    for name, most in ((OPS, MAX_OPS), (DRAFTS, MAX_DRAFTS)):
        try:
            lists[name] = _list(
                package, infos.pop(name, None), _hashes_of(manifest).get(name), most
            )
        except RescueDamaged as problem:
            problems[name], lists[name] = problem, []
    photos = {}
    for name, info in infos.items():
        photo = _PHOTO.match(name)
        if photo:
            photos[UUID(photo[1])] = info
        elif name not in FOR_PEOPLE:
            problems[_printable(name)] = RescueUnclaimed()
    return RescueZip(manifest, lists[OPS], lists[DRAFTS], problems, photos, package)


def _manifest(package: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> Manifest:
    if info is None:
        raise RescueUnreadable(sentence("包内没有清单 manifest.json。"))
    try:
        content, _ = _content(package, info, MAX_JSON_BYTES)
        manifest: Manifest = _manifest_schema.load(read_json(content.decode()))
        return manifest
    except ValidationError as error:
        raise RescueUnreadable(
            sentence("清单不能识别；若手机版本较新，请先升级服务器。"),
            errors=list(pointers(error.messages)),
        ) from error
    except (RescueDamaged, ValueError, TypeError) as error:
        raise RescueUnreadable(sentence("清单已损坏。")) from error


def _hashes_of(manifest: Manifest) -> dict[str, str]:
    return {file.name: file.sha256 for file in manifest.files}


def _list(
    package: zipfile.ZipFile, info: zipfile.ZipInfo | None, expected_digest: str | None, most: int
) -> list[Any]:
    """Return the list in a JSON file. Raises `RescueDamaged`."""
    if info is None:
        raise RescueDamaged(sentence("包内缺少这个文件。"))
    content, digest = _content(package, info, MAX_JSON_BYTES)
    if digest != expected_digest:
        raise RescueDamaged()
    try:
        entries = read_json(content.decode())
    except ValueError as error:
        raise RescueDamaged(sentence("内容不是有效的 JSON。")) from error
    if not isinstance(entries, list) or len(entries) > most:
        raise RescueDamaged(sentence("内容不是列表，或超过 {most} 条。", most=most))
    return entries


def _content(package: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> tuple[bytes, str]:
    """Return a file's bytes and their SHA-256. Raises `RescueDamaged`."""
    if info.flag_bits & _ENCRYPTED or info.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):
        raise RescueDamaged(sentence("文件的打包方式不能识别，可能被其他软件改动过。"))
    if info.file_size > most:
        raise RescueDamaged(sentence("文件超过 {megabytes} MB。", megabytes=most // 1024 // 1024))
    try:
        with package.open(info) as entry:
            # Read no more bytes than the directory declares.
            content = entry.read(info.file_size)
            is_complete = len(content) == info.file_size and not entry.read(1)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError) as error:
        raise RescueDamaged() from error
    if not is_complete:
        raise RescueDamaged()
    return content, sha256(content).hexdigest()


def _printable(name: str) -> str:
    """Return a file name from the zip without control characters, shortened to 120."""
    return "".join("?" if unwanted(character) else character for character in name)[:120]
