"""What the command line does with the city's plan."""

import asyncio
from pathlib import Path

from bot.offline import Problem, city_in, opened
from bot.settings import Settings
from handlers.chat.plan.faults import lines
from handlers.chat.plan.sheets import words
from handlers.texts import language, plain
from services.clock import SystemClock
from services.plan import exporting, importing, workbook
from services.plan.draft import Draft, Unfit
from services.plan.importing import Imported

_CLOCK = SystemClock()
_SHOWN = 50


def export(settings: Settings, file: Path, tongue: str | None) -> None:
    """Write the plan into an XLSX file, in the city's language unless told otherwise."""
    if file.exists():
        raise Problem(f"{file} exists already; an export never overwrites one")
    draft, own = asyncio.run(_draft(settings))
    token = language.set(tongue or own)
    data = workbook.write(draft, words())
    language.reset(token)
    file.write_bytes(data)
    print(f"{len(draft.measures)} measures, {len(draft.indicators)} indicators: {file}")


async def _draft(settings: Settings) -> tuple[Draft, str]:
    async with opened(settings) as database, database.reading() as reading:
        city = await city_in(reading, settings)
        return await exporting.draft_of(reading, city.id), city.default_language


def take_in(settings: Settings, file: Path) -> None:
    """Bring the plan to what the file says, whole or not at all."""
    try:
        done = asyncio.run(_take_in(settings, workbook.read(file.read_bytes(), words())))
    except OSError as error:
        raise Problem(f"{file}: {error.strerror}") from error
    except Unfit as unfit:
        told = "\n".join(plain(line) for line in lines(unfit, _SHOWN))
        raise Problem(f"{file} was not taken in, nothing was changed:\n{told}") from unfit
    print(f"{done.added} rows new, {done.changed} changed, {done.figures} years of figures changed")


async def _take_in(settings: Settings, draft: Draft) -> Imported:
    async with opened(settings) as database, database.transaction() as tx:
        city = await city_in(tx, settings)
        return await importing.take_in(tx, city, draft, by=None, now=_CLOCK.now())
