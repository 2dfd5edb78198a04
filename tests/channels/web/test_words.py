"""The words of the page itself, which has no catalogues: each in every language."""

import gettext
import re
from pathlib import Path

import pytest

from bot.channels.web.pages import STATIC
from handlers.chat.receipts.advice import PROBLEMS

LOCALES = Path(__file__).parents[3] / "locales"
SAME = ("not_an_image", "too_large", "pdf")
"""Problems said here in the words of the bot. Of HEIC it says how to send a photo in Telegram."""


def words():
    source = (STATIC / "i18n.js").read_text(encoding="utf-8").partition("export")[0]
    blocks = re.split(r"^  (\w\w): \{$", source, flags=re.MULTILINE)[1:]
    return {
        language: dict(re.findall(r'(\w+): "([^"]+)"', block))
        for language, block in zip(blocks[::2], blocks[1::2], strict=True)
    }


def test_every_language_has_every_word():
    known = words()
    assert set(known) == {"ru", "en", "zh"}
    assert len(known["en"]) > 50
    assert set(known["ru"]) == set(known["zh"]) == set(known["en"])


@pytest.mark.parametrize("problem", sorted(set(PROBLEMS) - {"no_code", "busy", "unreadable"}))
def test_every_refusal_of_a_picture_has_words(problem):
    assert all(problem in words()[language] for language in ("ru", "en", "zh"))


@pytest.mark.parametrize("problem", SAME)
@pytest.mark.parametrize("language", ["ru", "en", "zh"])
def test_the_page_says_it_as_the_bot_does(problem, language):
    catalogue = gettext.translation("guestcard", LOCALES, [language])
    translated = catalogue.gettext(PROBLEMS[problem])
    if language != "en" and translated == PROBLEMS[problem]:
        pytest.skip("not translated yet")
    assert words()[language][problem] == translated
