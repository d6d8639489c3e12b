"""Derived copies: upright, small, without metadata; and a decoder in a limited process."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat
from PIL.PngImagePlugin import PngInfo

from media import derive as derive_module
from media.derive import DerivativeWorker, DeriveFailed, Limits, derive
from tests.support.photos import (
    camera_profile,
    encoded,
    exif,
    png,
    png_chunk,
    scene,
    stored_as,
    with_gain_map,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def derivative_worker():
    with DerivativeWorker() as worker:
        yield worker


def opened(photo):
    image = Image.open(BytesIO(photo))
    image.load()
    return image


def difference(image, other):
    """Mean difference of two pictures of one size, 0–255."""
    return max(ImageStat.Stat(ImageChops.difference(image.convert("RGB"), other)).mean)


# --- the copies -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(derivative_worker, kind, orientation):
    photo = encoded(stored_as(orientation), kind, exif=exif(orientation))
    made = derivative_worker.render(photo)
    assert difference(opened(made.review), scene()) < 6
    assert difference(opened(made.thumb), scene(320, 214)) < 6


def test_a_scene_turned_differently_would_be_noticed():
    turned = scene().transpose(Image.Transpose.ROTATE_180)
    assert difference(turned, scene()) > 20


def test_a_large_photograph_comes_out_at_the_review_size(derivative_worker):
    made = derivative_worker.render(encoded(scene(4000, 3000)))
    assert (made.review_width, made.review_height) == (1600, 1200)
    assert (made.thumb_width, made.thumb_height) == (320, 240)
    assert opened(made.review).size == (1600, 1200)
    assert opened(made.thumb).size == (320, 240)


def test_a_shrunk_photograph_shows_the_same_scene(derivative_worker):
    made = derivative_worker.render(encoded(scene(4000, 3000)))
    assert difference(opened(made.review), scene(1600, 1200)) < 6


def test_a_small_photograph_is_not_blown_up(derivative_worker):
    made = derivative_worker.render(encoded(scene(200, 150)))
    assert (made.review_width, made.review_height) == (200, 150)
    assert (made.thumb_width, made.thumb_height) == (200, 150)


def test_a_strip_keeps_a_pixel_of_height(derivative_worker):
    made = derivative_worker.render(encoded(scene(8000, 2)))
    assert (made.review_width, made.review_height) == (1600, 1)


def test_both_copies_are_jpeg(derivative_worker):
    made = derivative_worker.render(encoded(kind="WEBP"))
    assert opened(made.review).format == "JPEG"
    assert opened(made.thumb).format == "JPEG"


def test_nothing_of_the_metadata_is_carried_over(derivative_worker):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = encoded(exif=exif(6), icc_profile=srgb, comment=b"SecretComment", xmp=b"SecretXmp")
    made = derivative_worker.render(photo)
    for copy in (made.review, made.thumb):
        assert b"Secret" in photo
        assert b"Secret" not in copy
        assert set(opened(copy).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert [name for name, _ in opened(copy).applist] == ["APP0"]


def test_text_in_a_png_is_not_carried_over(derivative_worker):
    made = derivative_worker.render(encoded(kind="PNG", pnginfo=_text("SecretText")))
    assert b"Secret" not in made.review


def _text(text):
    info = PngInfo()
    info.add_text("Comment", text)
    return info


def test_a_gain_map_is_left_behind(derivative_worker):
    extra = encoded(scene(64, 48).rotate(180))
    made = derivative_worker.render(with_gain_map(encoded(), extra))
    assert difference(opened(made.review), scene()) < 6


@pytest.mark.parametrize("mode", ["L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_other_colour_modes_of_jpeg_show_the_scene(derivative_worker, mode, progressive):
    made = derivative_worker.render(encoded(scene().convert(mode), progressive=progressive))
    expected = scene().convert(mode).convert("RGB")
    assert difference(opened(made.review), expected) < 6


@pytest.mark.parametrize("mode", ["L", "1", "RGBA", "LA"])
def test_other_colour_modes_of_png_show_the_scene(derivative_worker, mode):
    made = derivative_worker.render(encoded(scene().convert(mode), "PNG"))
    expected = scene().convert(mode).convert("RGB")
    assert difference(opened(made.review), expected) < 8


def test_a_palette_shows_the_scene(derivative_worker):
    made = derivative_worker.render(encoded(scene().quantize(256, dither=Image.Dither.NONE), "PNG"))
    assert difference(opened(made.review), scene()) < 8


def test_sixteen_bit_greys_keep_their_tones(derivative_worker):
    grey = scene().convert("L")
    deep = grey.convert("I").point(lambda value: value * 257).convert("I;16")
    made = derivative_worker.render(encoded(deep, "PNG"))
    assert difference(opened(made.review), grey.convert("RGB")) < 6


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_turns_white(derivative_worker, kind):
    clear = Image.new("RGBA", (64, 48), (200, 0, 0, 0))
    made = derivative_worker.render(encoded(clear, kind, lossless=True))
    assert opened(made.review).getpixel((32, 24)) == (255, 255, 255)


def test_a_palette_with_a_clear_colour_turns_it_white(derivative_worker):
    image = Image.new("P", (64, 48), 0)
    image.putpalette([200, 0, 0, 0, 0, 200])
    made = derivative_worker.render(encoded(image, "PNG", transparency=0))
    assert opened(made.review).getpixel((32, 24)) == (255, 255, 255)


def test_another_colour_space_is_turned_to_srgb(derivative_worker):
    camera = ImageCms.ImageCmsProfile(BytesIO(camera_profile()))
    expected = ImageCms.profileToProfile(scene(), camera, ImageCms.createProfile("sRGB"))
    made = derivative_worker.render(encoded(icc_profile=camera_profile()))
    assert difference(expected, scene()) > 10
    assert difference(opened(made.review), expected) < 6


def test_a_broken_profile_is_no_reason_to_lose_the_copy(derivative_worker):
    made = derivative_worker.render(encoded(icc_profile=b"not a profile" * 20))
    assert difference(opened(made.review), scene()) < 6


def test_a_file_is_rendered_like_its_bytes(derivative_worker, tmp_path):
    (tmp_path / "photo").write_bytes(encoded())
    assert derivative_worker.render(tmp_path / "photo") == derivative_worker.render(encoded())


def test_one_photograph_alone_comes_out_the_same(derivative_worker):
    assert derive(encoded()) == derivative_worker.render(encoded())


# --- what cannot be rendered ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (b"not a picture", "photo-not-an-image"),
        (encoded()[:5000], "photo-truncated"),
        (encoded(kind="GIF"), "photo-not-an-image"),
        (png(100_000, 100_000, png_chunk(b"IDAT", b"")), "photo-too-many-pixels"),
        (png(100, 100, png_chunk(b"IDAT", b"no zlib")), "unreadable"),
        (encoded(kind="PNG").replace(b"IDAT", b"IDAX"), "photo-not-an-image"),
    ],
    ids=["words", "cut off", "a GIF", "a bomb", "no zlib", "no picture data"],
)
def test_what_is_no_photograph_fails_with_the_reason(derivative_worker, photo, reason):
    with pytest.raises(DeriveFailed) as failed:
        derivative_worker.render(photo)
    assert failed.value.reason == reason


def test_after_a_failure_the_next_photograph_is_rendered(derivative_worker):
    with pytest.raises(DeriveFailed):
        derivative_worker.render(png(100, 100, png_chunk(b"IDAT", b"no zlib")))
    assert derivative_worker.render(encoded()).review


def test_a_picture_that_wants_too_much_memory_fails_in_the_child():
    white = encoded(Image.new("RGB", (6000, 6000), "white"), "PNG")
    with DerivativeWorker(Limits(memory_bytes=150 * 1024 * 1024)) as worker:
        with pytest.raises(DeriveFailed) as failed:
            worker.render(white)
        assert failed.value.reason == "memory"
        assert worker.render(encoded()).review


def frozen(worker):
    """Its child, stopped before the next photograph arrives."""
    worker.render(encoded())
    os.kill(worker.pid, signal.SIGSTOP)
    return worker.pid


def test_a_child_that_does_not_answer_fails_in_time(monkeypatch):
    with DerivativeWorker() as worker:
        stuck = frozen(worker)
        # Only now: a child that starts on a busy machine may take longer than this.
        monkeypatch.setattr(worker, "_limits", Limits(wall_seconds=1))
        with pytest.raises(DeriveFailed) as failed:
            worker.render(encoded())
        assert failed.value.reason == "timeout"
        assert not Path(f"/proc/{stuck}").exists()


@pytest.mark.parametrize(
    ("end", "reason"), [(signal.SIGKILL, "child-died"), (signal.SIGXCPU, "cpu")]
)
def test_a_child_killed_over_a_photograph_fails_that_one_only(monkeypatch, end, reason):
    with DerivativeWorker() as worker:
        child = frozen(worker)

        def send_and_kill(line, content, deadline):
            send(line, content, deadline)
            if len(content) > 4:
                os.kill(child, end)
                os.kill(child, signal.SIGCONT)

        send = derive_module._send
        with monkeypatch.context() as patched:
            patched.setattr(derive_module, "_send", send_and_kill)
            with pytest.raises(DeriveFailed) as failed:
                worker.render(encoded())
        assert failed.value.reason == reason
        assert worker.render(encoded()).review


def test_a_child_that_died_between_photographs_is_replaced(derivative_worker):
    derivative_worker.render(encoded())
    before = derivative_worker.pid
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert derivative_worker.render(encoded()).review
    assert derivative_worker.pid != before


# --- the child ------------------------------------------------------------------------------


def test_one_child_renders_many(derivative_worker):
    derivative_worker.render(encoded())
    child = derivative_worker.pid
    derivative_worker.render(encoded(kind="PNG"))
    assert derivative_worker.pid == child


def test_a_child_is_replaced_after_its_share():
    with DerivativeWorker(Limits(photos_per_child=2)) as worker:
        worker.render(encoded())
        first = worker.pid
        worker.render(encoded())
        worker.render(encoded())
        assert worker.pid not in (None, first)


def test_the_child_knows_nothing_of_our_environment(derivative_worker, monkeypatch):
    monkeypatch.setenv("INSPECT_S3_SECRET_ACCESS_KEY", "secret")
    derivative_worker.close()
    derivative_worker.render(encoded())
    assert b"secret" not in Path(f"/proc/{derivative_worker.pid}/environ").read_bytes()


def test_the_child_holds_no_file_of_ours(derivative_worker, tmp_path):
    with (tmp_path / "database").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        derivative_worker.close()
        derivative_worker.render(encoded())
        files = {
            os.readlink(f"/proc/{derivative_worker.pid}/fd/{fd}")
            for fd in _fds(derivative_worker.pid)
        }
    assert not [path for path in files if "database" in path]
    # A run at another date shares its clock in a file (tests/support/dates.py).
    files = {path for path in files if not path.startswith("/dev/shm/faketime")}
    assert len(files) == 2  # nothing (/dev/null, three times) and the line


def _fds(pid):
    return os.listdir(f"/proc/{pid}/fd")


def test_the_child_is_bounded(derivative_worker):
    derivative_worker.render(encoded())
    text = Path(f"/proc/{derivative_worker.pid}/limits").read_text()
    soft = {line[:26].strip(): line[26:].split()[0] for line in text.splitlines()[1:]}
    assert int(soft["Max address space"]) == Limits().memory_bytes
    assert int(soft["Max cpu time"]) <= Limits().cpu_seconds + 10
    assert soft["Max file size"] == "0"
    assert soft["Max core file size"] == "0"


def test_no_child_is_left_when_its_parent_is_killed():
    program = (
        "import signal; from media.derive import DerivativeWorker\n"
        "from tests.support.photos import encoded\n"
        "worker = DerivativeWorker(); worker.render(encoded())\n"
        "print(worker.pid, flush=True); signal.pause()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    # Readable when the process has ended.
    ended, _, _ = select.select([child], [], [], 60)
    os.close(child)
    assert ended


def test_no_child_is_left_when_the_worker_closes():
    with DerivativeWorker() as worker:
        worker.render(encoded())
        child = worker.pid
    assert not Path(f"/proc/{child}").exists()
