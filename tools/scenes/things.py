"""What stands and lies about: bins, bikes, boards, goods, rubbish, water."""

from __future__ import annotations

import math
from collections.abc import Sequence

import bpy
import numpy as np
from mathutils import Matrix, Vector

from tools.scenes import textures
from tools.scenes.stage import Point3, Stage, box, card, cylinder, lump, mesh, tube
from tools.scenes.street import WALL_X


def cabinet(stage: Stage, x: float, y: float, open_door: bool) -> None:
    """A roadside cabinet 箱体; its door closed or hanging open."""
    grey = stage.plain("cabinet", (0.42, 0.5, 0.45), 0.5, 0.3, 0.3)
    dark = stage.plain("dark", (0.03, 0.03, 0.03), 0.8)
    plinth = stage.materials["kerb"]
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
            stage.plain(f"fuse{i % 2}", [(0.7, 0.7, 0.66), (0.2, 0.2, 0.22)][i % 2], 0.4),
            0.01,
        )
    wires = [(0.6, 0.1, 0.1), (0.1, 0.2, 0.6), (0.65, 0.55, 0.1)]
    for i, colour in enumerate(wires):
        w = stage.plain(f"wire{i}", colour, 0.4)
        tube(
            [
                (x + 0.05, y - 0.3 + i * 0.2, 1.0),
                (x - 0.02, y - 0.2 + i * 0.16, 0.7),
                (x + 0.03, y - 0.32 + i * 0.25, 0.3),
            ],
            0.012,
            w,
        )
    label = stage.printed(
        textures.sign(stage.picture_path(), "有电危险", (230, 190, 30), (20, 20, 20), (400, 180))
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


def bin_pair(stage: Stage, x: float, y: float) -> None:
    """A public litter bin with two compartments 果皮箱."""
    steel = stage.plain("binframe", (0.25, 0.27, 0.28), 0.45, 0.5, 0.2)
    for side, colour, word in (
        (-0.31, (0.05, 0.22, 0.5), "可回收物"),
        (0.31, (0.2, 0.22, 0.22), "其他垃圾"),
    ):
        body = stage.plain(f"bin{word}", colour, 0.4, 0.1, 0.35)
        box((x, y + side, 0.5), (0.42, 0.5, 0.78), body, 0.03)
        box((x, y + side, 1.1), (0.42, 0.5, 0.1), body, 0.03)
        box(
            (x - 0.2, y + side, 0.97),
            (0.02, 0.42, 0.17),
            stage.plain("dark", (0.03, 0.03, 0.03), 0.8),
        )
        for post in (-0.22, 0.22):
            box((x + 0.18, y + side + post, 0.55), (0.04, 0.04, 1.1), steel)
            box((x - 0.18, y + side + post, 0.55), (0.04, 0.04, 1.1), steel)
        print_ = stage.printed(
            textures.sign(
                stage.picture_path(),
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
    stage: Stage, x: float, y: float, colour: tuple, turn: float = 0, lid: float = 0.0
) -> None:
    """A wheeled rubbish container 垃圾桶; `lid` opens it, in degrees."""
    body = stage.plain(f"wheelie{colour}", colour, 0.45, 0, 0.4)
    dark = stage.plain("rubber", (0.025, 0.025, 0.025), 0.7)
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
        wheel(stage, tuple(spot), 0.1, turn + 90, dark, 0.035)


def wheel(
    stage: Stage,
    centre: Point3,
    radius: float,
    heading: float,
    material: bpy.types.Material,
    width: float,
) -> None:
    """A wheel standing upright, rolling towards `heading` degrees."""
    a = math.radians(heading)
    ring = [
        (
            centre[0] + radius * math.cos(t) * math.cos(a),
            centre[1] + radius * math.cos(t) * math.sin(a),
            centre[2] + radius * math.sin(t),
        )
        for t in np.linspace(0, math.tau, 28, endpoint=False)
    ]
    tube(ring, width, material, True)


def bag(stage: Stage, x: float, y: float, z: float, size: float, tone: int) -> None:
    """A full rubbish bag 垃圾袋, tied."""
    looks = [
        ((0.015, 0.015, 0.017), 0.28),
        ((0.56, 0.57, 0.58), 0.3),
        ((0.55, 0.08, 0.07), 0.35),
        ((0.08, 0.2, 0.42), 0.35),
    ]
    colour, rough = looks[tone % len(looks)]
    plastic = stage.plain(f"bag{tone % len(looks)}", colour, rough, 0, 0.1, 0.4)
    lump(stage, (x, y, z + size * 0.72), (size, size * 0.9, size * 0.78), plastic, 0.3, 4)
    cylinder((x, y, z + size * 1.22), size * 0.07, size * 0.4, plastic, 3.4, 7)


def litter(stage: Stage, x0: float, x1: float, y0: float, y1: float, count: int) -> None:
    """Paper, cups, cigarette ends and scraps on the ground 垃圾."""
    white = stage.plain("paper", (0.8, 0.79, 0.75), 0.7, 0, 0.15)
    brown = stage.plain("scrap", (0.45, 0.33, 0.2), 0.8, 0, 0.3)
    reds = stage.plain("wrap", (0.62, 0.1, 0.06), 0.3, 0, 0.1)
    green = stage.plain("peel", (0.3, 0.38, 0.08), 0.6, 0, 0.2)
    filter_ = stage.plain("filter", (0.75, 0.5, 0.25), 0.8)
    for _ in range(count):
        x, y = stage.uniform(x0, x1), stage.uniform(y0, y1)
        kind = stage.rng.integers(0, 8)
        if kind <= 1:
            size = stage.uniform(0.03, 0.07)
            lump(stage, (x, y, size * 0.7), (size, size, size), white, 0.55, 2)
        elif kind == 2:
            scrap(
                stage,
                x,
                y,
                [white, brown, reds][int(stage.rng.integers(0, 3))],
                stage.uniform(0.06, 0.2),
            )
        elif kind == 3:
            tilt = stage.uniform(0, math.tau)
            end = (x + 0.1 * math.cos(tilt), y + 0.1 * math.sin(tilt), 0.035)
            tube([(x, y, 0.04), end], 0.036, [white, reds][int(stage.rng.integers(0, 2))])
        elif kind == 4:
            size = stage.uniform(0.03, 0.06)
            lump(
                stage,
                (x, y, size * 0.5),
                (size, size * 0.8, size * 0.4),
                [green, brown][int(stage.rng.integers(0, 2))],
                0.4,
                2,
            )
        elif kind == 5:
            scrap(
                stage,
                x,
                y,
                [reds, white, green][int(stage.rng.integers(0, 3))],
                stage.uniform(0.05, 0.12),
            )
        else:
            a = stage.uniform(0, math.tau)
            tube(
                [(x, y, 0.008), (x + 0.025 * math.cos(a), y + 0.025 * math.sin(a), 0.008)],
                0.006,
                [filter_, white][kind % 2],
            )


def scrap(stage: Stage, x: float, y: float, material: bpy.types.Material, size: float) -> None:
    """A bent piece of paper or film lying about."""
    n = 6
    turn = stage.uniform(0, math.tau)
    phase = stage.rng.uniform(0, 6, 3)
    points = []
    for i in range(n):
        for j in range(n):
            u, v = (i / (n - 1) - 0.5) * size, (j / (n - 1) - 0.5) * size * 0.75
            lift = (
                0.15 * size * (1 + math.sin(9 * i / n + phase[0]) * math.cos(7 * j / n + phase[1]))
            )
            points.append(
                (
                    x + u * math.cos(turn) - v * math.sin(turn),
                    y + u * math.sin(turn) + v * math.cos(turn),
                    0.012 + lift * 0.7,
                )
            )
    faces = [
        (i * n + j, (i + 1) * n + j, (i + 1) * n + j + 1, i * n + j + 1)
        for i in range(n - 1)
        for j in range(n - 1)
    ]
    mesh("scrap", points, faces, material, smooth=True)


def carton(stage: Stage, x: float, y: float, z: float, size: Point3, turn: float) -> None:
    """A cardboard box 纸箱."""
    board = stage.materials.get("board") or stage.pictured(
        "board", textures.cardboard(stage.picture_path(), stage.rng), 0.62, 0.85, 0.1, 0.2
    )
    box((x, y, z + size[2] / 2), size, board, 0.008, turn)


def crate(stage: Stage, x: float, y: float, z: float, colour: tuple, goods: tuple | None) -> None:
    """A plastic crate with fruit or vegetables 筐."""
    plastic = stage.plain(f"crate{colour}", colour, 0.5, 0, 0.25)
    for i in range(4):
        height = z + 0.04 + i * 0.075
        tube(
            [
                (x - 0.2, y - 0.28, height),
                (x + 0.2, y - 0.28, height),
                (x + 0.2, y + 0.28, height),
                (x - 0.2, y + 0.28, height),
            ],
            0.018,
            plastic,
            True,
        )
    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (0, 1), (0, -1), (1, 0), (-1, 0)):
        box((x + sx * 0.2, y + sy * 0.28, z + 0.15), (0.04, 0.04, 0.3), plastic)
    if goods:
        fruit = stage.plain(f"fruit{goods}", goods, 0.35, 0, 0.25)
        for _ in range(38):
            r = stage.uniform(0.035, 0.05)
            lump(
                stage,
                (
                    x + stage.uniform(-0.16, 0.16),
                    y + stage.uniform(-0.23, 0.23),
                    z + stage.uniform(0.2, 0.33),
                ),
                (r, r, r),
                fruit,
                0.06,
                2,
            )


def stool(stage: Stage, x: float, y: float, colour: tuple, fallen: bool = False) -> None:
    """A plastic stool 塑料凳."""
    plastic = stage.plain(f"stool{colour}", colour, 0.4, 0, 0.15)
    if fallen:
        box((x, y, 0.16), (0.05, 0.3, 0.3), plastic, 0.015, 20)
        for a, b in ((-0.1, 0.03), (0.1, 0.03), (-0.1, 0.29), (0.1, 0.29)):
            tube([(x, y + a, b), (x + 0.36, y + a * 1.3 + 0.1, b)], 0.018, plastic)
        return
    box((x, y, 0.43), (0.3, 0.3, 0.04), plastic, 0.015)
    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        tube(
            [(x + sx * 0.11, y + sy * 0.11, 0.42), (x + sx * 0.15, y + sy * 0.15, 0)],
            0.018,
            plastic,
        )


def table(stage: Stage, x: float, y: float) -> None:
    """A folding table with bowls on it 折叠桌."""
    wood = stage.plain("tabletop", (0.5, 0.36, 0.2), 0.4, 0, 0.25)
    steel = stage.plain("steel", (0.42, 0.44, 0.46), 0.4, 0.7, 0.2)
    box((x, y, 0.73), (0.8, 0.8, 0.03), wood, 0.01)
    for sx in (-1, 1):
        tube([(x + sx * 0.3, y - 0.3, 0), (x + sx * 0.3, y + 0.3, 0.71)], 0.014, steel)
        tube([(x + sx * 0.3, y + 0.3, 0), (x + sx * 0.3, y - 0.3, 0.71)], 0.014, steel)
    bowl = stage.plain("bowl", (0.8, 0.8, 0.76), 0.2)
    for _ in range(4):
        cylinder(
            (x + stage.uniform(-0.28, 0.28), y + stage.uniform(-0.28, 0.28), 0.745),
            0.055,
            0.06,
            bowl,
            1.5,
            20,
        )


def bike(
    stage: Stage, x: float, y: float, heading: float, colour: tuple, lying: bool = False
) -> None:
    """A shared bicycle 共享单车, standing or thrown down."""
    paint = stage.plain(f"bike{colour}", colour, 0.3, 0.1, 0.1)
    rubber = stage.plain("rubber", (0.025, 0.025, 0.025), 0.7)
    place = Matrix.Translation((x, y, 0.0)) @ Matrix.Rotation(math.radians(heading), 4, "Z")
    if lying:
        place = place @ Matrix.Translation((0, 0, 0.12)) @ Matrix.Rotation(math.radians(82), 4, "X")
    else:
        place = place @ Matrix.Rotation(math.radians(7), 4, "X")

    def at(*where: float) -> Point3:
        return tuple(place @ Vector(where))

    for centre in (-0.52, 0.52):
        ring = [
            at(centre + 0.31 * math.cos(t), 0, 0.33 + 0.31 * math.sin(t))
            for t in np.linspace(0, math.tau, 32, endpoint=False)
        ]
        tube(ring, 0.024, rubber, True)
        for t in np.linspace(0, math.pi, 8, endpoint=False):
            tube(
                [
                    at(centre + 0.3 * math.cos(t), 0, 0.33 + 0.3 * math.sin(t)),
                    at(centre - 0.3 * math.cos(t), 0, 0.33 - 0.3 * math.sin(t)),
                ],
                0.004,
                paint,
            )
        tube(
            [
                at(centre + 0.35 * math.cos(t), 0, 0.33 + 0.35 * math.sin(t))
                for t in np.linspace(0.3, 2.8, 10)
            ],
            0.02,
            paint,
        )
    tube([at(0.5, 0, 0.33), at(0.38, 0, 0.95)], 0.022, paint)
    tube([at(0.4, 0, 0.82), at(-0.08, 0, 0.3), at(-0.2, 0, 0.78)], 0.032, paint)
    tube([at(-0.08, 0, 0.3), at(-0.52, 0, 0.33), at(-0.19, 0, 0.7)], 0.018, paint)
    tube(
        [at(0.3, -0.28, 1.02), at(0.38, -0.1, 0.99), at(0.38, 0.1, 0.99), at(0.3, 0.28, 1.02)],
        0.016,
        rubber,
    )
    tube([at(-0.34, 0, 0.86), at(-0.1, 0, 0.87)], 0.055, rubber)
    basket = [
        at(0.52 + sx * 0.15, sy * 0.17, 0.78) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    rim = [at(0.52 + sx * 0.18, sy * 0.2, 1.0) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    mesh(
        "basket",
        basket + rim,
        [(0, 1, 2, 3), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)],
        rubber,
    )


def scooter(stage: Stage, x: float, y: float, heading: float, colour: tuple) -> None:
    """An electric scooter 电动车."""
    paint = stage.plain(f"scooter{colour}", colour, 0.25, 0.1, 0.15)
    rubber = stage.plain("rubber", (0.025, 0.025, 0.025), 0.7)
    seat = stage.plain("seat", (0.04, 0.04, 0.045), 0.5)
    place = (
        Matrix.Translation((x, y, 0))
        @ Matrix.Rotation(math.radians(heading), 4, "Z")
        @ Matrix.Rotation(math.radians(6), 4, "X")
    )

    def at(*where: float) -> Point3:
        return tuple(place @ Vector(where))

    for centre in (-0.55, 0.6):
        ring = [
            at(centre + 0.19 * math.cos(t), 0, 0.23 + 0.19 * math.sin(t))
            for t in np.linspace(0, math.tau, 28, endpoint=False)
        ]
        tube(ring, 0.05, rubber, True)

    def slab(
        profile: Sequence[tuple[float, float]],
        half: float,
        material: bpy.types.Material,
        bevel: float = 0.04,
    ) -> None:
        n = len(profile)
        points = [at(px, -half, pz) for px, pz in profile] + [
            at(px, half, pz) for px, pz in profile
        ]
        faces = [tuple(range(n)), tuple(range(2 * n - 1, n - 1, -1))]
        faces += [(i, (i + 1) % n, n + (i + 1) % n, n + i)[::-1] for i in range(n)]
        mesh("slab", points, faces, material, bevel, True)

    slab([(-0.9, 0.5), (-0.85, 0.72), (-0.1, 0.68), (-0.05, 0.34), (-0.4, 0.28)], 0.15, paint)
    slab([(-0.82, 0.7), (-0.8, 0.8), (-0.4, 0.84), (-0.02, 0.76), (-0.05, 0.68)], 0.14, seat)
    slab([(-0.1, 0.24), (-0.1, 0.34), (0.35, 0.34), (0.38, 0.24)], 0.16, paint, 0.02)
    slab([(0.32, 0.28), (0.42, 0.95), (0.52, 0.98), (0.56, 0.6), (0.5, 0.3)], 0.19, paint)
    slab([(0.42, 0.46), (0.55, 0.52), (0.82, 0.44), (0.8, 0.38)], 0.08, paint, 0.02)
    tube(
        [at(0.4, -0.33, 1.06), at(0.46, -0.12, 1.02), at(0.46, 0.12, 1.02), at(0.4, 0.33, 1.06)],
        0.022,
        rubber,
    )
    for side in (-1, 1):
        tube([at(0.44, side * 0.24, 1.04), at(0.5, side * 0.3, 1.24)], 0.007, rubber)
        box(at(0.5, side * 0.32, 1.27), (0.03, 0.12, 0.08), seat, 0.01, heading)


def car(stage: Stage, x: float, y: float, heading: float, colour: tuple) -> None:
    """A parked car; meant to be seen from some metres away."""
    paint = stage.plain(f"car{colour}", colour, 0.18, 0.3, 0.08)
    glass = stage.plain("carglass", (0.015, 0.02, 0.022), 0.05)
    rubber = stage.plain("rubber", (0.025, 0.025, 0.025), 0.7)
    place = Matrix.Translation((x, y, -0.15)) @ Matrix.Rotation(math.radians(heading), 4, "Z")

    def hull(
        profile: Sequence[tuple[float, float, float]], material: bpy.types.Material, bevel: float
    ) -> None:
        n = len(profile)
        points = [place @ Vector((px, -half, pz)) for px, pz, half in profile]
        points += [place @ Vector((px, half, pz)) for px, pz, half in profile]
        faces = [tuple(range(n)), tuple(range(2 * n - 1, n - 1, -1))]
        faces += [(i, n + i, n + (i + 1) % n, (i + 1) % n) for i in range(n)]
        thing = mesh("hull", points, faces, material, bevel, True)
        thing.modifiers["bevel"].segments = 4

    hull(
        [
            (-2.2, 0.35, 0.84),
            (-2.22, 0.85, 0.82),
            (-1.9, 0.98, 0.82),
            (1.0, 0.98, 0.84),
            (2.1, 0.82, 0.78),
            (2.2, 0.4, 0.8),
        ],
        paint,
        0.12,
    )
    hull(
        [(-1.85, 0.93, 0.76), (-1.35, 1.42, 0.6), (0.25, 1.46, 0.6), (1.1, 0.95, 0.76)], glass, 0.08
    )
    hull(
        [(-1.38, 1.40, 0.62), (-1.3, 1.49, 0.58), (0.2, 1.53, 0.58), (0.35, 1.42, 0.62)],
        paint,
        0.04,
    )
    for px in (-1.35, 1.4):
        for side in (-0.8, 0.8):
            ring = [
                place @ Vector((px + 0.24 * math.cos(t), side, 0.33 + 0.24 * math.sin(t)))
                for t in np.linspace(0, math.tau, 24, endpoint=False)
            ]
            tube(ring, 0.09, rubber, True)
            disc = [
                place @ Vector((px + 0.2 * math.cos(t), side * 1.06, 0.33 + 0.2 * math.sin(t)))
                for t in np.linspace(0, math.tau, 24, endpoint=False)
            ]
            mesh("rim", disc, [tuple(range(24))], stage.plain("rim", (0.5, 0.5, 0.52), 0.3, 0.8))
    for side in (-0.55, 0.55):
        box(
            tuple(place @ Vector((2.16, side, 0.68))),
            (0.08, 0.34, 0.14),
            stage.plain("headlight", (0.8, 0.8, 0.78), 0.1),
            0.02,
            heading,
        )
        box(
            tuple(place @ Vector((-2.2, side, 0.78))),
            (0.06, 0.34, 0.14),
            stage.plain("taillight", (0.4, 0.02, 0.02), 0.15),
            0.02,
            heading,
        )
    box(
        tuple(place @ Vector((2.2, 0, 0.45))),
        (0.03, 0.44, 0.12),
        stage.plain("plateblue", (0.05, 0.12, 0.45), 0.3),
        0.0,
        heading,
    )


def guard_rail(stage: Stage, x: float, start: float, bays: int, fallen: int | None = None) -> None:
    """White railings along the kerb 护栏; one bay may have been knocked over."""
    white = stage.plain("rail", (0.72, 0.73, 0.72), 0.4, 0.2, 0.3)
    dark = stage.plain("foot", (0.1, 0.1, 0.1), 0.7)
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


def manhole(stage: Stage, x: float, y: float, z: float, state: str) -> None:
    """A manhole 井盖: `closed`, or `open` with its cover pushed aside."""
    iron = stage.plain("iron", (0.12, 0.115, 0.11), 0.5, 0.8, 0.3, 0.25)
    ring = stage.plain("ring", (0.2, 0.19, 0.18), 0.6, 0.6, 0.3)
    dark = stage.plain("hole", (0.003, 0.003, 0.003), 1.0, 0, 0)
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


def cone(stage: Stage, x: float, y: float, z: float = 0.0) -> None:
    """A traffic cone 锥桶."""
    red = stage.plain("cone", (0.65, 0.1, 0.03), 0.45, 0, 0.2)
    white = stage.plain("conewhite", (0.75, 0.75, 0.72), 0.4, 0, 0.2)
    box((x, y, z + 0.02), (0.36, 0.36, 0.04), red, 0.01)
    cylinder((x, y, z + 0.03), 0.14, 0.66, red, 0.2)
    cylinder((x, y, z + 0.3), 0.108, 0.12, white, 0.8)


def board(stage: Stage, x: float, y: float, faded: bool) -> None:
    """A public-service advertisement on two posts 公益广告牌, facing the camera."""
    steel = stage.plain("steel", (0.42, 0.44, 0.46), 0.4, 0.7, 0.2)
    art = textures.poster(
        stage.picture_path(),
        "讲文明",
        ["树新风", "共建典范城市", "共享美好十堰"],
        (176, 38, 30),
        1.0 if faded else 0.0,
    )
    print_ = stage.printed(art, 0.4)
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


def stickers(stage: Stage, count: int, y0: float, y1: float, scars: bool) -> None:
    """Small advertisements on the wall; cleaned ones leave lighter scars."""
    x = WALL_X - 0.075
    for _ in range(count):
        y, z = stage.uniform(y0, y1), stage.uniform(0.6, 2.2)
        w, h, turn = 0.22, 0.15, stage.uniform(-0.35, 0.35)
        corners = [(-w, -h), (w, -h), (w, h), (-w, h)]
        spots = [
            (
                x - stage.uniform(0, 0.004),
                y - (u * math.cos(turn) - v * math.sin(turn)),
                z + u * math.sin(turn) + v * math.cos(turn),
            )
            for u, v in corners
        ]
        if scars:
            continue
        card(spots, stage.printed(textures.sticker(stage.picture_path(), stage.rng), 0.7))


def washing(stage: Stage, y0: float, y1: float) -> None:
    """Laundry on a line between two poles 沿街晾挂."""
    rope = stage.plain("rope", (0.1, 0.2, 0.5), 0.7)
    pole = stage.plain("pole", (0.45, 0.36, 0.22), 0.7, 0, 0.3)
    x = 2.7
    for y in (y0, y1):
        tube([(x, y, 0), (x, y, 2.1)], 0.025, pole)
        cylinder((x, y, 0), 0.17, 0.09, stage.materials["kerb"], 0.9)
    line = [
        (x, y, 2.05 - 0.16 * math.sin(math.pi * (y - y0) / (y1 - y0)))
        for y in np.linspace(y0, y1, 14)
    ]
    tube(line, 0.006, rope)
    cloths = [
        (0.75, 0.74, 0.7),
        (0.12, 0.2, 0.4),
        (0.6, 0.2, 0.25),
        (0.3, 0.42, 0.36),
        (0.72, 0.6, 0.2),
    ]
    y = y0 + 0.25
    for i in range(6):
        wide, long_ = stage.uniform(0.4, 0.75), stage.uniform(0.6, 1.15)
        if y + wide > y1 - 0.1:
            break
        cloth = stage.plain(f"cloth{i % 5}", cloths[i % 5], 0.9, 0, 0.1)
        n, m = 14, 8
        top = 2.05 - 0.16 * math.sin(math.pi * (y + wide / 2 - y0) / (y1 - y0))
        points = [
            (x + 0.05 * (j / m) * math.sin(i * 2 + k * 1.1), y + wide * k / n, top - long_ * j / m)
            for k in range(n + 1)
            for j in range(m + 1)
        ]
        faces = [
            (k * (m + 1) + j, (k + 1) * (m + 1) + j, (k + 1) * (m + 1) + j + 1, k * (m + 1) + j + 1)
            for k in range(n)
            for j in range(m)
        ]
        mesh("cloth", points, faces, cloth, smooth=True)
        y += wide + stage.uniform(0.05, 0.15)


def sofa(stage: Stage, x: float, y: float, turn: float) -> None:
    """A thrown-out sofa 废弃沙发."""
    leather = stage.plain("sofa", (0.17, 0.105, 0.075), 0.5, 0, 0.45, 0.3)
    a = math.radians(turn)

    def at(px: float, py: float, pz: float) -> Point3:
        return (
            x + px * math.cos(a) - py * math.sin(a),
            y + px * math.sin(a) + py * math.cos(a),
            pz,
        )

    box(at(0, 0, 0.22), (1.7, 0.75, 0.3), leather, 0.06, turn)
    box(at(0, 0.36, 0.6), (1.7, 0.22, 0.62), leather, 0.08, turn, -10)
    for side in (-0.8, 0.8):
        box(at(side, 0, 0.42), (0.22, 0.8, 0.42), leather, 0.07, turn)
    for side in (-0.36, 0.36):
        box(at(side, -0.06, 0.42), (0.68, 0.62, 0.16), leather, 0.05, turn, stage.uniform(-6, 8))


def rubble(stage: Stage, x: float, y: float, count: int, spread: float) -> None:
    """Broken bricks and mortar 渣土."""
    brick = stage.pictured(
        "brickbit",
        textures.surface(stage.picture_path(), "brick", (0.22, 0.09, 0.06), (0.55, 0.28, 0.2)),
        0.8,
        0.9,
        0.4,
    )
    mortar = stage.pictured(
        "mortar",
        textures.surface(stage.picture_path(), "gravel", (0.25, 0.24, 0.22), (0.6, 0.58, 0.54)),
        0.5,
        0.95,
        0.6,
    )
    lump(stage, (x, y, -0.05), (spread * 0.8, spread * 0.7, 0.3), mortar, 0.3, 4)
    for i in range(count):
        r = min(abs(stage.rng.normal(0, spread * 0.5)), spread * 1.3)
        a = stage.uniform(0, math.tau)
        z = 0.24 * math.sqrt(max(0.0, 1 - (r / (spread * 0.8)) ** 2)) + 0.03
        where = (x + r * math.cos(a), y + r * math.sin(a), z)
        if i % 3:
            box(
                where,
                (0.24 * stage.uniform(0.4, 1), 0.115, 0.055),
                brick,
                0.006,
                stage.uniform(0, 360),
                stage.uniform(-40, 40),
            )
        else:
            s = stage.uniform(0.03, 0.11)
            lump(stage, where, (s, s * 0.8, s * 0.7), mortar, 0.5, 1)


def water(stage: Stage, x: float, y: float, z: float, size: tuple[float, float]) -> None:
    """Standing water 积水, brown and glossy."""
    wet = stage.plain("water", (0.05, 0.045, 0.035), 0.03, 0, 0.2)
    n = 60
    phase = stage.rng.uniform(0, 6, 4)
    ring = []
    for a in np.linspace(0, math.tau, n, endpoint=False):
        r = (
            1
            + 0.16 * math.sin(2 * a + phase[0])
            + 0.1 * math.sin(5 * a + phase[1])
            + 0.05 * math.sin(9 * a + phase[2])
        )
        ring.append((x + size[0] * r * math.cos(a), y + size[1] * r * math.sin(a), z))
    mesh("water", ring, [tuple(range(n))], wet)
