"""What the command line does about other systems: keys, and addresses that are told of moves."""

from collections.abc import Sequence

from bot.offline import Problem, city_in, opened
from bot.settings import Settings
from services.clock import SystemClock
from services.sharing import clients, webhooks
from services.sharing.outside import Outside

_CLOCK = SystemClock()


async def add_client(settings: Settings, name: str, *, per_minute: int, may_update: bool) -> None:
    """Print a new key; it is not kept, so it cannot be printed again."""
    async with opened(settings) as database, database.transaction() as tx:
        city = await city_in(tx, settings)
        key = await clients.add(
            tx,
            city_id=city.id,
            name=name,
            per_minute=per_minute,
            may_update=may_update,
            now=_CLOCK.now(),
        )
        if key is None:
            raise Problem(f"{name} has a key already: guestcard api client rekey {name}")
    print(f"key: {key}")
    print(f"address: {settings.links_url}/open311/v2/")
    print(f"jurisdiction_id: {city.slug}")


async def rekey_client(settings: Settings, name: str) -> None:
    """Print a new key; the old one opens nothing any more."""
    async with opened(settings) as database, database.transaction() as tx:
        city = await city_in(tx, settings)
        key = await clients.rekey(tx, city.id, name)
        if key is None:
            raise Problem(f"There is no client {name} with a key")
    print(f"key: {key}")


async def revoke_client(settings: Settings, name: str) -> None:
    """The key opens nothing any more."""
    async with opened(settings) as database, database.transaction() as tx:
        city = await city_in(tx, settings)
        if not await clients.revoke(tx, city.id, name, _CLOCK.now()):
            raise Problem(f"There is no client {name} with a key")


async def list_clients(settings: Settings) -> None:
    """A line for each client."""
    async with opened(settings) as database, database.reading() as reading:
        city = await city_in(reading, settings)
        for client in await clients.of_city(reading, city.id):
            rights = "reports and updates" if client.may_update else "reports"
            until = f", revoked {client.revoked_at:%Y-%m-%d}" if client.revoked_at else ""
            since = f"{client.created_at:%Y-%m-%d}"
            print(f"{client.name}: {rights}, {client.per_minute} a minute, since {since}{until}")


async def add_webhook(settings: Settings, url: str, subjects: Sequence[str]) -> None:
    """Print the secret that signs what the address hears."""
    fault = Outside(private=settings.allow_private_addresses).fault(url)
    if fault is not None:
        raise Problem(f"{url} cannot be called: {fault}")
    async with opened(settings) as database, database.transaction() as tx:
        city = await city_in(tx, settings)
        secret = await webhooks.add(
            tx, city_id=city.id, url=url, subjects=subjects, now=_CLOCK.now()
        )
        if secret is None:
            raise Problem(f"{url} is told already: guestcard api webhook end {url}")
    print(f"secret: {secret}")


async def end_webhook(settings: Settings, url: str) -> None:
    """The address hears nothing any more."""
    async with opened(settings) as database, database.transaction() as tx:
        city = await city_in(tx, settings)
        if not await webhooks.end(tx, city.id, url, _CLOCK.now()):
            raise Problem(f"{url} is not told of anything")


async def list_webhooks(settings: Settings) -> None:
    """A line for each address."""
    async with opened(settings) as database, database.reading() as reading:
        city = await city_in(reading, settings)
        for hook in await webhooks.of_city(reading, city.id):
            until = f", ended {hook.ended_at:%Y-%m-%d}" if hook.ended_at else ""
            what = ", ".join(hook.subjects)
            print(f"{hook.url}: {what}; {hook.waiting} waiting, {hook.dead} dead{until}")


async def list_dead(settings: Settings) -> None:
    """A line for each move that an address could not be told."""
    async with opened(settings) as database, database.reading() as reading:
        city = await city_in(reading, settings)
        for each in await webhooks.dead(reading, city.id):
            move = f"{city.slug}-{each.number} ({each.subject} {each.verb})"
            print(f"{each.url}: {move}, last answer: {each.answer}")


async def retry_dead(settings: Settings, url: str | None) -> None:
    """Try what is dead from the beginning."""
    async with opened(settings) as database, database.transaction() as tx:
        city = await city_in(tx, settings)
        count = await webhooks.retry(tx, city.id, url, _CLOCK.now())
    print(f"{count} will be tried again")
