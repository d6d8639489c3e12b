"""Comparison of photos 照片比对 by their fingerprints.

The camera of the application shows the before photo over its picture, so an honest after photo
shows the same view: that two pictures look alike proves nothing. Geometry tells whether one
exposure was used twice or one place was photographed twice. A copy, even compressed, cropped,
recoloured, mirrored or painted over, is mapped to its source by *one* affine map, exact to a
fraction of a pixel. A second exposure is taken from another position: near objects shift against
far ones, and no affine map fits (docs/decisions/0040).
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
    """The likeness 相似度 of two photos, the result of `compare`.

    `overlap` is the part of the first picture that the second shows, `difference` the part of that
    whose details do not agree. `exact` is how many details lie exactly on one affine map,
    `repeated` their share of the details in the common frame. Measured over the common frame in
    pixels, the second picture deviates from that map by `bend`, and the map turns or shears by
    `twist`; a crop has neither.
    """

    alike: Alike = Alike.NOTHING
    mirrored: bool = False
    overlap: float = 0.0
    difference: float = 0.0
    exact: int = 0
    repeated: float = 0.0
    bend: float = 0.0
    twist: float = 0.0


_LOOSE: Final = 8.0
_EXACT: Final = 0.7
_VOTERS: Final = 50
_FEWEST: Final = 6
# Calibrated by `python -m bench.screening --calibrate` on other scenes than it measures on. Nobody
# holds a phone at exactly the same angle twice: if the map does not turn, fewer details have to
# agree for one exposure than if it does.
ENOUGH: Final = 15
LEVEL: Final = 0.15
SAME_IF_LEVEL: Final = 0.25
SAME_IF_TURNED: Final = 0.4
SAME_PLACE: Final = 18


def compare(first: Fingerprint, second: Fingerprint) -> Likeness:
    """Compare two photos 比对; the second may be mirrored."""
    if min(len(first.levels), len(second.levels)) < _FEWEST:
        return Likeness()
    mirror = second.mirrored()
    plain, flipped = _agreement(first, second), _agreement(first, mirror)
    if flipped.votes > plain.votes:
        return replace(_judge(first, mirror, flipped), mirrored=True)
    return _judge(first, second, plain)


def _vectors(codes: Array) -> Array:
    values = codes.astype(np.float32)
    values -= values.mean(1, keepdims=True)
    values /= np.linalg.norm(values, axis=1, keepdims=True) + np.float32(1e-6)
    return values


@dataclass(frozen=True, slots=True, eq=False)
class _Agreement:
    """The correlation of all pairs of details, and the map that most of the best pairs vote for."""

    similarity: Array
    votes: int = 0
    turn: complex = 1
    shift: complex = 0


def _agreement(first: Fingerprint, second: Fingerprint) -> _Agreement:
    similarity = _vectors(first.codes) @ _vectors(second.codes).T
    best = similarity.argmax(1)
    rows = np.arange(len(similarity))
    mutual = (similarity.argmax(0)[best] == rows) & (similarity[rows, best] > 0.75)
    ones = np.nonzero(mutual)[0]
    ones = ones[np.argsort(-similarity[ones, best[ones]], kind="stable")][:_VOTERS]
    here, there = _complex(first.points[ones]), _complex(second.points[best[ones]])
    a, b = np.triu_indices(len(ones), 1)
    apart = here[a] - here[b]
    wide = np.abs(apart) > EDGE / 12
    a, b, apart = a[wide], b[wide], apart[wide]
    turns = (there[a] - there[b]) / apart
    sane = (np.abs(turns) > 0.35) & (np.abs(turns) < 2.9) & (np.abs(np.angle(turns)) < 0.3)
    a, turns = a[sane], turns[sane]
    if not len(a):
        return _Agreement(similarity)
    shifts = there[a] - turns * here[a]
    votes = (np.abs(turns[:, None] * here + shifts[:, None] - there) < _LOOSE).sum(1)
    winner = votes.argmax()
    return _Agreement(
        similarity, int(votes[winner]), complex(turns[winner]), complex(shifts[winner])
    )


def _judge(first: Fingerprint, second: Fingerprint, agreement: _Agreement) -> Likeness:
    """Return the likeness that an agreement leads to.

    1. pair the details that fit the map loosely  2. fit an affine map and count the pairs that lie
    on it exactly  3. measure how far the second picture deviates from it
    """
    if agreement.votes < _FEWEST:
        return Likeness()
    ones, twos = _fitting(first, second, agreement)
    if len(ones) < _FEWEST:
        return Likeness()
    here, there = first.points[ones], second.points[twos]
    blur = np.maximum(STEP ** first.levels[ones] * abs(agreement.turn), STEP ** second.levels[twos])
    flat = _flat_map(here, there, blur)
    off = there - _mapped(here, flat)
    exact = np.linalg.norm(off, axis=1) / blur < _EXACT
    common = _mapped(first.points, flat)
    far_side = np.array([second.width, second.height]) - MARGIN
    inside: Array = np.all((common > MARGIN) & (common < far_side), axis=1)
    repeated = float(exact.sum() / max(1, inside.sum()))
    likeness = Likeness(
        overlap=_overlap(first, second, flat),
        difference=_difference(first, inside, ones[exact]),
        exact=int(exact.sum()),
        repeated=repeated,
        bend=_bend(here, off, blur),
        twist=_twist(here, flat),
    )
    return replace(likeness, alike=_alike(likeness))


def _alike(likeness: Likeness) -> Alike:
    """Classify: one exposure follows an affine map; pictures of one place share many details."""
    is_level = likeness.twist < LEVEL and likeness.repeated - likeness.bend >= SAME_IF_LEVEL
    is_flat = likeness.repeated - 2 * likeness.bend >= SAME_IF_TURNED
    if likeness.exact >= ENOUGH and (is_level or is_flat):
        return Alike.EXPOSURE
    return Alike.PLACE if likeness.exact >= SAME_PLACE else Alike.NOTHING


def _fitting(first: Fingerprint, second: Fingerprint, agreement: _Agreement) -> tuple[Array, Array]:
    """Return the pairs of similar details near the mapped position, each detail at most once."""
    similarity, turn = agreement.similarity, agreement.turn
    expected = turn * _complex(first.points) + agreement.shift
    apart = np.abs(expected[:, None] - _complex(second.points))
    levels = second.levels - first.levels[:, None] - np.log(abs(turn)) / np.log(STEP)
    fit = np.where((apart < _LOOSE) & (np.abs(levels) < 1.6) & (similarity > 0.6), similarity, -1)
    best = fit.argmax(1)
    rows = np.arange(len(fit))
    ones = np.nonzero((fit[rows, best] > 0) & (fit.argmax(0)[best] == rows))[0]
    return ones, best[ones]


def _complex(points: Array) -> Array:
    return points[:, 0] + 1j * points[:, 1]


def _flat_map(here: Array, there: Array, blur: Array) -> Array:
    """Return the affine map (3 × 2) that most pairs lie on, by reweighted least squares."""
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
    """Return how far a map turns or shears, in pixels over the common frame."""
    wide, high = here.std(0)
    scale = abs(flat[1, 0] * flat[2, 1] - flat[1, 1] * flat[2, 0]) ** 0.5
    return float(np.hypot(flat[1, 1] * wide, flat[2, 0] * high) / max(scale, 1e-6))


def _bend(here: Array, off: Array, blur: Array) -> float:
    """Return how far the second picture deviates from the affine map, in pixels over the common
    frame: the part of the residuals `off` that a quadratic map explains."""
    terms = _terms(here, 2)
    weights = 1 / blur
    curved: Array = np.zeros((6, 2))
    left = np.linalg.norm(off, axis=1)
    for _ in range(8):
        curved = np.linalg.lstsq(terms * weights[:, None], off * weights[:, None])[0]
        left = np.linalg.norm(terms @ curved - off, axis=1)
        weights = 1 / (1 + (left / blur / (_EXACT * 2)) ** 2) / blur
    explained = float(np.mean(np.sum((terms @ curved) ** 2, 1)))
    # The part that noise alone would explain is subtracted.
    chance = 3 * float(np.median(left) ** 2) / len(here)
    return float(np.sqrt(max(0.0, explained - chance)))


def _terms(points: Array, order: int) -> Array:
    """Return the terms 1, x, y and, for order 2, x², xy, y², in units of the frame."""
    x, y = (points[:, 0] - EDGE / 2) / EDGE, (points[:, 1] - EDGE / 2) / EDGE
    flat = [np.ones_like(x), x, y]
    return np.stack(flat if order == 1 else [*flat, x * x, x * y, y * y], 1)


def _mapped(points: Array, flat: Array) -> Array:
    mapped: Array = _terms(points, 1) @ flat
    return mapped


def _overlap(first: Fingerprint, second: Fingerprint, flat: Array) -> float:
    """Return the part of the first picture that lies inside the second, 0 to 1."""
    steps = (np.arange(16) + 0.5) / 16
    points = np.stack(np.meshgrid(steps * first.width, steps * first.height), 2).reshape(-1, 2)
    mapped = _mapped(points, flat)
    inside: Array = np.all((mapped >= 0) & (mapped < [second.width, second.height]), axis=1)
    return float(inside.mean())


def _difference(first: Fingerprint, inside: Array, agreeing: Array) -> float:
    """Return the part of the common frame where no detail agrees, by cells of a twelfth."""
    cells = (first.points // (EDGE / 12)).astype(np.int64) @ np.array([1, 100])
    common, counts = np.unique(cells[inside], return_counts=True)
    common = common[counts > 1]
    if not len(common):
        return 0.0
    return float(1 - np.isin(common, cells[agreeing]).mean())
