"""A city's services under test: every call is one transaction at the clock's moment.

On SQLite the calls go in turn through three separate databases on one file, as those of three
processes would, so that transactions really meet.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from services import events, ledger
from services.cities import CityFacts, city_of, venue_of_slug
from services.cities.load import load_pack
from services.cities.models import Venue
from services.database import Base, Database
from services.delivery.models import OutboxMessage
from services.errors import Refusal
from services.ledger.auditing import CHECKS
from services.members import people, roles
from services.members.models import Identity
from services.members.roles import Role
from services.receipts import submit
from services.receipts.chain import OFFLINE
from services.receipts.crosscheck import receipts_fit
from services.receipts.qr import FiscalQr
from services.receipts.slip import Slip
from services.rewards import counter, redeem
from services.rewards.counter import RefusalReason, UndoReason
from services.rewards.crosscheck import redemptions_fit, stock_fits
from services.rewards.models import Redemption, Reward
from tests.clock import ManualClock
from tests.services.pinned import PRICES, RULES, kaluga

ORBIT_DRIVE = "7386400000010001"
UNKNOWN_DRIVE = "7386400009990001"
ALL_CHECKS = (*CHECKS, receipts_fit, redemptions_fit, stock_fits)


async def at_once(*attempts: Awaitable[Any]) -> tuple[list[Any], list[Refusal]]:
    """Try all at the same time: what succeeded and what was refused; a fault is raised."""
    ended = await asyncio.gather(*attempts, return_exceptions=True)
    for each in ended:
        if isinstance(each, BaseException) and not isinstance(each, Refusal):
            raise each
    refused = [each for each in ended if isinstance(each, Refusal)]
    return [each for each in ended if not isinstance(each, BaseException)], refused


class Town:
    """The services with the arguments most tests do not care about."""

    def __init__(self, databases: list[Database], clock: ManualClock, city: CityFacts) -> None:
        self.database = databases[0]
        self.clock = clock
        self.city = city
        self.chain = OFFLINE
        self._databases = itertools.cycle(databases)
        self._numbers = itertools.count(1)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def run(self, operation: Any, /, *args: Any, **kwargs: Any) -> Any:
        async with next(self._databases).transaction() as tx:
            return await operation(tx, *args, **kwargs)

    async def look(self, operation: Any, /, *args: Any, **kwargs: Any) -> Any:
        async with self.database.reading() as tx:
            return await operation(tx, *args, **kwargs)

    async def rows(self, query: Any) -> list[tuple[Any, ...]]:
        async with self.database.reading() as tx:
            return [tuple(row) for row in await tx.execute(query)]

    async def write(self, statement: Any) -> None:
        """Plant something no service would write."""
        async with self.database.transaction() as tx:
            await tx.execute(statement)

    def rules(self, part: str, **changes: Any) -> None:
        """From now on the city plays by other rules, such as limits(per_day_per_guest=2)."""
        changed = getattr(self.city.rules, part).model_copy(update=changes)
        self.city = replace(self.city, rules=self.city.rules.model_copy(update={part: changed}))

    # people

    async def member(self, name: str = "Vera Petrova", channel: str = "web") -> int:
        external_id = f"{next(self._numbers)}"
        member_id: int = await self.run(
            people.join,
            city_id=self.city.id,
            channel=channel,
            external_id=external_id,
            language="en",
            via=None,
            now=self.now,
        )
        await self.run(people.rename, member_id, name)
        return member_id

    async def identity(self, member_id: int, channel: str, external_id: str) -> None:
        """One more way to reach a member, the last they used."""
        await self.write(
            insert(Identity).values(
                member_id=member_id, channel=channel, external_id=external_id, seen_at=self.now
            )
        )

    async def venue(self, slug: str = "orbita") -> int:
        found = await self.look(venue_of_slug, self.city.id, slug)
        return int(found.id)

    async def invite(self, role: Role = Role.CASHIER, venue: str | None = "orbita") -> str:
        token: str = await self.run(
            roles.invite,
            city_id=self.city.id,
            role=role,
            venue_id=await self.venue(venue) if venue else None,
            created_by=None,
            now=self.now,
        )
        return token

    async def accept(self, member_id: int, token: str) -> roles.Invited:
        invited: roles.Invited = await self.run(
            roles.accept_invitation, member_id=member_id, token=token, now=self.now
        )
        return invited

    async def staff(self, role: Role = Role.CASHIER, venue: str | None = "orbita") -> int:
        member_id = await self.member("Kirill Kassir")
        await self.accept(member_id, await self.invite(role, venue))
        return member_id

    # points and receipts

    async def give(self, member_id: int, amount: int) -> None:
        """Points that can be spent at once."""
        await self.run(
            ledger.earn,
            member_id=member_id,
            currency="points",
            now_amount=amount,
            later_amount=0,
            matures_at=None,
            expires_at=self.now + timedelta(days=365),
            key=f"gift:{next(self._numbers)}",
            kind="gift",
            reason="gift",
            now=self.now,
        )

    async def guest(self, points: int = 0, name: str = "Vera Petrova") -> int:
        member_id = await self.member(name)
        if points:
            await self.give(member_id, points)
        return member_id

    def qr(self, rubles: int = 1000, *, at: datetime | None = None, **fields: Any) -> FiscalQr:
        """A purchase now at the Orbit, unless said otherwise."""
        local = (at or self.now).astimezone(self.city.timezone).replace(tzinfo=None, second=0)
        values = {
            "purchased": local,
            "total": rubles * 100,
            "drive": ORBIT_DRIVE,
            "document": next(self._numbers),
            "sign": 12345,
            "operation": 1,
            "operation_assumed": False,
        }
        return FiscalQr(**{**values, **fields})

    async def hand_in(self, member_id: int, slip: Slip) -> submit.Submitted:
        """A receipt of any form."""
        outcome: submit.Submitted = await self.run(
            submit.submit,
            city=self.city,
            member_id=member_id,
            slip=slip,
            source="text",
            now=self.now,
            chain=self.chain,
        )
        return outcome

    async def submit(self, member_id: int, qr: FiscalQr | None = None) -> submit.Submitted:
        return await self.hand_in(member_id, (qr or self.qr()).slip)

    async def balance(self, member_id: int, currency: str = "points") -> tuple[int, int, int, int]:
        """available, held, maturing, debt."""
        found = await self.look(ledger.balance, member_id, currency)
        return found.available, found.held, found.maturing, found.debt

    # rewards

    async def reward(self, slug: str = "orbita-raf", **changes: Any) -> int:
        """The id of a reward, its row changed as said."""
        if changes:
            await self.write(update(Reward).where(Reward.slug == slug).values(**changes))
        ((reward_id,),) = await self.rows(select(Reward.id).where(Reward.slug == slug))
        return int(reward_id)

    async def taken(self, slug: str = "orbita-raf") -> int:
        ((taken,),) = await self.rows(select(Reward.taken).where(Reward.slug == slug))
        return int(taken)

    async def take(self, member_id: int, slug: str = "orbita-raf") -> redeem.Ticket:
        reward_id = await self.reward(slug)
        return await self.take_id(member_id, reward_id)

    async def take_id(self, member_id: int, reward_id: int) -> redeem.Ticket:
        ticket: redeem.Ticket = await self.run(
            redeem.take, city=self.city, member_id=member_id, reward_id=reward_id, now=self.now
        )
        return ticket

    async def cancel(self, member_id: int, redemption_id: int) -> redeem.Ticket:
        ticket: redeem.Ticket = await self.run(
            redeem.cancel, member_id=member_id, redemption_id=redemption_id, now=self.now
        )
        return ticket

    async def expire(self) -> None:
        """Every lapsed code, as the job does it."""
        while await self.run(redeem.expire_next, self.now):
            pass

    async def token(self, redemption_id: int) -> str:
        """What the guest's QR holds; nonsense for a redemption that is not there."""
        found = await self.rows(select(Redemption.token).where(Redemption.id == redemption_id))
        return str(found[0][0]) if found else "no-such-token"

    async def confirm(self, cashier_id: int, redemption_id: int) -> counter.Presented:
        shown: counter.Presented = await self.run(
            counter.confirm,
            token=await self.token(redemption_id),
            cashier_id=cashier_id,
            now=self.now,
        )
        return shown

    async def refuse(self, cashier_id: int, redemption_id: int) -> counter.Presented:
        shown: counter.Presented = await self.run(
            counter.refuse,
            token=await self.token(redemption_id),
            cashier_id=cashier_id,
            reason=RefusalReason.OUT_OF_STOCK,
            now=self.now,
        )
        return shown

    async def undo(self, cashier_id: int, redemption_id: int) -> counter.Presented:
        shown: counter.Presented = await self.run(
            counter.undo,
            city=self.city,
            redemption_id=redemption_id,
            cashier_id=cashier_id,
            reason=UndoReason.MISTAKE,
            now=self.now,
        )
        return shown

    async def state(self, redemption_id: int) -> str:
        query = select(Redemption.state).where(Redemption.id == redemption_id)
        ((state,),) = await self.rows(query)
        return str(state)

    # what has been written

    async def moves(self, subject: str = "redemption") -> list[tuple[str, str]]:
        """(verb, state) of every event about such subjects, oldest first."""
        event = events.Event
        query = select(event.verb, event.state).where(event.subject == subject).order_by(event.id)
        return [(verb, state) for verb, state in await self.rows(query)]

    async def outbox(self, state: str = "waiting") -> list[tuple[int, str]]:
        """(member, kind) of every message in this state, oldest first."""
        query = select(OutboxMessage.member_id, OutboxMessage.kind).where(
            OutboxMessage.state == state
        )
        return [(who, kind) for who, kind in await self.rows(query.order_by(OutboxMessage.id))]

    async def count(self, table: type[Base], *where: Any) -> int:
        ((count,),) = await self.rows(select(func.count()).select_from(table).where(*where))
        return int(count)

    async def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row there is, to show that a refused action changed nothing."""
        async with self.database.reading() as tx:
            return {
                name: sorted(map(tuple, await tx.execute(select(table))), key=repr)
                for name, table in Base.metadata.tables.items()
            }

    async def close_venue(self, slug: str = "orbita") -> None:
        await self.write(update(Venue).where(Venue.slug == slug).values(state="suspended"))

    async def findings(self) -> list[str]:
        """What the audit says is wrong."""
        report = await self.look(ledger.audit, self.now, ALL_CHECKS)
        return [finding.detail for finding in report.findings]

    async def assert_clean(self) -> None:
        assert await self.findings() == []


@asynccontextmanager
async def town_of(database: Database, clock: ManualClock) -> AsyncIterator[Town]:
    """Load Kaluga into the database."""
    async with database.transaction() as tx:
        await load_pack(tx, kaluga(), clock.now())
        city = await city_of(tx, "kaluga")
        for slug, price in PRICES.items():
            await tx.execute(update(Reward).where(Reward.slug == slug).values(price=price))
    assert city is not None
    city = replace(city, rules=RULES)
    others = []
    if database.is_sqlite:
        others = [Database(str(database.engine.url)) for _ in range(2)]
    yield Town([database, *others], clock, city)
    for other in others:
        await other.close()
