"""Fixed things of the street: cabinets, bins, railings, manholes, boards, stickers."""

from __future__ import annotations

import math

import numpy as np
from mathutils import Matrix, Vector

from tools.scenes import textures
from tools.scenes.scene_builder import SceneBuilder, box, card, cylinder, mesh, tube
from tools.scenes.street import WALL_X
from tools.scenes.vehicles import wheel


def cabinet(builder: SceneBuilder, x: float, y: float, open_door: bool) -> None:
    """A roadside cabinet 箱体; its door closed or hanging open."""
    grey = builder.plain("cabinet", (0.42, 0.5, 0.45), 0.5, 0.3, 0.3)
    dark = builder.plain("dark", (0.03, 0.03, 0.03), 0.8)
    plinth = builder.materials["kerb"]
    box((x, y, 0.1), (0.6, 1.1, 0.2), plinth, 0.01)
    box((x + 0.24, y, 0.85), (0.06, 1.0, 1.3), grey, 0.01)
    for side in (-0.5, 0.5):
        box((x, y + side, 0.85), (0.5, 0.04, 1.3), grey, 0.01)
    box((x, y, 1.52), (0.56, 1.1, 0.06), grey, 0.01)
    box((x + 0.18, y, 0.85), (0.04, 0.94, 1.24), dark)
    for i in range(4):
        box(
            (x + 0.1, y - 0.28 + i * 0.18, 1.1),
            (0.12, 0.12, 0.2),
            builder.plain(f"fuse{i % 2}", [(0.7, 0.7, 0.66), (0.2, 0.2, 0.22)][i % 2], 0.4),
            0.01,
        )
    wires = [(0.6, 0.1, 0.1), (0.1, 0.2, 0.6), (0.65, 0.55, 0.1)]
    for i, colour in enumerate(wires):
        w = builder.plain(f"wire{i}", colour, 0.4)
        tube(
            [
                (x + 0.05, y - 0.3 + i * 0.2, 1.0),
                (x - 0.02, y - 0.2 + i * 0.16, 0.7),
                (x + 0.03, y - 0.32 + i * 0.25, 0.3),
            ],
            0.012,
            w,
        )
    label = builder.printed(
        textures.sign(builder.picture_path(), "有电危险", (230, 190, 30), (20, 20, 20), (400, 180))
    )
    if open_door:
        box((x - 0.48, y + 0.62, 0.85), (0.5, 0.03, 1.24), grey, 0.006, -14)
        box((x - 0.34, y - 0.58, 0.83), (0.5, 0.03, 1.24), grey, 0.006, 52)
    else:
        for side in (-0.25, 0.25):
            box((x - 0.25, y + side, 0.85), (0.03, 0.48, 1.24), grey, 0.008)
        card(
            [
                (x - 0.27, y + 0.42, 1.1),
                (x - 0.27, y + 0.08, 1.1),
                (x - 0.27, y + 0.08, 1.26),
                (x - 0.27, y + 0.42, 1.26),
            ],
            label,
        )


def bin_pair(builder: SceneBuilder, x: float, y: float) -> None:
    """A public litter bin with two compartments 果皮箱."""
    steel = builder.plain("binframe", (0.25, 0.27, 0.28), 0.45, 0.5, 0.2)
    for side, colour, word in (
        (-0.31, (0.05, 0.22, 0.5), "可回收物"),
        (0.31, (0.2, 0.22, 0.22), "其他垃圾"),
    ):
        body = builder.plain(f"bin{word}", colour, 0.4, 0.1, 0.35)
        box((x, y + side, 0.5), (0.42, 0.5, 0.78), body, 0.03)
        box((x, y + side, 1.1), (0.42, 0.5, 0.1), body, 0.03)
        box(
            (x - 0.2, y + side, 0.97),
            (0.02, 0.42, 0.17),
            builder.plain("dark", (0.03, 0.03, 0.03), 0.8),
        )
        for post in (-0.22, 0.22):
            box((x + 0.18, y + side + post, 0.55), (0.04, 0.04, 1.1), steel)
            box((x - 0.18, y + side + post, 0.55), (0.04, 0.04, 1.1), steel)
        print_ = builder.printed(
            textures.sign(
                builder.picture_path(),
                word,
                tuple(int(c * 255) for c in colour),
                (240, 240, 240),
                (400, 160),
            )
        )
        a, b = y + side + 0.2, y + side - 0.2
        card(
            [
                (x - 0.214, a, 0.55),
                (x - 0.214, b, 0.55),
                (x - 0.214, b, 0.71),
                (x - 0.214, a, 0.71),
            ],
            print_,
        )
    box((x, y, 1.17), (0.5, 1.2, 0.05), steel, 0.02)
    box((x, y, 0.06), (0.46, 1.16, 0.06), steel, 0.01)


def wheelie(
    builder: SceneBuilder, x: float, y: float, colour: tuple, turn: float = 0, lid: float = 0.0
) -> None:
    """A wheeled rubbish container 垃圾桶; `lid` opens it, in degrees."""
    body = builder.plain(f"wheelie{colour}", colour, 0.45, 0, 0.4)
    dark = builder.plain("rubber", (0.025, 0.025, 0.025), 0.7)
    place = Matrix.Translation((x, y, 0)) @ Matrix.Rotation(math.radians(turn), 4, "Z")
    low, high = (0.22, 0.26), (0.29, 0.33)
    corners = [(sx * low[0], sy * low[1], 0.08) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    corners += [
        (sx * high[0], sy * high[1], 0.98) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    faces = [(3, 2, 1, 0), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    if lid:
        corners += [(sx * 0.25, sy * 0.29, 0.9) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        faces.append((8, 9, 10, 11))
    mesh("wheelie", [place @ Vector(c) for c in corners], faces, body, 0.012)
    rim = [(sx * 0.31, sy * 0.35, 0.98) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    tube([place @ Vector(c) for c in rim], 0.02, body, True)
    hinge = place @ Matrix.Translation((0.3, 0, 1.0)) @ Matrix.Rotation(math.radians(lid), 4, "Y")
    top = [(-0.64, -0.35, 0), (0.02, -0.35, 0.02), (0.02, 0.35, 0.02), (-0.64, 0.35, 0)]
    top += [(a * 0.98, b * 0.9, c + 0.06) for a, b, c in top]
    sides = [(0, 1, 2, 3), (7, 6, 5, 4), (0, 4, 5, 1), (1, 5, 6, 2), (2, 6, 7, 3), (3, 7, 4, 0)]
    mesh("lid", [hinge @ Vector(c) for c in top], sides, body, 0.015)
    for side in (-0.24, 0.24):
        spot = place @ Vector((0.22, side, 0.1))
        wheel(builder, tuple(spot), 0.1, turn + 90, dark, 0.035)


def guard_rail(
    builder: SceneBuilder, x: float, start: float, bays: int, fallen: int | None = None
) -> None:
    """White railings along the kerb 护栏; one bay may have been knocked over."""
    white = builder.plain("rail", (0.72, 0.73, 0.72), 0.4, 0.2, 0.3)
    dark = builder.plain("foot", (0.1, 0.1, 0.1), 0.7)
    for bay in range(bays):
        y = start + bay * 2.0
        down = bay == fallen
        place = Matrix.Translation((x, y, 0))
        if down:
            place = (
                Matrix.Translation((x - 0.05, y + 0.1, 0.05))
                @ Matrix.Rotation(math.radians(17), 4, "Z")
                @ Matrix.Rotation(math.radians(-76), 4, "Y")
            )
        elif fallen is not None and bay == fallen + 1:
            place = (
                place
                @ Matrix.Rotation(math.radians(-9), 4, "Z")
                @ Matrix.Rotation(math.radians(-18), 4, "Y")
            )
        tube([place @ Vector((0, 0, 0)), place @ Vector((0, 0, 1.1))], 0.04, white)
        if not down:
            cylinder((x, y, -0.01), 0.13, 0.07, dark, 0.8)
        for z in (0.25, 0.95):
            tube([place @ Vector((0, 0.05, z)), place @ Vector((0, 1.95, z))], 0.022, white)
        for k in np.arange(0.15, 1.95, 0.15):
            tube([place @ Vector((0, k, 0.25)), place @ Vector((0, k, 0.95))], 0.011, white)


def manhole(builder: SceneBuilder, x: float, y: float, z: float, state: str) -> None:
    """A manhole 井盖: `closed`, or `open` with its cover pushed aside."""
    iron = builder.plain("iron", (0.12, 0.115, 0.11), 0.5, 0.8, 0.3, 0.25)
    ring = builder.plain("ring", (0.2, 0.19, 0.18), 0.6, 0.6, 0.3)
    dark = builder.plain("hole", (0.003, 0.003, 0.003), 1.0, 0, 0)
    tube(
        [
            (x + 0.37 * math.cos(a), y + 0.37 * math.sin(a), z)
            for a in np.linspace(0, math.tau, 40, endpoint=False)
        ],
        0.03,
        ring,
        True,
    )

    def cover(place: Matrix) -> None:
        n = 40
        for r, top, m in ((0.345, 0.03, iron),):
            low = [
                place @ Vector((r * math.cos(a), r * math.sin(a), 0))
                for a in np.linspace(0, math.tau, n, endpoint=False)
            ]
            high = [
                place @ Vector((r * math.cos(a), r * math.sin(a), top))
                for a in np.linspace(0, math.tau, n, endpoint=False)
            ]
            faces = [(i, (i + 1) % n, n + (i + 1) % n, n + i) for i in range(n)] + [
                tuple(range(n))[::-1],
                tuple(range(n, 2 * n)),
            ]
            mesh("cover", low + high, faces, m, 0.004)
        for i in range(-3, 4):
            for j in range(-3, 4):
                if i * i + j * j <= 10:
                    px, py = i * 0.085, j * 0.085
                    corners = [
                        place @ Vector((px + a, py + b, 0.036))
                        for a, b in ((-0.03, -0.03), (0.03, -0.03), (0.03, 0.03), (-0.03, 0.03))
                    ]
                    mesh("stud", corners, [(0, 1, 2, 3)], ring)

    if state == "closed":
        cover(Matrix.Translation((x, y, z - 0.012)))
        return
    hole = [
        (x + 0.36 * math.cos(a), y + 0.36 * math.sin(a), z + 0.004)
        for a in np.linspace(0, math.tau, 40, endpoint=False)
    ]
    mesh("hole", hole, [tuple(range(40))], dark)
    cover(
        Matrix.Translation((x - 0.42, y + 0.3, z + 0.05)) @ Matrix.Rotation(math.radians(8), 4, "Y")
    )


def cone(builder: SceneBuilder, x: float, y: float, z: float = 0.0) -> None:
    """A traffic cone 锥桶."""
    red = builder.plain("cone", (0.65, 0.1, 0.03), 0.45, 0, 0.2)
    white = builder.plain("conewhite", (0.75, 0.75, 0.72), 0.4, 0, 0.2)
    box((x, y, z + 0.02), (0.36, 0.36, 0.04), red, 0.01)
    cylinder((x, y, z + 0.03), 0.14, 0.66, red, 0.2)
    cylinder((x, y, z + 0.3), 0.108, 0.12, white, 0.8)


def board(builder: SceneBuilder, x: float, y: float, faded: bool) -> None:
    """A public-service advertisement on two posts 公益广告牌, facing the camera."""
    steel = builder.plain("steel", (0.42, 0.44, 0.46), 0.4, 0.7, 0.2)
    art = textures.poster(
        builder.picture_path(),
        "讲文明",
        ["树新风", "共建典范城市", "共享美好十堰"],
        (176, 38, 30),
        1.0 if faded else 0.0,
    )
    print_ = builder.printed(art, 0.4)
    for side in (-0.62, 0.62):
        tube([(x + side, y, 0), (x + side, y, 2.5)], 0.04, steel)
    tilt = 0.06 if faded else 0.0
    box((x, y + 0.03, 1.6), (1.2, 0.05, 1.66), steel, 0.01)
    a, b = x - 0.57, x + 0.57
    card(
        [
            (a, y - 0.005, 0.8 - tilt),
            (b, y - 0.005, 0.8 + tilt),
            (b, y - 0.005, 2.4 + tilt),
            (a, y - 0.005, 2.4 - tilt),
        ],
        print_,
    )


def stickers(builder: SceneBuilder, count: int, y0: float, y1: float, scars: bool) -> None:
    """Small advertisements on the wall; cleaned ones leave lighter scars."""
    x = WALL_X - 0.075
    for _ in range(count):
        y, z = builder.uniform(y0, y1), builder.uniform(0.6, 2.2)
        w, h, turn = 0.22, 0.15, builder.uniform(-0.35, 0.35)
        corners = [(-w, -h), (w, -h), (w, h), (-w, h)]
        spots = [
            (
                x - builder.uniform(0, 0.004),
                y - (u * math.cos(turn) - v * math.sin(turn)),
                z + u * math.sin(turn) + v * math.cos(turn),
            )
            for u, v in corners
        ]
        if scars:
            continue
        card(spots, builder.printed(textures.sticker(builder.picture_path(), builder.rng), 0.7))
