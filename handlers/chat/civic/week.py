"""The news of the week: the message, and an end of it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go
from handlers.chat.civic.buttons import WantWeek
from handlers.chat.civic.names import named
from handlers.chat.projects.buttons import Listing
from handlers.screen import Button, Screen
from handlers.texts import Html, _, _n, day, verbatim
from handlers.turn import Turn
from services.cities import CityFacts
from services.civic.naming import Named
from services.projects.stages import Stage
from services.week import sending

router = Router(name="week")

_WEEK = timedelta(days=6)


def _told(facts: Mapping[str, Any], city: CityFacts) -> Screen:
    first = date.fromisoformat(facts["first"])
    lines: list[str] = [
        _(
            "📬 <b>News of the week</b>, {first} – {last}",
            first=day(first, city.timezone),
            last=day(first + _WEEK, city.timezone),
        )
    ]
    if facts["work"]:
        lines += ["", _("<b>Waits for you</b>")]
        for each in facts["work"]:
            lines += [_waits(each["role"], each["count"]), *_titles(each["titles"])]
    if facts["news"]:
        lines += ["", _("<b>What you follow</b>")]
        for each in facts["news"]:
            lines += [_news(each), *_titles(each["titles"])]
    if facts["more"]:
        lines.append(_n("… and {n} more", "… and {n} more", facts["more"]))
    return Screen("\n".join(lines), [*_ways(facts), *_ends()])


def _waits(role: str, count: int) -> Html:
    if role == "expert":
        return _n(
            "🔬 {n} idea waits for your opinion:", "🔬 {n} ideas wait for your opinion:", count
        )
    if role == "mentor":
        return _n("🧭 {n} project waits for a mentor:", "🧭 {n} projects wait for a mentor:", count)
    return _n("💰 {n} project looks for money:", "💰 {n} projects look for money:", count)


def _titles(titles: Iterable[tuple[int, str]]) -> list[Html]:
    return [Html(f"   “{verbatim(title)}”") for _id, title in titles]


def _news(each: Mapping[str, Any]) -> Html:
    counts = each["counts"]
    said = [
        text
        for name, text in (
            ("new", _n("{n} new idea", "{n} new ideas", counts.get("new", 0))),
            ("moved", _n("{n} has moved on", "{n} have moved on", counts.get("moved", 0))),
            ("done", _n("{n} is built", "{n} are built", counts.get("done", 0))),
            ("reports", _n("{n} new report", "{n} new reports", counts.get("reports", 0))),
            ("fixed", _n("{n} problem is fixed", "{n} problems are fixed", counts.get("fixed", 0))),
        )
        if counts.get(name)
    ]
    what = named(each["subject"], Named(**each["name"]))
    return Html(f"● <b>{what}</b>: {', '.join(said)}")


def _ways(facts: Mapping[str, Any]) -> list[list[Button]]:
    ways = {
        "expert": Button(_("🔬 For experts"), Go(to="opinions")),
        "mentor": Button(_("🧭 To the projects"), Listing(what="stage", key=Stage.ACCELERATION)),
        "funder": Button(_("💰 To the projects"), Listing(what="stage", key=Stage.FINANCING)),
    }
    return [[ways[each["role"]]] for each in facts["work"]]


def _ends() -> list[list[Button]]:
    return [
        [Button(_("💡 Ideas and projects"), Go(to="projects"))],
        [
            Button(_("🔔 What I follow"), Go(to="follows")),
            Button(_("🔕 No news of the week"), WantWeek(on=False)),
        ],
    ]


KINDS: dict[str, Callable[[dict[str, Any], CityFacts], Screen]] = {sending.KIND: _told}


@router.callback_query(WantWeek.filter(), flags=allow(Access.GUEST))
async def want(_query: CallbackQuery, callback_data: WantWeek, turn: Turn) -> Screen:
    await sending.want(turn.tx, turn.me.id, yes=callback_data.on, now=turn.now)
    follows = Button(_("🔔 What I follow"), Go(to="follows"))
    if callback_data.on:
        return Screen(
            _("📬 Once a week I will tell you what is new, when something is."), [[follows]]
        )
    again = Button(_("📬 Tell me once a week after all"), WantWeek(on=True))
    return Screen(
        _("🔕 No more news of the week. What is urgent, and what you follow, I still tell you."),
        [[again], [follows]],
        fresh=True,
    )
