"""The street itself: ground, houses, hills, trees, hedges and lamps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tools.scenes import textures
from tools.scenes.scene_builder import Point3, SceneBuilder, box, card, cylinder, lump, mesh, tube

SHOPS = [
    "惠民超市",
    "车城小吃",
    "老街粮油",
    "阳光药房",
    "汉江鱼馆",
    "青年理发",
    "五金建材",
    "鲜果时光",
    "书香文具",
    "手机维修",
    "平价蔬菜",
    "武当茶庄",
    "快递驿站",
    "牛肉面馆",
]
GROUNDS = [(178, 34, 34), (24, 92, 60), (200, 120, 20), (30, 60, 130), (60, 56, 54), (210, 60, 40)]
WALL_X = 4.2


def ground(builder: SceneBuilder, look: str = "grey") -> None:
    """Road at x < 0, kerb, pavement from 0 to the wall at `WALL_X`, and the other side."""
    rng = builder.rng
    asphalt = builder.pictured(
        "asphalt",
        textures.surface(
            builder.picture_path(), "gravel", (0.05, 0.05, 0.052), (0.30, 0.29, 0.285), 1.3
        ),
        0.75,
        0.85,
        0.5,
        0.42,
    )
    colours = {
        "grey": [(0.50, 0.48, 0.45), (0.43, 0.42, 0.40), (0.55, 0.52, 0.48)],
        "red": [(0.52, 0.30, 0.24), (0.47, 0.27, 0.22), (0.55, 0.40, 0.33)],
        "mixed": [(0.55, 0.50, 0.42), (0.48, 0.33, 0.27), (0.50, 0.47, 0.42)],
    }[look]
    cols, rows, metres = {"grey": (4, 8, 2.0), "red": (6, 12, 1.8), "mixed": (5, 5, 2.0)}[look]
    stones = builder.pictured(
        "pavers",
        textures.pavers(builder.picture_path(), rng, colours, cols, rows),
        metres,
        0.8,
        0.35,
    )
    granite = builder.pictured(
        "kerb",
        textures.surface(
            builder.picture_path(), "gravel", (0.32, 0.31, 0.3), (0.58, 0.57, 0.55), 0.7
        ),
        0.5,
        0.75,
        0.2,
    )
    mesh(
        "road",
        [(-9, -12, -0.15), (0, -12, -0.15), (0, 120, -0.15), (-9, 120, -0.15)],
        [(0, 1, 2, 3)],
        asphalt,
    )
    mesh(
        "pavement",
        [(0.15, -12, 0), (4.2, -12, 0), (4.2, 120, 0), (0.15, 120, 0)],
        [(0, 1, 2, 3)],
        stones,
    )
    mesh(
        "far",
        [(-14, -12, 0), (-9.15, -12, 0), (-9.15, 120, 0), (-14, 120, 0)],
        [(0, 1, 2, 3)],
        stones,
    )
    for y in np.arange(-12, 60, 1.0):
        box((0.075, y + 0.5, -0.07), (0.15, 0.985, 0.16), granite, 0.012)
    box((-9.075, 50, -0.07), (0.15, 130, 0.16), granite)
    white = builder.plain("paint", (0.72, 0.72, 0.68), 0.6, dirt=0.45)
    for y in np.arange(-10, 100, 6):
        mesh(
            "mark",
            [
                (-4.55, y, -0.146),
                (-4.43, y, -0.146),
                (-4.43, y + 3, -0.146),
                (-4.55, y + 3, -0.146),
            ],
            [(0, 1, 2, 3)],
            white,
        )
    mesh(
        "edge",
        [(-0.5, -12, -0.146), (-0.4, -12, -0.146), (-0.4, 120, -0.146), (-0.5, 120, -0.146)],
        [(0, 1, 2, 3)],
        white,
    )


def blind_path(builder: SceneBuilder, x: float = 1.9) -> None:
    """Yellow tactile paving along the street 盲道."""
    yellow = builder.pictured(
        "tactile", textures.tactile(builder.picture_path()), 0.6, 0.75, 0.4, 0.3
    )
    mesh(
        "tactile",
        [(x, -12, 0.006), (x + 0.3, -12, 0.006), (x + 0.3, 90, 0.006), (x, 90, 0.006)],
        [(0, 1, 2, 3)],
        yellow,
    )


def houses(
    builder: SceneBuilder,
    skin: tuple,
    shops: Sequence[str],
    shut: Sequence[bool],
    start: float = -6.0,
) -> None:
    """A row of shops with flats above, along x = WALL_X, and a plainer row across the road."""
    rng = builder.rng
    wall = builder.pictured(
        "wall", textures.facade(builder.picture_path(), rng, skin, 40, 80), 3.0, 0.7, 0.05, 0.3
    )
    base = builder.pictured(
        "base",
        textures.surface(
            builder.picture_path(), "brick", (0.30, 0.27, 0.25), (0.62, 0.58, 0.53), 0.8
        ),
        1.2,
        0.8,
        0.3,
    )
    frame = builder.plain("aluminium", (0.62, 0.64, 0.66), 0.35, 0.8, 0.15)
    roller = builder.printed(textures.shutter(builder.picture_path()), 0.5)
    glass = builder.plain("glass", (0.06, 0.08, 0.09), 0.06, 0.0, 0.1)
    width = 4.2
    for i, name in enumerate(shops):
        y = start + i * width
        box((WALL_X + 0.1, y, 1.4), (0.34, 0.42, 2.78), base, 0.01)
        box((WALL_X + 0.5, y + width / 2, 0.06), (1.0, width - 0.4, 0.12), base, 0.01)
        a, b = y + 0.22, y + width - 0.22
        if shut[i % len(shut)]:
            card(
                [
                    (WALL_X + 0.12, b, 0.1),
                    (WALL_X + 0.12, a, 0.1),
                    (WALL_X + 0.12, a, 2.75),
                    (WALL_X + 0.12, b, 2.75),
                ],
                roller,
            )
        else:
            inside = builder.printed(
                textures.interior(builder.picture_path(), rng), 0.08, 0.15, 0.9
            )
            card(
                [
                    (WALL_X + 0.3, b, 0.12),
                    (WALL_X + 0.3, a, 0.12),
                    (WALL_X + 0.3, a, 2.75),
                    (WALL_X + 0.3, b, 2.75),
                ],
                inside,
            )
            for f in np.linspace(a, b, 5):
                box((WALL_X + 0.24, f, 1.4), (0.06, 0.05, 2.7), frame, 0.004)
            for z in (0.15, 2.2, 2.74):
                box((WALL_X + 0.24, (a + b) / 2, z), (0.06, b - a, 0.06), frame, 0.004)
        colour = GROUNDS[int(rng.integers(0, len(GROUNDS)))]
        board = builder.printed(
            textures.sign(
                builder.picture_path(),
                name,
                colour,
                (250, 245, 230),
                (1024, 220),
                "" if i % 2 else "诚信经营  门前三包",
            ),
            0.35,
            0.12,
        )
        box((WALL_X + 0.1, y + width / 2, 3.2), (0.3, width - 0.3, 0.86), frame, 0.01)
        x = WALL_X - 0.06
        card(
            [(x, b - 0.03, 2.8), (x, a + 0.03, 2.8), (x, a + 0.03, 3.6), (x, b - 0.03, 3.6)], board
        )
        plate = builder.plain("plate", (0.1, 0.25, 0.5), 0.3, 0.3, 0.05)
        box((WALL_X - 0.08, y, 1.75), (0.02, 0.3, 0.42), plate, 0.005)
    length = len(shops) * width
    box((WALL_X + 3.2, start + length / 2, 10), (5.8, length, 12.8), wall)
    for i in range(len(shops) * 2):
        y = start + 1.05 + i * width / 2
        for z in (5.3, 8.3, 11.3):
            box((WALL_X + 0.3, y, z), (0.16, 1.25, 1.4), frame, 0.01)
            box((WALL_X + 0.25, y, z), (0.12, 1.15, 1.3), glass)
            if rng.random() < 0.6:
                air_conditioner(builder, y + 0.1, z - 1.15)
    for y in np.arange(start, start + length, 8.4):
        tube([(WALL_X + 0.22, y + 0.05, 3.7), (WALL_X + 0.22, y + 0.05, 16)], 0.055, frame)
    # The far side and the end of the street: only seen small.
    tones = ((0.84, 0.80, 0.74), (0.80, 0.72, 0.64), (0.78, 0.79, 0.78))
    others = [
        builder.pictured(
            f"other{i}",
            textures.facade(builder.picture_path(), rng, tone, 60, 90),
            4.0,
            0.8,
            0.05,
            0.3,
        )
        for i, tone in enumerate(tones)
    ]
    for i in range(9):
        depth, height = builder.uniform(11, 15), builder.uniform(7, 13)
        y = -10 + i * 13
        box((-14 - depth / 2, y, height / 2), (depth, 12.6, height), others[i % 3])
        for z in np.arange(1.6, height - 1, 2.9):
            for k in range(5):
                box((-14.0, y - 5 + k * 2.5, z), (0.2, 1.4, 1.5), glass)
    for i in range(6):
        height = builder.uniform(12, 30)
        box((WALL_X + 6, start + length + 7 + i * 14, height / 2), (12, 13, height), others[i % 3])
        for z in np.arange(2, height - 1, 3):
            for k in range(5):
                box((WALL_X, start + length + 2 + i * 14 + k * 2.5, z), (0.2, 1.4, 1.5), glass)


def air_conditioner(builder: SceneBuilder, y: float, z: float) -> None:
    """An outdoor unit on its bracket 空调外机."""
    white = builder.plain("aircon", (0.72, 0.72, 0.68), 0.5, 0, 0.35)
    dark = builder.plain("grille", (0.08, 0.08, 0.08), 0.6)
    box((WALL_X + 0.12, y, z), (0.3, 0.8, 0.55), white, 0.02)
    ring = [
        (WALL_X - 0.035, y - 0.12 + 0.2 * math.cos(a), z + 0.2 * math.sin(a))
        for a in np.linspace(0, math.tau, 20, endpoint=False)
    ]
    mesh("fan", ring, [tuple(range(20))], dark)


def hills(builder: SceneBuilder) -> None:
    """The green hills around the town, far and hazy."""
    green = builder.plain("hills", (0.16, 0.22, 0.18), 0.95, 0, 0.3)
    points, faces = [], []
    xs = np.linspace(-260, 260, 80)
    for i, x in enumerate(xs):
        height = 26 + 14 * math.sin(x / 37 + 1) + 9 * math.sin(x / 13) + 3 * math.sin(x / 4.7)
        points += [(x, 230, -5), (x, 240, height)]
        if i:
            faces.append((2 * i - 2, 2 * i, 2 * i + 1, 2 * i - 1))
    mesh("hills", points, faces, green, smooth=True)


def leaves(builder: SceneBuilder, centre: Point3, size: Point3, count: int, tone: int = 0) -> None:
    """A cloud of leaves."""
    greens = [(0.06, 0.14, 0.03), (0.09, 0.18, 0.04), (0.13, 0.22, 0.05)]
    rng = builder.rng
    where = rng.normal(0, 1, (count, 3))
    where /= np.linalg.norm(where, axis=1)[:, None]
    where *= (rng.random(count) ** 0.45)[:, None]
    where = where * np.array(size) + np.array(centre)
    along = rng.normal(0, 1, (count, 3))
    along /= np.linalg.norm(along, axis=1)[:, None]
    across = np.cross(along, rng.normal(0, 1, (count, 3)))
    across /= np.linalg.norm(across, axis=1)[:, None]
    half, wide = rng.uniform(0.05, 0.085, (count, 1)), rng.uniform(0.025, 0.045, (count, 1))
    corners = np.stack(
        [where - along * half, where + across * wide, where + along * half, where - across * wide],
        axis=1,
    )
    material = builder.plain(f"leaf{tone}", greens[tone % 3], 0.55, 0, 0.4)
    mesh(
        "leaves",
        corners.reshape(-1, 3).tolist(),
        np.arange(count * 4).reshape(-1, 4).tolist(),
        material,
    )


def tree(builder: SceneBuilder, x: float, y: float, height: float = 5.2, pit: bool = True) -> None:
    """A street tree in its pit 行道树."""
    bark = builder.pictured(
        "bark",
        textures.surface(
            builder.picture_path(), "gravel", (0.10, 0.08, 0.06), (0.36, 0.30, 0.24), 1.2
        ),
        0.35,
        0.9,
        0.9,
    )
    cylinder((x, y, -0.05), 0.13, height * 0.55, bark, 0.7)
    crown = height * 0.72
    for _ in range(6):
        a = builder.uniform(0, math.tau)
        end = (x + 0.9 * math.cos(a), y + 0.9 * math.sin(a), crown + builder.uniform(-0.3, 0.8))
        tube(
            [(x, y, height * 0.5), ((x + end[0]) / 2, (y + end[1]) / 2, height * 0.62), end],
            0.045,
            bark,
        )
        for tone in range(3):
            leaves(builder, end, (0.95, 0.95, 0.7), 420, tone)
    for tone in range(3):
        leaves(builder, (x, y, crown + 0.7), (1.2, 1.2, 0.9), 700, tone)
    if pit:
        tree_pit(builder, x, y)


def tree_pit(builder: SceneBuilder, x: float, y: float, broken: bool = False) -> None:
    """Earth with an edge of granite around a tree 树池; broken ones have lost stones."""
    earth = builder.pictured(
        "earth",
        textures.surface(builder.picture_path(), "gravel", (0.10, 0.07, 0.05), (0.30, 0.23, 0.16)),
        0.6,
        0.95,
        0.8,
    )
    mesh(
        "earth",
        [
            (x - 0.55, y - 0.55, 0.012),
            (x + 0.55, y - 0.55, 0.012),
            (x + 0.55, y + 0.55, 0.012),
            (x - 0.55, y + 0.55, 0.012),
        ],
        [(0, 1, 2, 3)],
        earth,
    )
    stone = builder.materials.get("kerb") or builder.plain("stone", (0.5, 0.5, 0.48))
    sides = [
        ((x, y - 0.6, 0.03), (1.3, 0.11, 0.13), 0),
        ((x + 0.6, y, 0.03), (0.11, 1.1, 0.13), 0),
        ((x, y + 0.6, 0.03), (1.3, 0.11, 0.13), 0),
        ((x - 0.6, y, 0.03), (0.11, 1.1, 0.13), 0),
    ]
    for i, (centre, size, turn) in enumerate(sides):
        if broken and i == 0:
            box((x - 0.42, y - 0.6, 0.03), (0.45, 0.11, 0.13), stone, 0.01)
            box((x + 0.15, y - 0.83, 0.05), (0.5, 0.11, 0.12), stone, 0.02, 33, 14)
            box((x + 0.62, y - 0.98, 0.04), (0.28, 0.1, 0.12), stone, 0.02, -48, 6)
        elif broken and i == 3:
            box((x - 0.78, y + 0.1, 0.05), (0.11, 0.6, 0.12), stone, 0.02, 24, 9)
        else:
            box(centre, size, stone, 0.01, turn)
    if broken:
        for _ in range(34):
            bit = builder.uniform(0.02, 0.07)
            lump(
                builder,
                (x + builder.uniform(-0.9, 0.9), y - builder.uniform(0.6, 1.3), bit * 0.4),
                (bit, bit, bit),
                stone,
                0.3,
                1,
            )


def hedge(
    builder: SceneBuilder,
    x: float,
    start: float,
    end: float,
    height: float = 0.55,
    wide: float = 0.8,
) -> None:
    """A clipped hedge in its bed 绿篱."""
    earth = builder.pictured(
        "earth",
        textures.surface(builder.picture_path(), "gravel", (0.10, 0.07, 0.05), (0.30, 0.23, 0.16)),
        0.6,
        0.95,
        0.8,
    )
    stone = builder.materials["kerb"]
    box((x, (start + end) / 2, 0.03), (wide + 0.5, end - start, 0.06), earth)
    for side in (-1, 1):
        box(
            (x + side * (wide / 2 + 0.27), (start + end) / 2, 0.05),
            (0.1, end - start, 0.14),
            stone,
            0.01,
        )
    for y in np.arange(start, end, 0.45):
        for tone in range(3):
            leaves(builder, (x, y, height * 0.55), (wide * 0.62, 0.42, height * 0.6), 520, tone)


def lamp(builder: SceneBuilder, x: float, y: float) -> None:
    """A street lamp 路灯."""
    steel = builder.plain("steel", (0.42, 0.44, 0.46), 0.4, 0.7, 0.2)
    cylinder((x, y, 0), 0.16, 0.35, steel, 0.9, bevel=0.02)
    cylinder((x, y, 0.3), 0.075, 6.4, steel, 0.7)
    tube([(x, y, 6.6), (x - 0.5, y, 7.1), (x - 1.5, y, 7.25)], 0.045, steel)
    box((x - 1.7, y, 7.23), (0.6, 0.24, 0.1), steel, 0.03)
