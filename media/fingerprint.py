"""Fingerprints 照片指纹: the positions of the distinct details of a picture, with a patch of each.

Positions are precise to a fraction of a pixel, as `media.likeness` needs to compare two pictures
(docs/decisions/0040). Imports Pillow and numpy only; `fingerprint` runs in the limited child
process of `media.derive`, which decodes the picture anyway.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Resampling

Array = NDArray[Any]

# The longer edge of the scaled picture; the lengths below are in its pixels.
EDGE: Final = 640
# Each level of the image pyramid is smaller by this factor than the one before: the details of an
# enlarged crop are then on another level. `DETAILS` is their number on each level.
STEP: Final = 2 ** (1 / 3)
DETAILS: Final = (56, 36, 26, 18, 12, 8, 6)
# How many of them are in the index of all photos.
INDEXED: Final = (16, 12, 8, 5, 4, 2, 1)
_CANDIDATES: Final = 400
_WEAKEST: Final = 1.0
MARGIN: Final = 8
# A patch is 8 × 8 samples, 1.5 pixels apart, in 16 steps of brightness; its mean and its contrast
# are normalised, so that the light does not count.
_SIDE: Final = 8
_SPREAD: Final = 1.5

_VERSION: Final = 1
_HEAD: Final = struct.Struct(">BHHffBH")
_DETAIL: Final = np.dtype([("x", ">u2"), ("y", ">u2"), ("level", "u1"), ("patch", "u1", (32,))])
_FINE: Final = 64.0  # positions are stored in 64ths of a pixel


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """The fingerprint 照片指纹 of a picture that was scaled to `width` × `height` pixels.

    `sharpness` is 0 for fog and about 1 for a crisp picture; `brightness` is the mean, `glare` the
    brightest twentieth, both 0–255. `points` are x and y, `patches` unit vectors.
    """

    width: int
    height: int
    sharpness: float
    brightness: float
    glare: int
    points: Array
    levels: Array
    codes: Array

    def pack(self) -> bytes:
        """Return the bytes that are stored in a row."""
        head = _HEAD.pack(
            _VERSION,
            self.width,
            self.height,
            self.sharpness,
            self.brightness,
            self.glare,
            len(self.levels),
        )
        rows = np.zeros(len(self.levels), _DETAIL)
        fine = np.clip(np.rint(self.points * _FINE), 0, 65535)
        rows["x"], rows["y"] = fine[:, 0], fine[:, 1]
        rows["level"] = self.levels
        rows["patch"] = self.codes[:, 0::2] << 4 | self.codes[:, 1::2]
        return head + rows.tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Return the fingerprint that `pack` wrote. Raises ValueError for other bytes."""
        if len(packed) < _HEAD.size:
            raise ValueError("too short for a fingerprint")
        version, width, height, sharpness, brightness, glare, count = _HEAD.unpack_from(packed)
        if version != _VERSION or len(packed) != _HEAD.size + count * _DETAIL.itemsize:
            raise ValueError("not a fingerprint of this version")
        rows = np.frombuffer(packed, _DETAIL, count, _HEAD.size)
        points = np.stack([rows["x"], rows["y"]], 1).astype(np.float64) / _FINE
        codes = np.stack([rows["patch"] >> 4, rows["patch"] & 15], 2).reshape(count, _SIDE**2)
        levels = rows["level"].astype(np.int64)
        return cls(width, height, sharpness, brightness, glare, points, levels, codes)

    def mirrored(self) -> Self:
        """Return the fingerprint of the picture's mirror image 镜像."""
        points = self.points.copy()
        points[:, 0] = self.width - 1 - points[:, 0]
        square = self.codes.reshape(-1, _SIDE, _SIDE)[:, :, ::-1]
        return replace(self, points=points, codes=square.reshape(-1, _SIDE**2))


# --- making one -----------------------------------------------------------------------------


def fingerprint(picture: Image.Image) -> Fingerprint:
    """Return the fingerprint 照片指纹 of a picture whose orientation is already applied."""
    grey = picture.convert("L")
    scale = min(1.0, EDGE / max(grey.size))
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    base = grey if size == grey.size else grey.resize(size, Resampling.LANCZOS, reducing_gap=2.0)
    points, codes, levels = [np.zeros((0, 2))], [np.zeros((0, _SIDE**2), np.uint8)], []
    for level, count in enumerate(DETAILS):
        level_size = tuple(round(edge * STEP**-level) for edge in size)
        if min(level_size) < 4 * MARGIN:
            break
        small = base.resize((level_size[0], level_size[1]), Resampling.BICUBIC) if level else base
        smooth = _smooth(np.asarray(small, np.float32))
        corners = _corners(smooth, count)
        codes.append(_codes(smooth, corners))
        # `smooth` begins two pixels inside; a pixel's middle is what is scaled.
        points.append((corners + 2.5) * (np.array(size) / np.array(level_size)) - 0.5)
        levels += [level] * len(corners)
    values = np.asarray(base, np.float32)
    return Fingerprint(
        *size,
        _sharpness(values),
        float(values.mean()),
        int(np.percentile(values, 95)),
        np.concatenate(points),
        np.array(levels, np.int64),
        np.concatenate(codes),
    )


def _smooth(values: Array) -> Array:
    """Smooth with a binomial 5 × 5 filter; the result is two pixels shorter on every side."""
    for _ in range(4):
        values = values[1:] + values[:-1]
    for _ in range(4):
        values = values[:, 1:] + values[:, :-1]
    return values * np.float32(1 / 256)


def _corners(smooth: Array, count: int) -> Array:
    """Return the corners (x, y): points with detail in both directions, spread over the picture."""
    across = (smooth[1:-1, 2:] - smooth[1:-1, :-2]) * np.float32(0.5)
    down = (smooth[2:, 1:-1] - smooth[:-2, 1:-1]) * np.float32(0.5)
    xx, yy, xy = _smooth(across * across), _smooth(down * down), _smooth(across * down)
    # The smaller eigenvalue of the structure tensor (Shi and Tomasi).
    half = (xx - yy) * np.float32(0.5)
    strength = (xx + yy) * np.float32(0.5) - np.sqrt(half * half + xy * xy)
    inside = strength[MARGIN - 3 : 3 - MARGIN, MARGIN - 3 : 3 - MARGIN]
    ys, xs = np.nonzero(inside > _WEAKEST)
    ys, xs = ys + MARGIN - 3, xs + MARGIN - 3
    here = strength[ys, xs]
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)):
        peak = here >= strength[ys + dy, xs + dx]
        ys, xs, here = ys[peak], xs[peak], here[peak]
    order = np.argsort(-here, kind="stable")[:_CANDIDATES]
    ys, xs, here = ys[order], xs[order], here[order]
    if not len(here):
        return np.zeros((0, 2))
    # First those far from every stronger corner: they are spread, and the same after a crop.
    far = (xs[:, None] - xs) ** 2 + (ys[:, None] - ys) ** 2
    far[here[None, :] * np.float32(0.9) <= here[:, None]] = 1 << 30
    order = np.argsort(-far.min(1), kind="stable")[:count]
    ys, xs = ys[order], xs[order]
    shift = [_peak_offset(strength, ys, xs, 0, 1), _peak_offset(strength, ys, xs, 1, 0)]
    # The strengths begin three pixels inside `smooth`.
    corners: Array = np.stack([xs, ys], 1) + 3 + np.stack(shift, 1)
    return corners


def _peak_offset(strength: Array, ys: Array, xs: Array, dy: int, dx: int) -> Array:
    """Return the offset from a pixel at which the parabola through its neighbours is highest."""
    before, here, after = strength[ys - dy, xs - dx], strength[ys, xs], strength[ys + dy, xs + dx]
    curve = np.minimum(before + after - 2 * here, -1e-6)
    shift: Array = np.clip((before - after) / (2 * curve), -0.5, 0.5)
    return shift


def _codes(smooth: Array, points: Array) -> Array:
    """Return the normalised patch around every point, in 16 steps of brightness."""
    smoother = _smooth(smooth)
    offsets = (np.arange(_SIDE) - (_SIDE - 1) / 2) * _SPREAD - 2
    ys, xs = np.broadcast_arrays(
        np.clip(points[:, 1, None, None] + offsets[:, None], 0, smoother.shape[0] - 1.01),
        np.clip(points[:, 0, None, None] + offsets, 0, smoother.shape[1] - 1.01),
    )
    top, left = ys.astype(np.int64), xs.astype(np.int64)
    down, right = ys - top, xs - left
    values = (1 - down) * (
        (1 - right) * smoother[top, left] + right * smoother[top, left + 1]
    ) + down * ((1 - right) * smoother[top + 1, left] + right * smoother[top + 1, left + 1])
    flat = values.reshape(len(points), _SIDE**2)
    flat = flat - flat.mean(1, keepdims=True)
    flat /= flat.std(1, keepdims=True) + 1e-6
    codes: Array = np.clip(np.rint(flat * 3 + 8), 0, 15).astype(np.uint8)
    return codes


def _sharpness(values: Array) -> float:
    """Return the ratio of fine to coarse detail in the most detailed tenth of the picture."""
    if min(values.shape) < 64:
        return 1.0
    once = _smooth(values)
    twice = _smooth(_smooth(once))
    fine = _blocks((values[2:-2, 2:-2] - once) ** 2)
    coarse = _blocks((once[4:-4, 4:-4] - twice) ** 2)
    rows, columns = min(len(fine), len(coarse)), min(fine.shape[1], coarse.shape[1])
    ratio = fine[:rows, :columns] / (coarse[:rows, :columns] + 4.0)
    return float(np.sqrt(np.percentile(ratio, 90)))


def _blocks(values: Array) -> Array:
    """Return the means of blocks of 32 × 32 pixels."""
    rows, columns = values.shape[0] // 32, values.shape[1] // 32
    cut = values[: rows * 32, : columns * 32]
    means: Array = cut.reshape(rows, 32, columns, 32).mean((1, 3))
    return means


# --- the index ------------------------------------------------------------------------------

_WAVES: Final = np.cos(np.pi * (np.arange(_SIDE) + 0.5) * np.arange(6)[:, None] / _SIDE)
_SIGNS: Final = tuple((u, v) for u in range(6) for v in range(6) if 1 <= u + v <= 5)


def words(source: Fingerprint) -> list[int]:
    """Return the visual words 索引词 under which a picture is in the index of all photos."""
    chosen: list[int] = []
    all_words = _words(source.codes)
    for level, count in enumerate(INDEXED):
        chosen += [int(w) for w in all_words[source.levels == level][:count]]
    return sorted(set(chosen))


def probes(source: Fingerprint) -> list[int]:
    """Return the visual words 查询词 to search for: of the picture and of its mirror image."""
    both = np.concatenate([_words(source.codes), _words(source.mirrored().codes)])
    return sorted({int(w) for w in both})


def _words(codes: Array) -> Array:
    """Return a number for each patch: the signs of its lowest cosine frequencies."""
    waves = np.einsum("uy,nyx,vx->nuv", _WAVES, codes.reshape(-1, _SIDE, _SIDE) - 7.5, _WAVES)
    bits = np.stack([waves[:, u, v] > 0 for u, v in _SIGNS], 1)
    numbers: Array = bits @ (1 << np.arange(len(_SIGNS), dtype=np.int64))
    return numbers
