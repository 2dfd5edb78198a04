"""Faces and car plates are blacked out on the copy of a photo that everybody sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiogram import Bot, F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.access import Access, Eyes, allow
from handlers.chat.desk import cells, words
from handlers.chat.desk.buttons import Board, Cell, Redact
from handlers.chat.desk.page import look
from handlers.chat.desk.states import Desk, recall, too_late
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Picture, Screen
from handlers.texts import _
from handlers.turn import Person, Turn
from services.cities import CityFacts
from services.errors import NotFound
from services.images.contract import ImageFault, Unopenable
from services.reports import redacting
from services.reports.photos import Kept

router = Router(name="desk_redacting")

_BLACK = "⬛"


@dataclass(frozen=True, slots=True)
class Copy:
    """A public copy that was drawn: of which photo, with which rectangles black, over which."""

    photo: int
    rectangles: list[list[float]]
    seen: list[list[float]]
    jpeg: bytes


@router.callback_query(Redact.filter(), flags=allow(Access.CITY))
async def begin(_query: CallbackQuery, callback_data: Redact, turn: Turn) -> Screen:
    case = await look(turn, callback_data.report)
    photos = {kept.id: kept for kept in case.photos}
    if not photos:
        raise NotFound
    chosen = callback_data.photo or (case.photos[0].id if len(photos) == 1 else 0)
    if chosen:
        if chosen not in photos:
            raise NotFound
        return await _open(turn, photos[chosen])
    rows = [
        [Button(_("Photo {n}", n=n), Redact(report=case.id, photo=kept.id))]
        for n, kept in enumerate(case.photos, 1)
    ]
    pictures = [
        Screen(_("Photo {n}", n=n), picture=Picture("report_photo", {"token": kept.token}))
        for n, kept in enumerate(case.photos, 1)
    ]
    asked = Screen(_("On which photo?"), [*rows, [words.back(case.id)]])
    first, *others = pictures
    return Screen(first.text, picture=first.picture, fresh=True, also=[*others, asked])


async def _open(turn: Turn, kept: Kept) -> Screen:
    _jpeg, covered = await redacting.original(turn.tx, turn.city, photo_id=kept.id, by=turn.me.id)
    data = {
        "report": kept.report_id,
        "photo": kept.id,
        "token": kept.token,
        "cells": cells.cells(covered),
        "seen": covered,
    }
    await _keep(turn, data)
    return _board(data, fresh=True)


async def _keep(turn: Turn, data: Mapping[str, Any]) -> None:
    await turn.state.set_state(Desk.cells)
    await turn.state.set_data({**data, "since": turn.now.isoformat()})


async def _under_way(turn: Turn, photo: int | None = None) -> dict[str, Any] | None:
    """The cells so far; None when no photo is open, or another one."""
    if await turn.state.get_state() != Desk.cells.state:
        return None
    data = await recall(turn)
    if data is None or photo not in {None, data["photo"]}:
        return None
    return data


def _board(
    data: Mapping[str, Any], *, said: str = "", keys: bool = False, fresh: bool = False
) -> Screen:
    photo, marked = data["photo"], data["cells"]
    text: str = _(
        "What shall nobody see? Type cells, such as {example}, or press them. Typing adds to what "
        "is black already. The photo as it was sent stays with the moderators.",
        example="B2-C4, E5",
    )
    if marked:
        text += "\n" + _("Black: {cells}", cells=", ".join(marked))
    done = [
        Button(_("👁 Look"), Board(photo=photo, how="look")),
        Button(_("💾 Save"), Board(photo=photo, how="save")),
    ]
    press = [] if keys else [Button(_("👆 Press the cells"), Board(photo=photo, how="keys"))]
    clear = [Button(_("🧹 Nothing black"), Board(photo=photo, how="clear"))] if marked else []
    rows = [*(_keys(photo, marked) if keys else []), done, [*press, *clear]]
    picture = Picture(
        "report_board", {"token": data["token"], "rectangles": cells.rectangles(marked)}
    )
    return Screen(
        f"{said}\n{text}" if said else text,
        [*(row for row in rows if row), [words.back(data["report"])]],
        picture=picture,
        fresh=fresh,
    )


def _keys(photo: int, marked: list[str]) -> list[list[Button]]:
    return [
        [
            Button(
                _BLACK if column + row in marked else column + row,
                Cell(photo=photo, cell=column + row),
            )
            for column in cells.COLUMNS
        ]
        for row in cells.ROWS
    ]


@router.callback_query(Cell.filter(), flags=allow(Access.CITY))
async def press(_query: CallbackQuery, callback_data: Cell, turn: Turn) -> Screen:
    """One cell more is black, or one less."""
    data = await _under_way(turn, callback_data.photo)
    if data is None:
        return too_late()
    marked = cells.in_order(set(data["cells"]) ^ set(cells.in_order([callback_data.cell])))
    await _keep(turn, {**data, "cells": marked})
    return _board({**data, "cells": marked}, keys=True)


@router.message(StateFilter(Desk.cells), Answer(), flags=allow(Access.CITY))
async def typed(message: Message, turn: Turn) -> Screen:
    data = await _under_way(turn)
    if data is None:
        return too_late()
    added = cells.read(message.text or "")
    if added is None:
        said = _("I could not read that. A cell is a letter from A to H and a number from 1 to 8.")
        return _board(data, said=said, fresh=True)
    data = {**data, "cells": cells.in_order([*data["cells"], *added])}
    await _keep(turn, data)
    return _board(data, fresh=True)


async def gather(
    reading: AsyncConnection,
    who: Person,
    city: CityFacts,
    query: CallbackQuery,
    kept: Mapping[str, Any],
) -> Mapping[str, Any]:
    """The original of the photo that is to be drawn anew, and what is to be black on it."""
    asked = Board.unpack(query.data or "")
    if kept.get("photo") != asked.photo:
        return {"copy": None}
    black = cells.rectangles(kept["cells"]) if asked.how == "save" else kept.get("before")
    if black is None:
        return {"copy": None}
    jpeg, _covered = await redacting.original(reading, city, photo_id=asked.photo, by=who.id)
    return {"copy": Copy(asked.photo, black, kept["seen"], jpeg)}


async def redraw(
    _query: CallbackQuery, kept: Mapping[str, Any], _bot: Bot, eyes: Eyes
) -> Copy | None:
    """The copy for everybody, drawn before the transaction; None when it could not be."""
    copy: Copy | None = kept["copy"]
    if copy is None:
        return None
    try:
        jpeg = await eyes.redact(copy.jpeg, copy.rectangles)
    except (ImageFault, Unopenable):
        return None
    return Copy(copy.photo, copy.rectangles, copy.seen, jpeg)


@router.callback_query(
    Board.filter(F.how.in_({"save", "undo"})),
    flags=allow(Access.CITY, gather=gather, recall=redraw),
)
async def save(_query: CallbackQuery, callback_data: Board, turn: Turn) -> Screen:
    """From now on everybody sees this copy; undone by drawing the one before."""
    copy: Copy | None = turn.prepared
    data = await turn.state.get_data()
    if copy is None or data.get("photo") != copy.photo:
        return Screen(
            _("This has not been saved. Please open the photo once more."), [[words.desk()]]
        )
    await redacting.redact(
        turn.tx, turn.city, photo_id=copy.photo, by=turn.me.id, rectangles=copy.rectangles,
        seen=copy.seen, public=copy.jpeg, now=turn.now,
    )  # fmt: skip
    undone = callback_data.how == "undo"
    await turn.state.clear()
    rows = [[words.back(data["report"])]]
    if undone:
        told = _("Done: everybody sees it as before.")
    else:
        told = _("💾 Saved: this is what everybody sees from now on.")
        again = {name: data[name] for name in ("report", "photo", "token")}
        await turn.state.set_data({**again, "before": copy.seen, "seen": copy.rectangles})
        rows.insert(0, [Button(_("↩️ Undo"), Board(photo=copy.photo, how="undo"))])
    picture = Picture("report_photo", {"token": data["token"]})
    return Screen(told, rows, picture=picture)


@router.callback_query(Board.filter(), flags=allow(Access.CITY))
async def board(_query: CallbackQuery, callback_data: Board, turn: Turn) -> Screen:
    data = await _under_way(turn, callback_data.photo)
    if data is None:
        return too_late()
    match callback_data.how:
        case "keys":
            return _board(data, keys=True)
        case "clear":
            data = {**data, "cells": []}
            await _keep(turn, data)
            return _board(data)
        case "look":
            return _preview(data)
        case "board":
            return _board(data)
        case _:
            raise NotFound


def _preview(data: Mapping[str, Any]) -> Screen:
    """Exactly what everybody would see."""
    photo = data["photo"]
    black = cells.rectangles(data["cells"])
    return Screen(
        _("This is what everybody would see."),
        [
            [Button(_("💾 Save"), Board(photo=photo, how="save"))],
            [Button(_("« Back"), Board(photo=photo, how="board"))],
        ],
        picture=Picture("report_redacted", {"token": data["token"], "rectangles": black}),
    )
