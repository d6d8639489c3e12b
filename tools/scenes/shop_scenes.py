"""Scenes before shops and houses, with the shortcoming and after the repair."""

from __future__ import annotations

import numpy as np

from tools.scenes import street, street_furniture, things, vehicles
from tools.scenes.corner import BEIGE, BLUE, GREEN, GREYISH, ORANGE, PINK, WHITE, corner
from tools.scenes.scene_builder import SceneBuilder, box


def overflowing_bins(builder: SceneBuilder, before: bool) -> None:
    """垃圾满溢."""
    corner(builder, BEIGE, "grey", 0, trees=(4.6, 11.0))
    for i, colour in enumerate((GREEN, (0.12, 0.13, 0.14), BLUE)):
        lid = 62.0 if before and i != 1 else 0.0
        street_furniture.wheelie(builder, 3.35, 1.2 + i * 0.8, colour, builder.uniform(-5, 5), lid)
    if before:
        for i in range(6):
            things.bag(
                builder,
                3.3 + builder.uniform(-0.1, 0.1),
                1.1 + (i % 3) * 0.8,
                0.86 + 0.14 * (i // 3),
                builder.uniform(0.18, 0.24),
                i,
            )
        for i in range(9):
            things.bag(
                builder,
                builder.uniform(2.5, 2.95),
                0.6 + i * 0.3,
                0.0,
                builder.uniform(0.17, 0.27),
                i + 1,
            )
        things.carton(builder, 2.35, 2.9, 0, (0.42, 0.5, 0.32), 24)
        things.litter(builder, 1.7, 3.2, 0.2, 3.4, 46)


def trading_outside(builder: SceneBuilder, before: bool) -> None:
    """店外经营."""
    corner(builder, WHITE, "grey", 1, (False, False, True), trees=(10.0,))
    if before:
        for i, y in enumerate((0.6, 2.4, 4.2)):
            things.table(builder, 2.7, y)
            for dx, dy in ((-0.6, 0.1), (0.55, -0.15), (0.05, 0.65), (-0.1, -0.62)):
                things.stool(
                    builder,
                    2.7 + dx,
                    y + dy,
                    (BLUE, (0.6, 0.06, 0.05))[i % 2],
                    i == 1 and dx < -0.5,
                )
        things.carton(builder, 3.6, 5.6, 0, (0.5, 0.6, 0.5), 10)
        things.bag(builder, 1.6, 1.6, 0, 0.2, 0)
        things.litter(builder, 1.9, 3.5, 0.1, 4.8, 22)


def piled_goods(builder: SceneBuilder, before: bool) -> None:
    """乱堆物料."""
    corner(builder, GREYISH, "mixed", 4, (False, False), trees=(9.0,))
    if before:
        for i in range(16):
            layer = i // 7
            things.carton(
                builder,
                3.5 - 0.5 * (i % 2) + builder.uniform(-0.05, 0.05),
                1.0 + (i % 7) * 0.5,
                layer * 0.42,
                (0.46, 0.48, 0.4),
                builder.uniform(-9, 9),
            )
        for i, (colour, goods) in enumerate(
            (
                (BLUE, (0.55, 0.1, 0.03)),
                (GREEN, (0.75, 0.45, 0.04)),
                (BLUE, (0.2, 0.38, 0.06)),
                (ORANGE, (0.6, 0.5, 0.1)),
            )
        ):
            things.crate(builder, 2.45, 1.2 + i * 0.72, 0, colour, goods)
            things.crate(builder, 2.45, 1.2 + i * 0.72, 0.3, colour, goods if i % 2 else None)
        things.litter(builder, 1.6, 2.4, 0.6, 4.4, 14)


def dirty_doorstep(builder: SceneBuilder, before: bool) -> None:
    """门前垃圾污渍."""
    corner(builder, PINK, "grey", 6, (False, True), trees=(8.5, 15.0))
    vehicles.scooter(builder, 3.2, 6.4, 80, (0.4, 0.04, 0.04))
    if before:
        things.litter(builder, 1.5, 4.0, 0.2, 4.6, 110)
        things.water(builder, 2.9, 2.2, 0.005, (0.55, 0.3))
        things.bag(builder, 3.75, 3.0, 0, 0.24, 1)
        things.bag(builder, 3.6, 3.4, 0, 0.2, 0)


def messy_scooters(builder: SceneBuilder, before: bool) -> None:
    """门前车辆乱停."""
    corner(builder, BEIGE, "grey", 9, (False, False, True), trees=(7.0, 13.0), tactile=True)
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
    white = builder.plain("paint", (0.72, 0.72, 0.68), 0.6)
    for y in np.arange(0.6, 7.5, 0.95):
        box((3.1, y, 0.005), (1.7, 0.06, 0.004), white)
    for i, (x, y, heading) in enumerate(spots):
        if before:
            vehicles.scooter(builder, x, y, heading, colours[i])
        elif i not in (1, 5):
            vehicles.scooter(builder, 3.1, 1.05 + i * 0.95, 3 + builder.uniform(-4, 4), colours[i])


def stickers_on_the_wall(builder: SceneBuilder, before: bool) -> None:
    """非法小广告."""
    corner(builder, WHITE, "grey", 11, (True, True, True), trees=(9.5,))
    if before:
        street_furniture.stickers(builder, 34, -0.2, 4.6, False)
        things.litter(builder, 3.2, 4.0, 0.4, 4.0, 16)


def shared_bikes(builder: SceneBuilder, before: bool) -> None:
    """共享单车乱停."""
    corner(builder, GREYISH, "red", 2, trees=(9.0, 16.0))
    colours = [(0.02, 0.25, 0.6), (0.75, 0.52, 0.02), (0.02, 0.42, 0.36)]
    for i in range(9):
        if before:
            x, y = builder.uniform(0.9, 2.7), 0.8 + i * 0.72
            vehicles.bike(builder, x, y, builder.uniform(0, 360), colours[i % 3], i % 3 == 1)
        else:
            vehicles.bike(builder, 0.95, 1.2 + i * 0.62, builder.uniform(-3, 3), colours[i % 3])


def dumped_rubble(builder: SceneBuilder, before: bool) -> None:
    """积存渣土、废弃家具."""
    corner(builder, GREYISH, "grey", 3, (True, True, False), trees=(11.0,))
    if before:
        things.sofa(builder, 3.1, 3.6, 96)
        things.rubble(builder, 2.7, 1.7, 120, 0.75)
        for i in range(4):
            things.bag(builder, 3.7 - 0.12 * i, 0.6 + 0.34 * i, 0, 0.22, 1)
        things.litter(builder, 1.7, 3.6, 0.4, 4.6, 20)


def faded_advertisement(builder: SceneBuilder, before: bool) -> None:
    """公益广告破损褪色."""
    corner(builder, BEIGE, "mixed", 5, trees=(8.0, 14.0))
    street.hedge(builder, 1.25, 3.9, 7.5)
    street_furniture.board(builder, 1.5, 3.4, before)


def laundry(builder: SceneBuilder, before: bool) -> None:
    """沿街晾挂."""
    corner(builder, PINK, "grey", 8, (False, False, True), trees=(9.5,))
    if before:
        things.washing(builder, 1.2, 5.0)
        things.stool(builder, 3.1, 2.2, (0.6, 0.06, 0.05))
