"""What the command line does with the database and with pictures, outside the running bot."""

import secrets
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.settings import Settings
from handlers.links import Links
from services import cities
from services.cities import CityFacts
from services.cities.changes import describe
from services.cities.load import load_pack
from services.cities.pack import BrokenPack, find_pack, read_pack
from services.cities.units import units
from services.clock import SystemClock
from services.database import Database
from services.images.contract import MAX_BYTES, Reading
from services.ledger.auditing import CHECKS
from services.ledger.auditing import audit as audit_ledger
from services.members import roles
from services.members.roles import Role
from services.receipts import sample
from services.receipts.crosscheck import receipts_fit
from services.receipts.forms import FORMS, understand
from services.receipts.qr import ADAPTER, NotReadable, QrFault, fiscal_qr
from services.receipts.slip import Slip
from services.rewards.crosscheck import redemptions_fit, stock_fits

_CLOCK = SystemClock()


class Problem(Exception):  # noqa: N818 - said to the operator as it is
    """Something the operator can mend, in one readable sentence."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The configured database, closed at the end of the block."""
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()


async def city_in(tx: AsyncConnection, settings: Settings) -> CityFacts:
    """The configured city; it must be loaded."""
    city = await cities.city_of(tx, settings.city_slug)
    if city is None:
        raise Problem(
            f"The city {settings.city} is not loaded: guestcard city load {settings.city}"
        )
    return city


async def ready_city(settings: Settings) -> None:
    """Load the configured city's pack if the database has no such city yet."""
    async with opened(settings) as database:
        async with database.reading() as reading:
            known = await cities.city_of(reading, settings.city_slug)
        if known is None:
            await _load(database, settings.city)


async def load_city(settings: Settings, name: str) -> None:
    """Load a pack and print what changed; a broken pack changes nothing."""
    async with opened(settings) as database:
        for line in await _load(database, name):
            print(line)


async def _load(database: Database, name: str) -> list[str]:
    try:
        pack = read_pack(find_pack(name))
    except (BrokenPack, FileNotFoundError) as error:
        raise Problem(str(error)) from error
    folder = find_pack(name).resolve().name
    if folder != pack.city.slug:
        raise Problem(f"The folder {folder} holds the city {pack.city.slug}: call it so, too")
    async with database.transaction() as tx:
        return describe(await load_pack(tx, pack, _CLOCK.now()))


async def invite(
    settings: Settings, role: Role, venue: str | None, unit: str | None = None
) -> None:
    """Print a one-time link per channel for a role."""
    _check_place(role, venue, unit)
    async with opened(settings) as database, database.transaction() as tx:
        city = await city_in(tx, settings)
        token = await roles.invite(
            tx,
            city_id=city.id,
            role=role,
            venue_id=await _venue_of(tx, city.id, venue),
            unit_id=await _unit_of(tx, city.id, unit),
            created_by=None,
            now=_CLOCK.now(),
        )
    links = Links(settings.links_url, await _bot_name(settings))
    for channel, link in links.to(f"s_{token}").items():
        print(f"{channel}: {link}")


def _check_place(role: Role, venue: str | None, unit: str | None) -> None:
    """Where the role belongs must be said, and nothing else."""
    needs = {"--venue": role.needs_venue, "--unit": role.needs_unit}
    given = {"--venue": venue is not None, "--unit": unit is not None}
    for option, needed in needs.items():
        if needed and not given[option]:
            raise Problem(f"The role {role} needs {option}")
    for option, needed in needs.items():
        if given[option] and not needed:
            where = next((other for other, wanted in needs.items() if wanted), None)
            belongs = f"goes with {where}" if where else "belongs to the city"
            raise Problem(f"The role {role} {belongs}: leave out {option}")


async def _venue_of(tx: AsyncConnection, city_id: int, slug: str | None) -> int | None:
    if slug is None:
        return None
    found = await cities.venue_of_slug(tx, city_id, slug)
    if found is None:
        known = ", ".join(v.slug for v in await cities.venues(tx, city_id))
        raise Problem(f"There is no venue {slug}. There are: {known}")
    return found.id


async def _unit_of(tx: AsyncConnection, city_id: int, slug: str | None) -> int | None:
    if slug is None:
        return None
    known = {unit.slug: unit.id for unit in await units(tx, city_id)}
    if slug not in known:
        raise Problem(f"There is no unit {slug}. There are: {', '.join(known)}")
    return known[slug]


async def _bot_name(settings: Settings) -> str | None:
    """The Telegram bot's user name, or None when Telegram is off or does not answer."""
    if settings.bot_token is None:
        return None
    from bot.channels.telegram.profile import user_name  # noqa: PLC0415 - loads aiogram

    return await user_name(
        settings.bot_token.get_secret_value(), settings.telegram_api_url, settings.telegram_proxy
    )


def read_receipt(file: Path) -> dict[str, Any]:
    """What one picture file holds, as JSON-able values."""
    from services.images.reading import read_codes  # noqa: PLC0415 - loads the image libraries

    started = time.perf_counter()
    result: dict[str, Any] = {"file": str(file), "codes": [], "receipt": None, "error": None}
    try:
        with file.open("rb") as opened:
            reading = read_codes(opened.read(MAX_BYTES + 1))
    except OSError as error:
        return {**result, "error": error.strerror, "engine": None, "ms": 0}
    result["codes"] = [code.text for code in reading.codes]
    result |= _the_receipt(reading)
    result["ms"] = round((time.perf_counter() - started) * 1000, 1)
    return result


def _the_receipt(reading: Reading) -> dict[str, Any]:
    """The one receipt among the codes; several are an error, as they are in the chat."""
    found: dict[str, Any] = {"error": reading.problem, "engine": None}
    slips: dict[Slip, str] = {}
    for code in reading.codes:
        try:
            slips.setdefault(understand(code.text, tuple(FORMS)), code.engine)
        except NotReadable as error:
            if found["engine"] is None or error.code is not QrFault.ERR_NOT_RECEIPT:
                found = {"error": error.code.value, "engine": code.engine}
    if len(slips) > 1:
        return {"error": "several", "engine": next(iter(slips.values()))}
    for slip, engine in slips.items():
        return {"receipt": _as_json(slip), "error": None, "engine": engine}
    return found


def _as_json(slip: Slip) -> dict[str, Any]:
    """Money in the currency's minor unit; None where the code does not say it."""
    russian = fiscal_qr(slip) if slip.adapter == ADAPTER else None
    return {
        "form": slip.adapter,
        "number": slip.number,
        "canonical": russian.canonical if russian else None,
        "purchased": slip.purchased.isoformat(timespec="minutes") if slip.purchased else None,
        "total_kopecks": slip.total,
        "currency": slip.currency,
        "drive": slip.device,
        "document": slip.document,
        "sign": int(slip.sign) if russian else slip.sign,
        "operation": slip.operation,
    }


async def sample_facts(
    settings: Settings, venue: str, rubles: str, at: datetime, *, new_till: bool = False
) -> dict[str, Any]:
    """The facts of a demo receipt of a venue's till, which the bot will believe.

    `new_till`: of one that nobody has registered, as an owner needs who adds a till.
    """
    async with opened(settings) as database, database.reading() as reading:
        city = await city_in(reading, settings)
        found = await cities.venue_of_slug(reading, city.id, venue)
        tills = await cities.tills(reading, found.id) if found else []
    if found is None or not tills:
        raise Problem(f"There is no venue {venue} with a till in {city.slug}")
    till = sample.unregistered(tills[0], secrets.randbelow(1_000_000)) if new_till else tills[0]
    try:
        return sample.facts_of(
            city,
            found,
            till,
            rubles=rubles,
            at=at,
            document=secrets.randbelow(900_000) + 1,
            sign=secrets.randbits(32),
        )
    except ValueError as error:
        raise Problem(str(error)) from error


def draw_sample(facts: dict[str, Any], out: Path) -> None:
    """Draw the demo receipt into a PNG file and print the text of its QR."""
    from services.images.drawing import draw  # noqa: PLC0415 - loads the image libraries

    out.write_bytes(draw("sample", facts))
    print(facts["qr"])


def backup(settings: Settings, target: Path) -> None:
    """Copy the SQLite database while it is in use. PostgreSQL has pg_dump for this."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        raise Problem("This database is PostgreSQL: use pg_dump, which knows how to copy it live")
    if target.exists():
        raise Problem(f"{target} exists already; a backup never overwrites one")
    partial = target.with_name(target.name + ".partial")
    with (
        closing(sqlite3.connect(url.database)) as source,
        closing(sqlite3.connect(partial)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    shutil.move(partial, target)
    print(f"{target}: {target.stat().st_size} bytes")


async def audit(settings: Settings) -> int:
    """Prove the ledger; 1 when something is wrong."""
    async with opened(settings) as database, database.reading() as reading:
        report = await audit_ledger(
            reading, _CLOCK.now(), (*CHECKS, receipts_fit, redemptions_fit, stock_fits)
        )
    print(f"{report.accounts} accounts, {report.transfers} transfers, {report.lots} lots")
    for finding in report.findings:
        print(finding)
    print("clean" if report.is_clean else f"{len(report.findings)} findings")
    return int(not report.is_clean)
