"""The pictures can be read by a camera, keep their size, and never show a box for a letter."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from services.cities.pack import find_pack, read_pack
from services.images.drawing import draw
from services.images.pictures import card, passport, text
from services.images.pictures.paint import Rgb, Theme, luminance, mix
from services.images.pictures.text import Style, clean, fit, width
from services.images.reading import read_codes
from tests.services.images.pictures import CARD, CODE, FACTS, PASSPORT, SAMPLE, as_sent_by_messenger

ODD_NAMES = [
    "",
    "   ",
    "😀🎉👩‍👩‍👧",
    "Анна 😀 Ковалёва",
    "محمد بن سلمان",
    "שלום",
    "欧阳婷婷",
    "歐陽鑫",
    "Ñandú Øystein Žižek Nguyễn Thị Mai",
    "Ж" * 60,
    "W" * 60,
    "漢" * 60,
    "Константин Константинопольский-Преображенский фон Гогенцоллерн",
    "a\u0301\u0302\u0303" * 20,
    "\u202eабв\u0000\n\t\x7f\ud800",
    "𝓐𝓷𝓷𝓪",
]


def picture(kind: str, **changes: Any) -> Image.Image:
    return Image.open(BytesIO(draw(kind, {**FACTS[kind], **changes})))


@pytest.mark.parametrize(("kind", "sent_width"), [("card", 300), ("code", 600), ("sample", 600)])
def test_the_code_survives_a_messenger(kind: str, sent_width: int) -> None:
    sent = as_sent_by_messenger(draw(kind, FACTS[kind]), sent_width)
    assert [code.text for code in read_codes(sent).codes] == [FACTS[kind]["qr"]]


@pytest.mark.parametrize("length", [20, 45, 60, 90])
def test_card_codes_of_any_useful_length_survive(length: int) -> None:
    text = ("https://guest.example/c/" + "aB3" * 40)[:length]
    sent = as_sent_by_messenger(draw("card", {**CARD, "qr": text}), 300)
    assert [code.text for code in read_codes(sent).codes] == [text]


@pytest.mark.parametrize(
    "theme",
    [
        {"primary": "#ffffff", "accent": "#000000"},
        {"primary": "#000", "accent": "#fff"},
        {"primary": "#7a1020", "accent": "#f2c14e", "motif": "plain"},
    ],
)
def test_any_colours_leave_the_code_readable(theme: dict[str, str]) -> None:
    sent = as_sent_by_messenger(draw("card", {**CARD, "theme": theme}), 300)
    assert [code.text for code in read_codes(sent).codes] == [CARD["qr"]]


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#14245c", "#ffee00", "#7f7f7f"])
def test_words_stand_out_in_any_theme(colour: str) -> None:
    theme = Theme.of({"primary": colour, "accent": colour})
    white = (255, 255, 255)
    assert contrast(white, theme.primary) >= 4.5
    assert contrast(theme.ink, white) >= 7
    assert contrast(theme.stone, white) >= 4.5
    assert contrast(theme.accent, theme.night) >= 3
    assert contrast(theme.accent, theme.ink) >= 3


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG 2: (L1 + 0.05) / (L2 + 0.05)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", FACTS)
def test_equal_facts_give_equal_bytes(kind: str) -> None:
    assert draw(kind, FACTS[kind]) == draw(kind, dict(reversed(FACTS[kind].items())))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_keep_the_size(name: str) -> None:
    file = draw("card", {**CARD, "name": name, "balance_label": "−1 234 567 баллов"})
    image = Image.open(BytesIO(file))
    assert (image.size, image.mode, image.format) == ((1080, 1350), "RGB", "PNG")
    assert len(file) <= 150_000
    assert [code.text for code in read_codes(file).codes] == [CARD["qr"]]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_words_anywhere_keep_the_size(name: str) -> None:
    card = picture("card", city=name, level=name, tagline=name, since_label=name, number=name)
    assert card.size == (1080, 1350)
    code = picture("code", title=name, venue=name, until_label=name, hint=name * 3, code=name)
    assert code.size == (1080, 1080)
    lines = {"missing": [name] * 9, "help": [name] * 9, "percent_label": name}
    head = {"title": name, "kind": name, "place": name * 2, "stage": name, "state": name}
    way = Image.open(BytesIO(draw("passport", {**PASSPORT, **head, **lines})))
    assert way.width == 1080
    assert 900 < way.height <= 1350
    sample = picture("sample", venue=name, legal_name=name, items=[[name * 2, 3, 100]])
    assert sample.width == 800


@pytest.mark.parametrize(
    "label",
    [
        "0 баллов",
        "−320 баллов",
        "-9 999 999 баллов",
        "9\u202f999\u202f999 points",
        "320 积分",
        "积分 320",
        "1,234 points",
        "нет баллов",
        "",
    ],
)
def test_any_balance_fits(label: str) -> None:
    """Nothing is drawn on the rightmost pixels of the balance's rows but the sky."""
    plain = np.asarray(picture("card", balance_label=""))[560:680, 1020:]
    assert np.array_equal(np.asarray(picture("card", balance_label=label))[560:680, 1020:], plain)


@pytest.mark.parametrize("step", range(1, 11))
def test_a_passport_shows_how_far_the_project_came(step: int) -> None:
    """The line is bright up to the step it stands on, and faint from there on."""
    theme = {"primary": "#14245c", "accent": "#ff9d4d", "motif": "plain"}
    image = picture("passport", step=step, theme=theme)
    accent = Theme.of(theme).accent
    reached = []
    for number in range(10):
        x, y = map(round, passport._point(number / 9))
        reached.append(image.getpixel((x - 16 if number == step - 1 else x, y)) == accent)
    assert reached == [number < step for number in range(10)]


@pytest.mark.parametrize(("missing", "helpers"), [(0, 0), (1, 0), (9, 0), (4, 2), (9, 9), (0, 1)])
def test_a_passport_keeps_its_words_on_the_plate(missing: int, helpers: int) -> None:
    full = picture("passport", missing=["Ждём смету"] * missing, help=["Грант"] * helpers)
    below = np.asarray(full)[full.height - 64 : full.height - 44, 92:988]
    assert below.min() == 255


def test_a_nameless_card_shows_its_number() -> None:
    assert draw("card", {**CARD, "name": "محمد"}) == draw("card", {**CARD, "name": CARD["number"]})


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Анна Ковалёва", "Анна Ковалёва"),
        ("Анна 😀  Ковалёва\n", "Анна Ковалёва"),
        ("欧阳婷婷", "欧阳婷婷"),
        ("𝓐𝓷𝓷𝓪", "Anna"),
        ("e\u0301", "é"),
        ("x\u0301\u0302\u0303", "x"),
        ("№ 1 — «ёж»…", "№ 1 — «ёж»…"),
        ("Иван მამა Петров", "Иван ···· Петров"),
        ("მამა", "else"),
        ("😀", "else"),
        ("\u202e\u0000", "else"),
    ],
)
def test_clean(text: str, drawn: str) -> None:
    assert clean(text, otherwise="else") == drawn


def test_fit_shrinks_then_wraps_then_cuts() -> None:
    assert fit("Анна", "bold", (72, 40), 500).style == Style("bold", 72)
    assert fit("Анна Ковалёва", "bold", (72, 40), 300).style == Style("bold", 40)
    assert fit("Анна Ковалёва", "bold", (72,), 400, lines=2).lines == ("Анна", "Ковалёва")
    cut = fit("Анна Ковалёва", "bold", (72, 60), 300)
    assert cut.lines[0].endswith("…")
    assert width(cut.lines[0], cut.style) <= 300


def test_lines_are_evened_out() -> None:
    block = fit("Чай и пирог с вишней", "bold", (60,), 560, lines=2)
    assert block.lines == ("Чай и пирог", "с вишней")


def test_receipt_lines_say_demo_and_the_numbers() -> None:
    """Read by geometry: a longer list makes a longer paper, one line's step for each line."""
    more = [*SAMPLE["items"], ["Сырники", 1, 25000]]
    assert picture("sample", items=more).height - picture("sample").height == 2 * 40


def test_too_long_a_code_is_refused() -> None:
    with pytest.raises(ValueError, match="too much text"):
        draw("card", {**CARD, "qr": "x" * 1500})


def test_unknown_kind_and_missing_fact() -> None:
    with pytest.raises(KeyError):
        draw("poster", CARD)
    with pytest.raises(KeyError):
        draw("code", {key: CODE[key] for key in CODE if key != "code"})


def test_colours() -> None:
    assert luminance((0, 0, 0)) == 0
    assert luminance((255, 255, 255)) == pytest.approx(1)
    assert luminance((255, 0, 0)) == pytest.approx(0.2126)
    assert mix((0, 0, 0), (255, 255, 255), 0.5) == (128, 128, 128)


@pytest.mark.parametrize("language", ["ru", "en", "zh"])
def test_the_tagline_of_kaluga_stands_whole_on_the_card(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    tagline = dict(read_pack(find_pack("kaluga")).city.tagline)[language]
    written: list[str] = []
    block = card.put_block

    def noted(draw: Any, at: Any, lines: text.Block, *rest: Any, **more: Any) -> float:
        written.append(" ".join(lines.lines))
        return block(draw, at, lines, *rest, **more)

    monkeypatch.setattr(card, "put_block", noted)
    card.draw_card({**CARD, "tagline": tagline})
    assert written[0].replace(" ", "") == tagline.replace(" ", "")
