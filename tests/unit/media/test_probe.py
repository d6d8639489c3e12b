"""The check of uploaded images: what is accepted, and the reason of each refusal."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from PIL import Image

from media.probe import MAX_BYTES, PhotoFacts, PhotoRejected, probe, probe_bytes
from tests.support.photos import (
    encoded,
    exif,
    png,
    png_chunk,
    scene,
    stored_as,
    webp,
    with_gain_map,
)

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
LOSSY = b"\x00\x00\x00\x9d\x01\x2a"


def refused(photo):
    with pytest.raises(PhotoRejected) as rejected:
        probe_bytes(photo)
    return rejected.value.slug


def many(kind, **options):
    frames = [scene(64, 48), scene(64, 48).rotate(180)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize(
    ("kind", "mime", "options"),
    [
        ("JPEG", JPEG, {}),
        ("JPEG", JPEG, {"progressive": True}),
        ("JPEG", JPEG, {"restart_marker_blocks": 1}),
        ("PNG", PNG, {}),
        ("WEBP", WEBP, {}),
        ("WEBP", WEBP, {"lossless": True}),
    ],
)
def test_a_photograph_is_taken_with_its_facts(kind, mime, options):
    photo = encoded(kind=kind, **options)
    assert probe_bytes(photo) == PhotoFacts(mime, 640, 427, len(photo), 1)


def test_a_file_is_probed_like_its_bytes(tmp_path):
    photo = encoded()
    (tmp_path / "photo").write_bytes(photo)
    assert probe(tmp_path / "photo") == probe_bytes(photo)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_read(kind, orientation):
    photo = encoded(stored_as(orientation), kind, exif=exif(orientation))
    facts = probe_bytes(photo)
    assert facts.orientation == orientation
    assert facts.upright == (640, 427)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_makes_no_sense_is_upright(value):
    assert probe_bytes(encoded(exif=exif(value))).orientation == 1


def test_broken_exif_is_no_reason_to_refuse():
    tiff = b"MM\x00\x2a\xff\xff\xff\xff"
    photo = encoded(exif=b"Exif\x00\x00" + tiff)
    assert probe_bytes(photo).orientation == 1


def test_a_thumbnail_within_exif_is_not_the_picture():
    tags = exif(6)
    small = encoded(scene(160, 120))
    photo = encoded(exif=tags.tobytes() + small)
    assert probe_bytes(photo).upright == (427, 640)


# --- what is not one of ours ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "AVIF", "ICO"])
def test_other_picture_formats_are_refused(kind):
    assert refused(encoded(scene(64, 48), kind)) == "photo-not-an-image"


@pytest.mark.parametrize(
    "content", [b"x", b"<html>" * 100, b"%PDF-1.7" + b"0" * 100, b"\xff\xd8\xff" + b"\x00" * 100]
)
def test_what_is_no_picture_is_refused(content):
    assert refused(content) == "photo-not-an-image"


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(PhotoRejected) as rejected:
        probe(tmp_path / "empty")
    assert rejected.value.slug == "photo-not-an-image"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heic_has_a_refusal_of_its_own_that_says_what_to_do(brand):
    head = struct.pack(">I", 24) + b"ftyp" + brand + b"\x00\x00\x00\x00mif1heic"
    with pytest.raises(PhotoRejected) as rejected:
        probe_bytes(head + b"\x00" * 200)
    assert rejected.value.slug == "photo-heic"
    assert "HEIC" in rejected.value.detail


@pytest.mark.parametrize("precision", [12, 16])
def test_a_jpeg_that_screens_cannot_show_is_refused(precision):
    photo = bytearray(encoded())
    at = photo.index(b"\xff\xc0")
    photo[at + 4] = precision
    assert refused(bytes(photo)) == "photo-not-an-image"


def test_a_jpeg_without_a_picture_is_refused():
    assert refused(b"\xff\xd8\xff\xe0\x00\x04ab\xff\xd9") == "photo-not-an-image"


def test_a_png_without_a_picture_is_refused():
    assert refused(png(10, 10)) == "photo-not-an-image"


def test_a_webp_whose_canvas_and_picture_disagree_is_refused():
    canvas = b"\x00" * 4 + (9).to_bytes(3, "little") + (9).to_bytes(3, "little")
    picture = LOSSY + struct.pack("<HH", 16_000, 2_000) + b"\x00" * 6
    assert refused(webp((b"VP8X", canvas), (b"VP8 ", picture))) == "photo-not-an-image"


# --- more than one picture ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animation_is_refused(kind):
    assert refused(many(kind)) == "photo-many-frames"


@pytest.mark.parametrize("kind", [0x020001, 0x020002, 0x020003])
def test_a_jpeg_of_several_pictures_is_refused(kind):
    stereo = with_gain_map(encoded(), encoded(scene(64, 48)), kind)
    assert refused(stereo) == "photo-many-frames"


def test_a_jpeg_with_two_frames_in_one_is_refused():
    photo = encoded()
    at = photo.index(b"\xff\xc0")
    (length,) = struct.unpack(">H", photo[at + 2 : at + 4])
    frame = photo[at : at + 2 + length]
    assert refused(photo[:at] + frame + photo[at:]) == "photo-many-frames"


def test_a_camera_jpeg_with_a_gain_map_is_one_picture():
    photo = with_gain_map(encoded(), encoded(scene(64, 48)))
    facts = probe_bytes(photo)
    assert (facts.width, facts.height, facts.bytes) == (640, 427, len(photo))


# --- too much -------------------------------------------------------------------------------


def test_a_file_over_the_byte_limit_is_refused(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(PhotoRejected) as rejected:
        probe(tmp_path / "large")
    assert rejected.value.slug == "photo-too-large"


def test_a_png_that_claims_ten_thousand_million_pixels_is_refused():
    assert refused(png(100_000, 100_000, png_chunk(b"IDAT", b""))) == "photo-too-many-pixels"


def test_a_small_webp_that_unfolds_to_many_pixels_is_refused():
    bomb = encoded(Image.new("RGB", (12_000, 12_000), "white"), "WEBP", lossless=True, method=0)
    assert len(bomb) < 100_000
    assert refused(bomb) == "photo-too-many-pixels"


def test_forty_million_pixels_are_taken_and_one_row_more_is_not():
    assert probe_bytes(png(8000, 5000, png_chunk(b"IDAT", b""))).width == 8000
    assert refused(png(8000, 5001, png_chunk(b"IDAT", b""))) == "photo-too-many-pixels"


def test_a_strip_of_absurd_length_is_refused():
    assert refused(png(40_000, 10, png_chunk(b"IDAT", b""))) == "photo-too-many-pixels"


def test_a_png_of_countless_chunks_is_refused():
    chunks = png_chunk(b"tEXt", b"") * 30_000
    assert refused(png(10, 10, chunks, png_chunk(b"IDAT", b""))) == "photo-not-an-image"


def test_a_jpeg_of_countless_segments_is_refused():
    photo = encoded()
    segments = b"\xff\xfe\x00\x02" * 30_000
    assert refused(photo[:2] + segments + photo[2:]) == "photo-not-an-image"


def test_a_jpeg_of_countless_scans_is_refused():
    photo = encoded(scene(16, 16))
    at = photo.index(b"\xff\xda")
    scan = photo[at:-2]
    assert refused(photo[:at] + scan * 100 + b"\xff\xd9") == "photo-not-an-image"


# --- too little -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("length", [0.3, 0.5, 0.99])
def test_a_file_that_breaks_off_is_refused(kind, length):
    photo = encoded(kind=kind)
    assert refused(photo[: int(len(photo) * length)]) == "photo-truncated"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_last_byte_is_missed(kind):
    # An even WebP body needs no padding byte, so its last byte is picture.
    assert refused(encoded(kind=kind)[:-2]) == "photo-truncated"


def test_a_jpeg_that_lacks_its_end_mark_is_refused_with_what_to_do():
    with pytest.raises(PhotoRejected) as refusal:
        probe_bytes(encoded()[:-2])
    assert refusal.value.slug == "photo-truncated"
    assert "EOI" in refusal.value.detail and "另存为 JPEG" in refusal.value.detail


def test_a_gain_map_that_breaks_off_is_refused():
    photo = with_gain_map(encoded(), encoded(scene(64, 48)))
    assert refused(photo[:-10]) == "photo-truncated"


# --- more behind the picture ----------------------------------------------------------------


APPENDED_DATA = {
    "a zip": b"PK\x03\x04",
    "a film": b"\x00\x00\x00\x18ftypmp42",
    "a script": b"<script>",
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("tail", APPENDED_DATA.values(), ids=APPENDED_DATA.keys())
def test_other_data_behind_the_picture_is_refused(kind, tail):
    assert refused(encoded(kind=kind) + tail) == "photo-trailing-data"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_padding_behind_the_picture_is_taken(kind):
    photo = encoded(kind=kind) + b"\x00" * 1000
    assert probe_bytes(photo).bytes == len(photo)


def test_data_between_picture_and_gain_map_is_refused():
    photo = with_gain_map(encoded(), b"PK\x03\x04" + encoded(scene(64, 48)))
    assert refused(photo) == "photo-trailing-data"


def test_data_behind_the_gain_map_is_refused():
    photo = with_gain_map(encoded(), encoded(scene(64, 48)))
    assert refused(photo + b"PK\x03\x04") == "photo-trailing-data"


def test_a_second_jpeg_that_nothing_declares_is_refused():
    assert refused(encoded() + encoded(scene(64, 48))) == "photo-trailing-data"


def test_pillow_agrees_on_what_is_taken():
    photo = with_gain_map(encoded(), encoded(scene(64, 48)))
    with Image.open(BytesIO(photo)) as opened:
        assert opened.size == (640, 427)
