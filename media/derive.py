"""核查图与缩略图: upright, stripped copies of a photograph, decoded in a bounded child process.

A picture from outside may make its decoder use much memory and time, or exploit a weakness of
the decoder. So only a child decodes: it has limits on memory, CPU and files, no environment, no
connection but one socket, and ends when that closes. One child serves many photographs (starting
Python costs more than the work: docs/decisions/0011) and is replaced when it dies, exceeds a
limit or has served its share.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import astuple, dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, Self

from PIL import Image, ImageCms, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin
from PIL.Image import Resampling, Transpose

from media.fingerprint import fingerprint
from media.probe import MAX_PIXELS, PhotoFacts, PhotoRejected, probe_bytes

# Listed so that importing this module loads them: once limited, the child can open no file.
_DECODERS: Final = (
    JpegImagePlugin.JpegImageFile,
    MpoImagePlugin.MpoImageFile,
    PngImagePlugin.PngImageFile,
    WebPImagePlugin.WebPImageFile,
)
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
# EXIF orientation → the transposition that turns the stored pixels upright.
_UPRIGHT: Final = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_SRGB: Final = ImageCms.createProfile("sRGB")

# The protocol: a length and the photo; back a kind, lengths, sizes and the derivatives.
_ORDER: Final = struct.Struct(">I")
_REPLY: Final = struct.Struct(">cIIIIIII")
_DONE, _FAILED = b"d", b"f"
# The child is the same Python, isolated from environment and user site; argv: the folder that
# holds `media`, the socket, the limits.
_CHILD: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "import media.derive as d; d.serve(int(sys.argv[2]), d.Limits(*map(int, sys.argv[3:])))"
)


class DeriveFailed(Exception):
    """Making the derivatives of a photo failed 导出失败.

    `reason` is a slug of `media.probe`, or `unreadable`, `memory`, `cpu`, `timeout`, `child-died`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes of the derivatives, and the limits of one photo 导出界限: memory, CPU and time."""

    review_edge: int = 1600
    thumb_edge: int = 320
    quality: int = 82
    pixels: int = MAX_PIXELS
    memory_bytes: int = 1024 * 1024 * 1024
    cpu_seconds: int = 10
    wall_seconds: int = 30
    photos_per_child: int = 500


@dataclass(frozen=True, slots=True)
class Derivatives:
    """Review copy 核查图 and thumbnail 缩略图, both JPEG in sRGB, upright, without metadata; and
    the fingerprint 照片指纹 (`media.fingerprint`) of the picture."""

    review: bytes
    review_width: int
    review_height: int
    thumb: bytes
    thumb_width: int
    thumb_height: int
    fingerprint: bytes


def derive(source: bytes | Path, *, limits: Limits | None = None) -> Derivatives:
    """Return the derivatives of a single photo, with a child of its own. Raises DeriveFailed."""
    with DerivativeWorker(limits) as derivative_worker:
        return derivative_worker.render(source)


class DerivativeWorker:
    """Makes the derivatives 核查图与缩略图 of photos, one after the other. For one thread only."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._rendered = 0

    def render(self, source: bytes | Path) -> Derivatives:
        """Return the derivatives of one photo. Raises DeriveFailed; then a new child is used."""
        photo = source if isinstance(source, bytes) else source.read_bytes()
        line = self._open()
        deadline = time.monotonic() + self._limits.wall_seconds
        try:
            _send(line, _ORDER.pack(len(photo)), deadline)
            _send(line, photo, deadline)
            kind, *sizes = _REPLY.unpack(_receive(line, _REPLY.size, deadline))
            review, thumb, print_bytes = (_receive(line, length, deadline) for length in sizes[:3])
        except TimeoutError as error:
            self.close()
            raise DeriveFailed("timeout") from error
        except (EOFError, OSError) as error:
            raise DeriveFailed(self._close_failed()) from error
        self._rendered += 1
        if kind == _FAILED:
            # After an error the memory of the child may be damaged: the next photo gets a new one.
            self.close()
            raise DeriveFailed(review.decode("ascii"))
        if self._rendered >= self._limits.photos_per_child:
            self.close()
        return Derivatives(review, sizes[3], sizes[4], thumb, sizes[5], sizes[6], print_bytes)

    @property
    def pid(self) -> int | None:
        """The process id 进程号 of the child, or None if there is none."""
        return None if self._child is None else self._child.pid

    def close(self) -> None:
        """End the child process."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None
        self._rendered = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> socket.socket:
        """The socket of a running child."""
        if self._socket is not None and self._child is not None and self._child.poll() is None:
            return self._socket
        self.close()
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(
                [
                    sys.executable,
                    "-I",
                    "-c",
                    _CHILD,
                    str(Path(__file__).resolve().parent.parent),
                    str(theirs.fileno()),
                    *map(str, astuple(self._limits)),
                ],
                pass_fds=(theirs.fileno(),),
                # A dynamically linked Python needs LD_LIBRARY_PATH; no other variable is passed.
                # Numpy's algebra would take memory for a thread per processor.
                env={k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"}
                | {"OPENBLAS_NUM_THREADS": "1"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._socket = ours
        return ours

    def _close_failed(self) -> str:
        """End a child that stopped by itself, and return the reason: `cpu` or `child-died`."""
        child = self._child
        if child is not None:
            with suppress(subprocess.TimeoutExpired):
                child.wait(1)
        code = None if child is None else child.returncode
        self.close()
        return "cpu" if code == -signal.SIGXCPU else "child-died"


def _send(line: socket.socket, content: bytes, deadline: float) -> None:
    line.settimeout(_remaining(deadline))
    line.sendall(content)


def _receive(line: socket.socket, length: int, deadline: float | None) -> bytes:
    """Return exactly `length` bytes. Raises EOFError, and TimeoutError at the deadline."""
    parts = bytearray()
    while len(parts) < length:
        line.settimeout(_remaining(deadline))
        part = line.recv(min(length - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _remaining(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


# --- in the child ---------------------------------------------------------------------------


def serve(fd: int, limits: Limits) -> None:
    """Run in the child: bounded, one photograph after the other until the socket closes."""
    Image.MAX_IMAGE_PIXELS = limits.pixels
    _bound(limits)
    with socket.socket(fileno=fd) as line:
        while True:
            try:
                (length,) = _ORDER.unpack(_receive(line, _ORDER.size, None))
                photo = _receive(line, length, None)
            except EOFError:
                return
            _allow_cpu(limits.cpu_seconds)
            try:
                derivatives = _render(photo, limits)
            except Exception as error:  # noqa: BLE001 - a decoder may raise anything; it is reported
                reason = _reason(error).encode("ascii")
                line.sendall(_REPLY.pack(_FAILED, len(reason), 0, 0, 0, 0, 0, 0) + reason)
                continue
            line.sendall(
                _REPLY.pack(
                    _DONE,
                    len(derivatives.review),
                    len(derivatives.thumb),
                    len(derivatives.fingerprint),
                    derivatives.review_width,
                    derivatives.review_height,
                    derivatives.thumb_width,
                    derivatives.thumb_height,
                )
            )
            line.sendall(derivatives.review)
            line.sendall(derivatives.thumb)
            line.sendall(derivatives.fingerprint)


def _bound(limits: Limits) -> None:
    """Limit the child: memory, no file written, no process started, no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def _allow_cpu(seconds: int) -> None:
    """Allow `seconds` more CPU time; the kernel counts it from the start of the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, hard))


def _reason(error: Exception) -> str:
    if isinstance(error, PhotoRejected):
        return error.slug
    return "memory" if isinstance(error, MemoryError) else "unreadable"


def _render(photo: bytes, limits: Limits) -> Derivatives:
    """Return the derivatives of a photo.

    1. the same checks again  2. decode, no larger than needed  3. upright, sRGB, opaque
    4. the thumbnail from the review copy  5. new JPEGs without metadata  6. the fingerprint
    """
    facts = probe_bytes(photo)
    with Image.open(BytesIO(photo), formats=_FORMATS) as opened:
        profile = opened.info.get("icc_profile")
        review = _shrunk(opened, facts, limits.review_edge)
    review = _plain(review, profile)
    turn = _UPRIGHT.get(facts.orientation)
    if turn is not None:
        review = review.transpose(turn)
    thumb = review.copy()
    thumb.thumbnail((limits.thumb_edge, limits.thumb_edge), Resampling.LANCZOS)
    return Derivatives(
        _jpeg(review, limits.quality),
        *review.size,
        _jpeg(thumb, limits.quality),
        *thumb.size,
        fingerprint(review).pack(),
    )


def _shrunk(opened: Image.Image, facts: PhotoFacts, edge: int) -> Image.Image:
    """Return the decoded picture, its longer edge at most `edge` pixels."""
    scale = min(1.0, edge / max(facts.width, facts.height))
    fitted = max(1, round(facts.width * scale)), max(1, round(facts.height * scale))
    # `thumbnail` alone asks the decoder for a square, and so for a larger picture than needed.
    opened.draft(None, fitted)
    opened.load()
    eight_bit = _eight_bit(opened)
    if eight_bit.size == fitted:
        return eight_bit
    return eight_bit.resize(fitted, Resampling.LANCZOS, reducing_gap=2.0)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Convert to a mode that can be resized smoothly: 8 bits per channel, without palette."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB without transparency; transparent parts become white."""
    if image.mode in ("RGBA", "LA", "RGBa", "La"):
        image = image.convert("RGBA")
        background = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(background, image).convert("RGB")
    if profile:
        # A profile that does not fit its picture is common; the picture is then used without it.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
            if converted is not None:
                image = converted
    return image if image.mode == "RGB" else image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # Pillow would write some of `info` (comment, DPI) into the file.
    image.info.clear()
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=False, progressive=False)
    return out.getvalue()
