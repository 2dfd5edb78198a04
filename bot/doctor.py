"""What works on this machine and what is missing, one line each."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot import migrate
from bot.settings import Settings
from bot.verifiers import allowances_of
from handlers.texts import LANGUAGES
from services import cities
from services.civic.calendar import unpublished
from services.clock import SystemClock
from services.database import Database
from services.receipts import accounts
from services.receipts.verifiers.contract import Allowance


@dataclass(frozen=True, slots=True)
class Finding:
    """`serious` ones keep the bot from working."""

    what: str
    good: bool
    detail: str
    serious: bool = False

    def __str__(self) -> str:
        sign = "ok     " if self.good else "MISSING" if self.serious else "missing"
        return f"{sign}  {self.what}: {self.detail}"


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed."""
    return [
        _data_dir(settings.data_dir),
        *await _database(settings),
        _catalogues(),
        *_engines(),
        *await _verifiers(settings),
        await _telegram(settings),
    ]


def _need(what: str, good: bool, detail: str, remedy: str) -> Finding:
    return Finding(what, good, detail if good else remedy, serious=not good)


def _data_dir(folder: Path) -> Finding:
    place = folder if folder.exists() else folder.absolute().parent
    writable = os.access(place, os.W_OK)
    return _need("data folder", writable, str(folder), f"{folder} cannot be written to")


async def _database(settings: Settings) -> list[Finding]:
    database = Database(settings.database_url)
    kind = database.engine.dialect.name
    try:
        async with database.reading() as reading:
            at = await reading.scalar(text("SELECT version_num FROM alembic_version"))
            city = await cities.city_of(reading, settings.city_slug)
    except (SQLAlchemyError, OSError) as error:
        reason = type(error).__name__
        return [
            _need(
                "database",
                False,
                "",
                f"{kind} does not answer or is empty ({reason}): guestcard migrate",
            )
        ]
    finally:
        await database.close()
    newest = migrate.newest(settings.database_url)
    return [
        _need("database", at == newest, f"{kind}, revision {at}", "old tables: guestcard migrate"),
        _need(
            "city",
            city is not None,
            settings.city,
            f"{settings.city} is not loaded: guestcard city load {settings.city}",
        ),
        *([] if city is None else [_calendar(city.calendar, SystemClock().now(), city.timezone)]),
    ]


def _calendar(known: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Finding:
    """Deadlines are counted in working days, so a year that is not known moves them."""
    missing = unpublished(known, now.astimezone(zone).date())
    if not missing:
        return Finding("calendar", True, "working days are known")
    years = " and ".join(map(str, missing))
    remedy = "add the published days to calendar.yaml and load the city again"
    return Finding("calendar", False, f"no published working days of {years}: {remedy}")


def _catalogues() -> Finding:
    folder = Path(str(files("locales")))
    absent = [
        tongue
        for tongue in LANGUAGES
        if not (folder / tongue / "LC_MESSAGES" / "guestcard.mo").exists()
    ]
    return _need(
        "languages", not absent, ", ".join(LANGUAGES), f"not compiled: {', '.join(absent)}"
    )


def _engines() -> list[Finding]:
    from services.images.reading import engines  # noqa: PLC0415 - loads the image libraries

    roles = {
        "zxing-cpp": "reads receipts",
        "pyzbar": "reads what zxing-cpp does not",
        "opencv": "prepares pictures for the readers",
    }
    remedy = {"pyzbar": "install the system library libzbar (Debian: libzbar0)"}
    return [
        Finding(
            f"reader {name}",
            there,
            roles[name] if there else remedy.get(name, "not installed"),
            serious=name == "zxing-cpp" and not there,
        )
        for name, there in engines().items()
    ]


async def _verifiers(settings: Settings) -> list[Finding]:
    """Who is asked about receipts, what was spent and what is left."""
    order = Finding("verifiers", True, ", then ".join(settings.receipt_verifiers))
    allowances = allowances_of(settings)
    if not allowances:
        return [order]
    database, now = Database(settings.database_url), SystemClock().now()
    try:
        async with database.reading() as reading:
            state = await accounts.accounts(reading, allowances, now)
    except (SQLAlchemyError, OSError):
        return [order]
    finally:
        await database.close()
    return [order, *(_verifier(state[name], allowances[name], now) for name in allowances)]


def _verifier(account: accounts.Account, allowance: Allowance, now: datetime) -> Finding:
    said = f"{account.spent} calls this {allowance.period}"
    if account.remaining is not None:
        said += f", {account.remaining} left"
    if account.trouble:
        said += f", trouble: {account.trouble}"
    return Finding(f"verifier {account.name}", account.is_open(now), said)


async def _telegram(settings: Settings) -> Finding:
    if settings.bot_token is None:
        return Finding("Telegram", True, "off, there is no BOT_TOKEN")
    from bot.channels.telegram.profile import user_name  # noqa: PLC0415 - loads aiogram

    name = await user_name(
        settings.bot_token.get_secret_value(), settings.telegram_api_url, settings.telegram_proxy
    )
    return Finding("Telegram", name is not None, f"@{name}" if name else "does not answer")
