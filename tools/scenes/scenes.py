"""The list of the scenes: category, viewpoint and light of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.scenes import road_scenes, shop_scenes
from tools.scenes.scene_builder import SceneBuilder


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
    build: Callable[[SceneBuilder, bool], None]
    haze: float = 1.0


SCENES: tuple[Scene, ...] = (
    Scene(
        "bins",
        "GG0402",
        View((1.2, -1.6, 1.55), (3.0, 2.3, 0.7)),
        (48, 230),
        (36, 255),
        shop_scenes.overflowing_bins,
    ),
    Scene(
        "manhole",
        "GG0101",
        View((0.1, -1.0, 1.55), (-1.5, 3.0, 0.0)),
        (55, 200),
        (40, 240),
        road_scenes.missing_manhole,
        2.0,
    ),
    Scene(
        "pavement",
        "GG0106",
        View((2.4, -1.7, 1.6), (2.6, 2.6, 0.25)),
        (42, 250),
        (58, 215),
        road_scenes.broken_pavement,
    ),
    Scene(
        "pothole",
        "GG0105",
        View((-1.6, -1.9, 1.6), (-2.2, 3.4, 0.1)),
        (60, 180),
        (35, 150),
        road_scenes.pothole,
    ),
    Scene(
        "trading",
        "MQ0201",
        View((0.3, -2.0, 1.6), (2.9, 3.0, 0.85)),
        (28, 262),
        (44, 235),
        shop_scenes.trading_outside,
    ),
    Scene(
        "goods",
        "MQ0203",
        View((0.7, -1.2, 1.5), (3.2, 2.7, 0.7)),
        (50, 220),
        (38, 245),
        shop_scenes.piled_goods,
        2.0,
    ),
    Scene(
        "doorstep",
        "MQ0101",
        View((1.3, -1.8, 1.6), (3.0, 2.6, 0.3)),
        (38, 240),
        (52, 225),
        shop_scenes.dirty_doorstep,
    ),
    Scene(
        "scooters",
        "MQ0204",
        View((0.5, -1.9, 1.6), (2.7, 3.6, 0.55)),
        (57, 205),
        (33, 256),
        shop_scenes.messy_scooters,
    ),
    Scene(
        "stickers",
        "BW0104",
        View((1.6, 0.4, 1.55), (4.2, 2.3, 1.4), 60),
        (46, 245),
        (54, 235),
        shop_scenes.stickers_on_the_wall,
    ),
    Scene(
        "bikes",
        "BW0204",
        View((2.6, -2.2, 1.6), (1.5, 3.2, 0.45)),
        (40, 232),
        (56, 214),
        shop_scenes.shared_bikes,
    ),
    Scene(
        "rail",
        "GG0301",
        View((1.9, -2.6, 1.6), (0.1, 3.0, 0.5)),
        (52, 196),
        (44, 222),
        road_scenes.fallen_rail,
        2.0,
    ),
    Scene(
        "branch",
        "GG0501",
        View((2.9, -2.3, 1.6), (1.9, 2.8, 0.9)),
        (34, 222),
        (48, 236),
        road_scenes.fallen_branch,
        3.0,
    ),
    Scene(
        "treepit",
        "GG0504",
        View((2.3, -0.9, 1.6), (0.9, 2.0, 0.25)),
        (55, 238),
        (42, 250),
        road_scenes.broken_tree_pit,
    ),
    Scene(
        "rubble",
        "BW0404",
        View((1.0, -1.5, 1.58), (3.1, 2.7, 0.45)),
        (44, 236),
        (36, 250),
        shop_scenes.dumped_rubble,
        2.0,
    ),
    Scene(
        "advert",
        "GG0601",
        View((1.9, 0.1, 1.55), (1.45, 3.6, 1.45), 62),
        (47, 160),
        (53, 175),
        shop_scenes.faded_advertisement,
    ),
    Scene(
        "ponding",
        "GG0109",
        View((0.5, -2.2, 1.6), (-1.7, 4.2, 0.1)),
        (22, 250),
        (50, 230),
        road_scenes.ponding,
        4.0,
    ),
    Scene(
        "laundry",
        "MQ0205",
        View((0.9, -1.7, 1.55), (3.0, 3.2, 1.1)),
        (45, 228),
        (37, 252),
        shop_scenes.laundry,
    ),
    Scene(
        "cabinet",
        "GG0204",
        View((-0.9, 0.4, 1.5), (1.5, 2.9, 0.8), 60),
        (41, 258),
        (55, 232),
        road_scenes.open_cabinet,
    ),
)
