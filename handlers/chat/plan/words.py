"""Words and numbers of the plan."""

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_compact_decimal, format_decimal

from handlers.chat.plan.sheets import DIRECTIONS
from handlers.texts import N_, Html, _, language, local, verbatim
from services.cities.models import Localized
from services.plan.overview import IndicatorFacts, YearFigures
from services.plan.status import Status

SIGNS: Mapping[Status, str] = {
    Status.REACHED: "✅",
    Status.IN_PROGRESS: "⏳",
    Status.NEGATIVE: "⚠️",
    Status.NO_DATA: "❔",
    Status.NO_PLAN: "▫️",
}
STATUSES: Mapping[Status, str] = {
    Status.REACHED: N_("reached"),
    Status.IN_PROGRESS: N_("in progress"),
    Status.NEGATIVE: N_("behind the plan"),
    Status.NO_DATA: N_("no figure yet"),
    Status.NO_PLAN: N_("no plan"),
}
_COMPACT_FROM = 100_000


def figure(thousandths: int) -> str:
    """A figure as it is written in the reader's language: 1,234.5."""
    value = Decimal(thousandths) / 1000
    return format_decimal(value, "#,##0.###", locale=language.get())


def short(thousandths: int) -> str:
    """A figure for a narrow place: millions as "1.2M"."""
    value = Decimal(thousandths) / 1000
    if abs(value) < _COMPACT_FROM:
        return figure(thousandths)
    return format_compact_decimal(value, locale=language.get(), fraction_digits=1)


def signed(status: Status) -> Html:
    """A status with its sign: ✅ reached."""
    return Html(f"{SIGNS[status]} {_(STATUSES[status])}")


def unit_and_direction(indicator: IndicatorFacts) -> Html:
    """What is counted, and what is better."""
    return _(
        "{unit}, {better}",
        unit=shortened(indicator.unit, 50),
        better=_(DIRECTIONS[indicator.direction]),
    )


def year_line(year: YearFigures) -> Html:
    """One year: "2026: plan 1.3, fact 1.31 (101 %) ✅ reached"."""
    plan = _("plan {plan}", plan=figure(year.plan)) if year.plan is not None else None
    fact = _("fact {fact}", fact=figure(year.fact)) if year.fact is not None else None
    if fact is not None and year.percent is not None:
        fact = _("{fact} ({percent} %)", fact=fact, percent=year.percent)
    parts = ", ".join(part for part in (plan, fact) if part is not None) or _("nothing yet")
    return Html(f"{year.year}: {parts} {SIGNS[year.status]}")


def responsible(unit: Localized | None) -> Html:
    """Who answers for it."""
    if unit is None:
        return _("Nobody is named as responsible yet.")
    return _("Responsible: {unit}", unit=local(unit))


def shortened(text: str, most: int) -> str:
    """A text for a button or a caption."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def named(text: str, most: int = 60) -> Html:
    """Somebody's words on a button."""
    return verbatim(shortened(text, most))
