"""What can be asked at all: discovery, the services, and what each of them wants to know."""

from collections.abc import Sequence
from typing import Any

from handlers.http.open311 import moments
from handlers.http.open311.errors import missing
from services.cities import CityFacts
from services.sharing.catalogue import FOREIGN_ID, Question, Theme

PATH = "/open311/v2/"
TEST_PATH = "/open311/v2/test/"
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_FORMATS = ("text/xml", "application/json")


def discovery(city: CityFacts, base: str) -> dict[str, Any]:
    """Where we are. Clients glue addresses together, so each ends with a slash."""
    changed = moments.write(city.loaded_at)
    contact = ", ".join(filter(None, map(city.contact.get, ("email", "phone", "website"))))
    return {
        "changeset": changed,
        "contact": contact,
        "key_service": contact,
        "endpoints": [
            {
                "specification": _SPECIFICATION,
                "url": f"{base}{path}",
                "changeset": changed,
                "type": kind,
                "formats": list(_FORMATS),
            }
            for kind, path in (("production", PATH), ("test", TEST_PATH))
        ],
    }


def services(themes: Sequence[Theme]) -> list[dict[str, Any]]:
    """Every theme that takes reports."""
    return [
        {
            "service_code": theme.code,
            "service_name": theme.name,
            "description": theme.name,
            "metadata": True,
            "type": "realtime",
            "keywords": ",".join(theme.keywords),
            "group": theme.unit,
        }
        for theme in themes
    ]


def theme_of(themes: Sequence[Theme], code: str) -> Theme:
    """The service of this code; raises 404."""
    found = next((theme for theme in themes if theme.code == code), None)
    if found is None:
        raise missing(f"There is no service_code {code}")
    return found


def definition(theme: Theme) -> dict[str, Any]:
    """What a service asks, and at the end the number that a caller's own system gave the report."""
    asked = [_attribute(order, each) for order, each in enumerate(theme.questions, start=1)]
    return {"service_code": theme.code, "attributes": [*asked, _foreign_id(len(asked) + 1)]}


def _attribute(order: int, question: Question) -> dict[str, Any]:
    told: dict[str, Any] = {
        "variable": True,
        "code": question.code,
        "datatype": question.datatype,
        "required": question.required,
        "datatype_description": None,
        "order": order,
        "description": question.description,
    }
    if question.values:
        told["values"] = [{"key": key, "name": name} for key, name in question.values]
    return told


def _foreign_id(order: int) -> dict[str, Any]:
    return {
        "variable": True,
        "code": FOREIGN_ID,
        "datatype": "string",
        "required": False,
        "datatype_description": None,
        "order": order,
        "description": "The number of the report in the system that sends it",
        # FixMyStreet fills this in by itself and shows it to nobody.
        "automated": "server_set",
    }
