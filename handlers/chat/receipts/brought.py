"""What a receipt brought or will bring, and how that was computed."""

from datetime import datetime

from handlers.texts import Html, _, day, local, money, number, points
from services.cities import CityFacts
from services.cities.models import Localized
from services.receipts.detail import Detail, computation


def earned(
    city: CityFacts,
    *,
    venue: Localized,
    total: int,
    points_now: int,
    points_later: int,
    matures_at: datetime | None,
    now: datetime,
    base: int | None = None,
    debt_paid: int = 0,
    debt: int = 0,
) -> str:
    """What a receipt brought and when it can be spent; a debt is paid first."""
    lines = [
        _(
            "✅ <b>+{points}</b> for {sum} at {venue}.",
            points=points(points_now + points_later),
            sum=money(total),
            venue=local(venue),
        ),
        *part_of(total, base),
    ]
    if debt_paid:
        lines.append(_("{points} went towards what you owed.", points=points(debt_paid)))
    if usable := points_now - debt_paid:
        lines.append(_("{points} can be spent right away.", points=points(usable)))
    if matures_at:
        lines.append(_later(city, points_later, matures_at, now))
    if debt:
        lines.append(
            _("You still owe {points}; your next points will cover them.", points=points(debt))
        )
    return "\n".join(lines)


def expected(venue: Localized, total: int, amount: int) -> Html:
    """What a receipt that waits will bring if all goes well."""
    return _(
        "Receipt from {venue} for {sum}. Expected: <b>+{points}</b>",
        venue=local(venue),
        sum=money(total),
        points=points(amount),
    )


def part_of(total: int | None, base: int | None) -> list[Html]:
    """A line where less than the total earned."""
    if total is None or base is None or base >= total:
        return []
    return [
        _(
            "Points for {base} of {total} (tobacco, certificates and the like do not count).",
            base=money(base),
            total=money(total),
        )
    ]


def computed(city: CityFacts, receipt: Detail, now: datetime) -> list[Html]:
    """How the points of a credited receipt came about, line by line."""
    lines = [*part_of(receipt.total, receipt.base), *_formula(city, receipt)]
    lines += _at_once(city, receipt)
    if receipt.matures_at:
        later = receipt.points - receipt.points_now
        lines.append(_later(city, later, receipt.matures_at, now))
    return lines


def _at_once(city: CityFacts, receipt: Detail) -> list[Html]:
    """The part that could be spent at once, and what it was limited by."""
    earning = city.rules.earning
    facts = {
        "points": points(receipt.points_now),
        "share": number(earning.now_share),
        "cap": points(earning.now_cap_per_day),
        "first": points(earning.now_cap_first_visit),
    }
    if receipt.points_now < receipt.points * earning.now_share // 100:
        return [
            _(
                "At once: {points} (up to {share} %, at most {cap} a day and {first} before your "
                "second visit).",
                **facts,
            )
        ]
    if not receipt.points_now:
        return []
    return [_("At once: {points} (up to {share} %, and at most {cap} a day).", **facts)]


def _formula(city: CityFacts, receipt: Detail) -> list[Html]:
    how = computation(receipt, city.rules)
    if how is None:
        return []
    facts = {
        "points": points(how.points),
        "per": money(how.per_kop),
        "base": money(how.base),
        "full": points(how.full),
        "percent": number(how.percent),
    }
    lines = [
        _("{base}, {points} for every {per}: {full}.", **facts)
        if how.percent == 100
        else _("{base}, {points} for every {per}, {percent} % at such places: {full}.", **facts)
    ]
    if receipt.points < how.full:
        lines.append(
            _("Only {points} were left of the month's limit.", points=points(receipt.points))
        )
    return lines


def _later(city: CityFacts, amount: int, matures_at: datetime, now: datetime) -> Html:
    return _(
        "{points} will be ready on {day}.",
        points=points(amount),
        day=day(matures_at, city.timezone, now),
    )
