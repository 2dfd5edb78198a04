"""The guest card: what a guest shows at the counter and, with luck, to friends."""

import re
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw

from services.images.pictures.paint import WHITE, Theme, png, put_qr, smooth_box
from services.images.pictures.rocket import rocket
from services.images.pictures.sky import sky
from services.images.pictures.text import Style, clean, fit, put, put_block, width

_SIZE = (1080, 1350)
_HORIZON = 700
_MARGIN = 64
_PLATE = (48, 790, 1032, 1302)
_CODE = 512
_FORMULA = (("v = u · ln (m", 0), ("0", 1), (" / m", 0), ("1", 1), (")", 0))  # Tsiolkovsky's
_DIGITS = re.compile(r"[-−–]?\s?\d[\d\s.,]*(?<=\d)")


def draw_card(facts: Mapping[str, Any]) -> bytes:
    """A PNG of 1080 × 1350. The facts' words are already in the guest's language:

    city, tagline, name, level, balance (points), balance_label ("320 points"), since_label,
    number, qr (the code's text) and theme.
    """
    theme = Theme.of(facts["theme"])
    image = sky(_SIZE, _HORIZON, theme).copy()
    if theme.motif == "space":
        flying = rocket(300, 24, theme)
        image.paste(flying, (700, 96), flying)
    draw = ImageDraw.Draw(image)
    _title(draw, facts, theme)
    _guest(draw, facts, theme)
    _plate(image, facts, theme)
    return png(image)


def _title(draw: ImageDraw.ImageDraw, facts: Mapping[str, Any], theme: Theme) -> None:
    tagline = fit(clean(facts["tagline"]), "medium", (36, 32, 28), 640, lines=2)
    above = put_block(draw, (_MARGIN, 112), tagline, theme.accent)
    city = fit(clean(facts["city"]).upper(), "display", (92, 80, 70, 62, 54, 46), 660, lines=2)
    put_block(draw, (_MARGIN - 4, above + 26 + city.style.size * 0.86), city, WHITE, leading=1.1)


def _guest(draw: ImageDraw.ImageDraw, facts: Mapping[str, Any], theme: Theme) -> None:
    known_as = clean(facts["name"], otherwise=clean(facts["number"]))
    name = fit(known_as, "bold", (72, 64, 56, 50), 1080 - 2 * _MARGIN, lines=2)
    lift = (len(name.lines) - 1) * round(name.style.size * 1.16)
    put_block(draw, (_MARGIN, 520 - lift), name, WHITE)
    _balance(draw, clean(facts["balance_label"]), theme)


def _balance(draw: ImageDraw.ImageDraw, label: str, theme: Theme) -> None:
    """The number large, its word beside it, where the label begins with a number."""
    digits = _DIGITS.match(label)
    number = digits[0] if digits else label
    word = label[len(number) :].strip()
    block = fit(number, "display", (118, 104, 90, 78, 66, 54), 640)
    end = put(draw, (_MARGIN - 4, 664), block.lines[0], block.style, theme.accent)
    if word:
        put_block(draw, (end + 24, 664), fit(word, "medium", (48, 40, 34), 300), WHITE)


def _plate(image: Image.Image, facts: Mapping[str, Any], theme: Theme) -> None:
    left, top, right, bottom = _PLATE
    fold = left + _CODE + 4
    mask = smooth_box((right - left, bottom - top), 44, notches=(fold - left,), bite=20)
    image.paste(WHITE, (left, top), mask)
    _, upper, side = put_qr(image, (left, top), _CODE, facts["qr"])
    draw = ImageDraw.Draw(image)
    for y in range(top + 40, bottom - 36, 22):
        draw.line((fold, y, fold, y + 10), fill=(205, 210, 220), width=3)
    _details(image, facts, theme, (fold + 44, upper, right - 44, upper + side))


def _details(
    image: Image.Image,
    facts: Mapping[str, Any],
    theme: Theme,
    box: tuple[int, int, int, int],
) -> None:
    """Level, since when, number: from the top to the bottom of the code beside them."""
    left, top, right, bottom = box
    room = right - left
    draw = ImageDraw.Draw(image)
    level = fit(clean(facts["level"]), "bold", (36, 32, 28, 24), room - 56)
    _pill(image, (left, top), level.lines[0], level.style, theme)
    since = fit(clean(facts["since_label"]), "medium", (36, 32, 28), room, lines=3)
    put_block(draw, (left, top + 140), since, theme.stone, leading=1.3)
    if theme.motif == "space":
        _formula(draw, (left, bottom - 92))
    draw.line((left, bottom - 66, right, bottom - 66), fill=(222, 226, 234), width=2)
    number = fit(clean(facts["number"]), "display", (34, 30, 26, 22), room)
    put(draw, (left, bottom - 2), number.lines[0], number.style, theme.ink)


def _formula(draw: ImageDraw.ImageDraw, at: tuple[float, float]) -> None:
    x, y = at
    for piece, lowered in _FORMULA:
        style = Style("medium", 19 if lowered else 30)
        x = put(draw, (x, y + 7 * lowered), piece, style, (176, 184, 202))


def _pill(image: Image.Image, at: tuple[int, int], text: str, style: Style, theme: Theme) -> None:
    x, y = at
    height = style.size + 34
    mask = smooth_box((round(width(text, style)) + 56, height), height // 2)
    image.paste(theme.ink, at, mask)
    draw = ImageDraw.Draw(image)
    put(draw, (x + 28, y + height / 2 + style.size * 0.35), text, style, theme.accent)
