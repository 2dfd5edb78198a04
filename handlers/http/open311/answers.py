"""What a report says about its place and answers to its service's questions."""

import math
from typing import Any

from handlers.http.open311 import moments
from handlers.http.open311.errors import bad
from handlers.http.open311.parameters import Parameters
from services.civic.places import Spot
from services.sharing.catalogue import FOREIGN_ID, Question, Theme

_LONGEST_ADDRESS = 300
_LONGEST_ID = 100
_LONGEST_ANSWER = 1000
_NOWHERE = "#NOTPINPOINTED#"
"""FixMyStreet's word for: the citizen has not moved the pin, so the address says more."""


def spot(said: Parameters) -> Spot:
    """Where it is: a point, or an address in words. Raises 400 where neither is said."""
    lat, lon = said.get("lat"), said.get("long", "lon")
    address = said.get("address_string", "address")
    if address is not None and len(address) > _LONGEST_ADDRESS:
        raise bad(f"address_string must not be longer than {_LONGEST_ADDRESS} letters")
    if lat is not None and lon is not None:
        return Spot(_degrees(lat, "lat", 90), _degrees(lon, "long", 180), address)
    if address is not None:
        return Spot(address=address)
    if said.get("address_id") not in {None, _NOWHERE}:
        raise bad("address_id is not known here: send lat and long, or address_string")
    raise bad("The place is missing: send lat and long, or address_string")


def _degrees(text: str, name: str, most: int) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError as error:
        raise bad(f"{name} must be a number of degrees, like 54.513800") from error
    if not math.isfinite(number) or abs(number) > most:
        raise bad(f"{name} must be a number of degrees, like 54.513800")
    return number


def foreign_id(said: Parameters) -> str | None:
    """The number of the report in the system that sends it."""
    found = said.attributes().get(FOREIGN_ID)
    if not found:
        return None
    if len(found[0]) > _LONGEST_ID:
        raise bad(f"attribute[{FOREIGN_ID}] is too long")
    return found[0]


def attributes(said: Parameters, theme: Theme) -> dict[str, Any]:
    """The answers by the codes of the questions; raises 400 for a wrong or a missing one.

    What nobody asked is left out: it may be about a person.
    """
    given = said.attributes()
    kept: dict[str, Any] = {}
    for question in theme.questions:
        values = given.get(question.code, [])
        if not values and question.required:
            raise bad(f"attribute[{question.code}] is missing")
        if values:
            kept[question.code] = _answer(question, values)
    return kept


def _answer(question: Question, values: list[str]) -> Any:
    name = f"attribute[{question.code}]"
    if any(len(value) > _LONGEST_ANSWER for value in values):
        raise bad(f"{name} must not be longer than {_LONGEST_ANSWER} letters")
    if question.datatype == "multivaluelist":
        return [_chosen(question, name, value) for value in dict.fromkeys(values)]
    if len(set(values)) > 1:
        raise bad(f"{name} has one answer")
    if question.datatype == "singlevaluelist":
        return _chosen(question, name, values[0])
    if question.datatype == "number":
        return _number(name, values[0])
    if question.datatype == "datetime":
        return moments.write(moments.read(values[0], name))
    return values[0]


def _chosen(question: Question, name: str, value: str) -> str:
    if value not in {key for key, _ in question.values}:
        raise bad(f"{name} must be one of the keys of the service definition")
    return value


def _number(name: str, value: str) -> str:
    try:
        fits = math.isfinite(float(value))
    except ValueError:
        fits = False
    if not fits:
        raise bad(f"{name} must be a number")
    return value
