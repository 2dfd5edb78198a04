"""The message catalogues: bring them up to date with the sources, or check that they are.

python .ci/catalogues.py check     prints what is missing and ends with status 1
python .ci/catalogues.py update    extracts the messages and merges them into every catalogue;
                                   the English one is then complete, the others wait for you
"""

import contextlib
import string
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

LANGUAGES = ("ru", "en", "zh")
# The language of the sources: its catalogue repeats them, and nobody edits it by hand.
SOURCE_LANGUAGE = "en"
DOMAIN = "guestcard"
# `_("text")`, `_n("one", "many", n)`, and `N_("text")` for a text that is translated later.
KEYWORDS = ("-k", "_", "-k", "_n:1,2", "-k", "N_")
SPEAKING_FLOORS = ("bot", "handlers")


def extract(root: Path, template: Path) -> Catalog:
    """Write the messages of the sources under `root` to `template`, and return them."""
    # From the top, so that a catalogue names the sources without the machine's folders.
    with contextlib.chdir(root):
        _pybabel(
            "extract", *KEYWORDS, "-c", "Translators:", "--add-location=file", "--sort-output",
            "--project", "Guestcard", "-o", str(template), *SPEAKING_FLOORS,
        )  # fmt: skip
    with template.open("rb") as file:
        return read_po(file)


def problems(root: Path, languages: tuple[str, ...] = LANGUAGES) -> list[str]:
    """What stands between the catalogues under `root` and a complete translation."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = extract(root, Path(folder) / "messages.pot")
    found: list[str] = []
    for language in languages:
        path = _catalogue(root, language)
        name = path.relative_to(root)
        if not path.is_file():
            found.append(f"{name}: missing")
            continue
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, domain=DOMAIN)
        found += [f"{name}: {problem}" for problem in _differences(catalogue, wanted)]
    return found


def _differences(catalogue: Catalog, wanted: Catalog) -> Iterator[str]:
    if catalogue.fuzzy:
        yield "the header is marked fuzzy"
    for message in _messages(wanted):
        translated = catalogue.get(message.id, message.context)
        if translated is None:
            yield f"not in the catalogue: {_title(message)}"
        else:
            yield from _faults(catalogue, translated, message)
    for message in _messages(catalogue):
        if wanted.get(message.id, message.context) is None:
            yield f"no source says it: {_title(message)}"
    yield from _uncompilable(catalogue)


def _faults(catalogue: Catalog, translated: Message, wanted: Message) -> Iterator[str]:
    texts = _texts(translated.string)
    if translated.fuzzy:
        yield f"line {translated.lineno}: fuzzy: {_title(translated)}"
    if isinstance(wanted.id, str) == isinstance(translated.id, tuple):
        yield f"line {translated.lineno}: plural and singular are confused: {_title(translated)}"
    elif not all(texts):
        yield f"line {translated.lineno}: not translated: {_title(translated)}"
    elif translated.pluralizable and len(texts) != catalogue.num_plurals:
        forms = catalogue.num_plurals
        yield f"line {translated.lineno}: {forms} plural forms needed: {_title(translated)}"
    else:
        yield from _wrong_fields(translated, texts)


def _wrong_fields(translated: Message, texts: list[str]) -> Iterator[str]:
    """A text with a field its source does not fill would fail when shown."""
    filled = set[str]().union(*map(_fields, _texts(translated.id)))
    for text in texts:
        used = _fields(text)
        # One plural form may spell its number out; a plain text says all that the source says.
        if used != filled and not (translated.pluralizable and used < filled):
            yield f"line {translated.lineno}: fields differ: {_title(translated)}"
            return


def _texts(one_or_forms: Any) -> list[str]:
    return [one_or_forms] if isinstance(one_or_forms, str) else [*one_or_forms]


def _fields(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return {"unreadable braces"}


def _uncompilable(catalogue: Catalog) -> Iterator[str]:
    for message, errors in catalogue.check():
        for error in errors:
            yield f"line {message.lineno}: {error}"
    with tempfile.TemporaryFile() as file:
        write_mo(file, catalogue)


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _title(message: Message) -> str:
    return repr(_texts(message.id)[0])


def _catalogue(root: Path, language: str) -> Path:
    return root / "locales" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def update(root: Path) -> None:
    """Merge the messages of the sources into every catalogue.

    New ones wait for a translator, except in the language they are written in.
    """
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        extract(root, template)
        for language in LANGUAGES:
            path = _catalogue(root, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            common = ("-i", str(template), "-o", str(path), "-l", language, "-D", DOMAIN)
            if path.is_file():
                _pybabel("update", *common, "--no-fuzzy-matching", "--ignore-obsolete",
                         "--ignore-pot-creation-date")  # fmt: skip
            else:
                _pybabel("init", *common)
        _repeat_the_sources(_catalogue(root, SOURCE_LANGUAGE))


def _repeat_the_sources(path: Path) -> None:
    """Let every text of the catalogue that has no translation stand for itself."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=SOURCE_LANGUAGE, domain=DOMAIN)
    for message in _messages(catalogue):
        if not any(_texts(message.string)):
            message.string = message.id
    with path.open("wb") as file:
        write_po(file, catalogue, ignore_obsolete=True)


def _pybabel(*arguments: str) -> None:
    interface: Any = CommandLineInterface()
    interface.run(["pybabel", "--quiet", *arguments])


def main() -> int:
    """Carry out the command line's wish on the repository this file belongs to."""
    root = Path(__file__).parents[1]
    if sys.argv[1:] == ["update"]:
        update(root)
        return 0
    found = problems(root)
    print("\n".join(found) or "every catalogue is complete")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
