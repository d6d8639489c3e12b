"""Loose things: goods, furniture, rubbish, laundry, water."""

from __future__ import annotations

import math

import bpy
import numpy as np

from tools.scenes import textures
from tools.scenes.scene_builder import Point3, SceneBuilder, box, cylinder, lump, mesh, tube


def bag(builder: SceneBuilder, x: float, y: float, z: float, size: float, tone: int) -> None:
    """A full rubbish bag 垃圾袋, tied."""
    looks = [
        ((0.015, 0.015, 0.017), 0.28),
        ((0.56, 0.57, 0.58), 0.3),
        ((0.55, 0.08, 0.07), 0.35),
        ((0.08, 0.2, 0.42), 0.35),
    ]
    colour, rough = looks[tone % len(looks)]
    plastic = builder.plain(f"bag{tone % len(looks)}", colour, rough, 0, 0.1, 0.4)
    lump(builder, (x, y, z + size * 0.72), (size, size * 0.9, size * 0.78), plastic, 0.3, 4)
    cylinder((x, y, z + size * 1.22), size * 0.07, size * 0.4, plastic, 3.4, 7)


def litter(builder: SceneBuilder, x0: float, x1: float, y0: float, y1: float, count: int) -> None:
    """Paper, cups, cigarette ends and scraps on the ground 垃圾."""
    white = builder.plain("paper", (0.8, 0.79, 0.75), 0.7, 0, 0.15)
    brown = builder.plain("scrap", (0.45, 0.33, 0.2), 0.8, 0, 0.3)
    reds = builder.plain("wrap", (0.62, 0.1, 0.06), 0.3, 0, 0.1)
    green = builder.plain("peel", (0.3, 0.38, 0.08), 0.6, 0, 0.2)
    filter_ = builder.plain("filter", (0.75, 0.5, 0.25), 0.8)
    for _ in range(count):
        x, y = builder.uniform(x0, x1), builder.uniform(y0, y1)
        kind = builder.rng.integers(0, 8)
        if kind <= 1:
            size = builder.uniform(0.03, 0.07)
            lump(builder, (x, y, size * 0.7), (size, size, size), white, 0.55, 2)
        elif kind == 2:
            scrap(
                builder,
                x,
                y,
                [white, brown, reds][int(builder.rng.integers(0, 3))],
                builder.uniform(0.06, 0.2),
            )
        elif kind == 3:
            tilt = builder.uniform(0, math.tau)
            end = (x + 0.1 * math.cos(tilt), y + 0.1 * math.sin(tilt), 0.035)
            tube([(x, y, 0.04), end], 0.036, [white, reds][int(builder.rng.integers(0, 2))])
        elif kind == 4:
            size = builder.uniform(0.03, 0.06)
            lump(
                builder,
                (x, y, size * 0.5),
                (size, size * 0.8, size * 0.4),
                [green, brown][int(builder.rng.integers(0, 2))],
                0.4,
                2,
            )
        elif kind == 5:
            scrap(
                builder,
                x,
                y,
                [reds, white, green][int(builder.rng.integers(0, 3))],
                builder.uniform(0.05, 0.12),
            )
        else:
            a = builder.uniform(0, math.tau)
            tube(
                [(x, y, 0.008), (x + 0.025 * math.cos(a), y + 0.025 * math.sin(a), 0.008)],
                0.006,
                [filter_, white][kind % 2],
            )


def scrap(
    builder: SceneBuilder, x: float, y: float, material: bpy.types.Material, size: float
) -> None:
    """A bent piece of paper or film lying about."""
    n = 6
    turn = builder.uniform(0, math.tau)
    phase = builder.rng.uniform(0, 6, 3)
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


def carton(builder: SceneBuilder, x: float, y: float, z: float, size: Point3, turn: float) -> None:
    """A cardboard box 纸箱."""
    board = builder.materials.get("board") or builder.pictured(
        "board", textures.cardboard(builder.picture_path(), builder.rng), 0.62, 0.85, 0.1, 0.2
    )
    box((x, y, z + size[2] / 2), size, board, 0.008, turn)


def crate(
    builder: SceneBuilder, x: float, y: float, z: float, colour: tuple, goods: tuple | None
) -> None:
    """A plastic crate with fruit or vegetables 筐."""
    plastic = builder.plain(f"crate{colour}", colour, 0.5, 0, 0.25)
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
        fruit = builder.plain(f"fruit{goods}", goods, 0.35, 0, 0.25)
        for _ in range(38):
            r = builder.uniform(0.035, 0.05)
            lump(
                builder,
                (
                    x + builder.uniform(-0.16, 0.16),
                    y + builder.uniform(-0.23, 0.23),
                    z + builder.uniform(0.2, 0.33),
                ),
                (r, r, r),
                fruit,
                0.06,
                2,
            )


def stool(builder: SceneBuilder, x: float, y: float, colour: tuple, fallen: bool = False) -> None:
    """A plastic stool 塑料凳."""
    plastic = builder.plain(f"stool{colour}", colour, 0.4, 0, 0.15)
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


def table(builder: SceneBuilder, x: float, y: float) -> None:
    """A folding table with bowls on it 折叠桌."""
    wood = builder.plain("tabletop", (0.5, 0.36, 0.2), 0.4, 0, 0.25)
    steel = builder.plain("steel", (0.42, 0.44, 0.46), 0.4, 0.7, 0.2)
    box((x, y, 0.73), (0.8, 0.8, 0.03), wood, 0.01)
    for sx in (-1, 1):
        tube([(x + sx * 0.3, y - 0.3, 0), (x + sx * 0.3, y + 0.3, 0.71)], 0.014, steel)
        tube([(x + sx * 0.3, y + 0.3, 0), (x + sx * 0.3, y - 0.3, 0.71)], 0.014, steel)
    bowl = builder.plain("bowl", (0.8, 0.8, 0.76), 0.2)
    for _ in range(4):
        cylinder(
            (x + builder.uniform(-0.28, 0.28), y + builder.uniform(-0.28, 0.28), 0.745),
            0.055,
            0.06,
            bowl,
            1.5,
            20,
        )


def washing(builder: SceneBuilder, y0: float, y1: float) -> None:
    """Laundry on a line between two poles 沿街晾挂."""
    rope = builder.plain("rope", (0.1, 0.2, 0.5), 0.7)
    pole = builder.plain("pole", (0.45, 0.36, 0.22), 0.7, 0, 0.3)
    x = 2.7
    for y in (y0, y1):
        tube([(x, y, 0), (x, y, 2.1)], 0.025, pole)
        cylinder((x, y, 0), 0.17, 0.09, builder.materials["kerb"], 0.9)
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
        wide, long_ = builder.uniform(0.4, 0.75), builder.uniform(0.6, 1.15)
        if y + wide > y1 - 0.1:
            break
        cloth = builder.plain(f"cloth{i % 5}", cloths[i % 5], 0.9, 0, 0.1)
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
        y += wide + builder.uniform(0.05, 0.15)


def sofa(builder: SceneBuilder, x: float, y: float, turn: float) -> None:
    """A thrown-out sofa 废弃沙发."""
    leather = builder.plain("sofa", (0.17, 0.105, 0.075), 0.5, 0, 0.45, 0.3)
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
        box(at(side, -0.06, 0.42), (0.68, 0.62, 0.16), leather, 0.05, turn, builder.uniform(-6, 8))


def rubble(builder: SceneBuilder, x: float, y: float, count: int, spread: float) -> None:
    """Broken bricks and mortar 渣土."""
    brick = builder.pictured(
        "brickbit",
        textures.surface(builder.picture_path(), "brick", (0.22, 0.09, 0.06), (0.55, 0.28, 0.2)),
        0.8,
        0.9,
        0.4,
    )
    mortar = builder.pictured(
        "mortar",
        textures.surface(builder.picture_path(), "gravel", (0.25, 0.24, 0.22), (0.6, 0.58, 0.54)),
        0.5,
        0.95,
        0.6,
    )
    lump(builder, (x, y, -0.05), (spread * 0.8, spread * 0.7, 0.3), mortar, 0.3, 4)
    for i in range(count):
        r = min(abs(builder.rng.normal(0, spread * 0.5)), spread * 1.3)
        a = builder.uniform(0, math.tau)
        z = 0.24 * math.sqrt(max(0.0, 1 - (r / (spread * 0.8)) ** 2)) + 0.03
        where = (x + r * math.cos(a), y + r * math.sin(a), z)
        if i % 3:
            box(
                where,
                (0.24 * builder.uniform(0.4, 1), 0.115, 0.055),
                brick,
                0.006,
                builder.uniform(0, 360),
                builder.uniform(-40, 40),
            )
        else:
            s = builder.uniform(0.03, 0.11)
            lump(builder, where, (s, s * 0.8, s * 0.7), mortar, 0.5, 1)


def water(builder: SceneBuilder, x: float, y: float, z: float, size: tuple[float, float]) -> None:
    """Standing water 积水, brown and glossy."""
    wet = builder.plain("water", (0.05, 0.045, 0.035), 0.03, 0, 0.2)
    n = 60
    phase = builder.rng.uniform(0, 6, 4)
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
