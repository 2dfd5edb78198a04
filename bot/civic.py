"""What the command line does about the city's log."""

from bot.offline import city_in, opened
from bot.settings import Settings
from services.civic import log


async def verify_log(settings: Settings) -> int:
    """Compute the chain again and name what does not fit; 1 when something does not."""
    async with opened(settings) as database, database.reading() as reading:
        city = await city_in(reading, settings)
        verdict = await log.verify(reading, city.id)
    print(f"{verdict.events} events, the last {verdict.hash}")
    for broken in verdict.broken:
        print(_WORDS[broken.what].format(number=broken.number))
    print("whole" if verdict.is_whole else f"{len(verdict.broken)} findings")
    return int(not verdict.is_whole)


_WORDS = {
    "content": "event {number}: its words are not those that were hashed",
    "link": "event {number}: it does not follow the event before it",
    "missing": "event {number}: it is gone",
    "head": "the chain does not end where it did: event {number} is the last",
    "day": "a published day ends with another event {number} than the chain",
}


async def log_head(settings: Settings) -> int:
    """Print the published end of the latest day; 1 when none has been."""
    async with opened(settings) as database, database.reading() as reading:
        city = await city_in(reading, settings)
        heads = await log.heads(reading, city.id, 1)
    if not heads:
        print("No day has been closed yet: the first one is ten minutes after its midnight")
        return 1
    print(f"{heads[0].day.isoformat()} {heads[0].number} {heads[0].hash}")
    return 0
