"""Callback data of the desk's buttons. Services check every value again."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from handlers.buttons import Number

Word = Annotated[str, Field(max_length=20)]
"""A verb, the mark of what was seen, or the key of a ready reason."""


class Queue(CallbackData, prefix="mq"):
    """What waits for a moderator: the next after this of `new`, `flagged` or `photo`."""

    what: Word
    after: Number


class Case(CallbackData, prefix="mc"):
    """One report as the staff see it; `photos`: with all that were sent."""

    report: Number
    photos: bool = False


class Page(CallbackData, prefix="mg"):
    """A page about one report: `similar` or `history`."""

    report: Number
    what: Word


class Act(CallbackData, prefix="ma"):
    """Begin a move of what was `seen`: its `services.reports.versions.mark`."""

    report: Number
    verb: Word
    seen: Word


class Give(CallbackData, prefix="mv"):
    """What the move needs besides a reason: a unit, an original, or a day (its ordinal)."""

    report: Number
    verb: Word
    seen: Word
    extra: Number


class Why(CallbackData, prefix="mw"):
    """The reason of a move: a key of `services.reports.reasons`, or empty for one's own words."""

    report: Number
    verb: Word
    seen: Word
    reason: Word
    extra: Number


class Undo(CallbackData, prefix="mu"):
    """Take one's own last decision back."""

    report: Number


class Claim(CallbackData, prefix="ml"):
    """`take` a report of one's unit, `over` from a colleague, or `free` it again."""

    report: Number
    how: Word


class Say(CallbackData, prefix="ms"):
    """Begin to write something about a report without moving it."""

    report: Number


class Settle(CallbackData, prefix="mf"):
    """Everybody sees the report (again), or nobody."""

    report: Number
    show: bool


class Bar(CallbackData, prefix="mh"):
    """The author of a declined report may send nothing for some days, or may again."""

    report: Number
    yes: bool


class Photo(CallbackData, prefix="mp"):
    """A photo that came later: `show` it, `hide` it."""

    photo: Number
    how: Word


class Redact(CallbackData, prefix="mr"):
    """Begin to black out parts of a photo; `photo` 0: choose one of the report's."""

    report: Number
    photo: Number


class Cell(CallbackData, prefix="mx"):
    """A cell of the board that lies over the photo, such as B2: black, or not any more."""

    photo: Number
    cell: Annotated[str, Field(max_length=2)]


class Board(CallbackData, prefix="mb"):
    """What is done with the marked photo: `keys`, `look`, `save`, `clear`, `undo`."""

    photo: Number
    how: Word


class Listed(CallbackData, prefix="mo"):
    """A page of a list: `todo`, `mine`, `late`, `head` of one's units; `city` for moderators."""

    what: Word
    offset: Number


class Group(CallbackData, prefix="mk"):
    """The group of this report, reports of one problem close together; `aside`: not again."""

    report: Number
    aside: bool = False


class Theme(CallbackData, prefix="mt"):
    """Another theme for a report; 0 shows all of them."""

    report: Number
    theme: Number


class Trim(CallbackData, prefix="mz"):
    """Take words out of a report's text, or the `whole` of it."""

    report: Number
    whole: bool


class Promote(CallbackData, prefix="mj"):
    """Make a project of a report, or of its whole group; `kind` empty asks which kind."""

    report: Number
    group: bool
    kind: Word = ""
