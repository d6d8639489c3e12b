"""Picture textures of the rendered streets: CC0 photographs from scikit-image, and drawn signs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from skimage import data

CJK_BOLD = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"
CJK_SERIF = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc"


def photograph(name: str) -> np.ndarray:
    """A grey CC0 photograph of a surface (brick, gravel, grass), 0 to 1, even in brightness."""
    grey = getattr(data, name)().astype(float) / 255
    blurred = np.asarray(
        Image.fromarray((grey * 255).astype("uint8")).filter(ImageFilter.GaussianBlur(60)),
        dtype=float,
    )
    return np.clip(grey - blurred / 255 + 0.5, 0, 1)


def _save(pixels: np.ndarray, path: Path) -> Path:
    """Write an array of 0..1 as a picture."""
    Image.fromarray((np.clip(pixels, 0, 1) * 255).astype("uint8")).save(path)
    return path


def surface(path: Path, name: str, dark: tuple, light: tuple, contrast: float = 1.0) -> Path:
    """A photographed surface tinted between two colours."""
    grey = (photograph(name) - 0.5) * contrast + 0.5
    grey = np.clip(grey, 0, 1)[..., None]
    return _save(np.array(dark) * (1 - grey) + np.array(light) * grey, path)


def pavers(
    path: Path, rng: np.random.Generator, colours: list[tuple], cols: int, rows: int
) -> Path:
    """Paving stones with worn joints, the grain taken from the gravel photograph."""
    size = 1024
    picture = np.zeros((size, size, 3))
    stone_w, stone_h = size / cols, size / rows
    y, x = np.mgrid[0:size, 0:size]
    row = (y / stone_h).astype(int)
    shifted = (x + (row % 2) * stone_w / 2) % size
    col = (shifted / stone_w).astype(int)
    index = rng.integers(0, len(colours), (rows, cols))
    tone = rng.normal(1, 0.06, (rows, cols))
    picture = np.array(colours)[index[row, col]] * tone[row, col][..., None]
    joint = np.minimum.reduce(
        [shifted % stone_w, stone_w - shifted % stone_w, y % stone_h, stone_h - y % stone_h]
    )
    depth = np.clip(joint / 4.0, 0.25, 1)
    grain = np.tile(photograph("gravel"), (2, 2))
    return _save(picture * depth[..., None] * (0.72 + 0.56 * grain[..., None]), path)


def facade(path: Path, rng: np.random.Generator, colour: tuple, cols: int, rows: int) -> Path:
    """Small wall tiles with rain streaks, usual on Chinese apartment blocks."""
    size = 1024
    y, x = np.mgrid[0:size, 0:size]
    row, col = (y * rows // size), (x * cols // size)
    tone = rng.normal(1, 0.035, (rows, cols))[row, col]
    edge = np.minimum((x % (size / cols)), (y % (size / rows)))
    tone = tone * np.clip(edge / 2.0, 0.7, 1)
    streaks = np.cumsum(rng.normal(0, 1, size))
    streaks = (streaks - streaks.min()) / (np.ptp(streaks) + 1e-9)
    tone = tone * (0.86 + 0.14 * streaks[None, :])
    return _save(np.array(colour) * tone[..., None], path)


def sign(
    path: Path, text: str, ground: tuple, ink: tuple, size: tuple[int, int], small: str = ""
) -> Path:
    """A shop sign or a board with Chinese writing, slightly uneven as printed film is."""
    picture = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(picture)
    width, height = size
    body = int(min(height * (0.5 if small else 0.66), width / max(len(text), 1) * 0.92))
    font = ImageFont.truetype(CJK_BOLD, body)
    box = pen.textbbox((0, 0), text, font=font)
    top = (height - (box[3] - box[1])) / 2 - box[1] - (height * 0.12 if small else 0)
    pen.text(((width - box[2]) / 2, top), text, ink, font)
    if small:
        font = ImageFont.truetype(CJK_BOLD, max(int(height * 0.14), 12))
        box = pen.textbbox((0, 0), small, font=font)
        pen.text(((width - box[2]) / 2, height * 0.76), small, ink, font)
    picture.filter(ImageFilter.GaussianBlur(0.6)).save(path)
    return path


def poster(path: Path, title: str, lines: list[str], ground: tuple, faded: float = 0.0) -> Path:
    """A public-service advertisement 公益广告; `faded` bleaches and tears it."""
    width, height = 760, 1080
    picture = Image.new("RGB", (width, height), ground)
    pen = ImageDraw.Draw(picture)
    for i in range(height):
        shade = int(40 * i / height)
        pen.line([(0, i), (width, i)], tuple(max(c - shade, 0) for c in ground))
    pen.ellipse((width * 0.2, height * 0.5, width * 0.8, height * 0.93), fill=(238, 200, 90))
    pen.polygon(
        [
            (0, height),
            (width * 0.3, height * 0.72),
            (width * 0.55, height * 0.9),
            (width * 0.75, height * 0.68),
            (width, height),
        ],
        fill=(60, 120, 80),
    )
    pen.text((60, 70), title, (255, 250, 235), ImageFont.truetype(CJK_SERIF, 130))
    for i, line in enumerate(lines):
        pen.text((66, 260 + i * 74), line, (255, 245, 220), ImageFont.truetype(CJK_BOLD, 54))
    pixels = np.asarray(picture, dtype=float) / 255
    if faded:
        rng = np.random.default_rng(7)
        pixels = pixels * (1 - 0.7 * faded) + 0.78 * 0.7 * faded
        for _ in range(9):
            x, y = rng.integers(0, width), rng.integers(0, height)
            w, h = rng.integers(40, 240), rng.integers(20, 130)
            pixels[y : y + h, x : x + w] = 0.7 + rng.normal(0, 0.03)
    return _save(pixels, path)


def sticker(path: Path, rng: np.random.Generator) -> Path:
    """An illegal small advertisement 小广告 with a number that does not exist."""
    grounds = [(250, 240, 120), (245, 245, 240), (250, 200, 200), (200, 230, 250)]
    picture = Image.new("RGB", (360, 240), tuple(grounds[rng.integers(0, len(grounds))]))
    pen = ImageDraw.Draw(picture)
    words = ["管道疏通", "开锁换锁", "房屋出租", "家电维修", "防水补漏", "高价回收"]
    pen.text(
        (24, 22),
        words[rng.integers(0, len(words))],
        (190, 20, 20),
        ImageFont.truetype(CJK_BOLD, 76),
    )
    pen.text((40, 140), "电话 000-0000", (20, 20, 20), ImageFont.truetype(CJK_BOLD, 44))
    picture.save(path)
    return path


def interior(path: Path, rng: np.random.Generator) -> Path:
    """The view through a shop window: shelves with goods, out of focus."""
    picture = Image.new("RGB", (800, 600), (30, 29, 27))
    pen = ImageDraw.Draw(picture)
    for y in range(60, 600, 110):
        x = 0
        while x < 800:
            w = int(rng.integers(14, 46))
            tone, hue = rng.integers(14, 74), rng.normal(0, 5, 3)
            colour = tuple(int(np.clip(tone + h, 6, 120)) for h in hue)
            pen.rectangle((x, y + int(rng.integers(0, 35)), x + w, y + 90), fill=colour)
            x += w + int(rng.integers(1, 8))
        pen.rectangle((0, y + 90, 800, y + 100), fill=(64, 60, 54))
    picture.filter(ImageFilter.GaussianBlur(7)).save(path)
    return path


def shutter(path: Path) -> Path:
    """A roller shutter 卷帘门."""
    y = np.arange(512)
    wave = 0.62 + 0.16 * np.sin(y / 512 * np.pi * 2 * 24)
    grain = photograph("gravel") * 0.1 + 0.95
    return _save((wave[:, None] * grain)[..., None] * np.array([0.78, 0.8, 0.82]), path)


def cardboard(path: Path, rng: np.random.Generator) -> Path:
    """Brown board with a strip of tape and a print."""
    grain = photograph("gravel") * 0.12 + 0.94
    picture = grain[..., None] * np.array([0.66, 0.5, 0.33])
    picture[236:276] = np.array([0.72, 0.6, 0.42])
    x, y = rng.integers(40, 300, 2)
    picture[y : y + 70, x : x + 110] *= 0.6
    return _save(picture, path)


def tactile(path: Path) -> Path:
    """Yellow tactile paving 盲道."""
    y, x = np.mgrid[0:512, 0:512]
    bars = 0.82 + 0.18 * (np.cos(x / 512 * np.pi * 2 * 8) > 0)
    joint = np.clip(np.minimum(y % 256, x % 256) / 4, 0.4, 1)
    grain = 0.8 + 0.4 * photograph("gravel")
    return _save((bars * joint * grain)[..., None] * np.array([0.72, 0.55, 0.16]), path)
