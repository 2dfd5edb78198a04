"""The whole bot in one process, for tests that speak as people do.

`House` is the real application with its real web chat; only the clock, the eyes and the throttle
are the test's. The people in it are `tests.visitor.Visitor`.
"""

import itertools
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, cast

from sqlalchemy import insert, select, update

from bot.app import App
from bot.settings import Settings
from bot.transaction import OneTransaction
from bot.turnstile import Throttle
from services import ledger
from services.cities import CityFacts, venue_of_slug
from services.cities.load import load_pack
from services.cities.models import City
from services.cities.pack import find_pack, read_pack
from services.cities.units import units
from services.database import Base, Database
from services.images.contract import (
    Code,
    Hint,
    ImageFault,
    Problem,
    Reading,
    Reason,
    Taken,
    Unopenable,
)
from services.ledger.auditing import CHECKS, AuditReport, audit
from services.members import consents, people, roles
from services.members.consents import ConsentKind
from services.members.models import RoleGrant
from services.members.roles import Role
from services.receipts.chain import Chain
from services.receipts.crosscheck import receipts_fit
from services.receipts.models import Receipt
from services.receipts.verifiers.known import SERVES
from services.rewards.crosscheck import redemptions_fit, stock_fits
from services.rewards.models import Reward
from tests.clock import ManualClock
from tests.visitor import Visitor, speaking

__all__ = ["House", "Visitor", "house_of", "speaking"]

AGREES = ("Yes, I agree", "No, thanks", "No name")

_OF_THE_CHANNEL = ("web_", "processed_update", "dialogue_state", "sent_picture", "identity")


class ReadAsText:
    """Eyes for pictures whose bytes are the text of their code; it draws one small PNG.

    `keeps` is what is kept of every picture; None: its own bytes, which no channel would show.
    """

    def __init__(self) -> None:
        self.keeps: bytes | None = None
        self.drawn: list[tuple[str, dict[str, Any]]] = []

    async def read_codes(self, data: bytes) -> Reading:
        if data.startswith(b"fault:"):
            raise ImageFault(cast(Reason, data.partition(b":")[2].decode() or "timeout"))
        if data.startswith(b"problem:"):
            return Reading((), 1.0, cast(Problem, data.partition(b":")[2].decode()))
        if data.startswith(b"hint:"):
            return Reading((), 1.0, "no_code", cast(Hint, data.partition(b":")[2].decode()))
        text = data.split(b"|", 1)[1].decode() if b"|" in data else ""
        codes = tuple(Code(part, "QRCode", "test", ()) for part in text.split("\n") if part)
        return Reading(codes, 1.0, None if codes else "no_code")

    async def read_and_keep(self, data: bytes) -> tuple[Reading, bytes | None]:
        reading = await self.read_codes(data)
        kept = self.keeps or data
        return reading, kept if reading.problem in (None, "no_code") else None

    async def take(self, data: bytes) -> Taken:
        """`place:54.5,36.2` in the bytes is what the camera wrote into the file."""
        reading = await self.read_codes(data)
        if reading.problem not in (None, "no_code"):
            raise Unopenable(reading.problem)
        place = data.partition(b"place:")[2].split(b"|")[0].decode(errors="replace")
        lat, comma, lon = place.partition(",")
        return Taken(self.keeps or data, (float(lat), float(lon)) if comma else None)

    async def redact(self, jpeg: bytes, rectangles: Any) -> bytes:
        """What is black on it is said behind the picture."""
        self.drawn.append(("redact", {"jpeg": jpeg, "rectangles": rectangles}))
        return PNG + repr(rectangles).encode()

    async def board(self, jpeg: bytes, rectangles: Any) -> bytes:
        self.drawn.append(("board", {"jpeg": jpeg, "rectangles": rectangles}))
        return PNG

    def of(self, _member_id: int) -> Self:
        return self

    async def draw(self, kind: str, facts: Any) -> bytes:
        self.drawn.append((kind, dict(facts)))
        return PNG

    async def close(self) -> None:
        """Nothing to close."""


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8"
    "ffff3f0005fe02fea735813d0000000049454e44ae426082"
)


class House:
    """The application with Kaluga (or another pack) loaded."""

    def __init__(self, app: App, database: Database, clock: ManualClock, city: CityFacts) -> None:
        self.app = app
        self.database = database
        self.clock = clock
        self.city = city
        self._documents = itertools.count(1)
        self.drawn: list[tuple[str, dict[str, Any]]] = app.images.drawn  # type: ignore[attr-defined]

    def keeps_pictures(self) -> None:
        """From now on a kept picture is one that can be shown."""
        self.app.images.keeps = PNG  # type: ignore[attr-defined]

    async def visitor(self, language: str = "en", payload: str = "") -> Visitor:
        """Somebody who has just opened the web chat."""
        account, _sid = await self.app.web._accounts.create(language)
        visitor = Visitor(self, account)
        await visitor.comes_by(payload)
        return visitor

    async def guest(self, language: str = "en", payload: str = "") -> Visitor:
        """A visitor who has agreed to everything that must be agreed to."""
        visitor = await self.visitor(language, payload)
        for label in AGREES:
            await visitor.presses(label)
        return visitor

    async def staff(
        self, role: Role = Role.CASHIER, venue: str | None = "orbita", language: str = "en"
    ) -> Visitor:
        """Somebody who came by an invitation."""
        return await self.guest(language, f"s_{await self.invitation(role, venue)}")

    async def invitation(self, role: Role, venue: str | None = None) -> str:
        """The token of a fresh invitation."""
        found = await self.venue_id(venue) if venue else None
        async with self.database.transaction() as tx:
            return await roles.invite(
                tx,
                city_id=self.city.id,
                role=role,
                venue_id=found,
                created_by=None,
                now=self.clock.now(),
            )

    async def regular(
        self,
        language: str = "en",
        *,
        name: str = "",
        points: int = 0,
        role: Role | None = None,
        venue: str | None = "orbita",
        unit: str | None = None,
    ) -> Visitor:
        """Somebody who has been here before: agreed, named, with these points and this role."""
        account, _sid = await self.app.web._accounts.create(language)
        at = await self.venue_id(venue) if venue else None
        now = self.clock.now()
        async with self.database.transaction() as tx:
            member_id = await people.join(
                tx, city_id=self.city.id, channel="web", external_id=str(account.chat_id),
                language=language, via=None, now=now - timedelta(days=30),
            )  # fmt: skip
            for kind in ConsentKind:
                await consents.answer(
                    tx, member_id=member_id, kind=kind, given=kind is ConsentKind.PERSONAL_DATA,
                    text_version=self.city.consents[kind].version, language=language,
                    channel="web", now=now,
                )  # fmt: skip
            if name:
                await people.rename(tx, member_id, name)
            if role:
                grant = {"member_id": member_id, "role": role, "granted_at": now}
                grant["venue_id"] = at if role.needs_venue else None
                grant["unit_id"] = await self.unit_id(unit) if unit else None
                await tx.execute(insert(RoleGrant).values(grant))
        visitor = Visitor(self, account)
        if points:
            await self.earned(visitor, points)
        return visitor

    async def earned(self, visitor: Visitor, points: int, *, days_ago: int = 10) -> None:
        """Points of an old receipt of the Orbit, all spendable; they expire in a year from now."""
        member_id, at = await visitor.member_id(), self.clock.now() - timedelta(days=days_ago)
        venue_id, document = await self.venue_id("orbita"), next(self._documents)
        async with self.database.transaction() as tx:
            receipt_id = await tx.scalar(
                insert(Receipt)
                .values(
                    member_id=member_id, number=f"ru54:7386400000010001:{document}", sign="1",
                    drive="7386400000010001", total=points * 2000, purchased_at=at,
                    submitted_at=at, source="photo", venue_id=venue_id, state="credited",
                    reason="credited", points=points, points_now=points, fields={},
                )
                .returning(Receipt.id)
            )  # fmt: skip
            await ledger.earn(
                tx, member_id=member_id, currency="points", now_amount=points, later_amount=0,
                matures_at=None, expires_at=self.clock.now() + timedelta(days=365),
                key=f"receipt:{receipt_id}", kind="receipt", reason=str(receipt_id), now=at,
            )  # fmt: skip

    async def venue_id(self, slug: str) -> int:
        async with self.database.reading() as reading:
            venue = await venue_of_slug(reading, self.city.id, slug)
        assert venue is not None
        return venue.id

    async def unit_id(self, slug: str) -> int:
        async with self.database.reading() as reading:
            known = {each.slug: each.id for each in await units(reading, self.city.id)}
        return known[slug]

    def receipt(
        self,
        rubles: int = 1000,
        *,
        drive: str = "7386400000010001",
        at: datetime | None = None,
        document: int | None = None,
        sign: int = 12345,
        operation: int = 1,
    ) -> str:
        """The text of a receipt's code, bought now at the Orbit unless said otherwise."""
        moment = (at or self.clock.now()).astimezone(self.city.timezone)
        return (
            f"t={moment:%Y%m%dT%H%M}&s={rubles}.00&fn={drive}"
            f"&i={document or next(self._documents)}&fp={sign}&n={operation}"
        )

    async def change(self, table: type[Base], *where: Any, **values: Any) -> None:
        """Change rows behind the bot's back, as the city's staff might."""
        async with self.database.transaction() as tx:
            changed = await tx.execute(update(table).where(*where).values(**values))
        assert changed.rowcount > 0

    def rule(self, part: str, **values: Any) -> None:
        """Change rules of the programme, for this test."""
        self.rules(**{part: getattr(self.city.rules, part).model_copy(update=values)})

    def rules(self, **values: Any) -> None:
        """Change whole parts of the rules, for this test."""
        self.city = replace(self.city, rules=self.city.rules.model_copy(update=values))
        self.app.city._city = self.city
        self.app.city._read_at = math.inf

    def asks(self, *verifiers: str) -> None:
        """Who is asked about receipts from now on, in this order; none of them answers."""
        for around in self.app.dispatcher.message.middleware:
            if isinstance(around, OneTransaction):
                around._chain = Chain(verifiers, SERVES)

    async def rows(self, table: type[Base], *where: Any) -> list[dict[str, Any]]:
        """The rows of a table, in the order they came."""
        async with self.database.reading() as reading:
            found = await reading.execute(select(*table.__table__.columns).where(*where))
        return [dict(row._mapping) for row in found]

    async def reward(self, slug: str) -> dict[str, Any]:
        """A reward of the pack."""
        return (await self.rows(Reward, Reward.slug == slug))[0]

    @asynccontextmanager
    async def unchanged(self, *but: type[Base]) -> AsyncIterator[None]:
        """Nothing but these tables and what the channels keep changes inside."""
        before = await self._everything(but)
        yield
        assert await self._everything(but) == before

    async def _everything(self, but: tuple[type[Base], ...]) -> dict[str, list[Any]]:
        left_out = {table.__tablename__ for table in but}
        async with self.database.reading() as reading:
            return {
                table.name: [tuple(row) for row in await reading.execute(select(table))]
                for table in Base.metadata.sorted_tables
                if table.name not in left_out and not table.name.startswith(_OF_THE_CHANNEL)
            }

    async def audit(self) -> AuditReport:
        """The ledger's audit with the checks of receipts and rewards."""
        async with self.database.reading() as reading:
            checks = (*CHECKS, receipts_fit, redemptions_fit, stock_fits)
            return await audit(reading, self.clock.now(), checks)

    async def deliver(self) -> None:
        """Deliver what waits in the outbox, as the worker would."""
        for name in (*self.app.channels, None):
            await self.app.delivery.round(name)


async def load_city(database: Database, clock: ManualClock, pack: str | Path = "kaluga") -> str:
    """Load a pack, by its name or its folder, unless it is there; returns the city's slug."""
    async with database.transaction() as tx:
        if await tx.scalar(select(City.id).where(City.slug == str(pack))):
            return str(pack)
        read = read_pack(find_pack(pack) if isinstance(pack, str) else pack)
        await load_pack(tx, read, clock.now())
    return read.city.slug


@asynccontextmanager
async def house_of(
    database: Database,
    clock: ManualClock,
    folder: Path,
    pack: str | Path = "kaluga",
    *,
    throttle: Throttle | None = None,
    **settings: Any,
) -> AsyncIterator[House]:
    """Wire the application on this database, with the city of this pack in it."""
    slug = await load_city(database, clock, pack)
    app = App(
        Settings(_env_file=None, data_dir=folder, city=slug, **settings),
        database=database,
        clock=clock,
        throttle=throttle or Throttle(burst=10_000),
        images=ReadAsText(),
    )
    await app.wire()
    await app._introduce(app.web.bot)
    yield House(app, database, clock, await app.city.get())
    await app.web.bot.session.close()
