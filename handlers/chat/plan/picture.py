"""The facts of an indicator's picture, in the reader's language."""

from handlers.chat.plan.words import STATUSES, short, unit_and_direction
from handlers.screen import Picture
from handlers.texts import _, plain
from services.cities import CityFacts
from services.plan.overview import IndicatorFacts, YearFigures

_YEARS = 5


def drawn(city: CityFacts, indicator: IndicatorFacts, year: int) -> Picture | None:
    """The picture of an indicator; None while there is nothing to draw."""
    years = _around(indicator, year)
    if not years:
        return None
    shown = indicator.shown(year)
    return Picture(
        "plan",
        {
            "title": indicator.title,
            "unit": plain(unit_and_direction(indicator)),
            "status": shown.status if shown else "no_plan",
            "status_label": plain(_(STATUSES[shown.status])) if shown else "",
            "years": [_drawn(each) for each in years],
            "base": None if indicator.base is None else indicator.base / 1000,
            "base_label": _base(indicator),
            "plan_word": plain(_("Plan")),
            "fact_word": plain(_("Fact")),
            "example": plain(_("Example")) if indicator.example else "",
            "theme": dict(city.theme),
        },
    )


def _around(indicator: IndicatorFacts, year: int) -> list[YearFigures]:
    """At most five years, so that this one and two after it are among them."""
    known = [each for each in indicator.years if each.plan is not None or each.fact is not None]
    until = [each for each in known if each.year <= year + 2]
    return (until or known)[-_YEARS:]


def _drawn(year: YearFigures) -> dict[str, object]:
    return {
        "year": year.year,
        "plan": None if year.plan is None else year.plan / 1000,
        "fact": None if year.fact is None else year.fact / 1000,
        "plan_label": "" if year.plan is None else short(year.plan),
        "fact_label": "" if year.fact is None else short(year.fact),
        "status": year.status,
    }


def _base(indicator: IndicatorFacts) -> str:
    if indicator.base is None:
        return ""
    if indicator.base_year is None:
        return plain(_("Start: {figure}", figure=short(indicator.base)))
    # The year is a name here and not a number: it has no thousands.
    return plain(
        _("Start ({year}): {figure}", year=str(indicator.base_year), figure=short(indicator.base))
    )
