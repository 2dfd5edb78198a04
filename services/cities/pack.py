"""Reads a city pack: the files that together make a city, whole or not at all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from services.cities.checks import cross_checks
from services.cities.civic_schema import (
    AidsFile,
    CalendarFile,
    PlacesFile,
    PlanFile,
    ReportsFile,
)
from services.cities.document import Document, Place, Problem, read_document
from services.cities.rules import Rules
from services.cities.schema import CityFile, Consents, PartnersFile, RewardsFile, SightsFile

PACKS = Path(__file__).parent / "packs"
"""The packs that come with the product, a folder each."""

_FILES: dict[str, type[BaseModel]] = {
    "city.yaml": CityFile,
    "rules.yaml": Rules,
    "consents.yaml": Consents,
    "partners.yaml": PartnersFile,
    "rewards.yaml": RewardsFile,
    "sights.yaml": SightsFile,
    "places.yaml": PlacesFile,
    "reports.yaml": ReportsFile,
    "aids.yaml": AidsFile,
    "plan.yaml": PlanFile,
    "calendar.yaml": CalendarFile,
}
_MAY_BE_MISSING = frozenset(
    {"places.yaml", "reports.yaml", "aids.yaml", "plan.yaml", "calendar.yaml"}
)


class BrokenPack(Exception):  # noqa: N818 - the pack is broken, not the program
    """The pack cannot be loaded; `problems` is everything that is wrong, in order of the files."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Pack:
    """A city pack without faults. `digest` changes whenever anything in it does."""

    city: CityFile
    rules: Rules
    consents: Consents
    partners: PartnersFile
    rewards: RewardsFile
    sights: SightsFile
    places: PlacesFile
    reports: ReportsFile
    aids: AidsFile
    plan: PlanFile
    calendar: CalendarFile
    digest: str
    documents: Mapping[str, Document]

    def problem(self, file: str, place: Place, message: str) -> Problem:
        """A fault that shows only against the database, with the line it comes from."""
        return self.documents[file].problem(place, message)


def find_pack(name: str) -> Path:
    """The folder of a pack: the name of one that comes with the product, or a path."""
    own = PACKS / name
    return own if own.is_dir() else Path(name)


def read_pack(folder: Path) -> Pack:
    """Read and check the pack in `folder`; raises `BrokenPack` with every fault found."""
    if not folder.is_dir():
        raise BrokenPack([Problem(str(folder), 0, "", "there is no city pack in this place")])
    problems: list[Problem] = []
    documents = {name: _document(folder / name, problems) for name in _FILES}
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if path.name not in _FILES:
            problems.append(Problem(path.name, 0, "", "a pack has no file of this name"))
    languages = _languages(documents["city.yaml"])
    models: dict[str, Any] = {}
    for name, document in documents.items():
        if document.data is not None:
            models[name] = _validated(document, languages, problems)
    problems += cross_checks(documents)
    if problems:
        order = list(_FILES)
        key = {name: index for index, name in enumerate(order)}
        raise BrokenPack(
            sorted(set(problems), key=lambda p: (key.get(p.file, -1), p.line, p.field))
        )
    return Pack(
        city=models["city.yaml"],
        rules=models["rules.yaml"],
        consents=models["consents.yaml"],
        partners=models["partners.yaml"],
        rewards=models["rewards.yaml"],
        sights=models["sights.yaml"],
        places=models["places.yaml"],
        reports=models["reports.yaml"],
        aids=models["aids.yaml"],
        plan=models["plan.yaml"],
        calendar=models["calendar.yaml"],
        digest=_digest(models),
        documents=documents,
    )


def _document(path: Path, problems: list[Problem]) -> Document:
    """A file that may be missing counts as one that says nothing."""
    if path.name in _MAY_BE_MISSING and not path.exists():
        return Document(path.name, {}, {})
    return read_document(path, problems)


def _languages(city: Document) -> tuple[str, ...] | None:
    """The city's languages even when the rest of city.yaml is broken; None: no idea."""
    found = tuple(value for _, value in city.each("languages", "*") if isinstance(value, str))
    return found or None


def _validated(
    document: Document, languages: tuple[str, ...] | None, problems: list[Problem]
) -> BaseModel | None:
    model = _FILES[document.file]
    try:
        return model.model_validate(document.data, context={"languages": languages})
    except ValidationError as error:
        problems += [_problem(document, model, details) for details in error.errors()]
        return None


def _problem(document: Document, model: type[BaseModel], details: ErrorDetails) -> Problem:
    place = tuple(step for step in details["loc"] if step != "[key]")
    context = details.get("ctx", {})
    if details["type"] == "fault":
        place = (*place, context["field"])
    return document.problem(place, _sentence(details, context, model))


def _sentence(details: ErrorDetails, context: Mapping[str, Any], model: type[BaseModel]) -> str:
    given = details["input"]
    said = {
        "missing": "is missing",
        "extra_forbidden": "is not a known field" + _suggestion(details["loc"][-1:], model),
        "int_type": f"must be a whole number, not {given!r}",
        "float_type": f"must be a number, not {given!r}",
        "bool_type": f"must be true or false, not {given!r}",
        "string_type": f'must be text; put it in quotes: "{given}"',
        "date_type": f"must be a date like 2026-05-01, not {given!r}",
        "date_from_datetime_inexact": f"must be a date like 2026-05-01, not {given!r}",
        "tuple_type": "must be a list",
        "dict_type": "must be a group of named values",
        "model_type": "must be a group of named values",
        "greater_than_equal": f"must be at least {context.get('ge')}, not {given}",
        "less_than_equal": f"must be at most {context.get('le')}, not {given}",
        "literal_error": f"must be {context.get('expected')}, not {given!r}",
        "too_short": "must not be empty",
        "string_too_short": "must not be empty",
        "string_too_long": f"must have at most {context.get('max_length')} characters",
        "value_error": str(context.get("error")),
        "fault": str(context.get("message")),
    }
    return said.get(details["type"], details["msg"])


def _suggestion(name: tuple[str | int, ...], model: type[BaseModel]) -> str:
    close = get_close_matches(str(name[0]), _fields(model), n=1) if name else []
    return f"; did you mean {close[0]}?" if close else ""


def _fields(model: type[BaseModel]) -> list[str]:
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({name for part in parts for name in part.get("properties", {})})


def _digest(models: Mapping[str, BaseModel]) -> str:
    plain = {name: model.model_dump(mode="json") for name, model in models.items()}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
