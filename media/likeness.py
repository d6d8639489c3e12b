"""照片比对: what the fingerprints of two photographs have in common.

The handler's camera shows the before-photo over its picture, so an honest after-photo shows the
same view: that two pictures look alike proves nothing. What tells one exposure used twice from
one place photographed twice is geometry. A copy, however compressed, cropped, recoloured, mirrored
or painted over, lies on its source by *one* flat map to a fraction of a pixel; a second exposure
comes from a hand that moved: near things shift against far ones and the picture bends
(docs/decisions/0040).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np

from media.fingerprint import EDGE, MARGIN, STEP, Array, Fingerprint


class Alike(Enum):
    """What two pictures have in common."""

    NOTHING = "nothing"
    PLACE = "place"
    EXPOSURE = "exposure"


@dataclass(frozen=True, slots=True)
class Likeness:
    """The result of `compare` 相似之处, and the measures it rests on.

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


_LOOSE: Final = 8.0
_EXACT: Final = 0.7
_VOTERS: Final = 50
_FEWEST: Final = 6
# Calibrated by `python -m bench.screening --calibrate` on scenes that it does not measure on. A
# person never holds a phone quite as level as before: where nothing is turned at all, less has to
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
    far_side = np.array([second.width, second.height]) - MARGIN
    inside: Array = np.all((common > MARGIN) & (common < far_side), axis=1)
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
