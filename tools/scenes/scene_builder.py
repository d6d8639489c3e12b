"""Builds one scene in Blender: its random numbers, its materials, and simple solids."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import bmesh
import bpy
import numpy as np
from mathutils import Matrix, Vector

Point3 = tuple[float, float, float]


class SceneBuilder:
    """One scene: its random numbers, its materials and its texture folder."""

    def __init__(self, seed: int, folder: Path) -> None:
        """Begin with an empty Blender scene."""
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.rng = np.random.default_rng(seed)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.materials: dict[str, bpy.types.Material] = {}
        self.pictures = 0

    def picture_path(self) -> Path:
        """Return the path of a new texture file."""
        self.pictures += 1
        return self.folder / f"t{self.pictures}.png"

    def uniform(self, low: float, high: float) -> float:
        """Return a random number between two."""
        return float(self.rng.uniform(low, high))

    def plain(
        self,
        name: str,
        colour: Sequence[float],
        rough: float = 0.6,
        metal: float = 0.0,
        dirt: float = 0.25,
        bump: float = 0.0,
        through: float = 0.0,
    ) -> bpy.types.Material:
        """Return a material of one colour with some dirt on it."""
        if name in self.materials:
            return self.materials[name]
        material, shader, nodes, links = _shader(name)
        shader.inputs["Roughness"].default_value = rough
        shader.inputs["Metallic"].default_value = metal
        if through:
            shader.inputs["Transmission Weight"].default_value = through
        where = nodes.new("ShaderNodeTexCoord")
        noise = nodes.new("ShaderNodeTexNoise")
        noise.inputs["Scale"].default_value = 3.5
        noise.inputs["Detail"].default_value = 8
        links.new(where.outputs["Object"], noise.inputs["Vector"])
        ramp = nodes.new("ShaderNodeValToRGB")
        dark = [c * (1 - dirt * 1.6) for c in colour[:3]]
        ramp.color_ramp.elements[0].color = (*[max(c, 0) for c in dark], 1)
        ramp.color_ramp.elements[0].position = 0.3
        ramp.color_ramp.elements[1].color = (*colour[:3], 1)
        ramp.color_ramp.elements[1].position = 0.62
        links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
        links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
        if bump:
            bumper = nodes.new("ShaderNodeBump")
            bumper.inputs["Strength"].default_value = bump
            links.new(noise.outputs["Fac"], bumper.inputs["Height"])
            links.new(bumper.outputs["Normal"], shader.inputs["Normal"])
        self.materials[name] = material
        return material

    def pictured(
        self,
        name: str,
        path: Path,
        metres: float,
        rough: float = 0.8,
        bump: float = 0.3,
        dirt: float = 0.35,
        puddles: float = 0.0,
    ) -> bpy.types.Material:
        """Return a material of a repeated picture, `metres` wide each, with large stains on it."""
        if name in self.materials:
            return self.materials[name]
        material, shader, nodes, links = _shader(name)
        shader.inputs["Roughness"].default_value = rough
        where = nodes.new("ShaderNodeTexCoord")
        mapping = nodes.new("ShaderNodeMapping")
        mapping.inputs["Scale"].default_value = (1 / metres,) * 3
        links.new(where.outputs["Object"], mapping.inputs["Vector"])
        picture = _picture(nodes, path)
        picture.projection = "BOX"
        picture.projection_blend = 0.15
        links.new(mapping.outputs["Vector"], picture.inputs["Vector"])
        stains = nodes.new("ShaderNodeTexNoise")
        stains.inputs["Scale"].default_value = 0.9
        stains.inputs["Detail"].default_value = 10
        stains.inputs["Roughness"].default_value = 0.65
        links.new(where.outputs["Object"], stains.inputs["Vector"])
        ramp = nodes.new("ShaderNodeValToRGB")
        ramp.color_ramp.elements[0].color = (1 - dirt, 1 - dirt, 1 - dirt * 1.05, 1)
        ramp.color_ramp.elements[0].position = 0.32
        ramp.color_ramp.elements[1].color = (1, 1, 1, 1)
        ramp.color_ramp.elements[1].position = 0.6
        links.new(stains.outputs["Fac"], ramp.inputs["Fac"])
        mix = nodes.new("ShaderNodeMixRGB")
        mix.blend_type = "MULTIPLY"
        mix.inputs["Fac"].default_value = 1
        links.new(picture.outputs["Color"], mix.inputs["Color1"])
        links.new(ramp.outputs["Color"], mix.inputs["Color2"])
        links.new(mix.outputs["Color"], shader.inputs["Base Color"])
        bumper = nodes.new("ShaderNodeBump")
        bumper.inputs["Strength"].default_value = bump
        bumper.inputs["Distance"].default_value = 0.02
        links.new(picture.outputs["Color"], bumper.inputs["Height"])
        links.new(bumper.outputs["Normal"], shader.inputs["Normal"])
        self.materials[name] = material
        return material

    def printed(
        self, path: Path, rough: float = 0.45, glow: float = 0.0, shine: float = 0.5
    ) -> bpy.types.Material:
        """Return a material of one picture over a whole face: a sign, a poster, a window."""
        material, shader, nodes, links = _shader(path.stem)
        shader.inputs["Roughness"].default_value = rough
        shader.inputs["Specular IOR Level"].default_value = shine
        picture = _picture(nodes, path)
        links.new(picture.outputs["Color"], shader.inputs["Base Color"])
        if glow:
            links.new(picture.outputs["Color"], shader.inputs["Emission Color"])
            shader.inputs["Emission Strength"].default_value = glow
        return material


def _shader(name: str) -> tuple:
    """A new material with its principled shader."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    return material, nodes["Principled BSDF"], nodes, links


def _picture(nodes: bpy.types.Nodes, path: Path) -> bpy.types.Node:
    """An image node for a file."""
    node = nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(str(path))
    return node


def mesh(
    name: str,
    vertices: Sequence[Point3],
    faces: Sequence[Sequence[int]],
    material: bpy.types.Material,
    bevel: float = 0.0,
    smooth: bool = False,
) -> bpy.types.Object:
    """A mesh object from its corners."""
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(v) for v in vertices], [], [tuple(f) for f in faces])
    data.materials.append(material)
    if smooth:
        data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    if bevel:
        modifier = thing.modifiers.new("bevel", "BEVEL")
        modifier.width = bevel
        modifier.segments = 2
    return thing


def box(
    centre: Point3,
    size: Point3,
    material: bpy.types.Material,
    bevel: float = 0.0,
    turn: float = 0.0,
    tilt: float = 0.0,
) -> bpy.types.Object:
    """A box by its centre; `turn` about the vertical, `tilt` about its own x, in degrees."""
    x, y, z = (s / 2 for s in size)
    corners = [(a, b, c) for a in (-x, x) for b in (-y, y) for c in (-z, z)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    place = (
        Matrix.Translation(centre)
        @ Matrix.Rotation(math.radians(turn), 4, "Z")
        @ Matrix.Rotation(math.radians(tilt), 4, "X")
    )
    return mesh("box", [place @ Vector(c) for c in corners], faces, material, bevel)


def card(corners: Sequence[Point3], material: bpy.types.Material) -> bpy.types.Object:
    """A flat picture: its corners from bottom left, counter-clockwise as seen."""
    thing = mesh("card", corners, [(0, 1, 2, 3)], material)
    layer = thing.data.uv_layers.new()
    for i, where in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
        layer.data[i].uv = where
    return thing


def tube(
    points: Sequence[Point3], radius: float, material: bpy.types.Material, closed: bool = False
) -> bpy.types.Object:
    """A pipe along points."""
    curve = bpy.data.curves.new("tube", "CURVE")
    curve.dimensions = "3D"
    curve.bevel_depth = radius
    curve.bevel_resolution = 3
    curve.use_fill_caps = True
    spline = curve.splines.new("POLY")
    spline.points.add(len(points) - 1)
    for point, where in zip(spline.points, points, strict=True):
        point.co = (*where, 1)
    spline.use_cyclic_u = closed
    curve.materials.append(material)
    thing = bpy.data.objects.new("tube", curve)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def cylinder(
    base: Point3,
    radius: float,
    height: float,
    material: bpy.types.Material,
    top: float = 1.0,
    sides: int = 24,
    bevel: float = 0.0,
) -> bpy.types.Object:
    """A standing cylinder, or a cone whose top is `top` times as wide."""
    x, y, z = base
    ring = [(math.cos(a), math.sin(a)) for a in np.linspace(0, math.tau, sides, endpoint=False)]
    low = [(x + radius * c, y + radius * s, z) for c, s in ring]
    high = [(x + radius * top * c, y + radius * top * s, z + height) for c, s in ring]
    faces = [(i, (i + 1) % sides, sides + (i + 1) % sides, sides + i) for i in range(sides)]
    faces += [tuple(range(sides))[::-1], tuple(range(sides, 2 * sides))]
    return mesh("cylinder", low + high, faces, material, bevel)


def lump(
    builder: SceneBuilder,
    centre: Point3,
    size: Point3,
    material: bpy.types.Material,
    rough: float = 0.18,
    detail: int = 3,
) -> bpy.types.Object:
    """A crumpled ball: a rubbish bag, a stone, a piece of paper."""
    ball, faces = _ball(detail)
    phase = builder.rng.uniform(0, math.tau, 6)
    pitch = builder.rng.uniform(1.5, 7.5, (6, 3))
    wave = sum(np.sin(ball @ pitch[i] + phase[i]) / (1 + i * 0.4) for i in range(6))
    points = ball * (1 + rough * wave[:, None] / 2)
    turn = builder.rng.uniform(0, math.tau, 3)
    if size[0] == size[2]:
        points = points @ np.array(
            Matrix.Rotation(turn[0], 3, "X") @ Matrix.Rotation(turn[1], 3, "Y")
        )
    points = (points * np.array(size)) @ np.array(Matrix.Rotation(turn[2], 3, "Z")) + np.array(
        centre
    )
    return mesh("lump", points.tolist(), faces, material, smooth=detail > 2)


@cache
def _ball(detail: int) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """A unit sphere of triangles; Blender's own operator visits the whole scene each time."""
    work = bmesh.new()
    bmesh.ops.create_icosphere(work, subdivisions=detail, radius=1)
    points = np.array([vertex.co[:] for vertex in work.verts])
    faces = [tuple(vertex.index for vertex in face.verts) for face in work.faces]
    work.free()
    return points, faces
