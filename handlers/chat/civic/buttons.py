"""Callback data of the buttons that reports and projects share."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from handlers.buttons import Number

CardNumber = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]


class Log(CallbackData, prefix="kl"):
    """A page of the city's log, below the event of this number; 0: the newest."""

    before: Number


class Deeds(CallbackData, prefix="kd"):
    """A page of what the member did for the city."""

    offset: Number


class Follows(CallbackData, prefix="kf"):
    """A page of what the member follows."""

    offset: Number


class Unfollow(CallbackData, prefix="ku"):
    """Follow this no more: an entry of the member's list."""

    entry: Number


class WantWeek(CallbackData, prefix="kw"):
    """Begin to want the news of the week again, or want them no more."""

    on: bool


class Vouch(CallbackData, prefix="kv"):
    """The clerk has the holder of this card in front of them."""

    card: CardNumber


class TakeBackWord(CallbackData, prefix="kt"):
    """The clerk was wrong about the holder of this card."""

    card: CardNumber
