"""Photographs of receipts by the seed: the same arguments give the same bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from benchmarks.qr import damage
from benchmarks.qr import kinds as recipes
from benchmarks.qr.camera import shoot
from benchmarks.qr.paper import Paper, Plane, burn, cloud
from benchmarks.qr.textures import texture


@dataclass(frozen=True, slots=True)
class Photograph:
    """`data` is a JPEG; `texts` what its codes say, the receipt's first, none where is no code."""

    name: str
    kind: str
    level: int
    data: bytes
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One photograph before it is taken; cheap to send to another process."""

    seed: int
    number: int
    kind: str
    level: int


def orders(
    seed: int,
    count: int,
    kinds: Iterable[str] | None = None,
    levels: Iterable[int] = (1, 2, 3),
) -> list[Order]:
    """Every kind and level in turn; `count` photographs in all. Raises KeyError for no kind."""
    wanted = list(kinds or recipes.KINDS)
    for kind in wanted:
        recipes.KINDS[kind]
    pairs = [(kind, level) for level in levels for kind in wanted]
    return [Order(seed, at, *pairs[at % len(pairs)]) for at in range(count)]


def photographs(
    seed: int,
    count: int,
    kinds: Iterable[str] | None = None,
    levels: Iterable[int] = (1, 2, 3),
) -> Iterator[Photograph]:
    """`count` photographs, every kind and level in turn."""
    return map(take, orders(seed, count, kinds, levels))


def take(order: Order) -> Photograph:
    """Draw, print, photograph and send one picture."""
    key = f"{order.seed}/{order.kind}/{order.level}/{order.number}"
    rng = Random(key)
    noise = np.random.default_rng(list(key.encode()))
    name = f"{order.number:05}-{order.kind.replace(' ', '-')}-{order.level}"
    if order.kind == "texture":
        photo = texture(rng, noise, order.level)
        data = damage.jpeg(photo, None, (rng.randint(60, 90),))
        return Photograph(name, order.kind, order.level, data, ())
    shot = recipes.mild(rng, recipes.PRINTED.get(order.kind, ("fiscal",)))
    recipes.KINDS[order.kind](shot, rng, order.level)
    data = _develop(shot, rng, noise)
    return Photograph(name, order.kind, order.level, data, shot.work.texts)


def _develop(shot: recipes.Shot, rng: Random, noise: np.random.Generator) -> bytes:
    sheet = _display(shot) if shot.screen else burn(shot.work, noise, shot.contrast, shot.patchy)
    if shot.covered:
        _cover(sheet, rng, shot.covered)
    _frame(shot, sheet)
    photo, colours = shoot(sheet, shot.view, noise, shot.alias)
    photo = _light(shot, sheet, photo, rng, noise)
    points = shot.module * shot.scale
    photo = damage.defocus(photo, shot.defocus * points)
    if shot.motion:
        angle = rng.uniform(0, np.pi)
        photo = damage.motion(photo, shot.motion * points, angle, shot.bend * points)
    photo = damage.sensor(photo, noise, shot.grain, shot.light)
    photo = damage.sharpen(photo, shot.sharpen)
    if shot.mirrored:
        photo, colours = photo[:, ::-1], colours[:, ::-1]
    return damage.jpeg(photo, colours, shot.qualities, shot.longest)


def _side(sheet: Paper) -> float:
    """The first code's side in mm; a code's usual one where is none."""
    if not sheet.codes:
        return 25.0
    left, _, right, _ = sheet.codes[0]
    return (right - left) / sheet.per_mm


def _frame(shot: recipes.Shot, sheet: Paper) -> None:
    """Keep the code within the picture, or let it leave on one side by `beyond` modules."""
    view = shot.view
    half = _side(sheet) * view.per_mm / 2
    turned = np.radians(view.roll)
    reach = half * (abs(np.cos(turned)) + abs(np.sin(turned)))
    beyond = shot.extra.get("beyond")
    room = [max(0.0, 0.5 - (reach * 1.1 + 12) / size) for size in (view.width, view.height)]
    aim = [float(np.clip(at, -most, most)) for at, most in zip(view.aim, room, strict=True)]
    if beyond is not None:
        side = int(shot.extra["side"])
        size = (view.width, view.height)[side % 2]
        at = 0.5 - (reach - beyond * shot.module * shot.scale) / size
        aim[side % 2] = at if side < 2 else -at
    view.aim = (aim[0], aim[1])


def _light(
    shot: recipes.Shot, sheet: Paper, photo: Plane, rng: Random, noise: np.random.Generator
) -> Plane:
    view = shot.view
    side = _side(sheet) * view.per_mm
    at = (view.width * (0.5 + view.aim[0]), view.height * (0.5 + view.aim[1]))
    if not shot.screen:
        photo = damage.uneven_light(photo, noise, shot.uneven)
    if shot.shadows:
        photo = damage.shadow(photo, noise, at, side, shot.shadow_light, shot.shadows)
    if shot.glare:
        spot = (at[0] + rng.uniform(-0.5, 0.5) * side, at[1] + rng.uniform(-0.5, 0.5) * side)
        photo = damage.glare(photo, noise, spot, shot.glare_reach * side, shot.glare)
    return np.asarray(photo * shot.light, np.float32)


def _display(shot: recipes.Shot) -> Paper:
    """The receipt on a screen: its points with dark gaps between, light text on dark or not."""
    ink = shot.work.ink.astype(np.float32)
    lit = 0.06 + 0.88 * ink if shot.inverse else 0.94 - 0.9 * ink
    boxes = shot.work.codes
    per_mm = shot.screen
    if per_mm < 10:
        cell = np.full((4, 4), 1.12, np.float32)
        cell[3], cell[:, 3], cell[:3, 0] = 0.35, 0.6, 1.0
        lit = np.kron(lit, cell)
        boxes = [(a * 4, b * 4, c * 4, d * 4) for a, b, c, d in boxes]
        per_mm *= 4
    # A module keeps the size in the picture that the distance was chosen for.
    wanted = shot.view.per_mm * (shot.work.module / 8)
    module_mm = shot.work.module / shot.screen
    shot.view.per_mm = wanted / module_mm
    return Paper(lit, per_mm, boxes, module_mm, shot.work.correctable, shot.work.texts)


def _cover(sheet: Paper, rng: Random, share: float) -> None:
    """A stain, a pen stroke or a thumb on the code, over `share` of what it can lose."""
    left, top, right, bottom = sheet.codes[0]
    side = right - left
    area = share * sheet.correctable * side * side
    mask = np.zeros_like(sheet.light)
    finder = 9 * sheet.module_mm * sheet.per_mm
    kind = rng.choice(("stain", "pen", "thumb"))
    if kind == "pen":
        thick = max(2, round(0.7 * sheet.per_mm))
        length = min(area / thick, 1.2 * side)
        angle = rng.uniform(-0.6, 0.6)
        x, y = left + side * rng.uniform(0.45, 0.6), top + side * rng.uniform(0.4, 0.65)
        dx, dy = np.cos(angle) * length / 2, np.sin(angle) * length / 2
        ends = ((round(x - dx), round(y - dy)), (round(x + dx), round(y + dy)))
        cv2.line(mask, ends[0], ends[1], 1.0, thick)
    else:
        radius = np.sqrt(area / np.pi)
        if kind == "thumb":
            x, y, radius = right, bottom - rng.uniform(0.1, 0.4) * side, radius * 1.4
        else:
            x = rng.uniform(left + finder, right - radius)
            y = rng.uniform(top + finder, bottom - radius)
        axes = (round(radius * 1.2), round(radius / 1.2))
        cv2.ellipse(mask, (round(x), round(y)), axes, rng.uniform(0, 180), 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 2.0)
    tone = {"stain": rng.uniform(0.15, 0.9), "pen": 0.15, "thumb": 0.5}[kind]
    patches = cloud(np.random.default_rng(rng.getrandbits(32)), mask.shape, 60.0)
    sheet.light = sheet.light * (1 - mask) + mask * (tone * (0.85 + 0.3 * patches))
