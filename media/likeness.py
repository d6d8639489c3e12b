"""照片比对: a small fingerprint of a photograph, and what two fingerprints have in common.

The handler's camera lays the before-photo over its picture, so an honest after-photo shows the
same view: that two pictures look alike proves nothing. What tells one exposure used twice from
one place photographed twice is geometry. A copy, however compressed, cropped, recoloured, mirrored
or painted over, lies on its source by *one* flat map to a fraction of a pixel; a second exposure
comes from a hand that moved: near things shift against far ones and the picture bends. So a
fingerprint keeps where the distinct details of a picture are, to a fraction of a pixel, with a
small patch of each (docs/decisions/0040). Imports Pillow and numpy only; `fingerprint` runs in
the bounded child of `media.derive`, which sees the picture anyway.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.Image import Resampling

Array = NDArray[Any]

# The working picture's longer edge; lengths below are in its pixels.
EDGE: Final = 640
# Each level of the pyramid is this much smaller than the one before, so that a crop that was
# enlarged again finds its details on another level; and how many details each level keeps.
STEP: Final = 2 ** (1 / 3)
KEPT: Final = (56, 36, 26, 18, 12, 8, 6)
# How many of them are in the city-wide index.
INDEXED: Final = (16, 12, 8, 5, 4, 2, 1)
_CANDIDATES: Final = 400
_WEAKEST: Final = 1.0
_MARGIN: Final = 8
# A patch is 8 × 8 samples, 1.5 pixels apart, in 16 steps of brightness: what the light did to
# the whole patch is taken out.
_SIDE: Final = 8
_SPREAD: Final = 1.5

_VERSION: Final = 1
_HEAD: Final = struct.Struct(">BHHffBH")
_DETAIL: Final = np.dtype([("x", ">u2"), ("y", ">u2"), ("level", "u1"), ("patch", "u1", (32,))])
_FINE: Final = 64.0  # positions are kept in 64ths of a pixel


class Alike(Enum):
    """What two pictures have in common."""

    NOTHING = "nothing"
    PLACE = "place"
    EXPOSURE = "exposure"


@dataclass(frozen=True, slots=True)
class Likeness:
    """相似之处: what `compare` found, and what it rests on.

    `kept` is the part of the first picture that the second shows, `changed` the part of that whose
    details do not agree. `exact` details lie on one flat map, which is `repeated` of those that
    could; over the common frame the second picture bends by `bend` pixels against the first, and
    is turned or sheared by `twist` pixels, which a crop is not.
    """

    alike: Alike = Alike.NOTHING
    mirrored: bool = False
    kept: float = 0.0
    changed: float = 0.0
    exact: int = 0
    repeated: float = 0.0
    bend: float = 0.0
    twist: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """照片指纹: what is kept of a picture of `width` × `height` pixels (working size).

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
        """The bytes a row keeps."""
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
        """What `pack` wrote. Raises ValueError for anything else."""
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
        """镜像: the fingerprint of the same picture seen in a mirror."""
        points = self.points.copy()
        points[:, 0] = self.width - 1 - points[:, 0]
        square = self.codes.reshape(-1, _SIDE, _SIDE)[:, :, ::-1]
        return replace(self, points=points, codes=square.reshape(-1, _SIDE**2))


# --- making one -----------------------------------------------------------------------------


def fingerprint(picture: Image.Image) -> Fingerprint:
    """取指纹: of an upright picture as people look at it."""
    grey = picture.convert("L")
    scale = min(1.0, EDGE / max(grey.size))
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    base = grey if size == grey.size else grey.resize(size, Resampling.LANCZOS, reducing_gap=2.0)
    points, codes, levels = [np.zeros((0, 2))], [np.zeros((0, _SIDE**2), np.uint8)], []
    for level, kept in enumerate(KEPT):
        shrunk = tuple(round(edge * STEP**-level) for edge in size)
        if min(shrunk) < 4 * _MARGIN:
            break
        small = base.resize((shrunk[0], shrunk[1]), Resampling.BICUBIC) if level else base
        smooth = _smooth(np.asarray(small, np.float32))
        found = _corners(smooth, kept)
        codes.append(_codes(smooth, found))
        # `smooth` begins two pixels inside; a pixel's middle is what is scaled.
        points.append((found + 2.5) * (np.array(size) / np.array(shrunk)) - 0.5)
        levels += [level] * len(found)
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
    """Binomial 5 × 5; two pixels shorter on every side."""
    for _ in range(4):
        values = values[1:] + values[:-1]
    for _ in range(4):
        values = values[:, 1:] + values[:, :-1]
    return values * np.float32(1 / 256)


def _corners(smooth: Array, wanted: int) -> Array:
    """Where a picture has detail in both directions, spread over it, as x and y."""
    across = (smooth[1:-1, 2:] - smooth[1:-1, :-2]) * np.float32(0.5)
    down = (smooth[2:, 1:-1] - smooth[:-2, 1:-1]) * np.float32(0.5)
    xx, yy, xy = _smooth(across * across), _smooth(down * down), _smooth(across * down)
    # The smaller eigenvalue of the structure tensor (Shi and Tomasi).
    half = (xx - yy) * np.float32(0.5)
    strength = (xx + yy) * np.float32(0.5) - np.sqrt(half * half + xy * xy)
    inside = strength[_MARGIN - 3 : 3 - _MARGIN, _MARGIN - 3 : 3 - _MARGIN]
    ys, xs = np.nonzero(inside > _WEAKEST)
    ys, xs = ys + _MARGIN - 3, xs + _MARGIN - 3
    here = strength[ys, xs]
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)):
        peak = here >= strength[ys + dy, xs + dx]
        ys, xs, here = ys[peak], xs[peak], here[peak]
    order = np.argsort(-here, kind="stable")[:_CANDIDATES]
    ys, xs, here = ys[order], xs[order], here[order]
    if not len(here):
        return np.zeros((0, 2))
    # Those far from anything stronger first: spread, and the same ones after a crop.
    far = (xs[:, None] - xs) ** 2 + (ys[:, None] - ys) ** 2
    far[here[None, :] * np.float32(0.9) <= here[:, None]] = 1 << 30
    order = np.argsort(-far.min(1), kind="stable")[:wanted]
    ys, xs = ys[order], xs[order]
    shift = [_summit(strength, ys, xs, 0, 1), _summit(strength, ys, xs, 1, 0)]
    # The strengths begin three pixels inside `smooth`.
    found: Array = np.stack([xs, ys], 1) + 3 + np.stack(shift, 1)
    return found


def _summit(strength: Array, ys: Array, xs: Array, dy: int, dx: int) -> Array:
    """How far from a pixel the parabola through its neighbours is highest."""
    before, here, after = strength[ys - dy, xs - dx], strength[ys, xs], strength[ys + dy, xs + dx]
    curve = np.minimum(before + after - 2 * here, -1e-6)
    shift: Array = np.clip((before - after) / (2 * curve), -0.5, 0.5)
    return shift


def _codes(smooth: Array, points: Array) -> Array:
    """The patch round every point in 16 steps, whatever the light."""
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
    """How much finest detail the most detailed tenth of the picture has, against coarser."""
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
    """Means of 32 × 32 pixels."""
    rows, columns = values.shape[0] // 32, values.shape[1] // 32
    cut = values[: rows * 32, : columns * 32]
    means: Array = cut.reshape(rows, 32, columns, 32).mean((1, 3))
    return means


# --- finding it again -----------------------------------------------------------------------

_WAVES: Final = np.cos(np.pi * (np.arange(_SIDE) + 0.5) * np.arange(6)[:, None] / _SIDE)
_SIGNS: Final = tuple((u, v) for u in range(6) for v in range(6) if 1 <= u + v <= 5)


def words(print_: Fingerprint) -> list[int]:
    """索引词: the few numbers under which the city-wide index finds this picture again."""
    chosen: list[int] = []
    spoken = _words(print_.codes)
    for level, count in enumerate(INDEXED):
        chosen += [int(w) for w in spoken[print_.levels == level][:count]]
    return sorted(set(chosen))


def probes(print_: Fingerprint) -> list[int]:
    """查询词: every number to look for, of the picture and of its mirror image."""
    both = np.concatenate([_words(print_.codes), _words(print_.mirrored().codes)])
    return sorted({int(w) for w in both})


def _words(codes: Array) -> Array:
    """A number for each patch: the signs of its coarsest waves."""
    waves = np.einsum("uy,nyx,vx->nuv", _WAVES, codes.reshape(-1, _SIDE, _SIDE) - 7.5, _WAVES)
    bits = np.stack([waves[:, u, v] > 0 for u, v in _SIGNS], 1)
    spoken: Array = bits @ (1 << np.arange(len(_SIGNS), dtype=np.int64))
    return spoken


# --- comparing two --------------------------------------------------------------------------

_LOOSE: Final = 8.0
_EXACT: Final = 0.7
_VOTERS: Final = 50
_FEWEST: Final = 6
# Calibrated by `python -m bench.screening --calibrate` on scenes that it does not measure on. A
# hand never holds a phone quite as level as before: where nothing is turned at all, less has to
# agree for one exposure than where the picture is turned.
ENOUGH: Final = 15
LEVEL: Final = 0.15
SAME_IF_LEVEL: Final = 0.25
SAME_IF_TURNED: Final = 0.4
SAME_PLACE: Final = 18


def compare(first: Fingerprint, second: Fingerprint) -> Likeness:
    """比对: what the second picture has of the first, plain or mirrored."""
    if min(len(first.levels), len(second.levels)) < _FEWEST:
        return Likeness()
    other = second.mirrored()
    plain, turned = _agreement(first, second), _agreement(first, other)
    if turned.votes > plain.votes:
        return replace(_judged(first, other, turned), mirrored=True)
    return _judged(first, second, plain)


def _vectors(codes: Array) -> Array:
    values = codes.astype(np.float32)
    values -= values.mean(1, keepdims=True)
    values /= np.linalg.norm(values, axis=1, keepdims=True) + np.float32(1e-6)
    return values


@dataclass(frozen=True, slots=True, eq=False)
class _Agreement:
    """How alike all details look, and the turn and shift most of the best pairs agree on."""

    looks: Array
    votes: int = 0
    turn: complex = 1
    shift: complex = 0


def _agreement(first: Fingerprint, second: Fingerprint) -> _Agreement:
    looks = _vectors(first.codes) @ _vectors(second.codes).T
    best = looks.argmax(1)
    rows = np.arange(len(looks))
    mutual = (looks.argmax(0)[best] == rows) & (looks[rows, best] > 0.75)
    ones = np.nonzero(mutual)[0]
    ones = ones[np.argsort(-looks[ones, best[ones]], kind="stable")][:_VOTERS]
    here, there = _complex(first.points[ones]), _complex(second.points[best[ones]])
    a, b = np.triu_indices(len(ones), 1)
    apart = here[a] - here[b]
    wide = np.abs(apart) > EDGE / 12
    a, b, apart = a[wide], b[wide], apart[wide]
    turns = (there[a] - there[b]) / apart
    sane = (np.abs(turns) > 0.35) & (np.abs(turns) < 2.9) & (np.abs(np.angle(turns)) < 0.3)
    a, turns = a[sane], turns[sane]
    if not len(a):
        return _Agreement(looks)
    shifts = there[a] - turns * here[a]
    votes = (np.abs(turns[:, None] * here + shifts[:, None] - there) < _LOOSE).sum(1)
    winner = votes.argmax()
    return _Agreement(looks, int(votes[winner]), complex(turns[winner]), complex(shifts[winner]))


def _judged(first: Fingerprint, second: Fingerprint, agreed: _Agreement) -> Likeness:
    """1. all details that fit the turn loosely  2. how exactly they lie on one flat map
    3. how far the second picture bends against it."""
    if agreed.votes < _FEWEST:
        return Likeness()
    ones, twos = _fitting(first, second, agreed)
    if len(ones) < _FEWEST:
        return Likeness()
    here, there = first.points[ones], second.points[twos]
    blur = np.maximum(STEP ** first.levels[ones] * abs(agreed.turn), STEP ** second.levels[twos])
    flat = _flat_map(here, there, blur)
    off = there - _mapped(here, flat)
    exact = np.linalg.norm(off, axis=1) / blur < _EXACT
    common = _mapped(first.points, flat)
    far_side = np.array([second.width, second.height]) - _MARGIN
    inside: Array = np.all((common > _MARGIN) & (common < far_side), axis=1)
    repeated = float(exact.sum() / max(1, inside.sum()))
    found = Likeness(
        kept=_kept(first, second, flat),
        changed=_changed(first, inside, ones[exact]),
        exact=int(exact.sum()),
        repeated=repeated,
        bend=_bend(here, off, blur),
        twist=_twist(here, flat),
    )
    return replace(found, alike=_alike(found))


def _alike(found: Likeness) -> Alike:
    """One exposure lies flat; of one place, many details agree all the same."""
    is_level = found.twist < LEVEL and found.repeated - found.bend >= SAME_IF_LEVEL
    is_flat = found.repeated - 2 * found.bend >= SAME_IF_TURNED
    if found.exact >= ENOUGH and (is_level or is_flat):
        return Alike.EXPOSURE
    return Alike.PLACE if found.exact >= SAME_PLACE else Alike.NOTHING


def _fitting(first: Fingerprint, second: Fingerprint, agreed: _Agreement) -> tuple[Array, Array]:
    """All pairs that look alike where the turn expects them, each detail once."""
    looks, turn = agreed.looks, agreed.turn
    expected = turn * _complex(first.points) + agreed.shift
    apart = np.abs(expected[:, None] - _complex(second.points))
    levels = second.levels - first.levels[:, None] - np.log(abs(turn)) / np.log(STEP)
    fit = np.where((apart < _LOOSE) & (np.abs(levels) < 1.6) & (looks > 0.6), looks, -1)
    best = fit.argmax(1)
    rows = np.arange(len(fit))
    ones = np.nonzero((fit[rows, best] > 0) & (fit.argmax(0)[best] == rows))[0]
    return ones, best[ones]


def _complex(points: Array) -> Array:
    return points[:, 0] + 1j * points[:, 1]


def _flat_map(here: Array, there: Array, blur: Array) -> Array:
    """The affine map that most pairs lie on exactly; those that do not weigh little."""
    terms = _terms(here, 1)
    weights = 1 / blur
    coarse = _EXACT * 4
    for turn in range(12):
        flat: Array = np.linalg.lstsq(terms * weights[:, None], there * weights[:, None])[0]
        miss = np.linalg.norm(terms @ flat - there, axis=1) / blur
        coarse = max(_EXACT, float(np.median(miss)) * 1.5) if turn < 8 else _EXACT * 1.5
        weights = 1 / (1 + (miss / coarse) ** 2) ** 2 / blur
    return flat


def _twist(here: Array, flat: Array) -> float:
    """How far, in pixels over the common frame, a flat map turns or shears beside its scaling."""
    wide, high = here.std(0)
    scale = abs(flat[1, 0] * flat[2, 1] - flat[1, 1] * flat[2, 0]) ** 0.5
    return float(np.hypot(flat[1, 1] * wide, flat[2, 0] * high) / max(scale, 1e-6))


def _bend(here: Array, off: Array, blur: Array) -> float:
    """How far, in pixels over the common frame, the second picture bends against the first:
    what a curved map explains of where a flat one is off."""
    terms = _terms(here, 2)
    weights = 1 / blur
    curved: Array = np.zeros((6, 2))
    left = np.linalg.norm(off, axis=1)
    for _ in range(8):
        curved = np.linalg.lstsq(terms * weights[:, None], off * weights[:, None])[0]
        left = np.linalg.norm(terms @ curved - off, axis=1)
        weights = 1 / (1 + (left / blur / (_EXACT * 2)) ** 2) / blur
    explained = float(np.mean(np.sum((terms @ curved) ** 2, 1)))
    # Few details bend a little by chance: what noise alone would explain is taken off.
    chance = 3 * float(np.median(left) ** 2) / len(here)
    return float(np.sqrt(max(0.0, explained - chance)))


def _terms(points: Array, order: int) -> Array:
    """1, x, y and, of the second order, their products, in units of the frame."""
    x, y = (points[:, 0] - EDGE / 2) / EDGE, (points[:, 1] - EDGE / 2) / EDGE
    flat = [np.ones_like(x), x, y]
    return np.stack(flat if order == 1 else [*flat, x * x, x * y, y * y], 1)


def _mapped(points: Array, flat: Array) -> Array:
    mapped: Array = _terms(points, 1) @ flat
    return mapped


def _kept(first: Fingerprint, second: Fingerprint, flat: Array) -> float:
    """The part of the first picture that lies inside the second."""
    steps = (np.arange(16) + 0.5) / 16
    spots = np.stack(np.meshgrid(steps * first.width, steps * first.height), 2).reshape(-1, 2)
    there = _mapped(spots, flat)
    inside: Array = np.all((there >= 0) & (there < [second.width, second.height]), axis=1)
    return float(inside.mean())


def _changed(first: Fingerprint, inside: Array, agreeing: Array) -> float:
    """The part of the common frame, by cells of a twelfth, where no detail agrees."""
    cells = (first.points // (EDGE / 12)).astype(np.int64) @ np.array([1, 100])
    seen, counts = np.unique(cells[inside], return_counts=True)
    seen = seen[counts > 1]
    if not len(seen):
        return 0.0
    return float(1 - np.isin(seen, cells[agreeing]).mean())
