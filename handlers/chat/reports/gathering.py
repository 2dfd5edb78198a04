"""Photos and words on their way into a draft, in whatever order they come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiogram import Bot, F, Router
from aiogram.filters import Command, StateFilter
from aiogram.types import CallbackQuery, Message
from aiogram.utils.chat_action import ChatActionSender

from handlers.access import Access, Eyes, allow
from handlers.buttons import Go, To
from handlers.chat.receipts.advice import PROBLEMS, UNREADABLE
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports import flow
from handlers.chat.reports.states import IN_DRAFT, Reporting, draft_id, keep
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, day
from handlers.turn import Turn
from services.civic import bars
from services.errors import NotFound
from services.images.contract import MAX_BYTES, ImageFault, Taken, Unopenable
from services.reports import drafts, themes
from services.reports.photos import Picture

router = Router(name="reports_gathering")

_TYPING_SECONDS = 4.0
_NOT_A_PHOTO = N_("I can only take photos here. Please send a photo of the problem.")


@dataclass(frozen=True, slots=True)
class Look:
    """A photo as it was fetched: `problem` says why there is none."""

    taken: Taken | None = None
    problem: str = ""


async def fetch(message: Message, bot: Bot, eyes: Eyes) -> Look:
    """Fetch the photo of a message and make it one that can be kept."""
    source = message.photo[-1] if message.photo else message.document
    assert source is not None
    async with ChatActionSender.typing(message.chat.id, bot, interval=_TYPING_SECONDS):
        return await look(source.file_id, source.file_size or 0, bot, eyes)


async def look(file_id: str, size: int, bot: Bot, eyes: Eyes) -> Look:
    """The same for a file by its id."""
    if size > MAX_BYTES:
        return Look(problem="too_large")
    fetched = await bot.download(file_id)
    assert fetched is not None
    try:
        return Look(await eyes.take(fetched.read()))
    except Unopenable as refused:
        return Look(problem=refused.problem)
    except ImageFault as fault:
        return Look(problem="busy" if fault.reason == "busy" else UNREADABLE)


def advice(problem: str) -> Html:
    """What to do about a photo that could not be taken."""
    if problem == "not_an_image":
        return _(_NOT_A_PHOTO)
    return _(PROBLEMS.get(problem, PROBLEMS[UNREADABLE]))


def source_key(turn: Turn, message: Message) -> str:
    """What names the message a photo came with, so that it is kept once."""
    return f"{turn.me.channel}:{message.message_id}"


async def begun(turn: Turn) -> int:
    """The draft of this dialogue; a new one where there is none yet, or it is gone."""
    found = await draft_id(turn)
    if found is not None:
        try:
            await drafts.one(turn.tx, turn.city, turn.me.id, found)
        except NotFound:
            found = None
    if found is None:
        found = await drafts.start(
            turn.tx, turn.city, member_id=turn.me.id, source=turn.me.channel, now=turn.now
        )
    await keep(turn, Reporting.content, draft=found)
    return found


@router.message(Command("report"), flags=allow(Access.GUEST))
@router.callback_query(To("report"), flags=allow(Access.GUEST))
async def report(_event: Message | CallbackQuery, turn: Turn) -> Screen:
    """Begin; drafts that wait are offered first."""
    if not await themes.themes(turn.tx, turn.city.id):
        return Screen(_("The city does not take reports here yet."))
    waiting = await drafts.mine(turn.tx, turn.city, turn.me.id)
    await turn.state.clear()
    screen = await _paused(turn, await flow.ask_content(turn))
    if not waiting:
        return screen
    rows = [[Button(_n("✏️ {n} draft", "✏️ {n} drafts", len(waiting)), Go(to="report_drafts"))]]
    return Screen(screen.text, [*rows, *screen.buttons])


async def _paused(turn: Turn, screen: Screen) -> Screen:
    """With a word before it to who may not send for some days: better now than at the end."""
    barred = await bars.of(turn.tx, turn.me.id, turn.now)
    if barred is None:
        return screen
    until = day(barred.until, turn.city.timezone, turn.now)
    said = _("⛔ You can send again from {day}. Until then it is kept as a draft.", day=until)
    return replace(screen, text=f"{said}\n\n{screen.text}")


@router.message(
    StateFilter(Reporting), F.photo | F.document, flags=allow(Access.GUEST, prepare=fetch)
)
async def photo(message: Message, turn: Turn) -> Screen:
    """A photo, or a file with one; the parts of an album are answered once."""
    seen: Look = turn.prepared
    first = await first_of_album(turn, message.media_group_id, good=seen.taken is not None)
    if seen.taken is None:
        return Screen(advice(seen.problem)) if first else Screen()
    draft = await begun(turn)
    kept = await drafts.add_photo(
        turn.tx, turn.city, member_id=turn.me.id, draft_id=draft,
        picture=Picture(seen.taken.jpeg, source_key(turn, message)), now=turn.now,
    )  # fmt: skip
    if seen.taken.place is not None:
        await keep(turn, Reporting.content, file_place=list(seen.taken.place))
    if message.caption:
        await put_words(turn, draft, message.caption, message.message_id)
    screen = await flow.proceed(turn, draft, said="" if kept else _full(turn))
    return screen if first else Screen()


def _full(turn: Turn) -> Html:
    return _n(
        "A report takes {n} photo; I have kept the first.",
        "A report takes {n} photos; I have kept the first ones.",
        turn.city.rules.civic.photos,
    )


async def first_of_album(turn: Turn, album: str | None, *, good: bool) -> bool:
    """Whether this is to be answered: a photo alone, or the first good one to come of its album.

    Parts arrive one by one, late ones too. Those that cannot be taken are spoken of once.
    """
    if album is None:
        return True
    data = await turn.state.get_data()
    name = "album" if good else "bad_album"
    if album in {data.get("album"), data.get(name)}:
        return False
    await turn.state.set_data({**data, name: album})
    return True


async def put_words(turn: Turn, draft: int, text: str, message_id: int | None = None) -> None:
    """Add words to those that are there, the same words once; which message they came with is
    kept, because it may be changed."""
    text = text.strip()
    known = (await drafts.one(turn.tx, turn.city, turn.me.id, draft)).text
    if text not in known.split("\n"):
        whole = f"{known}\n{text}" if known else text
        await set_words(turn, draft, whole)
    if message_id is not None:
        data = await turn.state.get_data()
        worded = {**data.get("worded", {}), str(message_id): text}
        await turn.state.set_data({**data, "worded": worded})


async def set_words(turn: Turn, draft: int, text: str) -> None:
    """Put these words instead of those that are there."""
    await drafts.set_text(turn.tx, member_id=turn.me.id, draft_id=draft, text=text, now=turn.now)


@router.message(StateFilter(Reporting.words), Answer(), flags=allow(Access.GUEST))
async def other_words(message: Message, turn: Turn) -> Screen:
    """The text once more, instead of what was there."""
    draft = await begun(turn)
    await set_words(turn, draft, message.text or "")
    await keep(turn, Reporting.sure, worded={str(message.message_id): message.text})
    return await flow.proceed(turn, draft)


@router.message(
    StateFilter(Reporting.content, Reporting.theme, Reporting.similar, Reporting.sure),
    Answer(),
    flags=allow(Access.GUEST),
)
async def words(message: Message, turn: Turn) -> Screen:
    """What is wrong, in words."""
    draft = await begun(turn)
    await put_words(turn, draft, message.text or "", message.message_id)
    return await flow.proceed(turn, draft)


@router.message(
    StateFilter(Reporting),
    F.voice | F.audio | F.video | F.video_note | F.animation | F.sticker,
    flags=allow(Access.GUEST),
)
async def neither(message: Message, turn: Turn) -> Screen:
    """What cannot become a part of a report."""
    if message.voice or message.audio:
        return Screen(_("I cannot listen yet. Please say it in a line of text, or send a photo."))
    return Screen(_("I cannot watch videos yet. Please send a photo of the problem."))


async def again(
    _query: CallbackQuery, kept: Mapping[str, Any], bot: Bot, eyes: Eyes
) -> list[tuple[Look, str]]:
    """The photos that were not receipts, fetched once more, each with its message."""
    files = kept.get("unread", {}).get("files", [])
    return [(await look(one["id"], one["size"], bot, eyes), one["message"]) for one in files]


@router.callback_query(To("report_photo"), flags=allow(Access.GUEST, recall=again))
async def not_a_receipt(_query: CallbackQuery, turn: Turn) -> Screen:
    """The photo without a code shows a problem in the city."""
    unread = (await turn.state.get_data()).get("unread") or {}
    photos: list[tuple[Look, str]] = turn.prepared or []
    if not photos:
        return await go_on(turn)
    await turn.state.clear()
    taken = [(seen.taken, key) for seen, key in photos if seen.taken is not None]
    if not taken:
        return Screen(advice(photos[0][0].problem))
    draft = await begun(turn)
    for one, key in taken:
        await drafts.add_photo(
            turn.tx, turn.city, member_id=turn.me.id, draft_id=draft,
            picture=Picture(one.jpeg, f"{turn.me.channel}:{key}"), now=turn.now,
        )  # fmt: skip
        if one.place is not None:
            await keep(turn, Reporting.content, file_place=list(one.place))
    if unread.get("caption"):
        await put_words(turn, draft, unread["caption"])
    await keep(turn, Reporting.content, album=unread.get("album"))
    return await flow.proceed(turn, draft)


async def go_on(turn: Turn) -> Screen:
    """A second tap, or the photo is forgotten: the draft that is there, else a new one."""
    if await turn.state.get_state() in IN_DRAFT and (draft := await draft_id(turn)) is not None:
        return await flow.proceed(turn, draft)
    return await flow.ask_content(turn)
