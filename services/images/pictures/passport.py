"""A project's passport: where it is on its way, how ready, what is missing and who could help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from services.images.pictures.paint import WHITE, Rgb, Theme, mix, png, smooth_box
from services.images.pictures.rocket import rocket
from services.images.pictures.sky import sky
from services.images.pictures.text import Block, clean, fit, put, put_block, width

_SIZE = (1080, 1350)
_HORIZON = 548
_MARGIN = 64
_ROOM = _SIZE[0] - 2 * _MARGIN
_PLATE = (40, 580, 1040, 1310)
_LEFT, _RIGHT = 92, 988  # of the words on the plate
_FIRST, _LAST = (92, 512), (988, 430)  # the way from the first step to the last
_FOOT, _AIR = 38, 62
_RING = 166
_LISTS = _PLATE[1] + 38 + _RING + 28  # where they begin
_HEADING, _GAP = 63, 22
_MISSING, _HELP = 4, 2  # lines there is room for
_RULE: Rgb = (226, 230, 238)
_FINE = 3

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Listed:
    """Lines under a heading; hollow marks are for what is not there yet."""

    label: str
    lines: Sequence[str]
    hollow: bool


def draw_passport(facts: Mapping[str, Any]) -> bytes:
    """A PNG of 1080 × 1350, or less high where there is less to say. The facts' words are
    already in the reader's language:

    kind, title, place, step (from 1), steps, stage (its name), stage_label ("Stage 4 of 10"),
    percent and percent_label ("76 %"), missing_label and missing, help_label and help (short lines;
    four and two are shown, or six where there is no help), state (a word such as "on pause", may
    be empty), theme.
    """
    theme = Theme.of(facts["theme"])
    image = sky(_SIZE, _HORIZON, theme).copy()
    _head(image, facts, theme)
    _way(image, facts["step"], facts["steps"], theme)
    left, top, right, _bottom = _PLATE
    lists = _chosen(facts)
    bottom = min(_PLATE[3], _LISTS + _height(lists))
    image.paste(WHITE, (left, top), smooth_box((right - left, bottom - top), 44))
    _readiness(image, facts, theme)
    _lists(ImageDraw.Draw(image), lists, theme)
    return png(image.crop((0, 0, _SIZE[0], bottom + _PLATE[0])))


def _head(image: Image.Image, facts: Mapping[str, Any], theme: Theme) -> None:
    draw = ImageDraw.Draw(image)
    state = clean(facts["state"])
    kind = fit(clean(facts["kind"]), "medium", (38, 34, 30), _ROOM - (320 if state else 0))
    put_block(draw, (_MARGIN, 104), kind, theme.accent)
    if state:
        _pill(image, fit(state, "bold", (30, 27, 24), 240), theme)
    title = _title(clean(facts["title"]))
    last = put_block(draw, (_MARGIN, 134 + title.style.size), title, WHITE, leading=1.14)
    place = fit(clean(facts["place"]), "medium", (34, 31, 28), 660)
    put_block(draw, (_MARGIN, last + 58), place, theme.mist)


def _title(text: str) -> Block:
    """Two large lines, or three smaller ones where two would cut it."""
    two = fit(text, "bold", (66, 60, 54), _ROOM, lines=2)
    return (
        two
        if "".join(two.lines).endswith(text[-3:])
        else fit(text, "bold", (50, 46, 42), _ROOM, lines=3)
    )


def _pill(image: Image.Image, words: Block, theme: Theme) -> None:
    wide = round(width(words.lines[0], words.style)) + 52
    left = _SIZE[0] - _MARGIN - wide
    image.paste(theme.accent, (left, 60), smooth_box((wide, 58), 29))
    baseline = 60 + 29 + words.style.size * 0.35
    put(ImageDraw.Draw(image), (left + 26, baseline), words.lines[0], words.style, theme.night)


def _way(image: Image.Image, step: int, steps: int, theme: Theme) -> None:
    """The steps rise from left to right: bright as far as the project came, faint ahead."""
    points = [_point(number / (steps - 1)) for number in range(steps)]
    faint = mix(theme.primary, theme.mist, 0.45)
    _strand(image, points[step - 1 :], faint, width=4, radius=9)
    _strand(image, points[:step], theme.accent, width=8, radius=12)
    _strand(image, points[step - 1 : step], theme.accent, width=0, radius=24)
    _strand(image, points[step - 1 : step], theme.night, width=0, radius=11)
    if theme.motif == "space":
        flying = rocket(92, 38, theme)
        x, y = points[step - 1]
        at = (round(x - flying.width * 0.16), round(y - flying.height * 0.98))
        image.paste(flying, (min(at[0], _SIZE[0] - flying.width - 8), at[1]), flying)


def _point(share: float) -> Point:
    (left, low), (right, high) = _FIRST, _LAST
    return left + (right - left) * share, low + (high - low) * share**1.7


def _strand(
    image: Image.Image, points: Sequence[Point], colour: Rgb, *, width: int, radius: int
) -> None:
    """Dots with a line through them, smooth."""
    mask = Image.new("L", (_SIZE[0] * _FINE, _HORIZON * _FINE), 0)
    draw = ImageDraw.Draw(mask)
    fine = [(x * _FINE, y * _FINE) for x, y in points]
    if len(fine) > 1 and width:
        draw.line(fine, 255, width=width * _FINE, joint="curve")
    for point in fine:
        draw.circle(point, radius * _FINE, fill=255)
    image.paste(colour, (0, 0), mask.reduce(_FINE))


def _readiness(image: Image.Image, facts: Mapping[str, Any], theme: Theme) -> None:
    """The ring with the percent, the stage beside it."""
    left, top = _LEFT, _PLATE[1] + 38
    _ring(image, (left, top), facts["percent"], theme)
    draw = ImageDraw.Draw(image)
    percent = fit(clean(facts["percent_label"]), "display", (42, 38, 34, 30, 26, 22), _RING - 52)
    middle = (left + _RING / 2, top + _RING / 2 + percent.style.size * 0.36)
    put(draw, middle, percent.lines[0], percent.style, theme.ink, align="middle")
    x, room = left + _RING + 44, _RIGHT - left - _RING - 44
    label = fit(clean(facts["stage_label"]), "medium", (34, 31, 28), room)
    stage = fit(clean(facts["stage"]), "bold", (62, 56, 50, 44), room, lines=2)
    high = label.style.size + 18 + stage.style.size * (1 + 1.12 * (len(stage.lines) - 1))
    y = top + (_RING - high) / 2 + label.style.size * 0.86
    put_block(draw, (x, y), label, theme.stone)
    put_block(draw, (x, y + 18 + stage.style.size), stage, theme.ink, leading=1.12)


def _ring(image: Image.Image, at: tuple[int, int], percent: int, theme: Theme) -> None:
    box = (0, 0, _RING * _FINE - 1, _RING * _FINE - 1)
    for colour, share in ((_RULE, 100), (mix(theme.primary, WHITE, 0.1), percent)):
        mask = Image.new("L", (_RING * _FINE, _RING * _FINE), 0)
        ImageDraw.Draw(mask).arc(box, -90, -90 + 3.6 * share, fill=255, width=20 * _FINE)
        image.paste(colour, at, mask.reduce(_FINE))


def _chosen(facts: Mapping[str, Any]) -> list[Listed]:
    """What is missing, then who could help: as many lines of each as there is room for."""
    if not facts["help"]:
        return [Listed(facts["missing_label"], facts["missing"][: _MISSING + _HELP], hollow=True)]
    return [
        Listed(facts["missing_label"], facts["missing"][:_MISSING], hollow=True),
        Listed(facts["help_label"], facts["help"][:_HELP], hollow=False),
    ]


def _air(lists: Sequence[Listed]) -> int:
    """From line to line: as much as there is room for, but not too much."""
    room = _PLATE[3] - _FOOT - _LISTS - _HEADING * len(lists) - _GAP * (len(lists) - 1)
    return int(min(_AIR, room // max(1, sum(len(each.lines) for each in lists))))


def _height(lists: Sequence[Listed]) -> int:
    lines = sum(len(each.lines) for each in lists)
    return (_HEADING + _GAP) * len(lists) - _GAP + lines * _air(lists) + _FOOT


def _lists(draw: ImageDraw.ImageDraw, lists: Sequence[Listed], theme: Theme) -> None:
    draw.line((_LEFT, _LISTS, _RIGHT, _LISTS), fill=_RULE, width=3)
    y, air = _LISTS - _GAP, _air(lists)
    for each in lists:
        y += _GAP
        words = fit(clean(each.label), "bold", (36, 33, 30), _RIGHT - _LEFT)
        put_block(draw, (_LEFT, y + _HEADING - 8), words, theme.ink)
        y += _HEADING
        for line in each.lines:
            y += air
            _item(draw, clean(line), theme, y, hollow=each.hollow)


def _item(
    draw: ImageDraw.ImageDraw, text: str, theme: Theme, baseline: int, *, hollow: bool
) -> None:
    words = fit(text, "medium", (34, 31, 28), _RIGHT - _LEFT - 44)
    put_block(draw, (_LEFT + 44, baseline), words, theme.stone if hollow else theme.ink)
    centre = (_LEFT + 13, baseline - words.style.size * 0.34)
    if hollow:
        draw.circle(centre, 11, outline=mix(theme.primary, WHITE, 0.25), width=4)
    else:
        draw.circle(centre, 11, fill=theme.accent)
