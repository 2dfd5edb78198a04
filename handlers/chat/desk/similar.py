"""What may be the same problem: to compare, and to join one report with another."""

from handlers.chat.desk import words
from handlers.chat.desk.buttons import Act, Give
from handlers.chat.reports import words as reports
from handlers.chat.reports.buttons import ShowReport
from handlers.screen import Button, Screen
from handlers.texts import Html, _, verbatim
from handlers.turn import Turn
from services.civic.places import Spot
from services.reports import queues, similar, themes
from services.reports.similar import Similar
from services.reports.states import Verb

_LIMIT = 5
_LETTERS = 80


async def of(turn: Turn, case: queues.Case) -> Screen:
    """The likeliest originals of a report, each to be looked at and to be chosen."""
    theme = await themes.one(turn.tx, turn.city.id, case.category_id)
    found = await similar.near(
        turn.tx,
        turn.city,
        theme=theme,
        spot=Spot(case.lat, case.lon, case.address, case.district, case.citywide),
        text=case.text,
        member_id=None,
        now=turn.now,
        limit=_LIMIT + 1,
    )
    others = [each for each in found if each.id != case.id][:_LIMIT]
    joins = any(row.verb is Verb.DUPLICATE for row, _acting in case.may)
    rows = [_row(case, each, joins=joins) for each in others]
    if joins:
        by_number = Act(report=case.id, verb=Verb.DUPLICATE, seen=case.mark)
        rows.append([Button(_("№ Type the number of another one"), by_number)])
    text = _("Nothing similar is known nearby.")
    if others:
        text = Html("\n\n".join(_line(turn, each) for each in others))
    return Screen(text, [*rows, [words.back(case.id)]])


def _line(turn: Turn, each: Similar) -> str:
    facts = [f"№ {each.number}", words.state(each.state), reports.age(each.since, turn.now)]
    if each.metres is not None:
        facts.insert(1, reports.distance(each.metres))
    if each.up:
        facts.append(f"👍 {each.up}")
    said = each.text[:_LETTERS].replace("\n", " ")
    where = f"\n📍 {verbatim(each.address)}" if each.address else ""
    return " · ".join(facts) + where + (f"\n{verbatim(said)}" if said else "")


def _row(case: queues.Case, each: Similar, *, joins: bool) -> list[Button]:
    number = str(each.number)
    row = [Button(_("👁 № {number}", number=number), ShowReport(report=each.id))]
    if joins:
        give = Give(report=case.id, verb=Verb.DUPLICATE, seen=case.mark, extra=each.id)
        row.append(Button(_("🔗 The same as № {number}", number=number), give))
    return row
