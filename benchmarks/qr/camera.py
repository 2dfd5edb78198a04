"""A pinhole camera over a table: where each point of the picture looks, and what it sees."""

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.qr.paper import Paper, Plane, cloud
from benchmarks.qr.surface import Surface, wear

_COARSE = 4  # rays are followed for every fourth point, the rest lies between


@dataclass
class View:
    """How the phone is held. Angles in degrees, `per_mm` picture points a millimetre."""

    width: int = 960
    height: int = 1280
    per_mm: float = 9.0
    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0
    aim: tuple[float, float] = (0.0, 0.0)  # of the code's middle, as shares of the frame
    surface: Surface = field(default_factory=Surface)
    lamp: tuple[float, float] = (0.3, -0.4)  # slopes that face the light
    wear: bool = True


@dataclass
class Sight:
    """Per point of the picture: the paper's coordinates in mm, how it is lit and worn, if seen."""

    u: Plane
    v: Plane
    lit: Plane
    on_paper: Plane
    kept: Plane | None


def look(view: View, size: tuple[float, float], middle: tuple[float, float]) -> Sight:
    """Follow the rays to a paper of `size` mm; the camera looks at `middle` on it."""
    rows, columns = view.height // _COARSE, view.width // _COARSE
    focal = 0.8 * max(view.width, view.height)
    x = (np.arange(columns, dtype=np.float32) + 0.5) * _COARSE - view.width / 2
    y = (np.arange(rows, dtype=np.float32) + 0.5) * _COARSE - view.height / 2
    x, y = np.meshgrid(x - view.aim[0] * view.width, y - view.aim[1] * view.height)
    turn = _rotation(view.pitch, view.yaw, view.roll)
    rays = np.stack([x / focal, y / focal, np.ones_like(x)], -1) @ turn.T.astype(np.float32)
    away = -focal / view.per_mm * turn[:, 2]
    down = np.maximum(rays[..., 2], 0.05)
    high = np.zeros_like(x)
    for _ in range(6):
        reach = (-high - away[2]) / down
        at_x = (away[0] + reach * rays[..., 0]).astype(np.float32)
        at_y = (away[1] + reach * rays[..., 1]).astype(np.float32)
        new, across, along, u, v = view.surface.height(at_x, at_y)
        high = (high + new) / 2
    facing = 1 + view.lamp[0] * across + view.lamp[1] * along
    lit = np.clip(facing / np.sqrt(1 + across**2 + along**2), 0.4, 1.25)
    full = (view.width, view.height)
    u, v = _whole(u + middle[0], full), _whole(v + middle[1], full)
    lit = _whole(lit, full)
    if view.surface.creases and view.wear:
        worn = wear(view.surface, _whole(at_x, full), _whole(at_y, full))
    else:
        worn = None
    edge = np.minimum(np.minimum(u, size[0] - u), np.minimum(v, size[1] - v))
    return Sight(u, v, lit, np.clip(edge * view.per_mm, 0, 1), worn)


def _whole(plane: Plane, size: tuple[int, int]) -> Plane:
    return _plane(cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_LINEAR))


def _rotation(pitch: float, yaw: float, roll: float) -> NDArray[Any]:
    a, b, c = np.radians([pitch, yaw, roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    turn: NDArray[Any] = about_x @ about_y @ about_z
    return turn


def shoot(
    paper: Paper, view: View, noise: np.random.Generator, smooth: float = 1.0
) -> tuple[Plane, Plane]:
    """The scene in sharp focus and even light, and its colours at a quarter of the size.

    Paper, its shadow, the table around. `smooth` below 1 lets fine patterns alias, as a sensor
    does with the grid of a screen.
    """
    rows, columns = paper.light.shape
    size = (columns / paper.per_mm, rows / paper.per_mm)
    left, top, right, bottom = paper.codes[0] if paper.codes else (0, 0, columns, rows)
    middle = ((left + right) / 2 / paper.per_mm, (top + bottom) / 2 / paper.per_mm)
    sight = look(view, size, middle)
    light = paper.light
    spread = 0.42 * smooth * paper.per_mm / view.per_mm
    if spread > 0.4:
        light = cv2.GaussianBlur(light, (0, 0), spread)
    seen: Plane = cv2.remap(
        light,
        sight.u * paper.per_mm - 0.5,
        sight.v * paper.per_mm - 0.5,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if sight.kept is not None:  # bare where the print cracked off
        seen = np.maximum(seen, 0.93 * (1 - sight.kept))
    table, colour = _table(view, noise)
    table *= _cast(sight.on_paper, view, noise)
    scene = table + (seen * sight.lit - table) * sight.on_paper
    cover = cv2.resize(sight.on_paper, None, fx=0.25, fy=0.25)[..., None]
    white = 1 + noise.uniform(-0.03, 0.03, 3)
    return scene, (colour * (1 - cover) + white * cover).astype(np.float32)


def _cast(on_paper: Plane, view: View, noise: np.random.Generator) -> Plane:
    """The thin shadow that paper throws beside itself."""
    wide = max(2.0, view.per_mm * 0.8)
    dx, dy = noise.uniform(-wide, wide, 2)
    small = cv2.resize(on_paper, None, fx=0.25, fy=0.25)
    small = cv2.GaussianBlur(small, (0, 0), wide / 4)
    shift = np.array([[4, 0, dx], [0, 4, dy]], np.float32)
    return 1 - 0.5 * _plane(cv2.warpAffine(small, shift, on_paper.shape[::-1]))


def _table(view: View, noise: np.random.Generator) -> tuple[Plane, Plane]:
    """Wood, cloth or plain plastic: its light, and its colour of one on average."""
    shape = (view.height, view.width)
    kind = noise.integers(0, 4)
    colour = np.array(
        [(0.18, 0.32, 0.5), (0.55, 0.6, 0.62), (0.22, 0.2, 0.2), (0.35, 0.42, 0.6)][kind]
    )
    grey = float(colour @ (0.114, 0.587, 0.299))
    tone = 0.8 + 0.4 * cloud(noise, shape, max(shape) / 4)
    if kind in {0, 3}:
        fibres = cloud(noise, (shape[0], max(4, shape[1] // 60)), 5.0)
        tone *= 0.75 + 0.5 * _plane(cv2.resize(fibres, shape[::-1], interpolation=cv2.INTER_CUBIC))
    elif kind == 1:
        speckle = noise.normal(0, 0.05, (shape[0] // 2, shape[1] // 2)).astype(np.float32)
        tone += _plane(cv2.resize(speckle, shape[::-1], interpolation=cv2.INTER_LINEAR))
    return np.maximum(tone, 0) * np.float32(grey), colour / grey


def _plane(picture: Any) -> Plane:
    return np.asarray(picture, np.float32)
