"""The card as a picture, and where the points came from and went."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, History, Says, To
from handlers.screen import Button, Picture, Screen
from handlers.texts import N_, Html, _, day, local, plain, points
from handlers.turn import Turn
from services import ledger
from services.members import statement
from services.members.card import CardFacts, card_facts

router = Router(name="card")

_PAGE = 10

KINDS = {
    "receipt": N_("Receipt"),
    "spend": N_("Reward"),
    "refund": N_("Reward returned"),
    "expiry": N_("Points expired"),
    "reversal": N_("Purchase returned"),
    "forfeit": N_("Card closed"),
}


@router.message(Command("card"), flags=allow(Access.GUEST))
@router.message(Says("card"), flags=allow(Access.GUEST))
@router.callback_query(To("card"), flags=allow(Access.GUEST))
async def card(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    facts = await card_facts(turn.tx, turn.me.id)
    return Screen(
        _balance(facts),
        [
            [Button(_("🎁 Rewards"), Go(to="rewards")), Button(_("History"), History(before=0))],
            [Button(_("⭐ What I did for the city"), Go(to="deeds"))],
            [Button(_("⚙️ Settings"), Go(to="settings"))],
        ],
        picture=_picture(turn, facts),
    )


def _balance(facts: CardFacts) -> str:
    lines = [_("You can spend <b>{points}</b>.", points=points(facts.available))]
    if facts.maturing:
        lines.append(_("⏳ {points} on the way.", points=points(facts.maturing)))
    if facts.held:
        lines.append(_("🔒 {points} held for a reward.", points=points(facts.held)))
    if facts.debt:
        lines.append(_("↩️ {points} owed after a returned purchase.", points=points(facts.debt)))
    return "\n".join(lines)


def _picture(turn: Turn, facts: CardFacts) -> Picture:
    me, city = turn.me, turn.city
    since = _("with us since {day}", day=day(me.created_at, city.timezone, turn.now))
    return Picture(
        "card",
        {
            "city": plain(local(city.name)),
            "tagline": plain(local(city.tagline)),
            "name": me.name or plain(_("Guest of the city")),
            "level": plain(local(city.level_of(facts.earned).name)),
            "balance": facts.available,
            "balance_label": plain(points(facts.available)),
            "since_label": plain(since),
            "number": f"{me.card[:4]} {me.card[4:7]} {me.card[7:]}",
            "qr": turn.links.on(me.channel, f"c_{me.card}"),
            "theme": dict(city.theme),
        },
    )


@router.callback_query(History.filter(), flags=allow(Access.GUEST))
async def history(_query: CallbackQuery, callback_data: History, turn: Turn) -> Screen:
    before = callback_data.before or None
    entries = await ledger.history(turn.tx, turn.me.id, "points", _PAGE + 1, before)
    subjects = await statement.subjects(turn.tx, entries)
    shown = entries[:_PAGE]
    lines = [_("<b>Your points</b>"), ""]
    lines += [_line(turn, entry, subjects.get(entry.id)) for entry in shown]
    if not shown:
        lines.append(_("Nothing yet. Send your first receipt!"))
    if not before:
        lines += await _upcoming(turn)
    buttons = [[Button(_("💳 My card"), Go(to="card"))]]
    if len(entries) > _PAGE:
        buttons.insert(0, [Button(_("Older"), History(before=shown[-1].id))])
    return Screen("\n".join(lines), buttons)


def _line(turn: Turn, entry: ledger.Entry, subject: dict[str, str] | None) -> Html:
    sign = "+" if entry.amount > 0 else "−"
    what = f": {local(subject)}" if subject else ""
    note = ""
    if entry.state == "pending":
        note = _(" (on the way)") if entry.amount > 0 else _(" (held)")
    elif entry.state in {"voided", "expired"}:
        note = _(" (given back)") if entry.amount < 0 else _(" (cancelled)")
    return Html(
        f"{day(entry.at, turn.city.timezone, turn.now)} · <b>{sign}{abs(entry.amount)}</b> · "
        f"{_(KINDS[entry.kind])}{what}{note}"
    )


async def _upcoming(turn: Turn) -> list[str]:
    coming = await ledger.upcoming(turn.tx, turn.me.id, "points")

    def filled(text: str, due: ledger.Due) -> Html:
        on = day(due.at, turn.city.timezone, turn.now)
        return _(text, day=on, points=points(due.amount))

    lines = [filled(N_("⏳ {day}: {points} ready to spend"), due) for due in coming.maturing[:3]]
    lines += [filled(N_("⌛ {day}: {points} will expire"), due) for due in coming.expiring[:3]]
    return ["", *lines] if lines else []
