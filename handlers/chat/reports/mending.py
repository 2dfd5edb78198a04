"""Changes to a report that was sent, answers to questions, and what is personal in it."""

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports import replacing
from handlers.chat.reports.buttons import Erase, Mend, MyReport
from handlers.chat.reports.gathering import Look, advice, fetch, source_key
from handlers.chat.reports.mine import card
from handlers.chat.reports.refusals import too_late
from handlers.chat.reports.states import (
    Mending,
    RestOfAlbum,
    about_awaited,
    awaited,
    done_but_album,
    wait,
)
from handlers.chat.reports.words import full, once_more
from handlers.screen import Button, Screen
from handlers.texts import Html, _
from handlers.turn import Turn
from services.errors import NotFound
from services.reports import albums, editing, moves, own, photos
from services.reports.photos import Picture
from services.reports.states import Verb

router = Router(name="reports_mending")


@router.callback_query(Mend.filter(), flags=allow(Access.GUEST))
async def mend(_query: CallbackQuery, callback_data: Mend, turn: Turn) -> Screen:
    """Ask for what is to be changed; the name is switched at once."""
    mine = await own.own(turn.tx, turn.city, turn.me.id, callback_data.report, turn.now)
    back = [[Button(_("« Back"), MyReport(report=mine.id))]]
    match callback_data.part:
        case "name":
            await editing.set_anonymous(
                turn.tx, turn.city, member_id=turn.me.id, report_id=mine.id,
                anonymous=not mine.anonymous, now=turn.now,
            )  # fmt: skip
            return await card(turn, mine.id)
        case "text":
            await wait(turn, Mending.text, _editable(mine).id)
            asked = once_more(mine.text)
        case "place":
            return await replacing.ask_place(turn, _editable(mine))
        case "theme":
            return await replacing.ask_theme(turn, _editable(mine))
        case "photo":
            await wait(turn, Mending.photo, mine.id)
            asked = _("Send the photo. Everybody sees it once a moderator has looked at it.")
        case "answer":
            await wait(turn, Mending.answer, mine.id)
            asked = _(
                "Please write your answer. Only the city's team reads it. A photo is fine, too."
            )
        case "appeal":
            await wait(turn, Mending.appeal, mine.id)
            asked = _("What did we overlook? Say it in a few words, and a moderator looks again.")
        case _:
            raise NotFound
    return Screen(asked, back, fresh=True)


def _editable(mine: own.Mine) -> own.Mine:
    if mine.editable_until is None:
        raise editing.TooLateToEdit
    return mine


@router.message(StateFilter(Mending.text), Answer(), flags=allow(Access.GUEST))
@about_awaited
async def text(message: Message, turn: Turn, report: int) -> Screen:
    await turn.state.clear()
    try:
        await editing.edit(
            turn.tx, turn.city, member_id=turn.me.id, report_id=report, text=message.text or "",
            now=turn.now,
        )  # fmt: skip
    except editing.TooLateToEdit:
        return await card(turn, report, said=too_late())
    return await card(turn, report, said=_("✅ Changed."))


@router.message(StateFilter(Mending.answer), Answer(), flags=allow(Access.GUEST))
@about_awaited
async def answer(message: Message, turn: Turn, report: int) -> Screen:
    await turn.state.clear()
    await editing.answer(
        turn.tx, turn.city, member_id=turn.me.id, report_id=report, text=message.text or "",
        now=turn.now,
    )  # fmt: skip
    return await card(turn, report, said=_looked_at_again())


@router.message(StateFilter(Mending.appeal), Answer(), flags=allow(Access.GUEST))
@about_awaited
async def appeal(message: Message, turn: Turn, report: int) -> Screen:
    await turn.state.clear()
    await moves.move(
        turn.tx, turn.city, report, Verb.SUBMIT, by=turn.me.id, reason=message.text, now=turn.now
    )
    return await card(turn, report, said=_looked_at_again())


@router.message(
    StateFilter(Mending.photo, Mending.answer),
    F.photo | F.document,
    flags=allow(Access.GUEST, prepare=fetch),
)
@about_awaited
async def photo(message: Message, turn: Turn, report: int) -> Screen:
    """A photo for a report that was sent; as an answer it answers by itself."""
    seen: Look = turn.prepared
    if seen.taken is None:
        return Screen(advice(seen.problem))
    said = await _add(turn, report, message, seen)
    if await turn.state.get_state() == Mending.answer.state:
        await editing.answer(
            turn.tx, turn.city, member_id=turn.me.id, report_id=report,
            text=message.caption or "", now=turn.now,
        )  # fmt: skip
        said = _looked_at_again()
    await done_but_album(turn, message.media_group_id, report)
    return await card(turn, report, said=said)


def _looked_at_again() -> Html:
    return _("Thank you! A moderator looks at it again.")


async def _add(turn: Turn, report: int, message: Message, seen: Look) -> str:
    assert seen.taken is not None
    kept = await editing.add_photo(
        turn.tx, turn.city, member_id=turn.me.id, report_id=report,
        picture=Picture(seen.taken.jpeg, source_key(turn, message)), now=turn.now,
    )  # fmt: skip
    return _("📷 Added.") if kept is not None else full(turn.city)


@router.message(RestOfAlbum(), F.photo | F.document, flags=allow(Access.GUEST, prepare=fetch))
async def rest(message: Message, turn: Turn) -> Screen:
    """The other photos of the album belong to the same report; one answer was enough."""
    seen: Look = turn.prepared
    report = await awaited(turn)
    if report is None or seen.taken is None:
        return Screen()
    if (await turn.state.get_data()).get("moved"):
        await albums.add(
            turn.tx, turn.city, report_id=report, by=turn.me.id, now=turn.now,
            picture=Picture(seen.taken.jpeg, source_key(turn, message)),
        )  # fmt: skip
    elif await _is_mine(turn, report):
        await _add(turn, report, message, seen)
    return Screen()


async def _is_mine(turn: Turn, report: int) -> bool:
    try:
        await own.own(turn.tx, turn.city, turn.me.id, report, turn.now)
    except NotFound:
        return False
    return True


@router.callback_query(Erase.filter(), flags=allow(Access.GUEST))
async def erase(_query: CallbackQuery, callback_data: Erase, turn: Turn) -> Screen:
    """Remove what is personal, at any time and in any state."""
    mine = await own.own(turn.tx, turn.city, turn.me.id, callback_data.report, turn.now)
    match callback_data.what:
        case "photos":
            await editing.remove_own_photos(
                turn.tx, turn.city, by=turn.me.id, report_id=mine.id, now=turn.now
            )
            return await card(turn, mine.id, said=_("Your photos are gone for good."))
        case "text":
            await editing.remove_words(
                turn.tx, turn.city, by=turn.me.id, report_id=mine.id, words=None, now=turn.now
            )
            return await card(turn, mine.id, said=_("The text is gone for good."))
        case "words":
            await wait(turn, Mending.erase, mine.id)
            return Screen(
                _("Which words? Please copy them exactly, such as a name or a phone number."),
                [[Button(_("« Back"), Erase(report=mine.id))]],
                fresh=True,
            )
        case "name":
            await editing.set_anonymous(
                turn.tx, turn.city, member_id=turn.me.id, report_id=mine.id, anonymous=True,
                now=turn.now,
            )  # fmt: skip
            return await card(turn, mine.id, said=_("Nobody sees your name any more."))
        case _:
            sent = await photos.sent_by(turn.tx, mine.id, turn.me.id)
            return _what_to_erase(mine, photos=bool(sent))


def _what_to_erase(mine: own.Mine, *, photos: bool) -> Screen:
    rows = []
    if photos:
        rows.append([Button(_("📷 All my photos"), Erase(report=mine.id, what="photos"))])
    if mine.text:
        rows.append([Button(_("✂️ Some words"), Erase(report=mine.id, what="words"))])
        rows.append([Button(_("📝 The whole text"), Erase(report=mine.id, what="text"))])
    if not mine.anonymous:
        rows.append([Button(_("👤 My name"), Erase(report=mine.id, what="name"))])
    return Screen(
        _("What shall I remove? It is gone at once and for good, for the city's team, too."),
        [*rows, [Button(_("« Back"), MyReport(report=mine.id))]],
    )


@router.message(StateFilter(Mending.erase), Answer(), flags=allow(Access.GUEST))
@about_awaited
async def erase_words(message: Message, turn: Turn, report: int) -> Screen:
    try:
        await editing.remove_words(
            turn.tx, turn.city, by=turn.me.id, report_id=report, words=message.text or "",
            now=turn.now,
        )  # fmt: skip
    except NotFound:
        return Screen(
            _("I do not find these words in the text. Please copy them exactly."),
            [[Button(_("« Back"), MyReport(report=report))]],
        )
    await turn.state.clear()
    return await card(turn, report, said=_("These words are gone for good."))
