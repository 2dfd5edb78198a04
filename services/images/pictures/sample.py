"""A demo fiscal receipt on paper, for trying the programme out without buying anything."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw

from services.images.pictures.paint import Rgb, png, put_qr
from services.images.pictures.text import Style, clean, fit, put, width

_WIDTH = 800
_PAPER = (64, 56)  # its left and top edge on the table
_INNER = 40
_CODE = 430
_TABLE: Rgb = (206, 200, 192)
_SHADOW: Rgb = (186, 180, 172)
_SHEET: Rgb = (253, 252, 248)
_INK: Rgb = (42, 42, 46)
_PLAIN = Style("mono", 28)
_LARGE = Style("mono", 46)
_LEADING = 40
_TOOTH = 14

# A line is (left, right, style), a centred line has None on its right.
Line = tuple[str, str | None, Style]


def draw_sample(facts: Mapping[str, Any]) -> bytes:
    """A PNG 800 pixels wide, as long as the receipt. Amounts in kopecks; `purchased` is local.

    venue, legal_name, address, inn, registration, serial (may be missing), drive, document, sign,
    items [[name, quantity, kopecks of the line], …], total, purchased (ISO, to the minute), qr.
    The words of the form itself are Russian, as the law has them.
    """
    lines = _lines(facts)
    height = sum(_step(style) for *_, style in lines) + _CODE + 3 * _INNER
    image = Image.new("RGB", (_WIDTH, height + 2 * _PAPER[1]), _TABLE)
    draw = ImageDraw.Draw(image)
    left, top = _PAPER
    right, bottom = _WIDTH - left, top + height
    _paper(draw, (left + 7, top + 9, right + 7, bottom + 9), _SHADOW)
    _paper(draw, (left, top, right, bottom), _SHEET)
    y = top + _INNER
    for line in lines:
        y += _step(line[2])
        _put_line(draw, line, (left + _INNER, right - _INNER), y)
    put_qr(image, ((_WIDTH - _CODE) // 2, y + _INNER // 2), _CODE, facts["qr"], error="m")
    return png(image)


def _lines(facts: Mapping[str, Any]) -> list[Line]:
    day, _, time = facts["purchased"].partition("T")
    date = ".".join(reversed(day.split("-")))
    rule: Line = ("-" * _columns(), None, _PLAIN)
    head = (facts["venue"], facts["legal_name"], facts["address"])
    lines: list[Line] = [("*** ДЕМО: НЕ ЯВЛЯЕТСЯ ЧЕКОМ ***", None, _PLAIN)]
    lines += [(line, None, _PLAIN) for words in head for line in _wrapped(words)]
    lines += [
        (f"ИНН {facts['inn']}", None, _PLAIN),
        rule,
        ("КАССОВЫЙ ЧЕК", None, _PLAIN),
        ("ПРИХОД", f"{date} {time}", _PLAIN),
        rule,
    ]
    for name, quantity, kopecks in facts["items"]:
        lines += [(line, "", _PLAIN) for line in _wrapped(name)]
        lines.append((f"  {quantity} × {_rubles(kopecks / quantity)}", _rubles(kopecks), _PLAIN))
    total = _rubles(facts["total"])
    return [
        *lines,
        rule,
        ("ИТОГ", f"={total}", _LARGE),
        ("БЕЗНАЛИЧНЫМИ", f"={total}", _PLAIN),
        ("СНО", "УСН ДОХОД", _PLAIN),
        rule,
        ("РН ККТ", str(facts["registration"]), _PLAIN),
        *([("ЗН ККТ", str(facts["serial"]), _PLAIN)] if "serial" in facts else []),
        ("ФН", str(facts["drive"]), _PLAIN),
        ("ФД", str(facts["document"]), _PLAIN),
        ("ФП", str(facts["sign"]), _PLAIN),
    ]


def _wrapped(words: str) -> Sequence[str]:
    return fit(clean(words), "mono", (_PLAIN.size,), _room(), lines=3).lines


def _put_line(draw: ImageDraw.ImageDraw, line: Line, edges: tuple[int, int], y: int) -> None:
    words, figures, style = line
    if figures is None:
        put(draw, (sum(edges) / 2, y), words, style, _INK, align="middle")
        return
    put(draw, (edges[0], y), words, style, _INK)
    put(draw, (edges[1], y), figures, style, _INK, align="right")


def _paper(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], colour: Rgb) -> None:
    """A sheet torn off a roll: teeth above and below."""
    left, top, right, bottom = box
    chance = random.Random(54)
    teeth = range(left, right + 1, _TOOTH)
    upper = [(x, top + (n % 2) * chance.randint(5, 8)) for n, x in enumerate(teeth)]
    lower = [(x, bottom - (n % 2) * chance.randint(5, 8)) for n, x in enumerate(teeth)]
    draw.polygon([*upper, (right, top), (right, bottom), *reversed(lower)], fill=colour)


def _rubles(kopecks: float) -> str:
    whole = round(kopecks)
    return f"{whole // 100}.{whole % 100:02d}"


def _room() -> int:
    return _WIDTH - 2 * (_PAPER[0] + _INNER)


def _columns() -> int:
    return int(_room() // width("-", _PLAIN))


def _step(style: Style) -> int:
    return round(style.size * _LEADING / _PLAIN.size)
