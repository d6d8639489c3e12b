"""Likeness: a reused exposure is recognized, two photos of the same place are not.

A slice of the planted set of `bench/screening.py`, which prints recall and false positives.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from bench.planted import COPIES, POOL, Scene, load_picture, scenes, second_exposure
from media.derive import derive
from media.fingerprint import Fingerprint, fingerprint, probes, words
from media.likeness import Alike, compare
from tests.support.photos import encoded

pytestmark = pytest.mark.one_database

RENDERED = [scene for scene in scenes() if scene.again]
SOME = RENDERED[1:8:3]
# Some turned copies and some with all edits are missed: the bench prints how many.
CERTAIN_EDITS = [edit for edit in COPIES if edit not in ("turned", "all but mirrored")]


def fingerprint_of(image: Image.Image) -> Fingerprint:
    """As a row keeps it and gives it back."""
    return Fingerprint.unpack(fingerprint(image).pack())


@pytest.fixture(scope="module")
def before() -> Fingerprint:
    return fingerprint_of(load_picture(POOL / "bins-before.jpg"))


@pytest.mark.parametrize("edit", CERTAIN_EDITS)
@pytest.mark.parametrize("scene", SOME, ids=lambda scene: scene.name)
def test_a_copy_is_one_exposure_with_its_source(scene: Scene, edit: str) -> None:
    photo = scene.photograph()
    copy = COPIES[edit](photo, np.random.default_rng(4))
    result = compare(fingerprint_of(photo), fingerprint_of(copy))
    assert result.alike is Alike.EXPOSURE
    assert result.mirrored == (edit == "mirrored")


@pytest.mark.parametrize("scene", RENDERED, ids=lambda scene: scene.name)
def test_an_honest_second_exposure_is_not_taken_for_a_copy(scene: Scene) -> None:
    for other in scene.again:
        result = compare(
            fingerprint_of(load_picture(scene.path)), fingerprint_of(load_picture(other))
        )
        assert result.alike is not Alike.EXPOSURE


@pytest.mark.parametrize("hand", [1.0, 0.4])
@pytest.mark.parametrize("scene", SOME, ids=lambda scene: scene.name)
def test_the_same_view_by_hand_is_the_same_place_only(scene: Scene, hand: float) -> None:
    photo = scene.photograph()
    again = second_exposure(hand)(photo, np.random.default_rng(5))
    assert compare(fingerprint_of(photo), fingerprint_of(again)).alike is Alike.PLACE


def test_another_scene_is_nothing_like_it(before: Fingerprint) -> None:
    assert (
        compare(before, fingerprint_of(load_picture(POOL / "rail-before.jpg"))).alike
        is Alike.NOTHING
    )


def test_a_crop_reports_its_overlap(before: Fingerprint) -> None:
    whole = load_picture(POOL / "bins-before.jpg")
    half = whole.crop((0, 0, whole.width * 7 // 10, whole.height * 7 // 10))
    assert compare(before, fingerprint_of(half)).overlap == pytest.approx(0.49, abs=0.1)


def test_a_copy_shares_index_words_with_its_source_and_other_photos_few(
    before: Fingerprint,
) -> None:
    copy = COPIES["re-compressed"](load_picture(POOL / "bins-before.jpg"), np.random.default_rng(1))
    unrelated = fingerprint_of(load_picture(POOL / "rail-before.jpg"))
    query = set(words(before))
    assert len(query & set(probes(fingerprint_of(copy)))) > 10
    assert len(query & set(probes(unrelated))) < 5


def test_an_even_picture_has_no_details_and_is_like_nothing() -> None:
    grey = fingerprint_of(Image.new("RGB", (640, 480), "grey"))
    assert (len(grey.levels), words(grey)) == (0, [])
    assert compare(grey, grey).alike is Alike.NOTHING


def test_a_picture_smaller_than_a_patch_has_an_empty_fingerprint() -> None:
    assert len(fingerprint_of(Image.new("RGB", (3, 2), "red")).levels) == 0


def test_a_blurred_picture_is_less_sharp(before: Fingerprint) -> None:
    blurred = load_picture(POOL / "bins-before.jpg").filter(ImageFilter.GaussianBlur(8))
    assert fingerprint_of(blurred).sharpness < 0.5 < before.sharpness


def test_what_is_no_fingerprint_is_refused(before: Fingerprint) -> None:
    packed = before.pack()
    for wrong in (b"", packed[:-1], b"\x09" + packed[1:]):
        with pytest.raises(ValueError, match="fingerprint"):
            Fingerprint.unpack(wrong)


def test_the_child_takes_the_fingerprint_of_the_upright_picture() -> None:
    photo = load_picture(POOL / "bins-before.jpg").resize((800, 600))
    made = derive(encoded(photo, quality=95))
    assert (
        compare(Fingerprint.unpack(made.fingerprint), fingerprint_of(photo)).alike is Alike.EXPOSURE
    )
