"""A rescue zip as it lies in the spool 抢救包: read with caps on everything, trusted in nothing.

Nothing is ever unpacked to a path: a name in the zip is compared with names we know, and the
bytes behind it are read up to a limit. Knows no row and no person.
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

MAX_ZIP_BYTES: Final = 1024**3
MAX_ENTRIES: Final = 20_000
MAX_JSON_BYTES: Final = 16 * 1024 * 1024
MAX_OPS: Final = 5_000
MAX_DRAFTS: Final = 500
# Photos hardly shrink: what swells to more than this is no outbox.
MAX_INFLATED: Final = MAX_ZIP_BYTES + 4 * MAX_JSON_BYTES
# The table of contents is read as a whole, before anything of it can be counted.
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
# Written for people: nothing in them counts.
READABLE: Final = frozenset({"说明.txt", "记录.html"})
_PHOTO: Final = re.compile(r"\Aphotos/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[a-z]{3,4}\Z")

_schema = ManifestSchema()


@dataclass(frozen=True, slots=True)
class RescueZip:
    """An open rescue zip: its list, its ops and drafts as they came, and the way to its photos."""

    manifest: Manifest
    ops: list[Any]
    drafts: list[Any]
    # Files that could not be read, or that nobody knows.
    troubles: dict[str, Problem]
    photos: dict[UUID, zipfile.ZipInfo]
    _zip: zipfile.ZipFile

    def photo(self, photo_id: UUID, declared: str) -> bytes:
        """Return the bytes of a photo that hash to what its record declares.

        Raises `RescueMissing`, `RescueDamaged`.
        """
        info = self.photos.get(photo_id)
        if info is None:
            raise RescueMissing()
        content, digest = _content(self._zip, info, MAX_BYTES)
        if digest != declared:
            if digest == _listed(self.manifest).get(info.filename):
                raise RescueDamaged(sentence("导出时手机里的这张照片已经损坏,与记录登记的不符。"))
            raise RescueDamaged(sentence("这张照片在导出之后被改动或损坏;请用原文件再导入一次。"))
        return content


@contextmanager
def opened(path: Path) -> Iterator[RescueZip]:
    """Open a rescue zip. Raises `RescueUnreadable` when it is none, or is out of all bounds."""
    _check_end(path)
    try:
        package = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, NotImplementedError) as error:
        raise RescueUnreadable() from error
    with package:
        yield _look_through(package)


def _check_end(path: Path) -> None:
    """See how long the table of contents is before anybody reads it into memory."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        file.seek(max(0, size - _END_SIZE - _MAX_COMMENT - _LOCATOR_SIZE))
        tail = file.read()
    # As the standard library looks for it: at the very end, else behind a comment.
    at = len(tail) - _END_SIZE
    if at < 0 or tail[at : at + 4] != _END:
        at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise RescueUnreadable(sentence("文件不完整,可能没有下载完。"))
    entries, directory = struct.unpack_from("<HL", tail, at + 10)
    large = tail[max(0, at - _LOCATOR_SIZE) :].startswith(_LOCATOR_64)
    if large or entries > MAX_ENTRIES or directory > _MAX_DIRECTORY:
        raise RescueUnreadable(sentence("包内文件超过 {max_entries} 个。", max_entries=MAX_ENTRIES))


def _look_through(package: zipfile.ZipFile) -> RescueZip:
    infos = {info.filename: info for info in package.infolist()}
    if len(infos) != len(package.infolist()) or len(infos) > MAX_ENTRIES:
        raise RescueUnreadable(sentence("包内有重名的文件。"))
    if sum(info.file_size for info in infos.values()) > MAX_INFLATED:
        raise RescueUnreadable(sentence("解压后过大。"))
    manifest = _manifest(package, infos.pop(MANIFEST, None))
    troubles: dict[str, Problem] = {}
    lists: dict[str, list[Any]] = {}
    for name, most in ((OPS, MAX_OPS), (DRAFTS, MAX_DRAFTS)):
        try:
            lists[name] = _list(package, infos.pop(name, None), _listed(manifest).get(name), most)
        except RescueDamaged as problem:
            troubles[name], lists[name] = problem, []
    photos = {}
    for name, info in infos.items():
        photo = _PHOTO.match(name)
        if photo:
            photos[UUID(photo[1])] = info
        elif name not in READABLE:
            troubles[_shown(name)] = RescueUnclaimed()
    return RescueZip(manifest, lists[OPS], lists[DRAFTS], troubles, photos, package)


def _manifest(package: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> Manifest:
    if info is None:
        raise RescueUnreadable(sentence("包内没有清单 manifest.json。"))
    try:
        content, _ = _content(package, info, MAX_JSON_BYTES)
        manifest: Manifest = _schema.load(read_json(content.decode()))
        return manifest
    except ValidationError as error:
        raise RescueUnreadable(
            sentence("清单不能识别;若手机版本较新,请先升级服务器。"),
            errors=list(pointers(error.messages)),
        ) from error
    except (RescueDamaged, ValueError, TypeError) as error:
        raise RescueUnreadable(sentence("清单已损坏。")) from error


def _listed(manifest: Manifest) -> dict[str, str]:
    return {file.name: file.sha256 for file in manifest.files}


def _list(
    package: zipfile.ZipFile, info: zipfile.ZipInfo | None, listed: str | None, most: int
) -> list[Any]:
    """Return the list a JSON file holds. Raises `RescueDamaged`: half a list is none."""
    if info is None:
        raise RescueDamaged(sentence("包内缺少这个文件。"))
    content, digest = _content(package, info, MAX_JSON_BYTES)
    if digest != listed:
        raise RescueDamaged()
    try:
        held = read_json(content.decode())
    except ValueError as error:
        raise RescueDamaged(sentence("内容不是有效的 JSON。")) from error
    if not isinstance(held, list) or len(held) > most:
        raise RescueDamaged(sentence("内容不是列表,或超过 {most} 条。", most=most))
    return held


def _content(package: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> tuple[bytes, str]:
    """Return a file's bytes and their SHA-256. Raises `RescueDamaged`."""
    if info.flag_bits & _ENCRYPTED or info.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):
        raise RescueDamaged(sentence("文件的打包方式不能识别,可能被其他软件改动过。"))
    if info.file_size > most:
        raise RescueDamaged(sentence("文件超过 {megabytes} MB。", megabytes=most // 1024 // 1024))
    try:
        with package.open(info) as entry:
            # Never more than the table says, whatever the compressed bytes swell to.
            content = entry.read(info.file_size)
            whole = len(content) == info.file_size and not entry.read(1)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError) as error:
        raise RescueDamaged() from error
    if not whole:
        raise RescueDamaged()
    return content, sha256(content).hexdigest()


def _shown(name: str) -> str:
    """Write a stranger's file name so that any screen and any log can take it."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:120]
