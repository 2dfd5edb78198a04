"""What a member did for the city: merits, the level, and every thank-you."""

from collections.abc import Mapping

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.civic.buttons import Deeds, Follows, Log
from handlers.chat.civic.names import named
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, day, merits
from handlers.turn import Turn
from services.civic import following, naming, verifying
from services.civic import merits as thanks
from services.civic.merits import Deed, Level
from services.civic.naming import Named
from services.members.card import card_facts

router = Router(name="deeds")

_PAGE = 10

LEVELS = (
    N_("Newcomer"),
    N_("Neighbour"),
    N_("Good neighbour"),
    N_("Caretaker"),
    N_("Builder of the city"),
    N_("Pillar of the city"),
)

RULES: Mapping[str, str] = {
    "report_confirmed": N_("Reported a problem that was fixed"),
    "report_supported": N_("Supported a report that was fixed"),
    "fix_confirmed": N_("Looked whether it was really fixed"),
    "idea_published": N_("Shared an idea"),
    "idea_supported": N_("An idea that neighbours supported"),
    "idea_approved": N_("An idea that experts approved"),
    "idea_implemented": N_("An idea that was built"),
    "opinion": N_("Gave an expert opinion"),
    "team_member": N_("Joined a team"),
    "mentoring": N_("Helped a team as a mentor"),
    "project_team": N_("Built it together with a team"),
    "project_supporter": N_("Supported an idea that was built"),
    "practice_adopted": N_("Brought a good practice home"),
}


@router.message(Command("deeds"), flags=allow(Access.GUEST))
@router.callback_query(To("deeds"), flags=allow(Access.GUEST))
async def deeds(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    return await _page(turn, 0)


@router.callback_query(Deeds.filter(), flags=allow(Access.GUEST))
async def more_deeds(_query: CallbackQuery, callback_data: Deeds, turn: Turn) -> Screen:
    return await _page(turn, callback_data.offset)


async def _page(turn: Turn, offset: int) -> Screen:
    me = turn.me.id
    found = await thanks.deeds(turn.tx, me, _PAGE + 1, offset)
    shown = found[:_PAGE]
    names = await naming.names(
        turn.tx, turn.city, {(deed.subject, str(deed.subject_id)) for deed in shown}
    )
    lines: list[str] = [_("<b>What you did for the city</b>")]
    if not offset:
        lines.append(await _standing(turn))
    lines += ["", *(_line(turn, deed, names) for deed in shown)]
    if not shown:
        lines.append(
            _(
                "Nothing yet. Tell the city about a problem or share an idea: once it is fixed or "
                "built, you are thanked here."
            )
        )
    verified = await verifying.is_verified(turn.tx, me)
    if not verified:
        lines += ["", _("For ideas, projects and voices only people whose voice counts are "
                        "thanked. It takes a minute: the button is below.")]  # fmt: skip
    buttons = await _buttons(turn, offset, more=len(found) > _PAGE, verified=verified)
    return Screen("\n".join(lines), buttons)


async def _standing(turn: Turn) -> str:
    facts = await card_facts(turn.tx, turn.me.id, "merits")
    level = thanks.level(await thanks.how_many(turn.tx, turn.me.id))
    lines: list[str] = [
        _(
            "{level} · you have <b>{merits}</b>",
            level=_(LEVELS[level.number]),
            merits=merits(facts.available),
        )
    ]
    if level.next is not None:
        lines.append(await _to_next(turn, level))
    if facts.held:
        lines.append(_("🔒 {merits} held for a reward.", merits=merits(facts.held)))
    if facts.debt:
        lines.append(
            _("↩️ {merits} owed after a thank-you was taken back.", merits=merits(facts.debt))
        )
    return "\n".join(lines)


async def _to_next(turn: Turn, level: Level) -> Html:
    assert level.next is not None
    left = level.next - await thanks.how_many(turn.tx, turn.me.id)
    return _n(
        "{n} more good deed to “{next}”",
        "{n} more good deeds to “{next}”",
        left,
        next=_(LEVELS[level.number + 1]),
    )


def _line(turn: Turn, deed: Deed, names: Mapping[tuple[str, str], Named]) -> Html:
    name = names.get((deed.subject, str(deed.subject_id)))
    text = _(
        "{day} · <b>+{merits}</b> · {what} ({subject})",
        day=day(deed.at, turn.city.timezone, turn.now),
        merits=deed.merits,
        what=_(RULES[deed.rule]),
        subject=named(deed.subject, name),
    )
    return _("{line}, taken back", line=Html(f"<s>{text}</s>")) if deed.revoked else text


async def _buttons(turn: Turn, offset: int, *, more: bool, verified: bool) -> list[list[Button]]:
    rows = []
    if more:
        rows.append([Button(_("Older"), Deeds(offset=offset + _PAGE))])
    rows.append([Button(_("🎁 Rewards for merits"), Go(to="for_merits"))])
    if followed := await following.how_many(turn.tx, turn.me.id):
        rows.append([Button(_("🔔 What I follow: {n}", n=followed), Follows(offset=0))])
    if not verified:
        rows.append([Button(_("✅ Make my voice count"), Go(to="verify"))])
    rows.append(
        [Button(_("📜 The city’s log"), Log(before=0)), Button(_("💳 My card"), Go(to="card"))]
    )
    return rows
