"""The place of a project in words."""

from collections.abc import Mapping
from typing import Protocol

from handlers.texts import Html, _, local, verbatim
from services.cities import CityFacts
from services.civic import places


class Placed(Protocol):
    """What says where it is."""

    @property
    def citywide(self) -> bool: ...
    @property
    def address(self) -> str | None: ...
    @property
    def district(self) -> str | None: ...
    @property
    def lat(self) -> float | None: ...


def where(city: CityFacts, project: Placed) -> Html:
    """The address or the district, the whole city, or a point on the map."""
    if project.citywide:
        return _("the whole city")
    if project.address:
        return verbatim(project.address)
    name: Mapping[str, str] | None = places.named_district(city, project.district)
    if name is not None:
        return local(name)
    return _("a place on the map") if project.lat is not None else _("no place yet")
