"""The part that all scenes share: colours, and a street corner."""

from __future__ import annotations

from tools.scenes import street
from tools.scenes.scene_builder import SceneBuilder
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


def corner(
    builder: SceneBuilder,
    skin: tuple,
    look: str,
    first: int,
    shut: tuple[bool, ...] = (False, True, False),
    trees: tuple[float, ...] = (),
    tactile: bool = True,
    start: float = -6.0,
) -> None:
    """The common ground of all scenes: road, pavement, shops, trees, hills."""
    street.ground(builder, look)
    if tactile:
        street.blind_path(builder)
    names = [SHOPS[(first + i) % len(SHOPS)] for i in range(7)]
    street.houses(builder, skin, names, shut, start)
    street.hills(builder)
    for y in (26.0, 33.0, 40.0):
        street.tree(builder, 0.8, y, 5.4, False)
    for y in (6.0, 15.0, 24.0):
        street.tree(builder, -10.2, y, 6.0, False)
    for y in trees:
        street.tree(builder, 0.85, y)
    street.lamp(builder, 0.45, 19.0)
