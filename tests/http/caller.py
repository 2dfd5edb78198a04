"""Other systems: one that reads as FixMyStreet does, and one that takes JSON."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import ClientSession, FormData

from services.sharing import clients
from tests.house import House

ALWAYS_LISTS = {
    *("service", "attribute", "value", "request", "error", "errors", "request_update", "group"),
}
PATH = "open311/v2/"

Fields = Mapping[str, str] | Iterable[tuple[str, str]]


def simple(element: ET.Element) -> Any:
    """An element as XML::Simple shows it: a leaf is its text, an empty one an empty hash.

    Names lose their namespaces; what is repeated, or always is, becomes a list.
    """
    children = list(element)
    if not children:
        return element.text if element.text else {}
    found: dict[str, Any] = {}
    for child in children:
        name, value = child.tag.rpartition("}")[2], simple(child)
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = [value] if name in ALWAYS_LISTS else value
    return found


@dataclass(frozen=True)
class Reply:
    """What came back, with what FixMyStreet makes of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def xml(self) -> Any:
        text = self.body.decode("utf-8")
        assert text.startswith('<?xml version="1.0" encoding="utf-8"?>')
        assert "<!DOCTYPE" not in text
        assert "xmlns" not in text
        return simple(ET.fromstring(self.body))

    @property
    def error(self) -> tuple[str, str]:
        """code, description."""
        (error,) = self.xml["error"]
        return error["code"], error["description"]

    @property
    def id(self) -> str:
        """The id of the first request; "0" and nothing are a failure."""
        found = self.xml["request"][0]["service_request_id"]
        assert isinstance(found, str)
        assert found != "0"
        return found


class Caller:
    """`key` is sent where FixMyStreet sends one: with what it posts, and for updates."""

    def __init__(self, house: House, base: str, key: str | None = None) -> None:
        self.house = house
        self.base = base
        self.key = key
        self.endpoint = f"{base}{PATH}"

    async def __aenter__(self) -> Self:
        self._session = ClientSession()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._session.close()

    async def with_key(self, name: str = "fms", *, per_minute: int = 1000, **limits: Any) -> Self:
        """The same caller, with a key of its own from now on."""
        async with self.house.database.transaction() as tx:
            self.key = await clients.add(
                tx, city_id=self.house.city.id, name=name, per_minute=per_minute,
                now=self.house.clock.now(), **{"may_update": False, **limits},
            )  # fmt: skip
        assert self.key is not None
        return self

    async def rekeyed(self, name: str = "fms") -> Self:
        """The same client, whose key was replaced."""
        async with self.house.database.transaction() as tx:
            self.key = await clients.rekey(tx, self.house.city.id, name)
        assert self.key is not None
        return self

    async def get(self, path: str, fields: Fields = (), **headers: str) -> Reply:
        """`path` below the endpoint, glued to it as strings."""
        return await self._call("GET", self.endpoint + path, params=_pairs(fields), headers=headers)

    async def site(self, path: str, fields: Fields = (), **headers: str) -> Reply:
        """`path` below our address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._call("GET", self.base + path, params=_pairs(fields), headers=named)

    async def json(self, path: str, fields: Fields = ()) -> Any:
        reply = await self.get(path, fields)
        assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
        return json.loads(reply.body)

    async def post(self, path: str, fields: Fields, files: Mapping[str, bytes] = {}) -> Reply:
        """As a form, or in parts where there are files."""
        pairs = _pairs(fields)
        if self.key is not None:
            pairs = [("api_key", self.key), *pairs]
        if not files:
            return await self._call("POST", self.endpoint + path, data=FormData(pairs))
        form = FormData(pairs, default_to_multipart=True)
        for name, data in files.items():
            form.add_field(name, data, filename=f"{name}.jpeg", content_type="image/jpeg")
        return await self._call("POST", self.endpoint + path, data=form)

    async def raw(self, method: str, path: str, **content: Any) -> Reply:
        return await self._call(method, self.endpoint + path, **content)

    async def sends(self, files: Mapping[str, bytes] = {}, **changes: str | None) -> Reply:
        """A report as FixMyStreet posts it; a change to None leaves a field out."""
        fields = {
            "service_code": "pothole",
            "lat": "54.513800",
            "long": "36.261200",
            "description": "Яма\r\n\r\nГлубокая & широкая <яма>\r\n\r\nhttp://fms/report/7\r\n",
            "first_name": "Анна",
            "last_name": "Мария Петрова",
            "email": "anna@example.org",
            "phone": "+79001234567",
            "account_id": "acc-77",
            "deviceid": "iphone-secret",
            "address_string": "ул. Кирова",
            "attribute[uprn]": "10001",
            **changes,
        }
        pairs = {name: value for name, value in fields.items() if value is not None}
        return await self.post("requests.xml", pairs, files)

    async def updates(self, number: str | int, **changes: str | None) -> Reply:
        """A comment as FixMyStreet posts it."""
        fields = {
            "service_request_id": str(number),
            "update_id": "42",
            "updated_datetime": "2026-11-22T12:00:00+03:00",
            "status": "OPEN",
            "description": "Бригада на месте",
            "first_name": "Пётр",
            "last_name": "-",
            "email": "petr@example.org",
            **changes,
        }
        pairs = {name: value for name, value in fields.items() if value is not None}
        return await self.post("servicerequestupdates.xml", pairs)

    async def _call(self, method: str, url: str, **content: Any) -> Reply:
        async with self._session.request(method, url, allow_redirects=False, **content) as answer:
            return Reply(answer.status, answer.headers.copy(), await answer.read())


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    return list(fields.items() if isinstance(fields, Mapping) else fields)
