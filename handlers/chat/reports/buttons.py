"""Callback data of the buttons about reports. Services check every value again."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from handlers.buttons import Number

Name = Annotated[str, Field(max_length=20)]


class Resume(CallbackData, prefix="pd"):
    """Go on with a draft."""

    draft: Number


class Discard(CallbackData, prefix="px"):
    """Throw a draft away; asked once before it is done."""

    draft: Number
    sure: bool


class Change(CallbackData, prefix="pc"):
    """Change one part of a draft: `place`, `theme`, `text`, `photo` or `anonymous`."""

    draft: Number
    part: Name


class PutPlace(CallbackData, prefix="pl"):
    """One of the places that were offered: a number among them, `words` or `file`."""

    draft: Number
    which: Name


class PutTheme(CallbackData, prefix="pt"):
    """This theme; 0 shows all of them."""

    draft: Number
    theme: Number


class Another(CallbackData, prefix="po"):
    """None of the similar reports is the same."""

    draft: Number


class Same(CallbackData, prefix="pm"):
    """This report is the one in the draft: support it, or say that it is there `again`."""

    draft: Number
    report: Number
    again: bool


class Send(CallbackData, prefix="ps"):
    """Send the draft: the same draft is sent once."""

    draft: Number


class Appeal(CallbackData, prefix="pf"):
    """The words for an official appeal, to be copied: of a draft or of one's own report."""

    report: Number


class MyReport(CallbackData, prefix="pr"):
    """One of the author's own reports."""

    report: Number


class MyReports(CallbackData, prefix="pp"):
    """A page of the author's reports."""

    offset: Number


class Mend(CallbackData, prefix="pe"):
    """Change one's own report: `text`, `place`, `theme`, `photo`, `name`, `answer`, `appeal`."""

    report: Number
    part: Name


class Replace(CallbackData, prefix="pq"):
    """Another `theme` (its id) or `place` for one's own report: a number among those that were
    offered, or `words`."""

    report: Number
    what: Name
    which: Name


class Withdraw(CallbackData, prefix="pw"):
    """Take one's own report back; asked once before it is done."""

    report: Number
    sure: bool


class Erase(CallbackData, prefix="py"):
    """Remove what is personal: `photos`, `text` or `name`; empty asks which."""

    report: Number
    what: Name = ""


class ShowReport(CallbackData, prefix="pv"):
    """A public report."""

    report: Number


class ReportPhotos(CallbackData, prefix="pi"):
    """All public photos of a report."""

    report: Number


class Support(CallbackData, prefix="pu"):
    """Support a public report, or take that back."""

    report: Number
    yes: bool


class Flag(CallbackData, prefix="pg"):
    """Say that a public report should not be public as it is; asked once before it is done."""

    report: Number
    sure: bool


class Nearby(CallbackData, prefix="pn"):
    """A page of the public reports: around the place that was sent, else the newest."""

    offset: Number
    around: bool = True


class Fixed(CallbackData, prefix="pk"):
    """Whether the city has really fixed it; `done` without a photo or a word."""

    report: Number
    yes: bool
    done: bool = False
