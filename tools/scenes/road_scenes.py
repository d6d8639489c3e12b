"""Scenes of roads, pavements and trees, with the shortcoming and after the repair."""

from __future__ import annotations

import numpy as np

from tools.scenes import street, street_furniture, textures, things, vehicles
from tools.scenes.corner import BEIGE, PINK, WHITE, corner
from tools.scenes.scene_builder import SceneBuilder, box, lump, mesh, tube


def missing_manhole(builder: SceneBuilder, before: bool) -> None:
    """井盖缺失移位."""
    corner(builder, WHITE, "grey", 3, (True, False, False), trees=(7.4, 14.0))
    vehicles.car(builder, -1.3, 11.0, 90, (0.55, 0.56, 0.58))
    street_furniture.manhole(builder, -1.35, 1.9, -0.145, "open" if before else "closed")
    street_furniture.manhole(builder, -3.0, 8.0, -0.145, "closed")
    if before:
        street_furniture.cone(builder, -2.15, 1.4, -0.15)


def broken_pavement(builder: SceneBuilder, before: bool) -> None:
    """人行道破损拱起."""
    corner(builder, PINK, "red", 5, trees=(6.0,), tactile=True)
    street.tree(builder, 0.85, 2.2, 5.6)
    if before:
        earth = builder.materials["earth"]
        stone = builder.pictured(
            "loose",
            textures.surface(
                builder.picture_path(), "gravel", (0.26, 0.14, 0.11), (0.60, 0.40, 0.33), 0.8
            ),
            0.5,
            0.8,
            0.3,
        )
        ring = [
            (2.75 + r * np.cos(a), 1.9 + 0.85 * r * np.sin(a), 0.005)
            for a, r in (
                (t, 0.55 + 0.22 * np.sin(3 * t + 1) + 0.1 * np.sin(8 * t))
                for t in np.linspace(0, 2 * np.pi, 40, endpoint=False)
            )
        ]
        mesh("hole", ring, [tuple(range(40))], earth)
        for _ in range(26):
            x, y = 2.75 + builder.rng.normal(0, 0.42), 1.9 + builder.rng.normal(0, 0.4)
            box(
                (x, y, 0.03),
                (0.29, 0.145, 0.05),
                stone,
                0.008,
                builder.uniform(0, 180),
                builder.uniform(-22, 22),
            )
        for _ in range(60):
            s = builder.uniform(0.01, 0.04)
            lump(
                builder,
                (2.75 + builder.rng.normal(0, 0.5), 1.9 + builder.rng.normal(0, 0.45), s * 0.5),
                (s, s, s),
                stone,
                0.3,
                1,
            )
    else:
        new = builder.pictured(
            "new",
            textures.pavers(
                builder.picture_path(), builder.rng, [(0.58, 0.34, 0.27), (0.60, 0.36, 0.29)], 6, 12
            ),
            1.8,
            0.85,
            0.3,
            0.08,
        )
        mesh(
            "patch",
            [(2.3, 1.0, 0.004), (3.5, 1.0, 0.004), (3.5, 2.8, 0.004), (2.3, 2.8, 0.004)],
            [(0, 1, 2, 3)],
            new,
        )


def pothole(builder: SceneBuilder, before: bool) -> None:
    """道路破损."""
    corner(builder, BEIGE, "mixed", 8, trees=(5.0, 12.0))
    vehicles.car(builder, -7.2, 14.0, -90, (0.4, 0.05, 0.05))
    x, y = -2.1, 2.2
    wave = [
        (t, 1 + 0.2 * np.sin(3 * t) + 0.12 * np.sin(7 * t + 2))
        for t in np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ]
    if before:
        earth = builder.pictured(
            "subgrade",
            textures.surface(
                builder.picture_path(), "gravel", (0.04, 0.035, 0.03), (0.24, 0.21, 0.17), 1.5
            ),
            0.5,
            0.95,
            1.0,
        )
        mesh(
            "hole",
            [(x + 0.85 * r * np.cos(t), y + 0.55 * r * np.sin(t), -0.145) for t, r in wave],
            [tuple(range(48))],
            earth,
        )
        mesh(
            "deep",
            [(x + 0.5 * r * np.cos(t), y + 0.3 * r * np.sin(t), -0.143) for t, r in wave],
            [tuple(range(48))],
            builder.plain("deep", (0.025, 0.022, 0.02), 0.6),
        )
        for _ in range(130):
            s = builder.uniform(0.01, 0.055)
            t, r = builder.uniform(0, 6.28), abs(builder.rng.normal(0.75, 0.35))
            lump(
                builder,
                (x + 0.9 * r * np.cos(t), y + 0.6 * r * np.sin(t), -0.13),
                (s, s, s),
                earth,
                0.35,
                1,
            )
        things.water(builder, x - 0.1, y, -0.141, (0.3, 0.17))
    else:
        fresh = builder.pictured(
            "fresh",
            textures.surface(
                builder.picture_path(), "gravel", (0.015, 0.015, 0.016), (0.11, 0.11, 0.11), 1.2
            ),
            0.6,
            0.8,
            0.4,
            0.1,
        )
        mesh(
            "patch",
            [
                (x - 1.2, y - 0.85, -0.145),
                (x + 1.2, y - 0.85, -0.145),
                (x + 1.2, y + 0.85, -0.145),
                (x - 1.2, y + 0.85, -0.145),
            ],
            [(0, 1, 2, 3)],
            fresh,
        )


def fallen_rail(builder: SceneBuilder, before: bool) -> None:
    """护栏移位."""
    corner(builder, BEIGE, "grey", 7, trees=(8.0, 15.0))
    street_furniture.guard_rail(builder, 0.3, -3.0, 12, 2 if before else None)
    if before:
        things.litter(builder, -1.0, 0.6, 0.6, 3.4, 8)


def fallen_branch(builder: SceneBuilder, before: bool) -> None:
    """行道树断枝."""
    corner(builder, WHITE, "mixed", 10, trees=(2.6, 9.0, 15.5))
    if before:
        bark = builder.materials["bark"]
        tube([(0.9, 1.7, 1.5), (1.5, 1.4, 0.5), (2.2, 1.3, 0.22), (3.2, 1.8, 0.12)], 0.06, bark)
        tube([(2.0, 1.3, 0.25), (2.4, 0.7, 0.3), (2.7, 0.2, 0.15)], 0.035, bark)
        tube([(2.5, 1.4, 0.2), (2.8, 2.3, 0.35), (3.1, 2.9, 0.2)], 0.035, bark)
        twigs = ((2.6, 0.4), (3.2, 1.8), (2.9, 2.6), (2.3, 1.1), (3.5, 1.2), (3.0, 0.9), (2.6, 2.0))
        for x, y in twigs:
            tube([(2.3, 1.35, 0.2), (x, y, 0.32)], 0.018, bark)
            for tone in range(3):
                street.leaves(builder, (x, y, 0.26), (0.55, 0.45, 0.24), 130, tone)
        for tone in range(3):
            street.leaves(builder, (2.7, 1.4, 0.05), (1.5, 1.6, 0.03), 90, tone)


def broken_tree_pit(builder: SceneBuilder, before: bool) -> None:
    """树池花坛缺损."""
    corner(builder, PINK, "grey", 12, trees=(9.0, 15.0))
    street.tree(builder, 1.1, 2.0, 5.4, False)
    street.tree_pit(builder, 1.1, 2.0, before)
    if before:
        things.litter(builder, 0.7, 1.6, 1.6, 2.4, 12)


def ponding(builder: SceneBuilder, before: bool) -> None:
    """道路积水."""
    corner(builder, WHITE, "red", 0, (False, True), trees=(6.0, 13.0))
    vehicles.car(builder, -6.8, 12.0, -90, (0.7, 0.7, 0.7))
    if before:
        things.water(builder, -1.5, 3.0, -0.144, (1.3, 2.5))
        things.water(builder, -0.9, 7.6, -0.144, (0.6, 1.4))
        things.litter(builder, -0.7, -0.1, 0.8, 5.0, 18)


def open_cabinet(builder: SceneBuilder, before: bool) -> None:
    """箱体门未关."""
    corner(builder, WHITE, "mixed", 13, (True, False), trees=(7.5, 14.0))
    street.hedge(builder, 1.2, 4.2, 7.0)
    street_furniture.cabinet(builder, 1.3, 2.7, before)
