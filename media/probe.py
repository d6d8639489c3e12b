"""Checks the bytes of a photo 照片校验 before they are stored; decodes no pixel.

Only the structure of the file is read (markers, chunks, boxes), and every loop has a limit, so a
request can afford it, and no decompressor runs on unchecked bytes. Faults that only decoding shows
are found in the limited child process of `media.derive`. Imports the standard library only.

Bytes after the end of the picture are refused, except padding and the extra pictures that a camera
declares in the MPF index of a JPEG: gain map, preview (docs/decisions/0010). A JPEG without its end
mark is refused too: phone and console re-encode what they can decode (docs/decisions/0055).
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 12 * 1024 * 1024
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 30_000

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"

# Limits of the loops: far above what cameras write, far below what would occupy a thread.
_MAX_JPEG_SEGMENTS: Final = 4_096
_MAX_JPEG_SCANS: Final = 64
_MAX_PNG_CHUNKS: Final = 20_000
_MAX_WEBP_CHUNKS: Final = 256
_MAX_MPF_IMAGES: Final = 16

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEIC_BRANDS: Final = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
)
_ORIENTATION_TAG: Final = 0x0112
_MPF_ENTRY_TAG: Final = 0xB002
# The "multi-frame image" types of MPF (panorama, disparity, multi-angle) are several pictures.
_MPF_MULTI_FRAME: Final = 0x020000

_SOI, _EOI, _SOS, _APP1, _APP2 = 0xD8, 0xD9, 0xDA, 0xE1, 0xE2
_SOF_READABLE: Final = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
_SOF_ANY: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE: Final = frozenset((0x01, *range(0xD0, 0xD8)))
# In coded data FF is followed by 00 (an escaped FF), a restart marker or fill; all else ends it.
_END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_NOT_FILL: Final = re.compile(rb"[^\xff]")
_NOT_PADDING: Final = re.compile(rb"[^\x00\xff]")


class PhotoRejected(Exception):
    """A photo is refused 照片拒收: sending the same bytes again cannot help.

    `slug` names the problem type, `detail` says in Chinese what to do.
    """

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Basic facts of a photo 照片信息. `width` and `height` are those of the stored pixels, before
    `orientation` (EXIF 1–8) is applied; `upright` is the size after it."""

    mime: str
    width: int
    height: int
    bytes: int
    orientation: int

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as shown 转正后的宽高."""
        if self.orientation >= 5:
            return self.height, self.width
        return self.width, self.height


# Bytes, or a read-only memory map of a file: both are indexed, sliced and searched alike.
Data = bytes | mmap.mmap


def probe(path: Path) -> PhotoFacts:
    """Check the photo in a file and return its facts. Raises `PhotoRejected`."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _too_large(size)
    if size == 0:
        raise _not_an_image()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _probe(data, size)


def probe_bytes(data: bytes) -> PhotoFacts:
    """Check a photo in memory and return its facts. Raises `PhotoRejected`."""
    if len(data) > MAX_BYTES:
        raise _too_large(len(data))
    return _probe(data, len(data))


def _probe(data: Data, size: int) -> PhotoFacts:
    head = data[:64]
    if head.startswith(b"\xff\xd8\xff"):
        mime, (width, height, orientation) = JPEG, _jpeg(data, size)
    elif head.startswith(_PNG_SIGNATURE):
        mime, (width, height, orientation) = PNG, _png(data, size)
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        mime, (width, height, orientation) = WEBP, _webp(data, size)
    elif _is_heic(head):
        raise PhotoRejected(
            "photo-heic",
            "这是 HEIC 照片，系统不收。请在手机「设置 › 相机 › 格式」选「兼容性最佳」后重拍，"
            "或先另存为 JPEG。",
        )
    else:
        raise _not_an_image()
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE) or width * height > MAX_PIXELS:
        raise PhotoRejected(
            "photo-too-many-pixels",
            f"照片为 {width}×{height} 像素，上限是 {MAX_PIXELS // 10_000} 万像素、"
            f"每边 {MAX_SIDE}。请缩小后再传。",
        )
    return PhotoFacts(mime, width, height, size, orientation)


# --- JPEG -----------------------------------------------------------------------------------


def _jpeg(data: Data, size: int) -> tuple[int, int, int]:
    """Read the markers from SOI to EOI, and check the bytes after it."""
    frame: tuple[int, int] | None = None
    orientation = 1
    extras: list[tuple[int, int]] = []
    scans = 0
    at = 2
    for _ in range(_MAX_JPEG_SEGMENTS):
        marker, at = _jpeg_marker(data, at, size)
        if marker == _EOI:
            if frame is None or scans == 0:
                raise _not_an_image("JPEG 里没有画面")
            _refuse_trailing(data, at, size, extras)
            return (*frame, orientation)
        if marker in _STANDALONE:
            continue
        body, end = _jpeg_segment(data, at, size)
        if marker in _SOF_ANY:
            if frame is not None:
                raise _many_frames()
            frame = _jpeg_frame(marker, data[body:end])
        elif marker == _APP1 and data[body : body + 6] == b"Exif\x00\x00":
            orientation = _exif_orientation(data[body + 6 : end])
        elif marker == _APP2 and data[body : body + 4] == b"MPF\x00":
            extras = _mpf_extras(data[body + 4 : end], body + 4)
        elif marker == _SOS:
            scans += 1
            if scans > _MAX_JPEG_SCANS:
                raise _not_an_image(f"JPEG 扫描次数超过 {_MAX_JPEG_SCANS}")
            match = _END_OF_SCAN.search(data, end)
            if match is None:
                raise _without_end_mark()
            end = match.start()
        at = end
    raise _not_an_image("JPEG 段数过多")


def _jpeg_marker(data: Data, at: int, size: int) -> tuple[int, int]:
    """Return the marker at `at`, fill bytes skipped, and the offset after it."""
    if at >= size:
        raise _truncated()
    if data[at] != 0xFF:
        raise _not_an_image("JPEG 结构损坏")
    # One search instead of a loop: a file may hold megabytes of fill bytes.
    match = _NOT_FILL.search(data, at)
    if match is None:
        raise _truncated()
    marker = data[match.start()]
    if marker == 0x00 or marker == _SOI:
        raise _not_an_image("JPEG 结构损坏")
    return marker, match.end()


def _jpeg_segment(data: Data, at: int, size: int) -> tuple[int, int]:
    """Return start and end of the segment whose length is written at `at`."""
    if at + 2 > size:
        raise _truncated()
    (length,) = struct.unpack(">H", data[at : at + 2])
    if length < 2:
        raise _not_an_image("JPEG 结构损坏")
    if at + length > size:
        raise _truncated()
    return at + 2, at + length


def _jpeg_frame(marker: int, segment: bytes) -> tuple[int, int]:
    if marker not in _SOF_READABLE or len(segment) < 6 or segment[0] != 8:
        raise _not_an_image("这种 JPEG 编码不受支持")
    height, width = struct.unpack(">HH", segment[1:5])
    if height == 0 or width == 0:
        raise _not_an_image("JPEG 宽高为零")
    return width, height


def _mpf_extras(block: bytes, origin: int) -> list[tuple[int, int]]:
    """Return start and end of each further picture that an MPF index declares (CIPA DC-007).

    Cameras use it for previews and for the gain map of an "Ultra HDR" photograph: still one
    picture. A panorama, a stereo pair or a multi-angle set is several: refused. An index we
    cannot read declares nothing.
    """
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return []
    extras = []
    for tag, raw in _tiff_values(block, order, {_MPF_ENTRY_TAG}):
        if tag != _MPF_ENTRY_TAG:
            continue
        for entry in range(0, min(len(raw), 16 * _MAX_MPF_IMAGES) - 15, 16):
            attribute, length, offset = struct.unpack(order + "III", raw[entry : entry + 12])
            if attribute & 0xFF0000 == _MPF_MULTI_FRAME:
                raise _many_frames()
            # Offset 0 is the picture itself.
            if offset:
                extras.append((origin + offset, origin + offset + length))
    return sorted(extras)


def _refuse_trailing(data: Data, at: int, size: int, extras: list[tuple[int, int]]) -> None:
    """Refuse bytes from `at` on that are neither padding nor a declared further JPEG."""
    for start, end in extras:
        if start < at:
            continue
        if end > size:
            raise _truncated()
        if data[start : start + 3] != b"\xff\xd8\xff" or _NOT_PADDING.search(data, at, start):
            raise _trailing()
        at = end
    if _NOT_PADDING.search(data, at, size):
        raise _trailing()


# --- PNG ------------------------------------------------------------------------------------


def _png(data: Data, size: int) -> tuple[int, int, int]:
    """Read the chunks from IHDR to IEND."""
    frame: tuple[int, int] | None = None
    orientation = 1
    has_data = False
    at = len(_PNG_SIGNATURE)
    for _ in range(_MAX_PNG_CHUNKS):
        if at + 12 > size:
            raise _truncated()
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body, end = at + 8, at + 8 + length
        if end + 4 > size:
            raise _truncated()
        if frame is None and (kind != b"IHDR" or length != 13):
            raise _not_an_image("PNG 结构损坏")
        if kind == b"IHDR":
            if frame is not None:
                raise _not_an_image("PNG 结构损坏")
            width, height = struct.unpack(">II", data[body : body + 8])
            frame = width, height
        elif kind == b"acTL":
            raise _many_frames()
        elif kind == b"eXIf":
            orientation = _exif_orientation(data[body:end])
        elif kind == b"IDAT":
            has_data = True
        elif kind == b"IEND":
            if frame is None or not has_data:
                raise _not_an_image("PNG 里没有画面")
            if _NOT_PADDING.search(data, end + 4, size):
                raise _trailing()
            return (*frame, orientation)
        at = end + 4
    raise _not_an_image("PNG 块数过多")


# --- WebP -----------------------------------------------------------------------------------


def _webp(data: Data, size: int) -> tuple[int, int, int]:
    """Read the RIFF chunks; canvas and coded picture must have the same size."""
    (riff,) = struct.unpack("<I", data[4:8])
    whole = 8 + riff + (riff & 1)
    if size < 8 + riff:
        raise _truncated()
    if _NOT_PADDING.search(data, min(whole, size), size):
        raise _trailing()
    canvas: tuple[int, int] | None = None
    frame: tuple[int, int] | None = None
    orientation = 1
    for kind, body in _webp_chunks(data, 8 + riff):
        if kind == b"VP8X" and len(body) >= 10:
            if body[0] & 0x02:
                raise _many_frames()
            canvas = (
                1 + int.from_bytes(body[4:7], "little"),
                1 + int.from_bytes(body[7:10], "little"),
            )
        elif kind in (b"ANIM", b"ANMF"):
            raise _many_frames()
        elif kind in (b"VP8 ", b"VP8L"):
            if frame is not None:
                raise _many_frames()
            frame = _vp8_frame(body) if kind == b"VP8 " else _vp8l_frame(body)
        elif kind == b"EXIF":
            orientation = _exif_orientation(body.removeprefix(b"Exif\x00\x00"))
    if frame is None or (canvas is not None and canvas != frame):
        raise _not_an_image("WebP 结构损坏")
    return (*frame, orientation)


def _webp_chunks(data: Data, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and body of each chunk; of the picture itself only the header."""
    at = 12
    for _ in range(_MAX_WEBP_CHUNKS):
        if at >= end:
            return
        if at + 8 > end:
            raise _truncated()
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        if at + 8 + length > end:
            raise _truncated()
        size = length if kind == b"EXIF" else min(length, 16)
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + length + (length & 1)
    raise _not_an_image("WebP 块数过多")


def _vp8_frame(body: bytes) -> tuple[int, int]:
    if len(body) < 10 or body[3:6] != b"\x9d\x01\x2a" or body[0] & 0x01:
        raise _not_an_image("WebP 结构损坏")
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _vp8l_frame(body: bytes) -> tuple[int, int]:
    if len(body) < 5 or body[0] != 0x2F:
        raise _not_an_image("WebP 结构损坏")
    bits = int.from_bytes(body[1:5], "little")
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


# --- EXIF, MPF: both are TIFF directories ---------------------------------------------------


def _exif_orientation(tiff: bytes) -> int:
    """Return the EXIF orientation 方向, 1–8; 1 where it is absent or invalid."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    for _tag, raw in _tiff_values(tiff, order, {_ORIENTATION_TAG}):
        if len(raw) >= 2:
            (value,) = struct.unpack(order + "H", raw[:2])
            return value if 1 <= value <= 8 else 1
    return 1


_TIFF_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8}


def _tiff_values(tiff: bytes, order: str, tags: set[int]) -> Iterator[tuple[int, bytes]]:
    """Yield tag and raw value of these tags of the first directory; none if it is damaged."""
    if len(tiff) < 8:
        return
    (start,) = struct.unpack(order + "I", tiff[4:8])
    if start + 2 > len(tiff):
        return
    (count,) = struct.unpack(order + "H", tiff[start : start + 2])
    for at in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind, number = struct.unpack(order + "HHI", tiff[at : at + 8])
        if tag not in tags:
            continue
        length = _TIFF_SIZES.get(kind, 0) * number
        if length > 4:
            (place,) = struct.unpack(order + "I", tiff[at + 8 : at + 12])
            yield tag, tiff[place : place + length]
        else:
            yield tag, tiff[at + 8 : at + 8 + length]


# --- HEIC, refusals -------------------------------------------------------------------------


def _is_heic(head: bytes) -> bool:
    """Say whether a file is HEIC, by its brands; AVIF has the brand `mif1` too and is not."""
    if head[4:8] != b"ftyp":
        return False
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, len(head) - 3, 4))}
    return bool(brands & _HEIC_BRANDS) and b"avif" not in brands


def _too_large(size: int) -> PhotoRejected:
    return PhotoRejected(
        "photo-too-large",
        f"照片有 {size / 1024 / 1024:.1f} MB，上限是 {MAX_BYTES // 1024 // 1024} MB。"
        "请压缩后再传。",
    )


def _not_an_image(why: str = "") -> PhotoRejected:
    because = f"（{why}）" if why else ""
    return PhotoRejected(
        "photo-not-an-image", f"这个文件不是可读的 JPEG、PNG 或 WebP 照片{because}。请重拍或重选。"
    )


def _truncated() -> PhotoRejected:
    return PhotoRejected("photo-truncated", "照片文件不完整，后半部分缺失。请重拍或重选。")


def _without_end_mark() -> PhotoRejected:
    # Whether only the mark is missing is seen by decoding alone, and nothing is decoded here.
    return PhotoRejected(
        "photo-truncated",
        "JPEG 没有结束标记（EOI），后半部分可能缺失。在相册里看着完整的，请另存为 JPEG 后再传；"
        "否则请重拍或重选。",
    )


def _many_frames() -> PhotoRejected:
    return PhotoRejected(
        "photo-many-frames", "这是动图或多张画面合成的文件，只收单张照片。请截取一张后再传。"
    )


def _trailing() -> PhotoRejected:
    return PhotoRejected(
        "photo-trailing-data",
        "照片后面还附有别的数据（例如动态照片的视频）。请在相册里另存为普通照片后再传。",
    )
