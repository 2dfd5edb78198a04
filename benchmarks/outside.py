"""The world outside for benchmarks of receipts: Telegram with pictures, and the tax service."""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from aiohttp import web
from PIL import Image, ImageFilter

from benchmarks.updates import TOKEN
from services.cities.pack import find_pack, read_pack
from services.clock import SystemClock
from services.receipts.qr import FiscalQr
from tests.fake_telegram.__main__ import FastTelegram
from tests.services.images.hostile import jpeg
from tests.services.images.pictures import code_image
from tests.verifiers.fakes.fns import UNLIMITED, FakeFns

MOSCOW = timezone(timedelta(hours=3))
FALSE_SIGN = 4_000_000_000
"""Signs from here on belong to no document."""


def tills() -> dict[str, tuple[str, str, str]]:
    """Drive → registration, serial and INN, of Kaluga's demo partners."""
    pack = read_pack(find_pack("kaluga"))
    return {
        drive: (till.registration, till.serial, partner.inn)
        for partner in pack.partners.partners
        for venue in partner.venues
        for till in venue.tills
        for drive in till.drives
    }


def code(document: int, drive: str, *, sign: int | None = None, rubles: int = 540) -> str:
    """The text of a receipt bought a while ago."""
    bought = datetime.now(MOSCOW) - timedelta(minutes=5)
    return (
        f"t={bought:%Y%m%dT%H%M}&s={rubles}.00&fn={drive}&i={document}"
        f"&fp={sign or document + 1000}&n=1"
    )


def photograph(text: str) -> bytes:
    """A photo of 1280 pixels, as Telegram sends it: a code on a table, soft and noisy."""
    rough = np.random.default_rng(len(text)).normal(190, 12, (240, 320))
    desk = Image.fromarray(rough.clip(0, 255).astype(np.uint8)).resize((1280, 960)).convert("RGB")
    desk.paste(code_image(text, scale=5).rotate(7, fillcolor=230, expand=True), (420, 240))
    return jpeg(desk.filter(ImageFilter.GaussianBlur(1.0)), quality=85)


class Telegram(FastTelegram):
    """Answers everything at once; the file id of a picture is the text of its code."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(TOKEN, port=0)
        self._pictures = [photograph(text) for text in codes]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["method"] != "getFile":
            return await super()._call(request)
        name = str((await request.post())["file_id"])
        found = {"file_id": name, "file_unique_id": name, "file_path": name}
        return web.json_response({"ok": True, "result": found})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self._pictures[int(request.match_info["path"])])


class TaxService(FakeFns):
    """Knows every receipt of the demo tills whose sign is not false; counts what is asked.

    It refuses more than so many `calls` a day; POST /tomorrow begins the next one.
    """

    def __init__(self, *, latency: float, calls: int | None = None) -> None:
        self._tills = tills()
        self._days = 0
        limits = replace(UNLIMITED, calls_a_day=calls)
        super().__init__(self._document, latency=latency, limits=limits, tick=self._now, clock=self)

    def now(self) -> datetime:
        """See `Clock.now`."""
        return SystemClock().now() + timedelta(days=self._days)

    def _now(self) -> float:
        return time.monotonic() + timedelta(days=self._days).total_seconds()

    def _document(self, qr: FiscalQr) -> dict[str, Any] | int | None:
        if qr.sign >= FALSE_SIGN:
            return 406
        registration, serial, inn = self._tills[qr.drive]
        line = {"name": "Обед", "price": qr.total, "quantity": 1, "sum": qr.total,
                "productType": 1, "paymentType": 4}  # fmt: skip
        content = {
            "code": 3, "fiscalDocumentFormatVer": 4, "fiscalDriveNumber": qr.drive,
            "kktRegId": f"{registration}    ", "userInn": f"{inn}  ", "user": "Демо",
            "fiscalDocumentNumber": qr.document, "fiscalSign": qr.sign,
            "dateTime": int(qr.purchased.timestamp()), "operationType": qr.operation,
            "totalSum": qr.total, "items": [line], "cashTotalSum": 0, "ecashTotalSum": qr.total,
            "prepaidSum": 0, "creditSum": 0, "provisionSum": 0, "numberKkt": serial,
        }  # fmt: skip
        return {"id": 1, "subtype": "receipt", "address": "Калуга", "content": content}

    def routes(self, app: web.Application) -> None:
        super().routes(app)
        app.router.add_get("/counted", self._counted)
        app.router.add_post("/tomorrow", self._tomorrow)

    async def _tomorrow(self, _request: web.Request) -> web.Response:
        self._days += 1
        return web.json_response({"days": self._days})

    async def _counted(self, _request: web.Request) -> web.Response:
        asked = self.asked
        return web.json_response(
            {"calls": len(self.calls), "receipts": len(asked), "faults": len(self.faults)}
        )


def receipts(count: int) -> Iterator[tuple[str, int]]:
    """Drive and document number of so many different receipts, by turns at all the tills."""
    drives = list(tills())
    for number in range(count):
        yield drives[number % len(drives)], number // len(drives) + 1


async def _serve(photos: int, latency: float, calls: int | None) -> None:
    codes = [code(document, drive) for drive, document in receipts(photos)]
    async with Telegram(codes) as telegram, TaxService(latency=latency, calls=calls) as tax:
        print(json.dumps({"telegram": telegram.url, "tax": tax.url}), flush=True)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outside")
    parser.add_argument("--photos", type=int, default=0)
    parser.add_argument("--latency", type=float, default=2.0)
    parser.add_argument("--calls", type=int, help="that the tax service answers a day")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.photos, chosen.latency, chosen.calls))


if __name__ == "__main__":
    main()
