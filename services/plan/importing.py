"""A plan from a file becomes the city's, whole or not at all, and every change is an event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities import CityFacts
from services.cities.models import City, Unit
from services.civic import log
from services.database import insert_new, lock_row
from services.errors import Changed
from services.plan.draft import (
    Draft,
    Fault,
    FigureLine,
    IndicatorLine,
    MeasureLine,
    Unfit,
    tidy,
)
from services.plan.exporting import draft_of
from services.plan.models import (
    CategoryIndicator,
    Indicator,
    IndicatorYear,
    Measure,
    MeasureIndicator,
    MeasureYear,
)
from services.plan.status import Direction, status
from services.reports.models import Category


@dataclass(slots=True)
class Imported:
    """What a file changed: rows of the plan that are new, rows that are different, figures."""

    added: int = 0
    changed: int = 0
    figures: int = 0

    @property
    def nothing(self) -> bool:
        return not (self.added or self.changed or self.figures)


async def take_in(
    tx: AsyncConnection, city: CityFacts, draft: Draft, *, by: int | None, now: datetime
) -> Imported:
    """Bring the plan to what the file says; returns what that changed.

    A row that the file does not have, and an empty figure, stay as they are. A figure that has its
    document is the unit's own, its reason too, and is never overwritten. `by` is the operator, None
    the command line. Raises `Unfit` for what shows only against the city's data, `Changed` when
    somebody wrote a figure meanwhile; the transaction must then be rolled back.
    """
    await lock_row(tx, City, city.id)
    work = _Import(tx, city, draft, by, now)
    await work.look()
    work.refuse()
    for indicator in draft.indicators:
        await work.indicator(indicator)
    for figure in draft.figures:
        await work.figure(figure)
    for measure in draft.measures:
        await work.measure(measure)
    await work.events()
    return work.done


class _Import:
    """One file on its way into the tables. `told` are events, recorded last."""

    def __init__(
        self, tx: AsyncConnection, city: CityFacts, draft: Draft, by: int | None, now: datetime
    ) -> None:
        self.tx, self.city, self.draft, self.by, self.now = tx, city, draft, by, now
        self.done = Imported()
        self.told: list[dict[str, Any]] = []

    async def look(self) -> None:
        """What is there now."""
        old = await draft_of(self.tx, self.city.id)
        self.old_indicators = {each.code: each for each in old.indicators}
        self.old_measures = {each.code: each for each in old.measures}
        self.old_money = {(each.code, each.year, each.source): each for each in old.money}
        self.indicator_ids = await self._ids(Indicator, Indicator.code)
        self.measure_ids = await self._ids(Measure, Measure.code)
        self.units = await self._ids(Unit, Unit.slug)
        self.themes = await self._ids(Category, Category.code)
        rows = await self.tx.execute(
            select(
                Indicator.code, IndicatorYear.year, IndicatorYear.plan, IndicatorYear.fact,
                IndicatorYear.reason, IndicatorYear.at,
                IndicatorYear.document.is_not(None).label("proven"),
            )
            .join(Indicator, Indicator.id == IndicatorYear.indicator_id)
            .where(Indicator.city_id == self.city.id)
        )  # fmt: skip
        self.old_figures = {(row.code, row.year): row for row in rows}
        proven = await self.tx.execute(
            select(Measure.code, MeasureYear.year, MeasureYear.source)
            .join(Measure, Measure.id == MeasureYear.measure_id)
            .where(Measure.city_id == self.city.id, MeasureYear.document.is_not(None))
        )
        self.proven_money = {tuple(row) for row in proven}

    async def _ids(self, table: Any, key: Any) -> dict[str, int]:
        rows = await self.tx.execute(select(key, table.id).where(table.city_id == self.city.id))
        return {row[0]: row[1] for row in rows}

    def refuse(self) -> None:
        """Raise with everything that the city does not know, or that a file may not change."""
        lines: list[IndicatorLine | MeasureLine] = [*self.draft.indicators, *self.draft.measures]
        faults = [
            line.at.fault(Fault.UNKNOWN_UNIT, "responsible", line.responsible)
            for line in lines
            if line.responsible is not None and line.responsible not in self.units
        ]
        faults += [
            row.at.fault(Fault.UNKNOWN_THEME, "themes", theme)
            for row in self.draft.indicators
            for theme in row.themes
            if theme not in self.themes
        ]
        for figure in self.draft.figures:
            old = self.old_figures.get((figure.code, figure.year))
            if old is None or not old.proven:
                continue
            if figure.fact not in {None, old.fact}:
                faults.append(figure.at.fault(Fault.PROVEN, "fact"))
            if figure.reason not in {None, _said(old)}:
                faults.append(figure.at.fault(Fault.PROVEN, "reason"))
        for money in self.draft.money:
            key = (money.code, money.year, money.source)
            if key in self.proven_money and money.spent not in {None, self.old_money[key].spent}:
                faults.append(money.at.fault(Fault.PROVEN, "spent"))
        if faults:
            raise Unfit(faults)

    async def indicator(self, line: IndicatorLine) -> None:
        """One indicator with its themes."""
        old = self.old_indicators.get(line.code)
        if old is not None and _same(old, line, "themes"):
            return
        values = {
            "title": line.title, "unit": line.unit, "direction": line.direction,
            "base": line.base, "base_year": line.base_year, "tolerance": line.tolerance,
            "unit_id": self._unit(line), "active": line.in_force, "example": line.example,
        }  # fmt: skip
        id_ = await self._put(Indicator, self.indicator_ids, line.code, values)
        await self.tx.execute(
            delete(CategoryIndicator).where(CategoryIndicator.indicator_id == id_)
        )
        for theme in line.themes:
            link = {"category_id": self.themes[theme], "indicator_id": id_}
            await self.tx.execute(insert(CategoryIndicator).values(link))
        self._tell("indicator", id_, old is None, line.in_force)

    async def measure(self, line: MeasureLine) -> None:
        """One measure with its money and what it works on."""
        old = self.old_measures.get(line.code)
        same = old is not None and _same(old, line, "works_on")
        if not same:
            values = {
                "section": line.section, "title": line.title, "result": line.result,
                "unit_id": self._unit(line), "priority": line.priority,
                "active": line.in_force, "example": line.example,
            }  # fmt: skip
            await self._put(Measure, self.measure_ids, line.code, values)
        id_ = self.measure_ids[line.code]
        if not same:
            await self._weights(id_, line)
            self._tell("measure", id_, old is None, line.in_force)
        paid = await self._money(id_, line.code)
        if paid and same:
            self.done.changed += 1
            await self.tx.execute(update(Measure).where(Measure.id == id_).values(origin="file"))

    async def _weights(self, id_: int, line: MeasureLine) -> None:
        await self.tx.execute(delete(MeasureIndicator).where(MeasureIndicator.measure_id == id_))
        for code, weight in line.works_on:
            link = {"indicator_id": self.indicator_ids[code], "weight": weight}
            await self.tx.execute(insert(MeasureIndicator).values(measure_id=id_, **link))

    async def _money(self, id_: int, code: str) -> bool:
        """Whether a sum of the measure is another one now."""
        changed = False
        for line in (each for each in self.draft.money if each.code == code):
            old = self.old_money.get((line.code, line.year, line.source))
            planned = line.planned if line.planned is not None else old.planned if old else 0
            spent = line.spent if line.spent is not None else old.spent if old else 0
            if old and (old.planned, old.spent) == (planned, spent):
                continue
            key = {"measure_id": id_, "year": line.year, "source": line.source}
            sums = {"planned": planned, "spent": spent}
            await self._pay(key, old, sums)
            self._tell_money(key, old, sums)
            changed = True
        return changed

    def _tell_money(self, key: dict[str, Any], old: Any, sums: dict[str, int | None]) -> None:
        """Both sums as they are now, and what the one that changed was."""
        facts = {"year": key["year"], "source": key["source"], **sums}
        for what, sum_ in sums.items():
            was = None if old is None else getattr(old, what)
            if sum_ != (was or 0):
                self._event(
                    "measure", key["measure_id"], what, before=None, after=what,
                    facts={**facts, "was": was}, reason=None,
                )  # fmt: skip

    async def _pay(self, key: dict[str, Any], old: Any, sums: dict[str, int | None]) -> None:
        """Write the sums as they were seen; raises `Changed` when they are others by now.

        Who has opened the form of a sum that is spent otherwise now is asked to look again.
        """
        values: dict[str, Any] = {**sums}
        if sums["spent"] != (old.spent if old else 0):
            values |= {"by_id": self.by, "at": self.now}
        if old is None:
            if await insert_new(self.tx, MeasureYear, {**key, **values}) is None:
                raise Changed
            return
        wrote = update(MeasureYear).filter_by(**key, spent=old.spent).values(**values)
        if (await self.tx.execute(wrote)).rowcount != 1:
            raise Changed

    async def figure(self, line: FigureLine) -> None:
        """The plan and the fact of one year."""
        key = {"indicator_id": self.indicator_ids[line.code], "year": line.year}
        old = self.old_figures.get((line.code, line.year))
        plan = line.plan if line.plan is not None or old is None else old.plan
        fact = line.fact if line.fact is not None or old is None else old.fact
        said = None if old is None else _said(old)
        reason = line.reason if line.reason is not None else said
        if old is not None and (old.plan, old.fact, said) == (plan, fact, reason):
            return
        values: dict[str, Any] = {"plan": plan, "fact": fact, "reason": reason}
        if old is None or fact != old.fact:
            values |= {"by_id": self.by, "at": self.now if fact is not None else None}
        await self._write(key, old, values)
        if old is None or plan != old.plan:
            own = update(Indicator).where(Indicator.id == key["indicator_id"])
            await self.tx.execute(own.values(origin="file"))
        self.done.figures += 1
        facts = {"year": line.year, "plan": plan, "fact": fact, "was": old.fact if old else None}
        self._event(
            "indicator", key["indicator_id"], "figure", before=None,
            after=self._status(line, plan, fact), facts=facts, reason=reason,
        )  # fmt: skip

    async def _write(self, key: dict[str, Any], old: Any, values: dict[str, Any]) -> None:
        """Write the year as it was seen; raises `Changed` when it is another one by now."""
        if old is None:
            if await insert_new(self.tx, IndicatorYear, {**key, **values}) is None:
                raise Changed
            return
        at = IndicatorYear.at.is_(None) if old.at is None else IndicatorYear.at == old.at
        wrote = update(IndicatorYear).filter_by(**key).where(at).values(**values)
        if (await self.tx.execute(wrote)).rowcount != 1:
            raise Changed

    def _status(self, line: FigureLine, plan: int | None, fact: int | None) -> str:
        of = next(each for each in self.draft.indicators if each.code == line.code)
        direction: Direction = of.direction  # type: ignore[assignment]  # one of the three words
        today = self.now.astimezone(self.city.timezone).date()
        return status(
            *(direction, plan, fact, of.base), year=line.year, today=today, tolerance=of.tolerance
        )

    async def _put(
        self, table: Any, ids: dict[str, int], code: str, values: Mapping[str, Any]
    ) -> int:
        """Insert the row at the end of the plan, or update the one with this code."""
        values = {**values, "origin": "file"}
        if code in ids:
            await self.tx.execute(update(table).where(table.id == ids[code]).values(**values))
            return ids[code]
        last = await self.tx.scalar(
            select(func.max(table.position)).where(table.city_id == self.city.id)
        )
        row = {**values, "city_id": self.city.id, "code": code, "position": (last or 0) + 1}
        created = await insert_new(self.tx, table, row)
        if created is None:
            raise Changed
        ids[code] = created.id
        return ids[code]

    def _unit(self, line: IndicatorLine | MeasureLine) -> int | None:
        return None if line.responsible is None else self.units[line.responsible]

    def _tell(self, subject: str, id_: int, is_new: bool, in_force: bool) -> None:
        self.done.added += is_new
        self.done.changed += not is_new
        before = None if is_new else "in_plan"
        after = "in_plan" if in_force else "withdrawn"
        self._event(subject, id_, "import", before=before, after=after, facts={}, reason=None)

    def _event(self, subject: str, id_: int, verb: str, **rest: Any) -> None:
        self.told.append({"subject": subject, "subject_id": id_, "verb": verb, **rest})

    async def events(self) -> None:
        """Record what happened; the log is the last thing locked."""
        acting = "system" if self.by is None else "operator"
        for event in self.told:
            await log.record(
                self.tx, city_id=self.city.id, acting=acting, actor_id=self.by, at=self.now,
                **event,
            )  # fmt: skip


def _said(figure: Any) -> str | None:
    """The reason of a figure that is there, as a file has it."""
    return None if figure.reason is None else tidy(figure.reason)


def _same(old: Any, new: Any, unordered: str) -> bool:
    """Whether two lines say the same; in a list of links the order says nothing."""
    names = [name for name in old.__dataclass_fields__ if name not in {"at", unordered}]
    return all(getattr(old, name) == getattr(new, name) for name in names) and sorted(
        getattr(old, unordered)
    ) == sorted(getattr(new, unordered))
