"""The plan as a table: anybody downloads it, an operator sends one back."""

import asyncio
from datetime import datetime, timedelta

from aiogram import Bot, F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, Eyes, allow
from handlers.buttons import Go, To
from handlers.chat.adding import Answer
from handlers.chat.plan.home import back_to_plan
from handlers.chat.plan.sheets import words
from handlers.chat.plan.states import TakingIn
from handlers.screen import Attachment, Button, Screen
from handlers.texts import _, _n, language
from handlers.turn import Turn
from services.plan import importing, workbook
from services.plan.container import MAX_BYTES
from services.plan.draft import CellFault, Draft, Fault, Unfit
from services.plan.importing import Imported

router = Router(name="plan_files")

_PATIENCE = timedelta(hours=1)


@router.callback_query(To("plan_export"), flags=allow(Access.GUEST))
async def export(_query: CallbackQuery, turn: Turn) -> Screen:
    day = turn.now.astimezone(turn.city.timezone).date()
    return Screen(
        _("Here is the whole plan as a table: measures, money, indicators and figures."),
        [[back_to_plan()]],
        attachment=Attachment(
            f"plan-{turn.city.slug}-{day.isoformat()}.xlsx",
            kind="plan",
            facts={"city": turn.city.id, "language": language.get()},
        ),
        fresh=True,
    )


@router.callback_query(To("plan_import"), flags=allow(Access.OPERATOR))
async def ask(_query: CallbackQuery, turn: Turn) -> Screen:
    await turn.state.set_state(TakingIn.file)
    await turn.state.set_data({"since": turn.now.isoformat()})
    return _waiting(
        _(
            "Please send the plan as an .xlsx file, in the form that “As a table” gives you. It is "
            "taken in whole or not at all: if anything is wrong, I name the cells and change "
            "nothing. What is not in the file stays; figures with a document stay, too."
        )
    )


def _waiting(said: str) -> Screen:
    return Screen(
        said,
        [[Button(_("⬇️ As a table (XLSX)"), Go(to="plan_export"))],
         [Button(_("Cancel"), Go(to="plan_cancel"))]],
        fresh=True,
    )  # fmt: skip


async def fetch(message: Message, bot: Bot, _eyes: Eyes) -> Draft | Unfit:
    """Fetch the file and read it, aside: a large one takes a while."""
    document = message.document
    assert document is not None
    if (document.file_size or 0) > MAX_BYTES:
        return Unfit([CellFault(Fault.TOO_LARGE)])
    fetched = await bot.download(document)
    assert fetched is not None
    try:
        return await asyncio.to_thread(workbook.read, fetched.read(), words())
    except Unfit as unfit:
        return unfit


@router.message(StateFilter(TakingIn.file), F.document, flags=allow(Access.OPERATOR, prepare=fetch))
async def take_in(_message: Message, turn: Turn) -> Screen:
    since = (await turn.state.get_data()).get("since")
    if since is None or turn.now - datetime.fromisoformat(since) > _PATIENCE:
        await turn.state.clear()
        return Screen(
            _("That was a while ago. To be sure, please choose “Take in a table” again."),
            [[back_to_plan()]],
        )
    if isinstance(turn.prepared, Unfit):
        raise turn.prepared
    done = await importing.take_in(turn.tx, turn.city, turn.prepared, by=turn.me.id, now=turn.now)
    await turn.state.clear()
    return Screen(told(done), [[back_to_plan()]])


def told(done: Imported) -> str:
    """What a file changed, in words."""
    if done.nothing:
        return _("The file says what the plan says already. Nothing was changed.")
    lines: list[str] = [_("✅ The plan is as in the file now.")]
    for count, line in (
        (done.added, _n("{n} row is new", "{n} rows are new", done.added)),
        (done.changed, _n("{n} row has changed", "{n} rows have changed", done.changed)),
        (done.figures, _n("{n} year has new figures", "{n} years have new figures", done.figures)),
    ):
        if count:
            lines.append(f"• {line}")
    return "\n".join(lines)


@router.message(StateFilter(TakingIn.file), Answer(), flags=allow(Access.GUEST))
async def no_file_yet(_message: Message) -> Screen:
    return _waiting(_("I am waiting for the .xlsx file."))
