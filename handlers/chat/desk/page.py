"""One report as the city's people see it: what everybody sees, what was said, what can be done."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.chat.desk import similar, words
from handlers.chat.desk.buttons import (
    Act,
    Bar,
    Case,
    Claim,
    Listed,
    Page,
    Queue,
    Redact,
    Say,
    Settle,
    Theme,
    Trim,
)
from handlers.chat.reports import words as reports
from handlers.screen import Button, Picture, Place, Screen
from handlers.texts import N_, Html, _, _n, day, day_and_clock, local, plain, verbatim
from handlers.turn import Turn
from services.civic import log
from services.civic.places import Spot
from services.errors import NotFound
from services.members.roles import Role
from services.reports import queues
from services.reports.states import ACTIVE, State, Verb

router = Router(name="desk_page")

_NOTES = 5
_EVENTS = 20
_LONG, _NOTE, _WHY = 1_500, 300, 100
"""Letters of a text that stand among the rest, of a note, and of a reason in the history."""
_RETHEMED = {State.SUBMITTED, State.CLARIFY, State.OPEN}
_ALONE = {Verb.OPEN, Verb.FIX}
_WORK = {Verb.START, Verb.SCHEDULE, Verb.FIX}
_KINDS = {
    "before": N_("Sent with the report"),
    "support": N_("Sent by a neighbour"),
    "after": N_("After"),
}


def is_moderator(turn: Turn) -> bool:
    """Whether this person moderates; the service asks again."""
    return turn.me.has(Role.MODERATOR, Role.ADMIN)


async def look(turn: Turn, report: int) -> queues.Case:
    """The report for this person; raises `NotAllowed` for who has nothing to do with it."""
    return await queues.case(turn.tx, turn.city, report, turn.me.id, turn.now)


@router.callback_query(Case.filter(), flags=allow(Access.DESK))
async def show(_query: CallbackQuery, callback_data: Case, turn: Turn) -> Screen:
    case = await look(turn, callback_data.report)
    return shown(turn, case, photos=callback_data.photos)


def shown(turn: Turn, case: queues.Case, *, photos: bool) -> Screen:
    """The report with all it needs for a decision; with `photos`, those stand above it."""
    screen = Screen("\n".join(_lines(turn, case)), _buttons(turn, case, photos=photos))
    if len(case.text) > _LONG:
        # One message takes four thousand letters: a long text has one of its own.
        screen = Screen(_quoted(case.text), fresh=True, also=[screen])
    return _with_photos(turn, case, screen) if photos else screen


def head(case: queues.Case) -> Html:
    """Theme and number in a line."""
    number = "" if case.number is None else f" · № {case.number}"
    return Html(f"{case.emoji} <b>{local(case.theme)}</b>{number}")


def _lines(turn: Turn, case: queues.Case) -> list[str]:
    spot = Spot(case.lat, case.lon, case.address, case.district, case.citywide)
    lines: list[str] = [
        head(case),
        _(
            "{state}, since {when}",
            state=words.state(case.state),
            when=day_and_clock(case.state_at, turn.city.timezone),
        ),
        f"📍 {reports.place(turn.city, spot)}",
    ]
    if case.text and len(case.text) <= _LONG:
        lines.append(_quoted(case.text))
    author = _("anonymous") if case.anonymous else case.author
    lines.append(_("👤 Everybody sees: {author}", author=author or _("without a name")))
    if case.system:
        lines.append(_("🔌 Sent by another system: {system}", system=case.system))
    lines.append(_("🏢 {unit}", unit=local(case.unit)))
    return [*lines, *_promise(turn, case), *_trouble(turn, case), *_said(turn, case)]


def _quoted(text: str) -> str:
    return f"<blockquote>{verbatim(text)}</blockquote>"


def _promise(turn: Turn, case: queues.Case) -> list[str]:
    lines: list[str] = []
    if case.due_at is not None and case.state in {*ACTIVE, State.SUBMITTED}:
        due = day(case.due_at, turn.city.timezone, turn.now)
        late = _("⏰ <b>Was promised by {day}</b>", day=due)
        lines.append(late if case.overdue else _("⏰ By {day}", day=due))
    if case.official_me:
        lines.append(_("🙋 You are on it"))
    elif case.official:
        lines.append(_("🙋 {name} is on it", name=case.official))
    if case.up:
        lines.append(f"👍 {reports.voices(case.up)}")
    return lines


def _trouble(turn: Turn, case: queues.Case) -> list[str]:
    lines: list[str] = []
    if case.flags:
        lines.append(
            _n(
                "🚩 {n} person says that it should not be public",
                "🚩 {n} people say that it should not be public",
                case.flags,
            )
        )
    if case.hidden:
        lines.append(_("🙈 Nobody sees it at the moment"))
    if case.barred and is_moderator(turn):
        until = day(case.barred.until, turn.city.timezone, turn.now)
        why = reports.reason(words.short(case.barred.reason, _WHY))
        lines.append(_("⛔ Its author sends nothing until {day}: {reason}", day=until, reason=why))
    taken = case.state == State.SUBMITTED and not case.may
    if taken and case.claimed_until is not None and case.claimed_until > turn.now:
        lines.append(_("👀 A colleague is looking at it"))
    return lines


def _said(turn: Turn, case: queues.Case) -> list[str]:
    lines: list[str] = []
    for note in case.notes[-_NOTES:]:
        who = _(words.ACTING.get(note.acting, note.acting))
        when = day_and_clock(note.at, turn.city.timezone)
        lock = "" if note.public else "🔒 "
        lines.append(f"💬 {lock}{who}, {when}: {reports.reason(words.short(note.text, _NOTE))}")
    return ["", *lines] if lines else []


def _buttons(turn: Turn, case: queues.Case, *, photos: bool) -> list[list[Button]]:
    moves = _moves(case)
    rows = [[button] for verb, button in moves if verb in _ALONE]
    others = [button for verb, button in moves if verb not in _ALONE]
    rows += [others[at : at + 2] for at in range(0, len(others), 2)]
    rows += _of_official(turn, case)
    if is_moderator(turn):
        rows += _of_moderator(turn, case)
    about = [
        Button(_("🔎 Similar ones"), Page(report=case.id, what="similar")),
        Button(_("🕓 History"), Page(report=case.id, what="history")),
    ]
    if case.photos and not photos:
        label = _n("📷 {n} photo", "📷 {n} photos", len(case.photos))
        about.append(Button(label, Case(report=case.id, photos=True)))
    rows.append(about)
    says = [Button(_("💬 Write about it"), Say(report=case.id))]
    if case.state in _RETHEMED:
        says.append(Button(_("🏷 Another theme"), Theme(report=case.id, theme=0)))
    rows.append(says)
    return [*rows, [*onwards(turn, case), words.desk()]]


def _moves(case: queues.Case) -> list[tuple[Verb, Button]]:
    return [
        (
            row.verb,
            Button(
                words.label(case.state, row.verb, acting),
                Act(report=case.id, verb=row.verb, seen=case.mark),
            ),
        )
        for row, acting in case.may
        if row.verb in words.VERBS
    ]


def next_steps(case: queues.Case) -> list[list[Button]]:
    """What the work on a report goes on with, for whoever has just taken a step."""
    return [[button] for verb, button in _moves(case) if verb in _WORK]


def _of_official(turn: Turn, case: queues.Case) -> list[list[Button]]:
    if case.unit_id not in turn.me.units() or case.state not in ACTIVE:
        return []
    if case.official_me:
        return [[Button(_("✋ Let go of it"), Claim(report=case.id, how="free"))]]
    if case.official:
        label = _("🔄 Take over from {name}", name=case.official)
        return [[Button(label, Claim(report=case.id, how="over"))]]
    if case.state == State.OPEN:
        return []
    return [[Button(_("🙋 I will do it"), Claim(report=case.id, how="take"))]]


def _of_moderator(turn: Turn, case: queues.Case) -> list[list[Button]]:
    clean = []
    if case.photos:
        clean.append(Button(_("⬛ Black out"), Redact(report=case.id, photo=0)))
    if case.text:
        clean.append(Button(_("✂️ Take words out"), Trim(report=case.id, whole=False)))
    rows = [clean] if clean else []
    if case.hidden or case.flags:
        rows.append(
            [
                Button(_("👁 Everybody may see it"), Settle(report=case.id, show=True)),
                Button(_("🙈 Nobody"), Settle(report=case.id, show=False)),
            ]
        )
    elif case.published_at is not None:
        rows.append([Button(_("🙈 Hide from everybody"), Settle(report=case.id, show=False))])
    if case.barred:
        rows.append([Button(_("✅ Let its author send again"), Bar(report=case.id, yes=False))])
    elif case.may_bar:
        rows.append([pause(turn, case.id)])
    return rows


def pause(turn: Turn, report: int) -> Button:
    """One tap for who abuses the reports."""
    label = _n(
        "⛔ Nothing more from its author for {n} day",
        "⛔ Nothing more from its author for {n} days",
        turn.city.rules.civic.bar_days,
    )
    return Button(label, Bar(report=report, yes=True))


def onwards(turn: Turn, case: queues.Case) -> list[Button]:
    """The next thing that waits, for whoever is in the middle of a queue."""
    if is_moderator(turn) and case.state in {State.SUBMITTED, State.CLARIFY, State.DECLINED}:
        return [Button(_("Next"), Queue(what="new", after=case.id))]
    if is_moderator(turn) and case.hidden:
        return [Button(_("Next"), Queue(what="flagged", after=case.id))]
    if case.unit_id in turn.me.units():
        return [Button(_("📥 The list"), Listed(what="todo", offset=0))]
    return []


def _with_photos(turn: Turn, case: queues.Case, screen: Screen) -> Screen:
    """The report below its photos; moderators see what was sent, others the public copies."""
    original = is_moderator(turn) and case.state == State.SUBMITTED
    place = None
    if case.lat is not None and case.lon is not None:
        title = plain(local(case.theme))
        place = Place(case.lat, case.lon, title, case.address or title)
    pictures = [
        Screen(
            _(_KINDS[kept.kind]),
            picture=Picture("report_photo", {"token": kept.token, "original": original}),
            fresh=True,
        )
        for kept in case.photos
    ]
    if not pictures:
        lead = Screen(head(case), place=place, fresh=True, also=[screen])
        return Screen(screen.text, screen.buttons, fresh=True) if place is None else lead
    first, *others = pictures
    return Screen(
        first.text, picture=first.picture, place=place, fresh=True, also=[*others, screen]
    )


@router.callback_query(Page.filter(), flags=allow(Access.DESK))
async def page(_query: CallbackQuery, callback_data: Page, turn: Turn) -> Screen:
    case = await look(turn, callback_data.report)
    if callback_data.what == "history":
        return await _history(turn, case)
    if callback_data.what == "similar":
        return await similar.of(turn, case)
    raise NotFound


async def _history(turn: Turn, case: queues.Case) -> Screen:
    """What has happened to it, as it stands in the log."""
    events = await log.of(turn.tx, "report", case.id, _EVENTS)
    lines: list[str] = [head(case), ""]
    for event in reversed(events):
        when = day_and_clock(event.at, turn.city.timezone)
        did = words.event(event)
        who = _(words.ACTING.get(event.acting, event.acting))
        why = f": {reports.reason(words.short(event.reason, _WHY))}" if event.reason else ""
        lines.append(f"{when} · {did} ({who}){why}")
    return Screen("\n".join(lines), [[words.back(case.id)]])
