"""The keys under the field where one types while a place is asked for, in every language."""

from collections.abc import Mapping

from aiogram.filters import Filter
from aiogram.types import Message

from handlers.texts import LANGUAGES, N_, _, language, plain

KEYS: Mapping[str, str] = {
    "here": N_("📍 I am here"),
    "last_place": N_("↩️ Same place as last time"),
    "citywide": N_("🏙 The whole city"),
    "later": N_("💾 Later"),
    "as_it_was": N_("↩️ Leave it as it is"),
}


def label(name: str) -> str:
    """What stands on the key, in the language that is set now."""
    return plain(_(KEYS[name]))


def _labels() -> dict[str, str]:
    found: dict[str, str] = {}
    for tongue in LANGUAGES:
        token = language.set(tongue)
        found |= {label(name): name for name in KEYS}
        language.reset(token)
    return found


class Taps(Filter):
    """A key was tapped, or its words were typed, in any language."""

    _names: dict[str, str] | None = None

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self, message: Message) -> bool:
        if Taps._names is None:
            Taps._names = _labels()
        return Taps._names.get(message.text or "") == self.name
