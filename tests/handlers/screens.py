"""What every screen must be, whoever sees it and in whatever language."""

import re
from typing import Any

from ruamel.yaml import YAML

from bot.channels.web.limits import CALLBACK_DATA, CAPTION, TEXT
from bot.channels.web.markup import units
from services.cities.pack import find_pack
from tests.visitor import Visitor

_OUR_FAULT = "Something went wrong on our side"
_ADDRESS = re.compile(r"https?://\S+|/[a-z]+\b|\S+@\S+|[\w-]+\.json|\.xlsx\b")
_KEY = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|[{}]|\bNone\b|</?[bi]>|&[a-z]+;|\b(?:ru|en|zh)\b")
_LATIN = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
_CYRILLIC = re.compile(r"[А-Яа-яЁё]{2,}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_FOREIGN = {
    "ru": (_LATIN, _CHINESE),
    "en": (_CYRILLIC, _CHINESE),
    "zh": (_LATIN, _CYRILLIC),
}
_PRINTED = {"РН", "ЗН", "ККТ", "ФН", "ФД", "ФП", "ИТОГ", "ИНН"}
"""How a receipt calls its numbers; a reader of any language looks for these very letters."""
_NAMES = _PRINTED | {
    "QR",
    "HEIC",
    "PDF",
    "XLSX",
    "Telegram",
    "Wi",
    "Fi",
    "English",
    "Русский",
    "中文",
    "OpenStreetMap",
    "CC",
    "BY",
}


class Screens:
    """Looks at what people were shown; `faults` says what is wrong with it."""

    def __init__(self, tongue: str) -> None:
        self.tongue = tongue
        self.count = 0
        self.faults: list[str] = []
        self._allowed = _NAMES | _words_of_the_pack(tongue)

    def look(self, visitor: Visitor, what: str, *, pressed: bool) -> None:
        """At all that an action brought: an answer, well formed, in the right language."""
        if pressed and visitor.answered_presses != 1:
            self.faults.append(f"{what}: answered {visitor.answered_presses} times")
        if not visitor.news and not visitor.toast:
            self.faults.append(f"{what}: no answer")
        if visitor.answer.get("t") == "error":
            self.faults.append(f"{what}: {visitor.answer}")
        texts = [visitor.toast, *visitor.menu]
        for shown in visitor.shown:
            self.count += 1
            self._fits(what, shown.raw)
            texts += [shown.text, *shown.buttons]
        for text in texts:
            self.reads(what, text)

    def _fits(self, what: str, body: dict[str, Any]) -> None:
        if units(body.get("text", "")) > TEXT or units(body.get("caption", "")) > CAPTION:
            self.faults.append(f"{what}: too long")
        for row in body.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if not button["text"].strip() or len(button["text"]) > 100:
                    self.faults.append(f"{what}: a label like {button['text']!r}")
                if len(button.get("callback_data", "").encode()) > CALLBACK_DATA:
                    self.faults.append(f"{what}: data like {button['callback_data']!r}")

    def reads(self, what: str, text: str) -> None:
        """One text as it is shown."""
        if _OUR_FAULT in text:
            self.faults.append(f"{what}: {text}")
        bare = _ADDRESS.sub(" ", text)
        if raw := _KEY.findall(bare):
            self.faults.append(f"{what}: raw {raw} in {text!r}")
        for pattern in _FOREIGN[self.tongue]:
            if foreign := [word for word in pattern.findall(bare) if word not in self._allowed]:
                self.faults.append(f"{what}: {foreign} in {text!r}")


def _words_of_the_pack(tongue: str) -> set[str]:
    """Foreign words that the city itself writes in this language, such as a brand."""
    words: set[str] = set()

    def walk(part: Any) -> None:
        if isinstance(part, list):
            for one in part:
                walk(one)
        elif isinstance(part, dict):
            for key, value in part.items():
                if key == tongue and isinstance(value, str):
                    for pattern in _FOREIGN[tongue]:
                        words.update(pattern.findall(value))
                else:
                    walk(value)

    for file in find_pack("kaluga").glob("*.yaml"):
        walk(YAML(typ="safe").load(file.read_text("utf-8")))
    # An official paper, in the city's own language.
    plan = (find_pack("kaluga") / "plan.yaml").read_text("utf-8")
    return words.union(*(pattern.findall(plan) for pattern in _FOREIGN[tongue]))
