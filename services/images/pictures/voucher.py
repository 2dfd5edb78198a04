"""The redemption code: what a guest holds out and a cashier reads, types or photographs."""

from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw

from services.images.pictures.paint import WHITE, Theme, png, put_qr, smooth_box
from services.images.pictures.sky import sky
from services.images.pictures.text import clean, fit, put_block

_SIZE = (1080, 1080)
_HORIZON = 380
_MARGIN = 64
_PLATE = (48, 330, 1032, 1032)
_CODE = 500
_STRIP = 190  # the part of the plate that holds the code's digits


def draw_voucher(facts: Mapping[str, Any]) -> bytes:
    """A PNG of 1080 × 1080. The facts' words are already in the guest's language:

    title (the reward), venue, code (the short code), until_label, hint (what to do with it),
    qr (the code's text) and theme.
    """
    theme = Theme.of(facts["theme"])
    image = sky(_SIZE, _HORIZON, theme).copy()
    draw = ImageDraw.Draw(image)
    room = _SIZE[0] - 2 * _MARGIN
    venue = fit(clean(facts["venue"]), "medium", (38, 34, 30), room)
    put_block(draw, (_MARGIN, 108), venue, theme.accent)
    title = fit(clean(facts["title"]), "bold", (70, 62, 54, 46), room, lines=2)
    middle = 216 - (len(title.lines) - 1) * title.style.size * 0.58
    put_block(draw, (_MARGIN, middle + title.style.size * 0.3), title, WHITE)
    _plate(image, facts, theme)
    return png(image)


def _plate(image: Image.Image, facts: Mapping[str, Any], theme: Theme) -> None:
    left, top, right, bottom = _PLATE
    image.paste(WHITE, (left, top), smooth_box((right - left, bottom - top), 44))
    draw = ImageDraw.Draw(image)
    grouped = clean(facts["code"]).replace(" ", "   ")  # the face's own space is too narrow
    digits = fit(grouped, "display", (122, 108, 94, 80, 66, 52), right - left - 96)
    centre = (left + right) / 2
    put_block(draw, (centre, top + 140), digits, theme.ink, align="middle")
    fold = top + _STRIP
    for x in range(left + 48, right - 44, 22):
        draw.line((x, fold, x + 10, fold), fill=(205, 210, 220), width=3)
    _, upper, side = put_qr(image, (left, fold + 6), _CODE, facts["qr"])
    _words(draw, facts, theme, (left + _CODE + 8, upper, right - 44, upper + side))


def _words(
    draw: ImageDraw.ImageDraw,
    facts: Mapping[str, Any],
    theme: Theme,
    box: tuple[int, int, int, int],
) -> None:
    """Until when, in bold at the top; the hint down at the code's lower edge."""
    left, top, right, bottom = box
    until = fit(clean(facts["until_label"]), "bold", (46, 42, 38, 34), right - left, lines=3)
    put_block(draw, (left, top + until.style.size * 0.8), until, theme.ink, leading=1.25)
    hint = fit(clean(facts["hint"]), "medium", (34, 31, 28), right - left, lines=5)
    height = (len(hint.lines) - 1) * round(hint.style.size * 1.3)
    put_block(draw, (left, bottom - 4 - height), hint, theme.stone, leading=1.3)
