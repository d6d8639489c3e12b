"""Renders the demonstration photographs: every scene before and after, with Blender's Cycles.

    python -m tools.scenes.render --out inspect_server/operations/starter_data/photos
        [--only bins] [--samples 24]

Needs Blender's Python module (`bpy` 4.5), Pillow, numpy, scikit-image and the Noto CJK fonts. The
same seed gives the same scenes; the last bits of a picture may differ between machines.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from PIL import Image, ImageFilter

from tools.scenes.scene_builder import SceneBuilder
from tools.scenes.scenes import SCENES, Scene

# Wide and near before the work, wide after it; the near one is smaller.
ROLES = ("before", "close", "after")
CLOSE_SIZE = 0.75


def sky(scene: Scene, role: str, strength: float = 0.2) -> None:
    """Set sun and hazy sky of the scene's hour."""
    elevation, azimuth = scene.later if role == "after" else scene.sun
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    texture = nodes.new("ShaderNodeTexSky")
    texture.sky_type = "NISHITA"
    texture.sun_elevation = math.radians(elevation)
    texture.sun_rotation = math.radians(azimuth)
    texture.sun_size = math.radians(1.5)
    texture.sun_intensity = 0.55 / scene.haze
    texture.air_density = 1.3
    texture.dust_density = 2.5 + 2 * scene.haze
    texture.ozone_density = 1.0
    nodes["Background"].inputs["Strength"].default_value = strength
    links.new(texture.outputs["Color"], nodes["Background"].inputs["Color"])


def camera(scene: Scene, role: str, shake: np.ndarray) -> None:
    """Place the camera like a phone in a hand: each picture from a slightly other position."""
    eye = Vector(scene.view.eye) + Vector(shake[:3]) * 0.05
    if role == "close":
        eye = eye.lerp(Vector(scene.view.target), 0.42)
    target = Vector(scene.view.target) + Vector(shake[3:6]) * 0.05
    lens = bpy.data.cameras.new("phone")
    lens.angle = math.radians(scene.view.angle)
    thing = bpy.data.objects.new("phone", lens)
    thing.location = eye
    turned = (target - eye).to_track_quat("-Z", "Y").to_matrix().to_4x4()
    thing.rotation_euler = turned.to_euler()
    thing.rotation_euler.rotate_axis("Z", math.radians(0.8 * shake[6]))
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.scene.camera = thing


def settings(size: tuple[int, int], samples: int, threads: int) -> None:
    """Set up Cycles with few samples and a denoiser."""
    render = bpy.context.scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y = size
    render.image_settings.file_format = "PNG"
    render.threads_mode, render.threads = "FIXED", threads
    cycles = bpy.context.scene.cycles
    cycles.samples = samples
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = 0.04
    cycles.use_denoising = True
    cycles.max_bounces = 4
    cycles.diffuse_bounces = 2
    cycles.glossy_bounces = 2
    cycles.transmission_bounces = 2
    cycles.sample_clamp_indirect = 4.0
    view = bpy.context.scene.view_settings
    view.view_transform = "Filmic"
    view.look = "Medium High Contrast"


def render(
    raw: Path, out: Path, size: tuple[int, int], rng: np.random.Generator, quality: int
) -> None:
    """Add the effects of a phone's lens and sensor: darker corners, noise, sharpening, JPEG."""
    picture = Image.open(raw).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    pixels = np.asarray(picture, dtype=float) / 255
    height, width, _ = pixels.shape
    level = float(np.percentile(pixels.mean(axis=2), 60))
    pixels = np.clip(pixels * np.clip(0.56 / max(level, 0.05), 0.9, 1.7), 0, 1)
    pixels = pixels + 0.35 * pixels * (1 - pixels) * (2 * pixels - 1)
    grey = pixels.mean(axis=2, keepdims=True)
    pixels = grey + (pixels - grey) * 1.18
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    pixels = pixels * (1 - 0.13 * (x**2 + y**2))[..., None]
    shot = rng.normal(0, 1, (height, width, 1)) * 0.008 + rng.normal(0, 1, pixels.shape) * 0.004
    pixels = pixels + shot * (0.6 + 0.8 * (1 - pixels))
    pixels = pixels * np.array([1.015, 1.0, 0.975]) ** rng.normal(0, 1)
    done = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype("uint8"))
    done = done.filter(ImageFilter.GaussianBlur(0.45)).filter(ImageFilter.UnsharpMask(1.2, 60, 2))
    done.save(out, quality=quality, optimize=True, subsampling=2)


def photograph(scene: Scene, role: str, args: argparse.Namespace, folder: Path) -> Path:
    """Build and light a scene, and render one picture of it."""
    seed = args.seed + SCENES.index(scene)
    rng = np.random.default_rng([seed, ROLES.index(role)])
    shake = rng.normal(0, 1, 7) * (0.0 if role == "before" else 1.0)
    shrink = CLOSE_SIZE if role == "close" else 1.0
    width, height = (int(int(side) * shrink) for side in args.size.split("x"))
    raw = folder / f"{scene.name}-{role}.png"
    if not args.develop_only:
        builder = SceneBuilder(seed, folder / f"{scene.name}-{role}")
        scene.build(builder, role != "after")
        sky(scene, role)
        camera(scene, role, shake)
        settings((int(width * args.scale), int(height * args.scale)), args.samples, args.threads)
        bpy.context.scene.render.filepath = str(raw)
        bpy.ops.render.render(write_still=True)
    out = args.out / f"{scene.name}-{role}.jpg"
    render(raw, out, (width, height), rng, args.quality)
    return out


def write_manifest(folder: Path) -> None:
    """Write the list of all pictures: what each shows, its size and its licence."""
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines, lineterminator="\n")
        out.writerow(["file", "scene", "role", "category", "width", "height", "licence"])
        for scene in SCENES:
            for role in ROLES:
                path = folder / f"{scene.name}-{role}.jpg"
                if path.exists():
                    with Image.open(path) as picture:
                        size = picture.size
                    out.writerow([path.name, scene.name, role, scene.category, *size, "CC0-1.0"])


def main() -> None:
    """Render the chosen pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", action="append", choices=[scene.name for scene in SCENES])
    parser.add_argument("--role", choices=ROLES)
    parser.add_argument("--size", default="1600x1200")
    parser.add_argument("--scale", type=float, default=0.55, help="rendered size before enlarging")
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quality", type=int, default=68)
    parser.add_argument("--raws", type=Path, help="keep Blender's own pictures here")
    parser.add_argument(
        "--develop-only", action="store_true", help="only process the pictures in --raws"
    )
    parser.add_argument("--seed", type=int, default=20260301)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        raws = args.raws or Path(name)
        for scene in SCENES:
            if args.only and scene.name not in args.only:
                continue
            for role in [args.role] if args.role else ROLES:
                begun = time.monotonic()
                out = photograph(scene, role, args, raws)
                sys.stderr.write(
                    f"{out.name} {out.stat().st_size // 1024} kB {time.monotonic() - begun:.0f} s\n"
                )
    write_manifest(args.out)


if __name__ == "__main__":
    main()
