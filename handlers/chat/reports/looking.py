"""Public reports for everybody: around a place, by number, one with its photos; a voice, a flag."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, Says, To
from handlers.chat.civic.flagged import thanks
from handlers.chat.plan.buttons import ShowTheme
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports import words
from handlers.chat.reports.buttons import Flag, Nearby, ReportPhotos, ShowReport, Support
from handlers.chat.reports.fixed import fixed_or_not
from handlers.chat.reports.states import Mending, keep
from handlers.screen import Button, Picture, Place, Screen
from handlers.texts import _, _n, local, plain
from handlers.turn import Turn
from services.civic import voices
from services.errors import NotFound
from services.plan import walking
from services.reports import flags, moves, supporting, views
from services.reports.states import SUPPORTABLE, State, Verb
from services.reports.views import Public, Wanted

router = Router(name="reports_looking")

_PAGE = 6
_ALBUM = 10


@router.message(Says("reports"), flags=allow(Access.GUEST))
@router.callback_query(To("reports"), flags=allow(Access.GUEST))
async def reports(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    """The ways into what others have reported."""
    return Screen(
        _("<b>Problems in the city</b>\nWhat people have reported, and what has become of it."),
        [
            [Button(_("➕ Report a problem"), Go(to="report"))],
            [Button(_("📋 My reports"), Go(to="my_reports"))],
            [Button(_("🔎 Near me"), Go(to="report_near"))],
            [Button(_("🆕 The newest"), Nearby(offset=0, around=False))],
            [Button(_("№ By number"), Go(to="report_number"))],
        ],
    )


@router.callback_query(To("report_near"), flags=allow(Access.GUEST))
async def near(_query: CallbackQuery, turn: Turn) -> Screen:
    """Around the place that was sent last, if it is still known here."""
    if (await turn.state.get_data()).get("point"):
        return await _listed(turn, 0, around=True)
    return Screen(
        _("Send me a place: your location, a pin or a venue. Then I show what is reported nearby.")
    )


@router.callback_query(Nearby.filter(), flags=allow(Access.GUEST))
async def page(_query: CallbackQuery, callback_data: Nearby, turn: Turn) -> Screen:
    return await _listed(turn, callback_data.offset, around=callback_data.around)


async def _listed(turn: Turn, offset: int, *, around: bool) -> Screen:
    point = (await turn.state.get_data()).get("point")
    if around and point:
        found = await views.nearby(
            turn.tx, turn.city, lat=point[0], lon=point[1], now=turn.now, limit=_PAGE + 1,
            offset=offset,
        )  # fmt: skip
        lines = [(shown, words.distance(metres)) for shown, metres in found]
    else:
        newest = await views.listed(
            turn.tx, turn.city, Wanted(), turn.now, limit=_PAGE + 1, offset=offset
        )
        lines = [(shown, words.age(shown.published_at or turn.now, turn.now)) for shown in newest]
    back = [Button(_("« Problems in the city"), Go(to="reports"))]
    if not lines:
        return Screen(_("Nothing is reported here. All the better!"), [back])
    rows = [[_button(shown, fact)] for shown, fact in lines[:_PAGE]]
    row = []
    if offset:
        row.append(Button("«", Nearby(offset=max(0, offset - _PAGE), around=around)))
    if len(lines) > _PAGE:
        row.append(Button("»", Nearby(offset=offset + _PAGE, around=around)))
    title = _("<b>Nearby</b>") if around and point else _("<b>The newest reports</b>")
    return Screen(title, [*rows, *([row] if row else []), back])


def _button(shown: Public, fact: str) -> Button:
    sign = words.state(shown.state).partition(" ")[0]
    label = f"{sign} {fact} · {shown.emoji} {local(shown.theme)} · № {shown.number}"
    return Button(label, ShowReport(report=shown.id))


@router.callback_query(To("report_number"), flags=allow(Access.GUEST))
async def ask_number(_query: CallbackQuery, turn: Turn) -> Screen:
    await keep(turn, Mending.number)
    return Screen(_("Which number? It stands after the sign №."))


@router.message(StateFilter(Mending.number), Answer(), flags=allow(Access.GUEST))
async def by_number(message: Message, turn: Turn) -> Screen:
    await turn.state.clear()
    return await numbered(turn, message.text or "")


@router.message(
    Command("report"), F.text.regexp(r"^/report\S*\s+№?\s*\d+\s*$"), flags=allow(Access.GUEST)
)
async def asked_for(_message: Message, command: CommandObject, turn: Turn) -> Screen:
    """`/report 12` shows the public report of this number."""
    return await numbered(turn, command.args or "")


async def numbered(turn: Turn, text: str) -> Screen:
    """The public report of a number as somebody typed it."""
    digits = "".join(letter for letter in text if letter.isdecimal())
    if not digits or int(digits) >= 2**31:
        raise NotFound
    shown = await views.by_number(turn.tx, turn.city, int(digits), turn.now)
    return await one(turn, shown)


@router.callback_query(ShowReport.filter(), flags=allow(Access.GUEST))
async def show(_query: CallbackQuery, callback_data: ShowReport, turn: Turn) -> Screen:
    return await one(turn, await _public(turn, callback_data.report))


async def _public(turn: Turn, report: int) -> Public:
    found = await views.public(turn.tx, turn.city, [report], turn.now)
    if report not in found:
        raise NotFound
    return found[report]


async def one(turn: Turn, shown: Public, toast: str | None = None) -> Screen:
    """A public report with its photo, and what can be done about it."""
    photos = [*shown.after, *shown.photos]
    mine = await voices.mine(turn.tx, "report", shown.id, turn.me.id)
    rows: list[list[Button]] = []
    if mine:
        rows.append([Button(_("👎 Take my voice back"), Support(report=shown.id, yes=False))])
    elif shown.state in SUPPORTABLE:
        rows.append([Button(_("👍 Support"), Support(report=shown.id, yes=True))])
    if shown.state == State.FIXED and await _asked(turn, shown.id):
        rows.insert(0, fixed_or_not(shown.id))
    if len(photos) > 1:
        label = _n("📷 {n} photo", "📷 All {n} photos", len(photos))
        rows.append([Button(label, ReportPhotos(report=shown.id))])
    if theme := await walking.theme_in_plan(turn.tx, turn.city.id, shown.category):
        rows.append([Button(_("📊 What the city’s plan says"), ShowTheme(category=theme))])
    # Channels refuse buttons that lead to a machine of one's own.
    if turn.links.web.startswith("https://"):
        page = f"{turn.links.web}/reports/{shown.number}"
        rows.append([Button(_("🔗 Its page, to show others"), url=page)])
    if shown.state != State.WITHDRAWN:
        rows.append([Button(_("🚩 Should not be public"), Flag(report=shown.id, sure=False))])
    rows.append([Button(_("« Problems in the city"), Go(to="reports"))])
    text = "\n".join(words.card(turn, shown))
    return words.pictured(Screen(text, rows, toast=toast), photos[0] if photos else None)


async def _asked(turn: Turn, report: int) -> bool:
    """Whether this person is asked if it is really fixed."""
    permitted = await moves.allowed(turn.tx, turn.city, report, turn.me.id, turn.now)
    return Verb.CONFIRM in {row.verb for row, _acting in permitted}


@router.callback_query(ReportPhotos.filter(), flags=allow(Access.GUEST))
async def photos(_query: CallbackQuery, callback_data: ReportPhotos, turn: Turn) -> Screen:
    """All photos, and the place on the map."""
    shown = await _public(turn, callback_data.report)
    told = [(token, _("Before")) for token in shown.photos]
    told += [(token, _("After")) for token in shown.after]
    pictures = [
        Screen(caption, picture=Picture("report_photo", {"token": token}))
        for token, caption in told[:_ALBUM]
    ]
    place = None
    if shown.lat is not None and shown.lon is not None:
        place = Place(
            shown.lat, shown.lon, plain(local(shown.theme)), shown.address or f"№ {shown.number}"
        )
    return Screen(f"№ {shown.number}", fresh=True, place=place, also=pictures)


@router.callback_query(Support.filter(), flags=allow(Access.GUEST))
async def support(_query: CallbackQuery, callback_data: Support, turn: Turn) -> Screen:
    """Give a voice, or take it back."""
    report = callback_data.report
    if callback_data.yes:
        await supporting.support(
            turn.tx, turn.city, member_id=turn.me.id, report_id=report, now=turn.now
        )
        word = _("👍 Your voice counts")
    else:
        await supporting.withdraw(turn.tx, member_id=turn.me.id, report_id=report)
        word = _("Taken back")
    return await one(turn, await _public(turn, report), toast=word)


@router.callback_query(Flag.filter(), flags=allow(Access.GUEST))
async def flag(_query: CallbackQuery, callback_data: Flag, turn: Turn) -> Screen:
    """It shows a face, is rude, or is not what it says."""
    shown = await _public(turn, callback_data.report)
    if not callback_data.sure:
        return Screen(
            _(
                "Does № {number} show a face, a car plate or somebody's home, or is it rude or "
                "untrue? Then tell the moderators. It does not say who told.",
                number=str(shown.number),
            ),
            [
                [Button(_("🚩 Tell the moderators"), Flag(report=shown.id, sure=True))],
                [Button(_("« Back"), ShowReport(report=shown.id))],
            ],
            fresh=True,
        )
    flagged = await flags.flag(
        turn.tx, turn.city, member_id=turn.me.id, report_id=shown.id, now=turn.now
    )
    back = [Button(_("« Problems in the city"), Go(to="reports"))]
    return thanks(new=flagged.new, counts=flagged.counts, hidden=flagged.hidden, back=back)
