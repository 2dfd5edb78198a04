"""A strict fake of OFD.ru's QR Cash."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from tests.verifiers.fakes.serving import Serving

TOKEN = "6f0c7c5e-1111-4222-8333-944455556666"

_FORMS = {
    "TotalSum": (int, re.compile(r"[1-9][0-9]*")),
    "DocDateTime": (str, re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:00\.000", re.ASCII)),
    "FnNumber": (str, re.compile(r"[0-9]{16}")),
    "ReceiptOperationType": (str, re.compile(r"[1-4]")),
    "DocNumber": (str, re.compile(r"[1-9][0-9]{0,9}")),
    "DocFiscalSign": (str, re.compile(r"[1-9][0-9]{0,9}")),
    "tokenSecret": (str, re.compile(r".*")),
}

Receipts = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""`Data` for what was asked, or nothing."""


class FakeOfdRu(Serving):
    """The service. `available`: calls left this month; a malformed one costs nothing."""

    def __init__(self, receipts: Receipts, *, available: int = 100) -> None:
        super().__init__()
        self._receipts = receipts
        self.available = available

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/api/partner/v3/receipts/GetReceipt", self._get_receipt)

    async def _get_receipt(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.note("GetReceipt", request, body)
        if (scripted := await self.scripted("GetReceipt", request)) is not None:
            return scripted
        if request.content_type != "application/json":
            return web.Response(status=415)
        asked = json.loads(body)
        for name, (kind, form) in _FORMS.items():
            value = asked.get(name)
            if not isinstance(value, kind) or not form.fullmatch(str(value)):
                return self._error("Validation", name, f"Параметр {name} заполнен неверно")
        if asked["tokenSecret"] != TOKEN:
            return self._error("Access", "tokenSecret", "Неверный токен")
        if self.available == 0:
            return self._error("Limit", "", "Лимит запросов исчерпан")
        self.available -= 1
        data = self._receipts(asked)
        if data is None:
            return self._error("NotFound", "", "Чек не найден")
        return self._answer({"Success": True, "Data": data})

    def _error(self, code: str, field: str, message: str) -> web.Response:
        errors = [{"Code": code, "Field": field, "Message": message}]
        return self._answer({"Success": False, "Errors": errors})

    def _answer(self, answer: dict[str, Any]) -> web.Response:
        return web.json_response(answer | {"AvailableRequests": self.available})
