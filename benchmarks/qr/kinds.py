"""The kinds of damage and how bad each is at the levels 1 to 3: one recipe a kind.

A recipe changes a mild Shot. Sizes are in modules of the code or millimetres of paper, so that a
level means the same at any distance.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from benchmarks.qr import paper
from benchmarks.qr.camera import View
from benchmarks.qr.surface import Crease, Surface

Level = int  # 1 to 3


@dataclass
class Shot:
    """One photograph to be taken, mild until a recipe has changed it."""

    work: paper.Print
    view: View
    module: float  # points of the messenger's picture a module takes
    contrast: float = 0.85
    patchy: float = 0.1
    covered: float = 0.0  # share of what the code can lose
    light: float = 1.0
    uneven: float = 0.25
    grain: float = 4.0
    defocus: float = 0.12  # radius in modules
    motion: float = 0.0  # modules
    bend: float = 0.0
    glare: float = 0.0  # power; the spot's reach is `glare_reach` code sides
    glare_reach: float = 0.3
    shadows: int = 0
    shadow_light: float = 0.5
    sharpen: float = 0.5
    screen: float = 0.0  # screen points a millimetre; 0 is paper
    alias: float = 1.0
    inverse: bool = False
    mirrored: bool = False
    scale: float = 1.0  # of the camera's picture against the messenger's
    longest: int | None = 1280
    qualities: tuple[int, ...] = (80,)
    extra: dict[str, float] = field(default_factory=dict)

    def at_module(self, points: float) -> None:
        """Move the camera until a module takes so many points of the messenger's picture."""
        self.module = points
        self.view.per_mm = points / (self.work.module / paper.DOTS) * self.scale


def mild(rng: Random, codes: tuple[str, ...] = ("fiscal",)) -> Shot:
    """A careful photograph."""
    width, height = rng.choice(((960, 1280), (960, 1280), (720, 1280), (1280, 960)))
    view = View(
        width,
        height,
        pitch=rng.uniform(-9, 9),
        yaw=rng.uniform(-9, 9),
        roll=rng.gauss(0, 5),
        aim=(rng.uniform(-0.08, 0.08), rng.uniform(-0.05, 0.2)),
        lamp=(rng.uniform(-0.4, 0.4), rng.uniform(-0.5, 0.5)),
        surface=Surface(
            curl=rng.choice((1, 1, -1)) * rng.uniform(90, 300),
            curl_at=rng.uniform(-15, 15),
        ),
    )
    shot = Shot(paper.till(rng, codes), view, 4.0)
    shot.at_module(rng.triangular(3.2, 9.0, 4.5))
    shot.contrast = rng.uniform(0.75, 0.9)
    shot.uneven = rng.uniform(0.1, 0.35)
    shot.grain = rng.uniform(2, 6)
    shot.defocus = rng.uniform(0.08, 0.2)
    shot.qualities = rng.choice(((85,), (75,), (65,), (80, 70)))
    return shot


def _blur(shot: Shot, rng: Random, level: Level) -> None:
    shot.defocus = rng.uniform(*((0.4, 0.6), (0.64, 0.76), (0.72, 0.86))[level - 1])
    shot.sharpen = 0.3


def _motion(shot: Shot, rng: Random, level: Level) -> None:
    shot.motion = rng.uniform(*((0.7, 1.1), (1.1, 1.5), (1.4, 1.9))[level - 1])
    shot.bend = rng.uniform(-0.15, 0.15)


def _perspective(shot: Shot, rng: Random, level: Level) -> None:
    steep = rng.uniform(*((20, 35), (38, 48), (48, 58))[level - 1])
    share = rng.uniform(0.4, 1)
    shot.view.pitch = rng.choice((-1, 1)) * steep * share
    shot.view.yaw = rng.choice((-1, 1)) * steep * (1.3 - share)
    shot.view.roll = rng.uniform(-25, 25)


def _rotation(shot: Shot, rng: Random, level: Level) -> None:
    shot.view.roll = rng.uniform(15, 345)
    shot.view.pitch = rng.uniform(-9, 9) * level
    shot.view.yaw = rng.uniform(-9, 9) * level
    shot.view.aim = (rng.uniform(-0.12, 0.12), rng.uniform(-0.12, 0.12))


def _distance(shot: Shot, rng: Random, level: Level) -> None:
    shot.at_module(rng.uniform(*((2.3, 3.0), (1.6, 2.0), (1.3, 1.5))[level - 1]))


def _curl(shot: Shot, rng: Random, level: Level) -> None:
    radius = rng.uniform(*((32, 50), (24, 30), (18, 24))[level - 1])
    shot.view.surface = Surface(
        curl=rng.choice((1, 1, -1)) * radius,
        curl_at=rng.uniform(-7, 7),
        curl_angle=rng.gauss(0, 0.15),
    )
    shot.view.pitch = rng.uniform(-14, 14) * level / 2
    shot.view.lamp = (0.0, rng.uniform(-0.35, 0.35))


def _crumple(shot: Shot, rng: Random, level: Level) -> None:
    steep = ((0.08, 0.18), (0.15, 0.27), (0.22, 0.36))[level - 1]
    creases = tuple(
        Crease(
            rng.uniform(-22, 22),
            rng.uniform(-22, 22),
            rng.uniform(0, 6.3),
            rng.choice((-1, 1)) * rng.uniform(*steep),
        )
        for _ in range(5 + 2 * level)
    )
    shot.view.surface = Surface(creases=creases, soft=rng.uniform(0.6, 1.6))


def _faded(shot: Shot, rng: Random, level: Level) -> None:
    shot.contrast = rng.uniform(*((0.25, 0.4), (0.12, 0.18), (0.07, 0.1))[level - 1])
    shot.patchy = rng.uniform(0.2, 0.35)


def _dead_lines(shot: Shot, rng: Random, level: Level) -> None:
    paper.dead_lines(shot.work, rng, (2, 4, 7)[level - 1], (2, 2, 3)[level - 1])


def _row_gaps(shot: Shot, rng: Random, level: Level) -> None:
    paper.row_gaps(shot.work, rng, (2, 4, 7)[level - 1], (2, 3, 3)[level - 1])


def _low_light(shot: Shot, rng: Random, level: Level) -> None:
    shot.light = rng.uniform(*((0.4, 0.55), (0.28, 0.4), (0.2, 0.28))[level - 1])
    shot.grain = rng.uniform(*((4, 6), (6, 9), (9, 12))[level - 1])
    shot.defocus = rng.uniform(0.2, 0.4)
    shot.uneven = 0.5


def _glare(shot: Shot, rng: Random, level: Level) -> None:
    shot.glare = rng.uniform(*((0.35, 0.55), (0.6, 0.8), (0.75, 1.05))[level - 1])
    shot.glare_reach = rng.uniform(*((0.2, 0.35), (0.2, 0.35), (0.2, 0.32))[level - 1])


def _shadow(shot: Shot, rng: Random, level: Level) -> None:
    shot.shadows = (1, 2, 2)[level - 1]
    shot.shadow_light = rng.uniform(*((0.4, 0.55), (0.2, 0.32), (0.1, 0.17))[level - 1])


def _crop(shot: Shot, rng: Random, level: Level) -> None:
    shot.extra["beyond"] = rng.uniform(*((-2.0, -0.8), (-0.5, 0.3), (0.3, 1.0))[level - 1])
    shot.view.roll = rng.uniform(-3, 3)
    shot.extra["side"] = rng.choice((0, 1, 2, 3))


def _occlusion(shot: Shot, rng: Random, level: Level) -> None:
    shot.covered = rng.uniform(*((0.25, 0.45), (0.5, 0.75), (0.75, 0.95))[level - 1])


def _jpeg(shot: Shot, rng: Random, level: Level) -> None:
    shot.qualities = (
        (rng.randint(30, 45), 50),
        (rng.randint(13, 20), 40),
        (rng.randint(8, 12), 30),
    )[level - 1]
    shot.at_module(rng.uniform(*((3.0, 4.5), (2.3, 3.0), (1.9, 2.5))[level - 1]))


def _inverse(shot: Shot, rng: Random, level: Level) -> None:
    shot.inverse, shot.screen, shot.alias = True, 16.0, 1.0
    shot.uneven = 0.1
    _worse(shot, rng, level)


def _screen(shot: Shot, rng: Random, level: Level) -> None:
    shot.screen = rng.uniform(4.0, 7.0)
    shot.alias = rng.uniform(*((0.7, 1.0), (0.35, 0.55), (0.15, 0.3))[level - 1])
    shot.glare = rng.uniform(0.0, 0.25) * level
    shot.view.pitch *= level
    shot.view.yaw *= level
    shot.view.surface = Surface()


def _mirrored(shot: Shot, rng: Random, level: Level) -> None:
    shot.mirrored = True
    _worse(shot, rng, level)


def _worse(shot: Shot, rng: Random, level: Level) -> None:
    """A photograph that is a little worse in several ways."""
    if level > 1:
        shot.defocus = rng.uniform(*((0.35, 0.55), (0.5, 0.7))[level - 2])
        shot.grain = rng.uniform(*((5, 10), (8, 14))[level - 2])
        shot.view.pitch, shot.view.yaw = rng.uniform(-25, 25), rng.uniform(-25, 25)


def _large(shot: Shot, rng: Random, level: Level) -> None:
    shot.scale = 3.125
    shot.view.width, shot.view.height = 3000, 4000
    shot.longest = None
    shot.qualities = (rng.choice((85, 90)),)
    shot.at_module(rng.uniform(*((2.0, 3.5), (1.0, 1.4), (0.6, 0.8))[level - 1]))
    shot.grain *= 1.5
    shot.defocus = rng.uniform(0.1, 0.3)


def _two_codes(shot: Shot, rng: Random, level: Level) -> None:
    _worse(shot, rng, level)


_MIXABLE: tuple[Callable[[Shot, Random, Level], None], ...] = (
    _blur,
    _motion,
    _curl,
    _crumple,
    _faded,
    _dead_lines,
    _low_light,
    _glare,
    _shadow,
    _occlusion,
    _distance,
)


def _mixed(shot: Shot, rng: Random, level: Level) -> None:
    for recipe in rng.sample(_MIXABLE, (2, 2, 3)[level - 1]):
        recipe(shot, rng, (1, 2, 2)[level - 1] if rng.random() < 0.6 else 1)


def _careful(shot: Shot, rng: Random, level: Level) -> None:
    _worse(shot, rng, level)


Recipe = Callable[[Shot, Random, Level], None]

KINDS: dict[str, Recipe] = {
    "blur": _blur,
    "motion": _motion,
    "perspective": _perspective,
    "rotation": _rotation,
    "distance": _distance,
    "curl": _curl,
    "crumple": _crumple,
    "faded": _faded,
    "dead lines": _dead_lines,
    "row gaps": _row_gaps,
    "low light": _low_light,
    "glare": _glare,
    "shadow": _shadow,
    "crop": _crop,
    "occlusion": _occlusion,
    "jpeg": _jpeg,
    "inverse": _inverse,
    "screen": _screen,
    "mirrored": _mirrored,
    "mixed": _mixed,
    "large": _large,
    "two codes": _two_codes,
    "no code": _careful,
    "payment": _careful,
    "texture": _careful,
}
PRINTED: dict[str, tuple[str, ...]] = {
    "two codes": ("fiscal", "payment"),
    "payment": ("payment",),
    "no code": (),
}
