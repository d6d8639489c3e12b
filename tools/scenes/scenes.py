"""The scenes: one street corner each, with the shortcoming and after it was put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tools.scenes import street, textures, things
from tools.scenes.stage import Stage, box, lump, mesh, tube
from tools.scenes.street import SHOPS

BEIGE, WHITE, PINK, GREYISH = (
    (0.72, 0.64, 0.52),
    (0.76, 0.75, 0.71),
    (0.70, 0.55, 0.47),
    (0.55, 0.56, 0.55),
)
BLUE, YELLOW, GREEN, ORANGE = (
    (0.03, 0.2, 0.55),
    (0.75, 0.5, 0.02),
    (0.03, 0.3, 0.12),
    (0.7, 0.2, 0.02),
)


@dataclass(frozen=True)
class View:
    """Where the phone was held: eye, what it looked at, its angle of view in degrees."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    angle: float = 66.0


@dataclass(frozen=True)
class Scene:
    """One place: what is filed there, how it is seen and lit, and how it is built."""

    name: str
    category: str
    view: View
    sun: tuple[float, float]  # elevation and azimuth in degrees, before
    later: tuple[float, float]  # the same, after
    build: Callable[[Stage, bool], None]
    haze: float = 1.0


def corner(
    stage: Stage,
    skin: tuple,
    look: str,
    first: int,
    shut: tuple[bool, ...] = (False, True, False),
    trees: tuple[float, ...] = (),
    tactile: bool = True,
    start: float = -6.0,
) -> None:
    """The common ground of all scenes: road, pavement, shops, trees, hills."""
    street.ground(stage, look)
    if tactile:
        street.blind_path(stage)
    names = [SHOPS[(first + i) % len(SHOPS)] for i in range(7)]
    street.houses(stage, skin, names, shut, start)
    street.hills(stage)
    for y in (26.0, 33.0, 40.0):
        street.tree(stage, 0.8, y, 5.4, False)
    for y in (6.0, 15.0, 24.0):
        street.tree(stage, -10.2, y, 6.0, False)
    for y in trees:
        street.tree(stage, 0.85, y)
    street.lamp(stage, 0.45, 19.0)


def overflowing_bins(stage: Stage, before: bool) -> None:
    """垃圾满溢."""
    corner(stage, BEIGE, "grey", 0, trees=(4.6, 11.0))
    for i, colour in enumerate((GREEN, (0.12, 0.13, 0.14), BLUE)):
        lid = 62.0 if before and i != 1 else 0.0
        things.wheelie(stage, 3.35, 1.2 + i * 0.8, colour, stage.uniform(-5, 5), lid)
    if before:
        for i in range(6):
            things.bag(
                stage,
                3.3 + stage.uniform(-0.1, 0.1),
                1.1 + (i % 3) * 0.8,
                0.86 + 0.14 * (i // 3),
                stage.uniform(0.18, 0.24),
                i,
            )
        for i in range(9):
            things.bag(
                stage,
                stage.uniform(2.5, 2.95),
                0.6 + i * 0.3,
                0.0,
                stage.uniform(0.17, 0.27),
                i + 1,
            )
        things.carton(stage, 2.35, 2.9, 0, (0.42, 0.5, 0.32), 24)
        things.litter(stage, 1.7, 3.2, 0.2, 3.4, 46)


def missing_manhole(stage: Stage, before: bool) -> None:
    """井盖缺失移位."""
    corner(stage, WHITE, "grey", 3, (True, False, False), trees=(7.4, 14.0))
    things.car(stage, -1.3, 11.0, 90, (0.55, 0.56, 0.58))
    things.manhole(stage, -1.35, 1.9, -0.145, "open" if before else "closed")
    things.manhole(stage, -3.0, 8.0, -0.145, "closed")
    if before:
        things.cone(stage, -2.15, 1.4, -0.15)


def broken_pavement(stage: Stage, before: bool) -> None:
    """人行道破损拱起."""
    corner(stage, PINK, "red", 5, trees=(6.0,), tactile=True)
    street.tree(stage, 0.85, 2.2, 5.6)
    if before:
        earth = stage.materials["earth"]
        stone = stage.pictured(
            "loose",
            textures.surface(
                stage.picture_path(), "gravel", (0.26, 0.14, 0.11), (0.60, 0.40, 0.33), 0.8
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
            x, y = 2.75 + stage.rng.normal(0, 0.42), 1.9 + stage.rng.normal(0, 0.4)
            box(
                (x, y, 0.03),
                (0.29, 0.145, 0.05),
                stone,
                0.008,
                stage.uniform(0, 180),
                stage.uniform(-22, 22),
            )
        for _ in range(60):
            s = stage.uniform(0.01, 0.04)
            lump(
                stage,
                (2.75 + stage.rng.normal(0, 0.5), 1.9 + stage.rng.normal(0, 0.45), s * 0.5),
                (s, s, s),
                stone,
                0.3,
                1,
            )
    else:
        new = stage.pictured(
            "new",
            textures.pavers(
                stage.picture_path(), stage.rng, [(0.58, 0.34, 0.27), (0.60, 0.36, 0.29)], 6, 12
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


def pothole(stage: Stage, before: bool) -> None:
    """道路破损."""
    corner(stage, BEIGE, "mixed", 8, trees=(5.0, 12.0))
    things.car(stage, -7.2, 14.0, -90, (0.4, 0.05, 0.05))
    x, y = -2.1, 2.2
    wave = [
        (t, 1 + 0.2 * np.sin(3 * t) + 0.12 * np.sin(7 * t + 2))
        for t in np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ]
    if before:
        earth = stage.pictured(
            "subgrade",
            textures.surface(
                stage.picture_path(), "gravel", (0.04, 0.035, 0.03), (0.24, 0.21, 0.17), 1.5
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
            stage.plain("deep", (0.025, 0.022, 0.02), 0.6),
        )
        for _ in range(130):
            s = stage.uniform(0.01, 0.055)
            t, r = stage.uniform(0, 6.28), abs(stage.rng.normal(0.75, 0.35))
            lump(
                stage,
                (x + 0.9 * r * np.cos(t), y + 0.6 * r * np.sin(t), -0.13),
                (s, s, s),
                earth,
                0.35,
                1,
            )
        things.water(stage, x - 0.1, y, -0.141, (0.3, 0.17))
    else:
        fresh = stage.pictured(
            "fresh",
            textures.surface(
                stage.picture_path(), "gravel", (0.015, 0.015, 0.016), (0.11, 0.11, 0.11), 1.2
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


def trading_outside(stage: Stage, before: bool) -> None:
    """店外经营."""
    corner(stage, WHITE, "grey", 1, (False, False, True), trees=(10.0,))
    if before:
        for i, y in enumerate((0.6, 2.4, 4.2)):
            things.table(stage, 2.7, y)
            for dx, dy in ((-0.6, 0.1), (0.55, -0.15), (0.05, 0.65), (-0.1, -0.62)):
                things.stool(
                    stage, 2.7 + dx, y + dy, (BLUE, (0.6, 0.06, 0.05))[i % 2], i == 1 and dx < -0.5
                )
        things.carton(stage, 3.6, 5.6, 0, (0.5, 0.6, 0.5), 10)
        things.bag(stage, 1.6, 1.6, 0, 0.2, 0)
        things.litter(stage, 1.9, 3.5, 0.1, 4.8, 22)


def piled_goods(stage: Stage, before: bool) -> None:
    """乱堆物料."""
    corner(stage, GREYISH, "mixed", 4, (False, False), trees=(9.0,))
    if before:
        for i in range(16):
            layer = i // 7
            things.carton(
                stage,
                3.5 - 0.5 * (i % 2) + stage.uniform(-0.05, 0.05),
                1.0 + (i % 7) * 0.5,
                layer * 0.42,
                (0.46, 0.48, 0.4),
                stage.uniform(-9, 9),
            )
        for i, (colour, goods) in enumerate(
            (
                (BLUE, (0.55, 0.1, 0.03)),
                (GREEN, (0.75, 0.45, 0.04)),
                (BLUE, (0.2, 0.38, 0.06)),
                (ORANGE, (0.6, 0.5, 0.1)),
            )
        ):
            things.crate(stage, 2.45, 1.2 + i * 0.72, 0, colour, goods)
            things.crate(stage, 2.45, 1.2 + i * 0.72, 0.3, colour, goods if i % 2 else None)
        things.litter(stage, 1.6, 2.4, 0.6, 4.4, 14)


def dirty_doorstep(stage: Stage, before: bool) -> None:
    """门前垃圾污渍."""
    corner(stage, PINK, "grey", 6, (False, True), trees=(8.5, 15.0))
    things.scooter(stage, 3.2, 6.4, 80, (0.4, 0.04, 0.04))
    if before:
        things.litter(stage, 1.5, 4.0, 0.2, 4.6, 110)
        things.water(stage, 2.9, 2.2, 0.005, (0.55, 0.3))
        things.bag(stage, 3.75, 3.0, 0, 0.24, 1)
        things.bag(stage, 3.6, 3.4, 0, 0.2, 0)


def messy_scooters(stage: Stage, before: bool) -> None:
    """门前车辆乱停."""
    corner(stage, BEIGE, "grey", 9, (False, False, True), trees=(7.0, 13.0), tactile=True)
    colours = [
        (0.5, 0.05, 0.05),
        (0.05, 0.1, 0.3),
        (0.6, 0.6, 0.58),
        (0.04, 0.04, 0.045),
        (0.1, 0.35, 0.3),
        (0.65, 0.3, 0.05),
        (0.45, 0.4, 0.38),
    ]
    spots = [
        (3.0, 1.0, 10),
        (2.0, 2.1, 66),
        (3.1, 2.9, -35),
        (1.7, 3.9, 110),
        (2.9, 4.6, 24),
        (2.2, 5.8, -70),
        (3.2, 6.6, 5),
    ]
    white = stage.plain("paint", (0.72, 0.72, 0.68), 0.6)
    for y in np.arange(0.6, 7.5, 0.95):
        box((3.1, y, 0.005), (1.7, 0.06, 0.004), white)
    for i, (x, y, heading) in enumerate(spots):
        if before:
            things.scooter(stage, x, y, heading, colours[i])
        elif i not in (1, 5):
            things.scooter(stage, 3.1, 1.05 + i * 0.95, 3 + stage.uniform(-4, 4), colours[i])


def stickers_on_the_wall(stage: Stage, before: bool) -> None:
    """非法小广告."""
    corner(stage, WHITE, "grey", 11, (True, True, True), trees=(9.5,))
    if before:
        things.stickers(stage, 34, -0.2, 4.6, False)
        things.litter(stage, 3.2, 4.0, 0.4, 4.0, 16)


def shared_bikes(stage: Stage, before: bool) -> None:
    """共享单车乱停."""
    corner(stage, GREYISH, "red", 2, trees=(9.0, 16.0))
    colours = [(0.02, 0.25, 0.6), (0.75, 0.52, 0.02), (0.02, 0.42, 0.36)]
    for i in range(9):
        if before:
            x, y = stage.uniform(0.9, 2.7), 0.8 + i * 0.72
            things.bike(stage, x, y, stage.uniform(0, 360), colours[i % 3], i % 3 == 1)
        else:
            things.bike(stage, 0.95, 1.2 + i * 0.62, stage.uniform(-3, 3), colours[i % 3])


def fallen_rail(stage: Stage, before: bool) -> None:
    """护栏移位."""
    corner(stage, BEIGE, "grey", 7, trees=(8.0, 15.0))
    things.guard_rail(stage, 0.3, -3.0, 12, 2 if before else None)
    if before:
        things.litter(stage, -1.0, 0.6, 0.6, 3.4, 8)


def fallen_branch(stage: Stage, before: bool) -> None:
    """行道树断枝."""
    corner(stage, WHITE, "mixed", 10, trees=(2.6, 9.0, 15.5))
    if before:
        bark = stage.materials["bark"]
        tube([(0.9, 1.7, 1.5), (1.5, 1.4, 0.5), (2.2, 1.3, 0.22), (3.2, 1.8, 0.12)], 0.06, bark)
        tube([(2.0, 1.3, 0.25), (2.4, 0.7, 0.3), (2.7, 0.2, 0.15)], 0.035, bark)
        tube([(2.5, 1.4, 0.2), (2.8, 2.3, 0.35), (3.1, 2.9, 0.2)], 0.035, bark)
        twigs = ((2.6, 0.4), (3.2, 1.8), (2.9, 2.6), (2.3, 1.1), (3.5, 1.2), (3.0, 0.9), (2.6, 2.0))
        for x, y in twigs:
            tube([(2.3, 1.35, 0.2), (x, y, 0.32)], 0.018, bark)
            for tone in range(3):
                street.leaves(stage, (x, y, 0.26), (0.55, 0.45, 0.24), 130, tone)
        for tone in range(3):
            street.leaves(stage, (2.7, 1.4, 0.05), (1.5, 1.6, 0.03), 90, tone)


def broken_tree_pit(stage: Stage, before: bool) -> None:
    """树池花坛缺损."""
    corner(stage, PINK, "grey", 12, trees=(9.0, 15.0))
    street.tree(stage, 1.1, 2.0, 5.4, False)
    street.tree_pit(stage, 1.1, 2.0, before)
    if before:
        things.litter(stage, 0.7, 1.6, 1.6, 2.4, 12)


def dumped_rubble(stage: Stage, before: bool) -> None:
    """积存渣土、废弃家具."""
    corner(stage, GREYISH, "grey", 3, (True, True, False), trees=(11.0,))
    if before:
        things.sofa(stage, 3.1, 3.6, 96)
        things.rubble(stage, 2.7, 1.7, 120, 0.75)
        for i in range(4):
            things.bag(stage, 3.7 - 0.12 * i, 0.6 + 0.34 * i, 0, 0.22, 1)
        things.litter(stage, 1.7, 3.6, 0.4, 4.6, 20)


def faded_advertisement(stage: Stage, before: bool) -> None:
    """公益广告破损褪色."""
    corner(stage, BEIGE, "mixed", 5, trees=(8.0, 14.0))
    street.hedge(stage, 1.25, 3.9, 7.5)
    things.board(stage, 1.5, 3.4, before)


def ponding(stage: Stage, before: bool) -> None:
    """道路积水."""
    corner(stage, WHITE, "red", 0, (False, True), trees=(6.0, 13.0))
    things.car(stage, -6.8, 12.0, -90, (0.7, 0.7, 0.7))
    if before:
        things.water(stage, -1.5, 3.0, -0.144, (1.3, 2.5))
        things.water(stage, -0.9, 7.6, -0.144, (0.6, 1.4))
        things.litter(stage, -0.7, -0.1, 0.8, 5.0, 18)


def laundry(stage: Stage, before: bool) -> None:
    """沿街晾挂."""
    corner(stage, PINK, "grey", 8, (False, False, True), trees=(9.5,))
    if before:
        things.washing(stage, 1.2, 5.0)
        things.stool(stage, 3.1, 2.2, (0.6, 0.06, 0.05))


def open_cabinet(stage: Stage, before: bool) -> None:
    """箱体门未关."""
    corner(stage, WHITE, "mixed", 13, (True, False), trees=(7.5, 14.0))
    street.hedge(stage, 1.2, 4.2, 7.0)
    things.cabinet(stage, 1.3, 2.7, before)


SCENES: tuple[Scene, ...] = (
    Scene(
        "bins",
        "GG0402",
        View((1.2, -1.6, 1.55), (3.0, 2.3, 0.7)),
        (48, 230),
        (36, 255),
        overflowing_bins,
    ),
    Scene(
        "manhole",
        "GG0101",
        View((0.1, -1.0, 1.55), (-1.5, 3.0, 0.0)),
        (55, 200),
        (40, 240),
        missing_manhole,
        2.0,
    ),
    Scene(
        "pavement",
        "GG0106",
        View((2.4, -1.7, 1.6), (2.6, 2.6, 0.25)),
        (42, 250),
        (58, 215),
        broken_pavement,
    ),
    Scene(
        "pothole",
        "GG0105",
        View((-1.6, -1.9, 1.6), (-2.2, 3.4, 0.1)),
        (60, 180),
        (35, 150),
        pothole,
    ),
    Scene(
        "trading",
        "MQ0201",
        View((0.3, -2.0, 1.6), (2.9, 3.0, 0.85)),
        (28, 262),
        (44, 235),
        trading_outside,
    ),
    Scene(
        "goods",
        "MQ0203",
        View((0.7, -1.2, 1.5), (3.2, 2.7, 0.7)),
        (50, 220),
        (38, 245),
        piled_goods,
        2.0,
    ),
    Scene(
        "doorstep",
        "MQ0101",
        View((1.3, -1.8, 1.6), (3.0, 2.6, 0.3)),
        (38, 240),
        (52, 225),
        dirty_doorstep,
    ),
    Scene(
        "scooters",
        "MQ0204",
        View((0.5, -1.9, 1.6), (2.7, 3.6, 0.55)),
        (57, 205),
        (33, 256),
        messy_scooters,
    ),
    Scene(
        "stickers",
        "BW0104",
        View((1.6, 0.4, 1.55), (4.2, 2.3, 1.4), 60),
        (46, 245),
        (54, 235),
        stickers_on_the_wall,
    ),
    Scene(
        "bikes",
        "BW0204",
        View((2.6, -2.2, 1.6), (1.5, 3.2, 0.45)),
        (40, 232),
        (56, 214),
        shared_bikes,
    ),
    Scene(
        "rail",
        "GG0301",
        View((1.9, -2.6, 1.6), (0.1, 3.0, 0.5)),
        (52, 196),
        (44, 222),
        fallen_rail,
        2.0,
    ),
    Scene(
        "branch",
        "GG0501",
        View((2.9, -2.3, 1.6), (1.9, 2.8, 0.9)),
        (34, 222),
        (48, 236),
        fallen_branch,
        3.0,
    ),
    Scene(
        "treepit",
        "GG0504",
        View((2.3, -0.9, 1.6), (0.9, 2.0, 0.25)),
        (55, 238),
        (42, 250),
        broken_tree_pit,
    ),
    Scene(
        "rubble",
        "BW0404",
        View((1.0, -1.5, 1.58), (3.1, 2.7, 0.45)),
        (44, 236),
        (36, 250),
        dumped_rubble,
        2.0,
    ),
    Scene(
        "advert",
        "GG0601",
        View((1.9, 0.1, 1.55), (1.45, 3.6, 1.45), 62),
        (47, 160),
        (53, 175),
        faded_advertisement,
    ),
    Scene(
        "ponding",
        "GG0109",
        View((0.5, -2.2, 1.6), (-1.7, 4.2, 0.1)),
        (22, 250),
        (50, 230),
        ponding,
        4.0,
    ),
    Scene(
        "laundry", "MQ0205", View((0.9, -1.7, 1.55), (3.0, 3.2, 1.1)), (45, 228), (37, 252), laundry
    ),
    Scene(
        "cabinet",
        "GG0204",
        View((-0.9, 0.4, 1.5), (1.5, 2.9, 0.8), 60),
        (41, 258),
        (55, 232),
        open_cabinet,
    ),
)
