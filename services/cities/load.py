"""Brings the database to what a city pack says, and tells what that changed.

Rows are known by their slugs. What is no longer in the pack is withdrawn and never deleted:
receipts, redemptions and ledger rows point at it. Tills and drives that were learned elsewhere
stay; a pack that names one takes it over.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, true, update
from sqlalchemy import inspect as sqlalchemy_inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import planning, rows
from services.cities.changes import Change, FieldChange, differences
from services.cities.document import Place, Problem
from services.cities.models import (
    City,
    ConsentText,
    FiscalDrive,
    Partner,
    Sight,
    Till,
    TillAlert,
    Unit,
    Venue,
)
from services.cities.pack import BrokenPack, Pack
from services.cities.rows import Row
from services.database import Base, insert_new, lock_row
from services.plan.models import Indicator, Measure
from services.projects.models import Aid
from services.reports.models import Category
from services.rewards.models import Reward

Pattern = tuple[str, ...]

_TILLS: Pattern = ("partners", "*", "venues", "*", "tills", "*", "registration")
_DRIVES: Pattern = ("partners", "*", "venues", "*", "tills", "*", "drives", "*")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table that a pack fills: rows are known by `key`, and `unused` marks a withdrawn one."""

    what: str
    table: type[Base]
    key: str = "slug"
    unused: tuple[str, Any] = ("active", False)


_CITY = _Kind("city", City)
_PARTNER = _Kind("partner", Partner)
_VENUE = _Kind("venue", Venue, unused=("state", "closed"))
_TILL = _Kind("till", Till, key="registration")
_DRIVE = _Kind("drive", FiscalDrive, key="fn", unused=("state", "closed"))
_REWARD = _Kind("reward", Reward)
_SIGHT = _Kind("sight", Sight)
_UNIT = _Kind("unit", Unit)
_CATEGORY = _Kind("category", Category, key="code")
_AID = _Kind("aid", Aid)
_INDICATOR = _Kind("indicator", Indicator, key="code")
_MEASURE = _Kind("measure", Measure, key="code")


async def load_pack(tx: AsyncConnection, pack: Pack, now: datetime) -> list[Change]:
    """Load a pack; loading the same one again changes nothing and returns no changes.

    Raises `BrokenPack` for what shows only against the database: a till or a drive of another
    city, less stock than was taken, a consent text changed under its old version. The
    transaction must then be rolled back, so that a refused pack changes nothing.
    """
    loading = _Loading(tx, pack, now)
    await loading.city()
    await loading.consents()
    await loading.places()
    await loading.tills_and_drives()
    await loading.rewards()
    await loading.sync(_SIGHT, rows.of_sights(pack), Sight.city_id == loading.city_id)
    await loading.civic()
    if loading.problems:
        raise BrokenPack(loading.problems)
    return loading.changes


class _Loading:
    """`ids` and `names` translate between slugs and ids, for each kind by its `what`."""

    city_id: int

    def __init__(self, tx: AsyncConnection, pack: Pack, now: datetime) -> None:
        self.tx = tx
        self.pack = pack
        self.now = now
        self.changes: list[Change] = []
        self.problems: list[Problem] = []
        self.ids: dict[str, dict[str, int]] = {}
        self.names: dict[str, dict[int, str]] = {}

    async def city(self) -> None:
        """Add or update the city's row. A second loader waits here until the first is done."""
        slug, values = self.pack.city.slug, rows.of_city(self.pack)
        stamp = {"digest": self.pack.digest, "loaded_at": self.now}
        if created := await insert_new(self.tx, City, {**values, **stamp}):
            self.city_id = created.id
            self.changes.append(Change("added", "city", slug))
            return
        of_slug = select(City.id).where(City.slug == slug)
        self.city_id = (await self.tx.execute(of_slug)).scalar_one()
        await lock_row(self.tx, City, self.city_id)
        old = (await self._here(_CITY, City.id == self.city_id))[slug]
        await self._update(_CITY, old, values)
        if old["digest"] != self.pack.digest:
            await self.tx.execute(update(City).where(City.id == self.city_id).values(**stamp))

    async def consents(self) -> None:
        """Keep every wording that people are asked to agree to; a known version stays as it is."""
        for kind, wording in self.pack.consents:
            key = {"city_id": self.city_id, "kind": kind, "version": wording.version}
            values = {**key, "text": wording.text, "since": self.now}
            if await insert_new(self.tx, ConsentText, values):
                self.changes.append(Change("added", "consent", f"{kind} {wording.version}"))
                continue
            known = await self.tx.execute(select(ConsentText.text).filter_by(**key))
            if known.scalar_one() != wording.text:
                message = f"another text is on record as {wording.version}: raise the version"
                self._refuse("consents.yaml", (kind, "version"), message)

    async def places(self) -> None:
        """Partners and their venues."""
        await self.sync(_PARTNER, rows.of_partners(self.pack), Partner.city_id == self.city_id)
        venues = rows.of_venues(self.pack, self.ids["partner"])
        await self.sync(_VENUE, venues, Venue.city_id == self.city_id)

    async def tills_and_drives(self) -> None:
        """Their numbers are unique in the country: another city's are refused, not taken over."""
        ours = Till.venue_id.in_(list(self.names["venue"]))
        tills = rows.of_tills(self.pack, self.ids["venue"])
        await self._refuse_foreign(_TILL, tills, ours, _TILLS)
        await self.sync(_TILL, tills, ours)
        ours = FiscalDrive.till_id.in_(list(self.names["till"]))
        drives = rows.of_drives(self.pack, self.ids["till"])
        await self._refuse_foreign(_DRIVE, drives, ours, _DRIVES)
        for fn in await self._in_question(list(drives)):
            # The pack may say where it belongs; that its receipts are right, the city decides.
            drives[fn] = {name: drives[fn][name] for name in drives[fn] if name != "state"}
        await self.sync(_DRIVE, drives, ours)

    async def _in_question(self, drives: list[str]) -> list[str]:
        """Those that were frozen by a contradiction nobody has decided on."""
        found = await self.tx.scalars(
            select(FiscalDrive.fn)
            .join(TillAlert, TillAlert.drive == FiscalDrive.fn)
            .where(
                FiscalDrive.fn.in_(drives),
                FiscalDrive.state == "frozen",
                TillAlert.state == "open",
            )
            .distinct()
        )
        return list(found)

    async def rewards(self) -> None:
        """Rewards; a stock below what was taken already is refused."""

        def enough(values: Row) -> ColumnElement[bool]:
            stock = values["stock"]
            return true() if stock is None else Reward.taken <= stock

        wanted = rows.of_rewards(self.pack, self.ids["venue"])
        refused = await self.sync(_REWARD, wanted, Reward.city_id == self.city_id, enough)
        for place, slug in self.pack.documents["rewards.yaml"].each("rewards", "*", "slug"):
            if slug in refused:
                message = f"{wanted[slug]['stock']} is less than what was taken already"
                self._refuse("rewards.yaml", (*place[:-1], "stock"), message)

    async def civic(self) -> None:
        """Units, themes of reports, who helps projects, and the plan."""
        pack, city_id = self.pack, self.city_id
        await self.sync(_UNIT, rows.of_units(pack), Unit.city_id == city_id)
        units = self.ids["unit"]
        await self.sync(_CATEGORY, rows.of_categories(pack, units), Category.city_id == city_id)
        await self.sync(_AID, rows.of_aids(pack), Aid.city_id == city_id)
        theirs = await planning.taken_over(self.tx, city_id)
        indicators = _without(rows.of_indicators(pack, units), theirs.indicators)
        await self.sync(_INDICATOR, indicators, Indicator.city_id == city_id)
        measures = _without(rows.of_measures(pack, units), theirs.measures)
        await self.sync(_MEASURE, measures, Measure.city_id == city_id)
        await planning.load_figures(self.tx, pack, self.ids, theirs)

    async def sync(
        self,
        kind: _Kind,
        wanted: Mapping[str, Row],
        ours: ColumnElement[bool],
        guard: Callable[[Row], ColumnElement[bool]] | None = None,
    ) -> list[str]:
        """Insert, update and withdraw rows until those of the city are as wanted.

        Returns the slugs whose update `guard` forbade.
        """
        here = await self._here(kind, ours)
        self.ids[kind.what] = {slug: row["id"] for slug, row in here.items() if "id" in row}
        self.names[kind.what] = {id_: slug for slug, id_ in self.ids[kind.what].items()}
        refused = []
        for slug, values in wanted.items():
            if slug not in here:
                await self._insert(kind, slug, values)
            elif not await self._update(kind, here[slug], values, guard and guard(values)):
                refused.append(slug)
        for slug, row in here.items():
            if slug not in wanted:
                await self._withdraw(kind, row)
        return refused

    async def _here(self, kind: _Kind, ours: ColumnElement[bool]) -> dict[str, Row]:
        found = await self.tx.execute(select(kind.table.__table__).where(ours))
        return {row[kind.key]: dict(row) for row in found.mappings()}

    async def _insert(self, kind: _Kind, slug: str, values: Row) -> None:
        columns = kind.table.__table__.c
        city = {"city_id": self.city_id} if "city_id" in columns else {}
        done = await self.tx.execute(insert(kind.table).values({**city, **values}))
        if "id" in columns and done.inserted_primary_key:
            created = done.inserted_primary_key[0]
            self.ids[kind.what][slug] = created
            self.names[kind.what][created] = slug
        self.changes.append(Change("added", kind.what, slug))

    async def _update(
        self, kind: _Kind, old: Row, values: Row, guard: ColumnElement[bool] | None = None
    ) -> bool:
        """False when `guard` no longer held at the moment of writing."""
        fields = differences(old, values)
        if not fields:
            return True
        statement = update(kind.table).where(self._is(kind, old))
        if guard is not None:
            statement = statement.where(guard)
        if (await self.tx.execute(statement.values({**values}))).rowcount != 1:
            return False
        was_unused = old.get(kind.unused[0]) == kind.unused[1]
        shown = tuple(self._by_name(field) for field in fields)
        self.changes.append(
            Change("restored" if was_unused else "changed", kind.what, old[kind.key], shown)
        )
        return True

    async def _withdraw(self, kind: _Kind, old: Row) -> None:
        column, value = kind.unused
        if old.get("origin", "pack") != "pack":
            # Learned from receipts or its owner, or read from a file of the plan: a pack that does
            # not name it says nothing.
            return
        if old[column] != value:
            statement = update(kind.table).where(self._is(kind, old)).values(**{column: value})
            await self.tx.execute(statement)
            self.changes.append(Change("withdrawn", kind.what, old[kind.key]))

    def _is(self, kind: _Kind, row: Row) -> ColumnElement[bool]:
        primary = sqlalchemy_inspect(kind.table).primary_key[0]
        same: ColumnElement[bool] = primary == row[primary.name]
        return same

    def _by_name(self, field: FieldChange) -> FieldChange:
        """`venue_id: 3 → 4` as `venue: orbita → docking`."""
        what = field.name.removesuffix("_id")
        if what == field.name:
            return field
        names = self.names[what]
        return FieldChange(what, names.get(field.old, field.old), names.get(field.new, field.new))

    async def _refuse_foreign(
        self, kind: _Kind, wanted: dict[str, Row], ours: ColumnElement[bool], pattern: Pattern
    ) -> None:
        key = kind.table.__table__.c[kind.key]
        foreign = await self._here(kind, key.in_(list(wanted)) & ~ours)
        document = self.pack.documents["partners.yaml"]
        for place, number in document.each(*pattern):
            if number in foreign and number in wanted:
                del wanted[number]
                message = f"the {kind.what} {number} belongs to another city"
                self._refuse("partners.yaml", place, message)

    def _refuse(self, file: str, place: Place, message: str) -> None:
        self.problems.append(self.pack.problem(file, place, message))


def _without(wanted: Mapping[str, Row], codes: Collection[str]) -> dict[str, Row]:
    return {code: row for code, row in wanted.items() if code not in codes}
