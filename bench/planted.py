"""The planted set 植入样本: photos of distinct scenes, manipulated copies, honest second exposures.

Scenes come from the demonstration photos (rendered, with a real second exposure each), from
scikit-image and, where a folder is named, from any folder of photos. No package contains photos of
the same view taken again by hand, so these are modelled: a camera that turns and shifts before a
tilted plane, with other light, other noise and something cleared away. A plane has no near and far,
so the model is *harder* to distinguish from a copy than a street is.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import skimage
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from PIL.Image import Resampling, Transform

POOL: Final = (
    Path(__file__).resolve().parent.parent
    / "inspect_server"
    / "operations"
    / "starter_data"
    / "photos"
)
SAMPLES: Final = Path(skimage.__file__).parent / "data"
SAMPLE_SCENES: Final = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
# The longest edge of a photo from a phone, and of a review copy.
PHONE_PX: Final = 1920
REVIEW_PX: Final = 1600

Generator = np.random.Generator
Edit = Callable[[Image.Image, Generator], Image.Image]


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene by name: its photo, and real second exposures of it if there are any."""

    name: str
    path: Path
    again: tuple[Path, ...] = ()

    def photograph(self) -> Image.Image:
        """Return the photo as a phone sends it."""
        return as_phone_jpeg(load_picture(self.path))


def scenes(more: Path | None = None) -> list[Scene]:
    """Return every scene, in the order of their names."""
    result = [
        Scene(f"rendered/{name}", path, (path.with_name(f"{name}-after.jpg"),))
        for path in sorted(POOL.glob("*-before.jpg"))
        for name in [path.name.removesuffix("-before.jpg")]
    ]
    result += [Scene(f"scikit-image/{name}", SAMPLES / name) for name in SAMPLE_SCENES]
    left = SAMPLES / "motorcycle_left.png"
    result.append(Scene("scikit-image/motorcycle", left, (SAMPLES / "motorcycle_right.png",)))
    if more is not None:
        result += _scenes_in(more)
    return result


# Pairs of real exposures of one place in the samples of OpenCV (Debian: opencv-doc).
_AGAIN: Final = {
    "leuvenA.jpg": "leuvenB.jpg",
    "aloeL.jpg": "aloeR.jpg",
    "rubberwhale1.png": "rubberwhale2.png",
    "basketball1.png": "basketball2.png",
    "graf1.png": "graf3.png",
}


def _scenes_in(folder: Path) -> Iterator[Scene]:
    """Yield photos of a megapixel and more, and the known pairs of any size."""
    seconds = set(_AGAIN.values())
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png") or path.name in seconds:
            continue
        other = _AGAIN.get(path.name)
        if other is not None:
            yield Scene(f"more/{path.name}", path, (path.with_name(other),))
        elif path.suffix.lower() != ".png":
            with Image.open(path) as image:
                width, height = image.size
            if 1_000_000 <= width * height <= 30_000_000 and width > 1000:
                yield Scene(f"more/{path.name}", path)


def load_picture(path: Path) -> Image.Image:
    """Return the image of a file in a phone's proportions and in the size of a review copy."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if image.width > image.height * 1.5:
        image = ImageOps.fit(image, (round(image.height * 4 / 3), image.height))
    scale = REVIEW_PX / max(image.size)
    return image.resize(
        (round(image.width * scale), round(image.height * scale)), Resampling.LANCZOS
    )


def as_phone_jpeg(image: Image.Image, quality: int = 80) -> Image.Image:
    """Return the image after compression to a JPEG as a phone makes it."""
    encoded = io.BytesIO()
    image.convert("RGB").save(encoded, "JPEG", quality=quality)
    encoded.seek(0)
    return Image.open(encoded).convert("RGB")


# --- manipulated copies -------------------------------------------------------------------------


def recompressed(image: Image.Image, rng: Generator) -> Image.Image:
    """Reduce and compress again, as a messenger does."""
    scale = rng.choice([1.0, 0.8, 0.6, 0.5])
    size = round(image.width * scale), round(image.height * scale)
    return as_phone_jpeg(image.resize(size, Resampling.BICUBIC), int(rng.integers(30, 75)))


def cropped(image: Image.Image, rng: Generator) -> Image.Image:
    """Cut out 60 to 92 % of each edge, half of the time enlarged to the old size."""
    part = rng.uniform(0.6, 0.92)
    x, y = rng.uniform(0, 1 - part, 2) * image.size
    box = (int(x), int(y), int(x + part * image.width), int(y + part * image.height))
    cut = image.crop(box)
    return as_phone_jpeg(
        cut.resize(image.size, Resampling.BICUBIC) if rng.random() < 0.5 else cut, 75
    )


def recoloured(image: Image.Image, rng: Generator) -> Image.Image:
    """Make it brighter or darker, paler or more colourful, warmer or colder."""
    for change, low, high in (
        (ImageEnhance.Brightness, 0.6, 1.4),
        (ImageEnhance.Color, 0.0, 1.8),
        (ImageEnhance.Contrast, 0.7, 1.4),
    ):
        image = change(image).enhance(rng.uniform(low, high))
    tint = [rng.uniform(0.8, 1.15), 1.0, rng.uniform(0.8, 1.15)]
    return as_phone_jpeg(_picture(np.asarray(image, np.float32) * tint))


def mirrored(image: Image.Image, rng: Generator) -> Image.Image:
    """Mirror it, and compress again."""
    return as_phone_jpeg(ImageOps.mirror(image), int(rng.integers(60, 85)))


def painted(image: Image.Image, rng: Generator) -> Image.Image:
    """Cover one to three places with other parts of the image, with soft edges."""
    image = image.copy()
    for _ in range(int(rng.integers(1, 4))):
        width, height = (int(edge * rng.uniform(0.15, 0.4)) for edge in image.size)
        x, y, from_x, from_y = (
            int(rng.uniform(0, edge - own))
            for edge, own in [(image.width, width), (image.height, height)] * 2
        )
        patch = image.crop((from_x, from_y, from_x + width, from_y + height))
        patch = patch.filter(ImageFilter.GaussianBlur(rng.uniform(0, 6)))
        mask = Image.new("L", (width, height), 0)
        ImageDraw.Draw(mask).ellipse((0, 0, width, height), fill=255)
        image.paste(patch, (x, y), mask.filter(ImageFilter.GaussianBlur(8)))
    return as_phone_jpeg(image)


def turned(image: Image.Image, rng: Generator) -> Image.Image:
    """Turn it by one to four degrees, and cut off the empty corners."""
    angle = rng.uniform(1, 4) * rng.choice([-1, 1])
    around = image.rotate(angle, Resampling.BICUBIC)
    x, y = round(image.width * 0.06), round(image.height * 0.08)
    return as_phone_jpeg(around.crop((x, y, image.width - x, image.height - y)))


def edited(image: Image.Image, rng: Generator) -> Image.Image:
    """Paint over, crop a little, recolour, and compress as a messenger does."""
    image = painted(image, rng)
    edge = int(image.width * rng.uniform(0.02, 0.08))
    image = image.crop((edge, edge, image.width - edge // 2, image.height - edge // 2))
    return recompressed(recoloured(image, rng), rng)


COPIES: Final[dict[str, Edit]] = {
    "re-compressed": recompressed,
    "cropped": cropped,
    "recoloured": recoloured,
    "mirrored": mirrored,
    "turned": turned,
    "painted over": painted,
    "all but mirrored": edited,
}


# --- honest second exposures ------------------------------------------------------------------


def second_exposure(movement: float, light: float = 1.0, *, cleared: bool = True) -> Edit:
    """Return an edit that models the same view taken again by hand.

    The hand turns by 0.7° and shifts by 1.5 % of the distance, each times `movement` (one standard
    deviation); light and shade differ, something is cleared away.
    """

    def edit(image: Image.Image, rng: Generator) -> Image.Image:
        again = _moved(image, movement, rng) if movement else image
        shade = Image.fromarray((rng.random((4, 5)) * 255).astype(np.uint8))
        shading = np.asarray(shade.resize(again.size, Resampling.BICUBIC), np.float32) / 255
        values = np.asarray(again, np.float32) * (1 + light * 0.5 * (shading[..., None] - 0.5))
        values = values * rng.uniform(1 - 0.15 * light, 1 + 0.15 * light)
        again = _picture(values + rng.normal(0, 3, values.shape))
        return painted(again, rng) if cleared else as_phone_jpeg(again)

    return edit


def _moved(image: Image.Image, movement: float, rng: Generator) -> Image.Image:
    """Return the view of a camera that turned and shifted before a plane tilted away from it."""
    width, height = image.size
    focal = width * 0.75
    x, y, z = rng.normal(0, 0.012 * movement, 3)
    turn = (
        np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
        @ np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
        @ np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    )
    shift = np.outer(rng.normal(0, 0.015 * movement, 3), [0, -0.25, 0.3])
    lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    view = lens @ (turn + shift) @ np.linalg.inv(lens)
    coefficients = tuple((view / view[2, 2]).ravel()[:8])
    transformed = image.transform(
        image.size, Transform.PERSPECTIVE, coefficients, Resampling.BICUBIC
    )
    # The area from outside the image is black: cut it off, as another frame would not show it.
    x_edge, y_edge = (
        int(width * 0.04 * min(1.0, movement + 0.1)),
        int(height * 0.04 * min(1.0, movement + 0.1)),
    )
    inner = transformed.crop((x_edge, y_edge, width - x_edge, height - y_edge))
    return inner.resize(image.size, Resampling.BICUBIC)


HONEST: Final[dict[str, Edit]] = {
    "same view, by hand": second_exposure(1.0),
    "same view, steady hand": second_exposure(0.4),
    "same view, very steady hand": second_exposure(0.2),
}
# A phone leant against a wall. Nothing in the geometry distinguishes these from a copy.
FIXED: Final[dict[str, Edit]] = {
    "camera never moved, something cleared": second_exposure(0.0),
    "camera never moved, nothing changed": second_exposure(0.0, 0.3, cleared=False),
}


def _picture(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
