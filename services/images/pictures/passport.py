"""A project's passport: where it is on its way, how ready, what is missing and who could help."""

from collections.abc import Mapping, Sequence
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
_RING = 166
_HEADING, _GAP = 63, 22
_MISSING, _HELP = 4, 2  # lines there is room for
_RULE: Rgb = (226, 230, 238)
_FINE = 3

Point = tuple[float, float]


def draw_passport(facts: Mapping[str, Any]) -> bytes:
    """A PNG of 1080 × 1350. The facts' words are already in the reader's language:

    kind, title, place, step (from 1), steps, stage (its name), stage_label ("Stage 4 of 10"),
    percent and percent_label ("76 %"), missing_label and missing, help_label and help (short lines;
    four and two are shown, or six where there is no help), state (a word such as "on pause", may
    be empty), theme.
    """
    theme = Theme.of(facts["theme"])
    image = sky(_SIZE, _HORIZON, theme).copy()
    _head(image, facts, theme)
    _way(image, facts["step"], facts["steps"], theme)
    left, top, right, bottom = _PLATE
    image.paste(WHITE, (left, top), smooth_box((right - left, bottom - top), 44))
    below = _readiness(image, facts, theme)
    _lists(ImageDraw.Draw(image), facts, theme, below)
    return png(image)


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


def _readiness(image: Image.Image, facts: Mapping[str, Any], theme: Theme) -> int:
    """The ring with the percent, the stage beside it; returns where the lists begin."""
    left, top = _LEFT, _PLATE[1] + 38
    _ring(image, (left, top), facts["percent"], theme)
    draw = ImageDraw.Draw(image)
    percent = fit(clean(facts["percent_label"]), "display", (42, 38, 34, 30), _RING - 52)
    middle = (left + _RING / 2, top + _RING / 2 + percent.style.size * 0.36)
    put(draw, middle, percent.lines[0], percent.style, theme.ink, align="middle")
    x, room = left + _RING + 44, _RIGHT - left - _RING - 44
    label = fit(clean(facts["stage_label"]), "medium", (34, 31, 28), room)
    stage = fit(clean(facts["stage"]), "bold", (62, 56, 50, 44), room, lines=2)
    high = label.style.size + 18 + stage.style.size * (1 + 1.12 * (len(stage.lines) - 1))
    y = top + (_RING - high) / 2 + label.style.size * 0.86
    put_block(draw, (x, y), label, theme.stone)
    put_block(draw, (x, y + 18 + stage.style.size), stage, theme.ink, leading=1.12)
    return top + _RING + 28


def _ring(image: Image.Image, at: tuple[int, int], percent: int, theme: Theme) -> None:
    box = (0, 0, _RING * _FINE - 1, _RING * _FINE - 1)
    for colour, share in ((_RULE, 100), (mix(theme.primary, WHITE, 0.1), percent)):
        mask = Image.new("L", (_RING * _FINE, _RING * _FINE), 0)
        ImageDraw.Draw(mask).arc(box, -90, -90 + 3.6 * share, fill=255, width=20 * _FINE)
        image.paste(colour, at, mask.reduce(_FINE))


def _lists(draw: ImageDraw.ImageDraw, facts: Mapping[str, Any], theme: Theme, top: int) -> None:
    """What is missing, then who could help, with as much air as there is."""
    draw.line((_LEFT, top, _RIGHT, top), fill=_RULE, width=3)
    lists = [(facts["missing_label"], facts["missing"][:_MISSING], True)]
    if facts["help"]:
        lists.append((facts["help_label"], facts["help"][:_HELP], False))
    else:
        lists[0] = (facts["missing_label"], facts["missing"][: _MISSING + _HELP], True)
    count = sum(len(lines) for _label, lines, _hollow in lists)
    room = _PLATE[3] - 38 - top - _HEADING * len(lists) - _GAP * (len(lists) - 1)
    air = min(62, room // max(1, count))
    y = top - _GAP
    for label, lines, hollow in lists:
        y += _GAP
        words = fit(clean(label), "bold", (36, 33, 30), _RIGHT - _LEFT)
        put_block(draw, (_LEFT, y + _HEADING - 8), words, theme.ink)
        y += _HEADING
        for line in lines:
            y += air
            _item(draw, clean(line), theme, y, hollow=hollow)


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
