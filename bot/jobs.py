"""What happens by itself: each job looks for due rows, so a missed tick loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.city import CitySource
from bot.models import ProcessedUpdate, SentPicture
from services import delivery, ledger, morning
from services.cities import CityFacts
from services.civic import log, notifying
from services.clock import Clock
from services.database import Database, delete_some
from services.members import attempts
from services.plan import reminding
from services.projects import challenges, flags, timers
from services.receipts import cases, settle, summary
from services.receipts.chain import OFFLINE, Chain
from services.reports import flags as report_flags
from services.reports import timers as reports
from services.rewards import redeem
from services.sharing import deliveries
from services.week import sending as week

_BATCH = 100
_ROWS = 1_000
_UPDATES_KEPT = timedelta(days=2)
_PICTURES_KEPT = timedelta(days=30)
_MESSAGES_KEPT = timedelta(days=30)
_PHOTOS_KEPT = timedelta(days=30)
_REMINDERS_FROM, _REMINDERS_UNTIL = 10, 20


class Jobs:
    """The scheduled work. `committed` is called when something may wait to be delivered.

    `also_tidy` are other people's clean-ups, called with the present time once an hour.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        city: CitySource,
        committed: Callable[[], None],
        chain: Chain = OFFLINE,
        also_tidy: Sequence[Callable[[datetime], Awaitable[None]]] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._city = city
        self._committed = committed
        self._chain = chain
        self._also_tidy = also_tidy

    def scheduler(self) -> AsyncIOScheduler:
        """A scheduler with every job; the caller starts and stops it."""
        scheduler = AsyncIOScheduler(timezone="UTC")
        for job, seconds in (
            (self._database.checkpoint, 5),
            (self.expire_codes, 10),
            (self.settle_receipts, 60),
            (self.mature_points, 60),
            (self.expire_points, 600),
            (self.remind, 600),
            (self.run_reports, 60),
            (self.run_projects, 300),
            (self.close_log_day, 300),
            (self.remind_of_plan, 3600),
            (self.tell_week, 600),
            (self.summarise, 3600),
            (self.tidy, 3600),
        ):
            scheduler.add_job(
                job, "interval", seconds=seconds, max_instances=1, coalesce=True,
                misfire_grace_time=None,
            )  # fmt: skip
        return scheduler

    async def expire_codes(self) -> None:
        """Give points back for reward codes that nobody used."""
        # Each in a transaction of its own: one that holds a guest's account and waits for the
        # next reward could meet that guest, who holds the reward and waits for the account.
        await self._until_done(lambda tx: redeem.expire_next(tx, self._clock.now()))

    async def settle_receipts(self) -> None:
        """Credit receipts whose till became known; refuse those it never will be known of."""
        city = await self._city.get()
        await self._until_done(
            lambda tx: settle.settle_next(tx, city, self._chain, self._clock.now())
        )

    async def mature_points(self) -> None:
        """Make points spendable whose time has come, and tell each guest once."""

        async def some(tx: AsyncConnection) -> int:
            now = self._clock.now()
            matured = await ledger.mature(tx, now, _BATCH)
            sums: dict[int, int] = {}
            for item in matured:
                if item.currency == ledger.POINTS and item.usable:
                    sums[item.member_id] = sums.get(item.member_id, 0) + item.usable
            for member_id, amount in sums.items():
                await delivery.tell(tx, member_id, "points_ready", {"amount": amount}, now)
            return len(matured)

        await self._until_done(some)

    async def expire_points(self) -> None:
        """Take back points that were not spent in time."""

        async def some(tx: AsyncConnection) -> int:
            return len(await ledger.expire_lots(tx, self._clock.now(), _BATCH))

        await self._until_done(some)

    async def remind(self) -> None:
        """Warn of points about to expire, at a civil hour in the city."""
        city = await self._city.get()
        now = self._clock.now()
        if not _REMINDERS_FROM <= now.astimezone(city.timezone).hour < _REMINDERS_UNTIL:
            return
        before = now + timedelta(days=city.rules.earning.warn_before_days)

        async def some(tx: AsyncConnection) -> int:
            expiring = await ledger.warn_expiring(tx, now, before, _BATCH)
            for item in expiring:
                facts = {"amount": item.amount, "expires_at": item.expires_at.isoformat()}
                await delivery.tell(tx, item.member_id, "points_expiring", facts, now)
            return len(expiring)

        await self._until_done(some)

    async def run_reports(self) -> None:
        """Move reports whose time has come, hide flagged ones, warn of promises, and remind of
        drafts."""
        city = await self._city.get()
        steps = (report_flags.hide_next, reports.move_next, reports.warn_next, reports.remind_next)
        for step in steps:
            await self._step_by_step(step, city)
        local = self._clock.now().astimezone(city.timezone)
        if _REMINDERS_FROM <= local.hour < _REMINDERS_UNTIL:
            await self._step_by_step(morning.tell_next, city)

    async def run_projects(self) -> None:
        """Move projects whose gate opens or whose time ran out, hide flagged ones, thank people."""
        city = await self._city.get()
        async with self._database.reading() as reading:
            ready = await timers.ready(reading, city)
        for project_id in ready:
            async with self._database.transaction() as tx:
                await timers.advance(tx, city, project_id, self._clock.now())
            self._committed()
        steps = (flags.hide_next, timers.next_due, challenges.close_next, timers.thank_next)
        for step in steps:
            await self._step_by_step(step, city)

    async def close_log_day(self) -> None:
        """Publish the end of each day of the city's log that is over."""
        city = await self._city.get()
        await self._step_by_step(log.close_day, city)

    async def remind_of_plan(self) -> None:
        """Tell officials, before a quarter ends, of figures of the plan that nobody has written."""
        city = await self._city.get()
        await self._step_by_step(reminding.remind, city)

    async def tell_week(self) -> None:
        """Tell experts, mentors, funders and followers the news of the week before."""
        city = await self._city.get()
        local = self._clock.now().astimezone(city.timezone)
        if _REMINDERS_FROM <= local.hour < _REMINDERS_UNTIL:
            await self._step_by_step(week.tell_next, city)

    async def summarise(self) -> None:
        """Tell the city's team and the owners what became of the receipts of the week before."""
        city = await self._city.get()
        await self._step_by_step(summary.send_week, city)

    async def tidy(self) -> None:
        """Drop what nothing asks for any more."""
        now = self._clock.now()
        updates, pictures = now - _UPDATES_KEPT, now - _PICTURES_KEPT
        for drop in (
            lambda tx: delete_some(tx, ProcessedUpdate, ProcessedUpdate.at < updates, _ROWS),
            lambda tx: delete_some(tx, SentPicture, SentPicture.at < pictures, _ROWS),
            lambda tx: attempts.forget(tx, updates, _ROWS),
            lambda tx: delivery.forget(tx, now - _MESSAGES_KEPT, _ROWS),
            lambda tx: cases.drop_photos(tx, now - _PHOTOS_KEPT, _ROWS),
            lambda tx: deliveries.forget(tx, now - _MESSAGES_KEPT, _ROWS),
            lambda tx: notifying.forget(tx, updates, _ROWS),
            lambda tx: week.forget(tx, now, _ROWS),
        ):
            await self._drop_all(drop)
        for clean in self._also_tidy:
            await clean(now)

    async def _drop_all(self, some: Callable[[AsyncConnection], Awaitable[int]]) -> None:
        done = _ROWS
        while done == _ROWS:
            async with self._database.transaction() as tx:
                done = await some(tx)
            # Statements on SQLite run in the event loop: let the others speak in between.
            await asyncio.sleep(0)

    async def _step_by_step(
        self,
        step: Callable[[AsyncConnection, CityFacts, datetime], Awaitable[int]],
        city: CityFacts,
    ) -> None:
        await self._until_done(lambda tx: step(tx, city, self._clock.now()))

    async def _until_done(self, some: Callable[[AsyncConnection], Awaitable[int]]) -> None:
        """Work in short transactions, so that nobody waits behind a long one."""
        while True:
            async with self._database.transaction() as tx:
                done = await some(tx)
            if not done:
                return
            self._committed()
