"""The planted set 植入样本: photographs of distinct scenes, what cheats make of them, and what
honest second exposures look like.

Scenes come from the demonstration photographs (rendered, with a real second exposure each), from
scikit-image and, where a folder is named, from any folder of photographs. What no package ships,
a hand that takes the same view again, is modelled: a camera that turns and shifts before a tilted
plane, with other light, other noise and something cleared away. A plane has no near and far, so the
model is *harder* to tell from a copy than a street is.
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
# What a phone sends, and what people look at.
PHONE_PX: Final = 1920
REVIEW_PX: Final = 1600

Chance = np.random.Generator
Deed = Callable[[Image.Image, Chance], Image.Image]


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene by name: its photograph, and real second exposures of it if there are any."""

    name: str
    path: Path
    again: tuple[Path, ...] = ()

    def photograph(self) -> Image.Image:
        """As a phone sends it."""
        return sent(shown(self.path))


def scenes(more: Path | None = None) -> list[Scene]:
    """Every scene there is, in the order of their names."""
    found = [
        Scene(f"rendered/{name}", path, (path.with_name(f"{name}-after.jpg"),))
        for path in sorted(POOL.glob("*-before.jpg"))
        for name in [path.name.removesuffix("-before.jpg")]
    ]
    found += [Scene(f"scikit-image/{name}", SAMPLES / name) for name in SAMPLE_SCENES]
    left = SAMPLES / "motorcycle_left.png"
    found.append(Scene("scikit-image/motorcycle", left, (SAMPLES / "motorcycle_right.png",)))
    if more is not None:
        found += _scenes_in(more)
    return found


# Pairs of real exposures of one place in the samples of OpenCV (Debian: opencv-doc).
_AGAIN: Final = {
    "leuvenA.jpg": "leuvenB.jpg",
    "aloeL.jpg": "aloeR.jpg",
    "rubberwhale1.png": "rubberwhale2.png",
    "basketball1.png": "basketball2.png",
    "graf1.png": "graf3.png",
}


def _scenes_in(folder: Path) -> Iterator[Scene]:
    """Photographs of a megapixel and more, and known pairs whatever their size."""
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


def shown(path: Path) -> Image.Image:
    """The picture in a phone's proportions and size."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if image.width > image.height * 1.5:
        image = ImageOps.fit(image, (round(image.height * 4 / 3), image.height))
    scale = REVIEW_PX / max(image.size)
    return image.resize(
        (round(image.width * scale), round(image.height * scale)), Resampling.LANCZOS
    )


def sent(image: Image.Image, quality: int = 80) -> Image.Image:
    """Through the JPEG of a phone."""
    kept = io.BytesIO()
    image.convert("RGB").save(kept, "JPEG", quality=quality)
    kept.seek(0)
    return Image.open(kept).convert("RGB")


# --- what cheats do -------------------------------------------------------------------------


def recompressed(image: Image.Image, chance: Chance) -> Image.Image:
    """Passed on by a messenger: smaller, and compressed again."""
    scale = chance.choice([1.0, 0.8, 0.6, 0.5])
    size = round(image.width * scale), round(image.height * scale)
    return sent(image.resize(size, Resampling.BICUBIC), int(chance.integers(30, 75)))


def cropped(image: Image.Image, chance: Chance) -> Image.Image:
    """A part of 60 to 92 % of each edge, half of the time enlarged to the old size."""
    part = chance.uniform(0.6, 0.92)
    x, y = chance.uniform(0, 1 - part, 2) * image.size
    box = (int(x), int(y), int(x + part * image.width), int(y + part * image.height))
    cut = image.crop(box)
    return sent(cut.resize(image.size, Resampling.BICUBIC) if chance.random() < 0.5 else cut, 75)


def recoloured(image: Image.Image, chance: Chance) -> Image.Image:
    """Brighter or darker, paler or more colourful, warmer or colder."""
    for change, low, high in (
        (ImageEnhance.Brightness, 0.6, 1.4),
        (ImageEnhance.Color, 0.0, 1.8),
        (ImageEnhance.Contrast, 0.7, 1.4),
    ):
        image = change(image).enhance(chance.uniform(low, high))
    tint = [chance.uniform(0.8, 1.15), 1.0, chance.uniform(0.8, 1.15)]
    return sent(_picture(np.asarray(image, np.float32) * tint))


def mirrored(image: Image.Image, chance: Chance) -> Image.Image:
    """Left for right, and compressed again."""
    return sent(ImageOps.mirror(image), int(chance.integers(60, 85)))


def painted(image: Image.Image, chance: Chance) -> Image.Image:
    """One to three places covered with other parts of the picture, edges softened."""
    image = image.copy()
    for _ in range(int(chance.integers(1, 4))):
        width, height = (int(edge * chance.uniform(0.15, 0.4)) for edge in image.size)
        x, y, from_x, from_y = (
            int(chance.uniform(0, edge - own))
            for edge, own in [(image.width, width), (image.height, height)] * 2
        )
        patch = image.crop((from_x, from_y, from_x + width, from_y + height))
        patch = patch.filter(ImageFilter.GaussianBlur(chance.uniform(0, 6)))
        mask = Image.new("L", (width, height), 0)
        ImageDraw.Draw(mask).ellipse((0, 0, width, height), fill=255)
        image.paste(patch, (x, y), mask.filter(ImageFilter.GaussianBlur(8)))
    return sent(image)


def turned(image: Image.Image, chance: Chance) -> Image.Image:
    """Turned by one to four degrees, and cut so that it does not show."""
    angle = chance.uniform(1, 4) * chance.choice([-1, 1])
    around = image.rotate(angle, Resampling.BICUBIC)
    x, y = round(image.width * 0.06), round(image.height * 0.08)
    return sent(around.crop((x, y, image.width - x, image.height - y)))


def worked_over(image: Image.Image, chance: Chance) -> Image.Image:
    """Painted over, cropped a little, recoloured, and passed on by a messenger."""
    image = painted(image, chance)
    edge = int(image.width * chance.uniform(0.02, 0.08))
    image = image.crop((edge, edge, image.width - edge // 2, image.height - edge // 2))
    return recompressed(recoloured(image, chance), chance)


CHEATS: Final[dict[str, Deed]] = {
    "re-compressed": recompressed,
    "cropped": cropped,
    "recoloured": recoloured,
    "mirrored": mirrored,
    "turned": turned,
    "painted over": painted,
    "all but mirrored": worked_over,
}


# --- what honest people do ------------------------------------------------------------------


def taken_again(hand: float, light: float = 1.0, *, cleared: bool = True) -> Deed:
    """The same view by a hand that turns by 0.7° and shifts by 1.5 % of the distance, each times
    `hand` (one standard deviation); light and shade another, something cleared away."""

    def deed(image: Image.Image, chance: Chance) -> Image.Image:
        again = _moved(image, hand, chance) if hand else image
        shade = Image.fromarray((chance.random((4, 5)) * 255).astype(np.uint8))
        shading = np.asarray(shade.resize(again.size, Resampling.BICUBIC), np.float32) / 255
        values = np.asarray(again, np.float32) * (1 + light * 0.5 * (shading[..., None] - 0.5))
        values = values * chance.uniform(1 - 0.15 * light, 1 + 0.15 * light)
        again = _picture(values + chance.normal(0, 3, values.shape))
        return painted(again, chance) if cleared else sent(again)

    return deed


def _moved(image: Image.Image, hand: float, chance: Chance) -> Image.Image:
    """Seen by a camera that turned and shifted before a plane that leans away from it."""
    width, height = image.size
    focal = width * 0.75
    x, y, z = chance.normal(0, 0.012 * hand, 3)
    turn = (
        np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
        @ np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
        @ np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    )
    shift = np.outer(chance.normal(0, 0.015 * hand, 3), [0, -0.25, 0.3])
    lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    view = lens @ (turn + shift) @ np.linalg.inv(lens)
    wanted = tuple((view / view[2, 2]).ravel()[:8])
    seen = image.transform(image.size, Transform.PERSPECTIVE, wanted, Resampling.BICUBIC)
    # What turned into view from outside is black: leave it out, as another frame would.
    x_edge, y_edge = (
        int(width * 0.04 * min(1.0, hand + 0.1)),
        int(height * 0.04 * min(1.0, hand + 0.1)),
    )
    inner = seen.crop((x_edge, y_edge, width - x_edge, height - y_edge))
    return inner.resize(image.size, Resampling.BICUBIC)


HONEST: Final[dict[str, Deed]] = {
    "same view, by hand": taken_again(1.0),
    "same view, steady hand": taken_again(0.4),
    "same view, very steady hand": taken_again(0.2),
}
# No hand at all: a phone leant against a wall. Nothing in the geometry tells these from a copy.
FIXED: Final[dict[str, Deed]] = {
    "camera never moved, something cleared": taken_again(0.0),
    "camera never moved, nothing changed": taken_again(0.0, 0.3, cleared=False),
}


def _picture(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
