"""Vehicles: bicycles, scooters, cars."""

from __future__ import annotations

import math
from collections.abc import Sequence

import bpy
import numpy as np
from mathutils import Matrix, Vector

from tools.scenes.scene_builder import Point3, SceneBuilder, box, mesh, tube


def wheel(
    builder: SceneBuilder,
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


def bike(
    builder: SceneBuilder, x: float, y: float, heading: float, colour: tuple, lying: bool = False
) -> None:
    """A shared bicycle 共享单车, standing or thrown down."""
    paint = builder.plain(f"bike{colour}", colour, 0.3, 0.1, 0.1)
    rubber = builder.plain("rubber", (0.025, 0.025, 0.025), 0.7)
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


def scooter(builder: SceneBuilder, x: float, y: float, heading: float, colour: tuple) -> None:
    """An electric scooter 电动车."""
    paint = builder.plain(f"scooter{colour}", colour, 0.25, 0.1, 0.15)
    rubber = builder.plain("rubber", (0.025, 0.025, 0.025), 0.7)
    seat = builder.plain("seat", (0.04, 0.04, 0.045), 0.5)
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


def car(builder: SceneBuilder, x: float, y: float, heading: float, colour: tuple) -> None:
    """A parked car; meant to be seen from some metres away."""
    paint = builder.plain(f"car{colour}", colour, 0.18, 0.3, 0.08)
    glass = builder.plain("carglass", (0.015, 0.02, 0.022), 0.05)
    rubber = builder.plain("rubber", (0.025, 0.025, 0.025), 0.7)
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
            mesh("rim", disc, [tuple(range(24))], builder.plain("rim", (0.5, 0.5, 0.52), 0.3, 0.8))
    for side in (-0.55, 0.55):
        box(
            tuple(place @ Vector((2.16, side, 0.68))),
            (0.08, 0.34, 0.14),
            builder.plain("headlight", (0.8, 0.8, 0.78), 0.1),
            0.02,
            heading,
        )
        box(
            tuple(place @ Vector((-2.2, side, 0.78))),
            (0.06, 0.34, 0.14),
            builder.plain("taillight", (0.4, 0.02, 0.02), 0.15),
            0.02,
            heading,
        )
    box(
        tuple(place @ Vector((2.2, 0, 0.45))),
        (0.03, 0.44, 0.12),
        builder.plain("plateblue", (0.05, 0.12, 0.45), 0.3),
        0.0,
        heading,
    )
