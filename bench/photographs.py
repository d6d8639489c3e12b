"""Photos of a given size for the benches: real ones, each with different bytes."""

from __future__ import annotations

import io
import itertools
from functools import cache

import numpy as np
from PIL import Image
from skimage import data

# The size that the phone stores, and the size of its camera.
PHOTO_PX = (1920, 1440)
CAMERA_PX = (4000, 3000)

_numbers = itertools.count()


def photograph(size: int, pixels: tuple[int, int] = PHOTO_PX) -> bytes:
    """A JPEG of about `size` bytes that no other call returned: a comment holds a number."""
    whole = _of_size(size, pixels)
    comment = f"{next(_numbers):012d}".encode()
    segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    return whole[:2] + segment + whole[2:]


@cache
def _of_size(size: int, pixels: tuple[int, int]) -> bytes:
    """Add noise to the astronaut picture until the JPEG has the size of a phone's."""
    base = np.asarray(Image.fromarray(data.astronaut()).resize(pixels), dtype=np.int16)
    grain = np.random.default_rng(1).normal(0, 1, base.shape)
    low, high = 0.0, 60.0
    content = b""
    for _ in range(12):
        strength = (low + high) / 2
        grained = np.clip(base + grain * strength, 0, 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(grained).save(buffer, "JPEG", quality=80)
        content = buffer.getvalue()
        if abs(len(content) - size) < size * 0.02:
            break
        low, high = (strength, high) if len(content) < size else (low, strength)
    return content
