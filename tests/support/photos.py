"""Photographs for the tests of `media`: real ones, encoded in every way a phone might."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path

import skimage
from PIL import Image

_SAMPLES = Path(skimage.__file__).parent / "data"


@cache
def _rocket():
    """A photograph that looks different from every side."""
    with Image.open(_SAMPLES / "rocket.jpg") as image:
        rgb = image.convert("RGB")
    # With some formats its colour profile would be saved too.
    rgb.info.clear()
    return rgb


def camera_profile():
    """The colour profile this photograph came with, which is not sRGB."""
    with Image.open(_SAMPLES / "rocket.jpg") as image:
        return image.info["icc_profile"]


def scene(width=640, height=427):
    return _rocket().resize((width, height))


def encoded(image=None, kind="JPEG", **options):
    """The bytes of `image` (the scene) as a file of this kind."""
    out = BytesIO()
    (scene() if image is None else image).save(out, kind, **options)
    return out.getvalue()


def exif(orientation):
    """EXIF with an orientation, a maker, a serial-like text and a place."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SecretMaker"
    tags[0x9286] = "SecretComment"
    tags.get_ifd(0x8825)[1] = "N"
    return tags


def stored_as(orientation, image=None):
    """The scene's pixels as a camera held this way would store them."""
    image = scene() if image is None else image
    t = Image.Transpose
    # What a viewer does to orientation n, backwards.
    backwards = {
        2: t.FLIP_LEFT_RIGHT,
        3: t.ROTATE_180,
        4: t.FLIP_TOP_BOTTOM,
        5: t.TRANSPOSE,
        6: t.ROTATE_90,
        7: t.TRANSVERSE,
        8: t.ROTATE_270,
    }
    return image if orientation == 1 else image.transpose(backwards[orientation])


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, *chunks):
    """A PNG file of these chunks between its header and its end."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + b"".join(chunks)
        + png_chunk(b"IEND", b"")
    )


def webp(*chunks):
    """A WebP file of these (kind, body) chunks."""
    body = b"".join(
        kind + struct.pack("<I", len(part)) + part + b"\x00" * (len(part) & 1)
        for kind, part in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def with_gain_map(photo, extra, kind=0x000000):
    """A camera JPEG whose MPF index declares one more picture behind the first."""
    directory_at, entries_at = 8, 8 + 2 + 2 * 12 + 4
    block_length = entries_at + 2 * 16
    segment = b"\xff\xe2" + struct.pack(">H", 2 + 4 + block_length) + b"MPF\x00"
    # Offsets count from the block, whose start lies behind SOI and the segment's own head.
    origin = 2 + len(segment)
    whole = len(photo) + len(segment) + block_length
    block = b"MM\x00\x2a" + struct.pack(">I", directory_at)
    block += struct.pack(">H", 2)
    block += struct.pack(">HHII", 0xB001, 4, 1, 2)
    block += struct.pack(">HHII", 0xB002, 7, 2 * 16, entries_at)
    block += struct.pack(">I", 0)
    block += struct.pack(">IIIHH", 0x030000, whole, 0, 0, 0)
    block += struct.pack(">IIIHH", kind, len(extra), whole - origin, 0, 0)
    return photo[:2] + segment + block + photo[2:] + extra
