"""An indicator of the city's plan: what was planned and what came of it, a pair of bars a year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from services.images.pictures.paint import WHITE, Rgb, Theme, mix, png, smooth_box
from services.images.pictures.sky import sky
from services.images.pictures.text import clean, fit, put, put_block, width

_SIZE = (1080, 1180)
_HORIZON = 372
_MARGIN = 64
_ROOM = _SIZE[0] - 2 * _MARGIN
_PLATE = (40, 366, 1040, 1140)
_LEFT, _RIGHT = 92, 988  # of what stands on the plate
_TOP, _BOTTOM = 508, 936  # of the tallest bar, and the line the bars stand on
_YEARS = 994  # the baseline of the years
_LEGEND = 1076
_WIDEST, _BETWEEN = 136, 14
_MOST = 5  # years there is room for
_RULE: Rgb = (226, 230, 238)
_FINE = 3
_COLOURS: dict[str, Rgb] = {
    "reached": (30, 142, 92),
    "negative": (200, 58, 66),
    "no_data": (150, 156, 170),
    "no_plan": (150, 156, 170),
}


def draw_plan(facts: Mapping[str, Any]) -> bytes:
    """A PNG of 1080 × 1180. The facts' words are already in the reader's language:

    title, unit (with what is better), status and status_label (may be empty), years (the last five
    are shown: year, plan and fact as numbers or null, plan_label, fact_label, status), base and
    base_label (may be null), plan_word, fact_word, example (may be empty), theme. A status is one
    of `services.plan.status.Status`.
    """
    theme = Theme.of(facts["theme"])
    image = sky(_SIZE, _HORIZON, theme).copy()
    _head(image, facts, theme)
    left, top, right, bottom = _PLATE
    image.paste(WHITE, (left, top), smooth_box((right - left, bottom - top), 44))
    years = facts["years"][-_MOST:]
    _bars(image, facts, years, theme)
    _legend(image, facts, theme)
    return png(image)


def _colour(status: str, theme: Theme) -> Rgb:
    return _COLOURS.get(status, mix(theme.primary, WHITE, 0.12))


def _head(image: Image.Image, facts: Mapping[str, Any], theme: Theme) -> None:
    draw = ImageDraw.Draw(image)
    label = clean(facts["status_label"])
    taken = 0
    if label:
        words = fit(label, "bold", (32, 29, 26), 420)
        wide = round(width(words.lines[0], words.style)) + 96
        at = (_SIZE[0] - _MARGIN - wide, 58)
        image.paste(_colour(facts["status"], theme), at, smooth_box((wide, 66), 33))
        _mark(image, (at[0] + 40, at[1] + 33), facts["status"], WHITE)
        baseline = at[1] + 33 + words.style.size * 0.35
        put(draw, (at[0] + 66, baseline), words.lines[0], words.style, WHITE)
        taken = wide + 32
    if facts["example"]:
        words = fit(clean(facts["example"]), "medium", (34, 31, 28), _ROOM - taken)
        put_block(draw, (_MARGIN, 104), words, theme.accent)
    title = fit(clean(facts["title"]), "bold", (66, 60, 54, 48), _ROOM, lines=2)
    last = put_block(draw, (_MARGIN, 146 + title.style.size), title, WHITE, leading=1.14)
    unit = fit(clean(facts["unit"]), "medium", (36, 33, 30, 27), _ROOM)
    put_block(draw, (_MARGIN, last + 60), unit, theme.mist)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From figures to pixels; nought is always on it."""

    least: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "_Scale":
        least, most = min(0.0, *figures, 0.0), max(0.0, *figures, 0.0)
        return cls(least, most if most > least else least + 1)

    def y(self, figure: float) -> int:
        share = (figure - self.least) / (self.most - self.least)
        return round(_BOTTOM - share * (_BOTTOM - _TOP))


def _bars(
    image: Image.Image,
    facts: Mapping[str, Any],
    years: Sequence[Mapping[str, Any]],
    theme: Theme,
) -> None:
    known = [year[part] for year in years for part in ("plan", "fact") if year[part] is not None]
    base = facts["base"]
    scale = _Scale.of([*known, *([base] if base is not None else [])])
    ground = scale.y(0)
    draw = ImageDraw.Draw(image)
    draw.line((_LEFT, ground, _RIGHT, ground), fill=_RULE, width=4)
    slot = (_RIGHT - _LEFT) / max(1, len(years))
    for number, year in enumerate(years):
        middle = _LEFT + slot * (number + 0.5)
        _pair(image, year, middle, slot, scale=scale, theme=theme)
        style = fit(str(year["year"]), "bold", (38, 34, 30), round(slot))
        put(draw, (middle, _YEARS + 12), style.lines[0], style.style, theme.ink, align="middle")
    if base is not None:
        _base(image, facts["base_label"], scale.y(base), theme)


def _pair(
    image: Image.Image,
    year: Mapping[str, Any],
    middle: float,
    slot: float,
    *,
    scale: _Scale,
    theme: Theme,
) -> None:
    wide = min(_WIDEST, round(slot / 2) - 22)
    colour = _colour(year["status"], theme)
    both = year["plan"] is not None and year["fact"] is not None
    aside = (wide + _BETWEEN) / 2 if both else 0
    for part, centre, paint in (("plan", middle - aside, None), ("fact", middle + aside, colour)):
        if (figure := year[part]) is None:
            continue
        low, high = sorted((scale.y(figure), scale.y(0)))
        _bar(image, (round(centre - wide / 2), low, wide, max(8, high - low)), paint, theme)
        room = wide + _BETWEEN - 6 if both else round(slot) - 12
        words = fit(clean(year[f"{part}_label"]), "bold", (34, 31, 28, 25, 22, 20, 18), room)
        ink = theme.stone if paint is None else colour
        at = (centre, low - 14 if figure >= 0 else high + 12 + words.style.size * 0.75)
        put(ImageDraw.Draw(image), at, words.lines[0], words.style, ink, align="middle")
        if paint is not None and high - low > 60:
            _mark(image, (round(centre), high - 32), year["status"], WHITE)


def _bar(
    image: Image.Image, box: tuple[int, int, int, int], paint: Rgb | None, theme: Theme
) -> None:
    """A solid bar, or a pale one with an edge: what was only planned."""
    left, top, wide, high = box
    radius = min(16, high // 2, wide // 4)
    edge = mix(theme.primary, WHITE, 0.55)
    image.paste(paint or edge, (left, top), smooth_box((wide, high), radius))
    if paint is None and high > 12:
        pale = mix(theme.primary, WHITE, 0.9)
        inner = smooth_box((wide - 8, high - 8), max(2, radius - 4))
        image.paste(pale, (left + 4, top + 4), inner)


def _mark(image: Image.Image, middle: tuple[int, int], status: str, ink: Rgb) -> None:
    """A tick for what was reached, an exclamation mark for what was not: not by colour alone."""
    side = 40
    mask = Image.new("L", (side * _FINE, side * _FINE), 0)
    draw = ImageDraw.Draw(mask)

    def line(*points: tuple[float, float]) -> None:
        fine = [(x * _FINE, y * _FINE) for x, y in points]
        draw.line(fine, fill=255, width=5 * _FINE, joint="curve")
        for point in (fine[0], fine[-1]):
            draw.circle(point, 2.5 * _FINE, fill=255)

    if status == "reached":
        line((10, 21), (17, 28), (30, 13))
    elif status == "negative":
        line((20, 9), (20, 22))
        draw.circle((20 * _FINE, 30 * _FINE), 3 * _FINE, fill=255)
    else:
        for x in (10, 20, 30):
            draw.circle((x * _FINE, 20 * _FINE), 3 * _FINE, fill=255)
    image.paste(ink, (middle[0] - side // 2, middle[1] - side // 2), mask.reduce(_FINE))


def _base(image: Image.Image, label: str, y: int, theme: Theme) -> None:
    """A dotted line where things began."""
    draw = ImageDraw.Draw(image)
    colour = mix(theme.accent, (90, 60, 0), 0.25)
    for x in range(_LEFT, _RIGHT, 22):
        draw.line((x, y, min(x + 11, _RIGHT), y), fill=colour, width=3)
    words = fit(clean(label), "medium", (28, 26, 24), 460)
    wide = width(words.lines[0], words.style)
    at = (_LEFT, _TOP - 70)
    draw.line((at[0], at[1] - 10, at[0] + 11, at[1] - 10), fill=colour, width=3)
    draw.line((at[0] + 22, at[1] - 10, at[0] + 33, at[1] - 10), fill=colour, width=3)
    assert wide <= _RIGHT - _LEFT
    put(draw, (at[0] + 48, at[1]), words.lines[0], words.style, theme.stone)


def _legend(image: Image.Image, facts: Mapping[str, Any], theme: Theme) -> None:
    draw = ImageDraw.Draw(image)
    x: float = _LEFT
    for word, paint in ((facts["plan_word"], None), (facts["fact_word"], theme.primary)):
        _bar(image, (round(x), _LEGEND - 32, 34, 38), paint, theme)
        words = fit(clean(word), "medium", (34, 31, 28), 400)
        x = put(draw, (x + 52, _LEGEND), words.lines[0], words.style, theme.ink) + 56
