"""The check of the catalogues names what is missing, and only that."""

from pathlib import Path

import pytest

import catalogues

SOURCE = """
title = _("Your card")
hello = _("Hello, {name}")
left = _n("{n} point", "{n} points", n)
later = N_("Rewards")
"""

COMPLETE = """
msgid ""
msgstr "Language: ru\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 &&"
" (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "Your card"
msgstr "Ваша карта"

msgid "Hello, {name}"
msgstr "Здравствуйте, {name}"

msgid "{n} point"
msgid_plural "{n} points"
msgstr[0] "{n} балл"
msgstr[1] "{n} балла"
msgstr[2] "{n} баллов"

msgid "Rewards"
msgstr "Комплименты"
"""

NAME = "locales/ru/LC_MESSAGES/guestcard.po"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tiny repository whose Russian catalogue is complete."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "card.py").write_text(SOURCE)
    catalogue = tmp_path / NAME
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(COMPLETE, encoding="utf-8")
    return tmp_path


def after(root: Path, before: str, instead: str) -> list[str]:
    """The problems once `before` in the catalogue reads `instead`."""
    assert COMPLETE.count(before) == 1
    (root / NAME).write_text(COMPLETE.replace(before, instead), encoding="utf-8")
    return catalogues.problems(root, ("ru",))


def test_a_complete_catalogue_has_no_problems(root: Path) -> None:
    assert catalogues.problems(root, ("ru",)) == []


def test_a_missing_catalogue_is_named(root: Path) -> None:
    assert catalogues.problems(root, ("zh",)) == ["locales/zh/LC_MESSAGES/guestcard.po: missing"]


@pytest.mark.parametrize(
    ("before", "instead", "problem"),
    [
        ('msgstr "Ваша карта"', 'msgstr ""', "line 8: not translated: 'Your card'"),
        ('"{n} балла"', '""', "line 14: not translated: '{n} point'"),
        ('msgid "Your card"', '#, fuzzy\nmsgid "Your card"', "line 9: fuzzy: 'Your card'"),
        ("Здравствуйте, {name}", "Здравствуйте", "line 11: fields differ: 'Hello, {name}'"),
        ("Здравствуйте, {name}", "{title}, {name}", "line 11: fields differ: 'Hello, {name}'"),
        ("Здравствуйте, {name}", "Привет, {name", "line 11: fields differ: 'Hello, {name}'"),
        ("{n} балла", "{k} балла", "line 14: fields differ: '{n} point'"),
    ],
)
def test_an_incomplete_translation_is_named(
    root: Path, before: str, instead: str, problem: str
) -> None:
    assert after(root, before, instead) == [f"{NAME}: {problem}"]


def test_a_plural_form_may_spell_its_number_out(root: Path) -> None:
    assert after(root, '{n} балл"', 'один балл"') == []


def test_a_text_unknown_to_the_catalogue_is_named(root: Path) -> None:
    (root / "bot" / "errors.py").write_text('_("Try again")')
    assert catalogues.problems(root, ("ru",)) == [f"{NAME}: not in the catalogue: 'Try again'"]


def test_a_text_no_source_says_is_named(root: Path) -> None:
    (root / "handlers" / "card.py").write_text(SOURCE.replace('N_("Rewards")', "None"))
    assert catalogues.problems(root, ("ru",)) == [f"{NAME}: no source says it: 'Rewards'"]


def test_an_update_leaves_only_the_new_text_to_translate(root: Path) -> None:
    (root / "bot" / "errors.py").write_text('_("Try again")')
    catalogues.update(root)
    [problem] = catalogues.problems(root, ("ru",))
    assert problem.endswith(": not translated: 'Try again'")
    updated = (root / NAME).read_text(encoding="utf-8")
    assert 'msgstr "Ваша карта"' in updated
    assert "#: bot/errors.py\nmsgid" in updated
    assert all((root / NAME.replace("ru", code)).is_file() for code in catalogues.LANGUAGES)


def test_an_update_leaves_nothing_to_translate_into_the_language_of_the_sources(
    root: Path,
) -> None:
    english = root / NAME.replace("ru", "en")
    catalogues.update(root)
    assert catalogues.problems(root, ("en",)) == []
    written = english.read_text(encoding="utf-8")
    assert 'msgid "Your card"\nmsgstr "Your card"' in written
    assert 'msgstr[0] "{n} point"\nmsgstr[1] "{n} points"' in written

    (root / "bot" / "errors.py").write_text('_("Try again")')
    (root / "handlers" / "card.py").write_text(SOURCE.replace("Your card", "My card"))
    catalogues.update(root)
    assert catalogues.problems(root, ("en",)) == []
    assert "Your card" not in english.read_text(encoding="utf-8")
