"""Callback data of the buttons about projects; services check every value again."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from handlers.buttons import Number

Voice = Annotated[int, Field(ge=-1, le=1)]
Word = Annotated[str, Field(max_length=24)]


class OfProject(CallbackData, prefix="j"):
    """What all buttons about one project begin with; never sent as it is."""

    project: Number


class ShowProject(OfProject, prefix="jp"):
    """One project, as its passport."""


class StepDown(OfProject, prefix="jI"):
    """A mentor leaves the project, or is released; asked once before it is done."""

    sure: bool


class Part(OfProject, prefix="jq"):
    """A page of one project, such as its team."""

    part: Word
    offset: Number = 0


class Listing(CallbackData, prefix="jl"):
    """A page of a list: of what, and of which of it."""

    what: Word
    key: Word = ""
    offset: Number = 0


class Near(CallbackData, prefix="jE"):
    """A page of projects around a point, in ten-thousandths of a degree."""

    lat: Annotated[int, Field(ge=-900_000, le=900_000)]
    lon: Annotated[int, Field(ge=-1_800_000, le=1_800_000)]
    offset: Number = 0


class AnswerAid(OfProject, prefix="jg"):
    """What the project's people say of somebody who could help: asked or declined."""

    aid: Number
    state: Word


class Move(OfProject, prefix="jm"):
    """One of the six verbs, on the project as it was seen, perhaps for a ready reason."""

    verb: Word
    seen: Word
    reason: Word = ""


class Vote(OfProject, prefix="jv"):
    """For (1), against (-1), or the voice taken back (0)."""

    value: Voice


class Judge(CallbackData, prefix="js"):
    """Agree (1), disagree (-1) or pass (0) on a short statement."""

    statement: Number
    value: Voice


class ModerateStatement(CallbackData, prefix="jh"):
    """A moderator shows a statement to everybody, or nobody."""

    statement: Number
    show: bool


class Ask(OfProject, prefix="ja"):
    """Begin to tell something about the project: one of the questions of this package."""

    what: Word
    key: Word = ""


class Score(OfProject, prefix="jo"):
    """One of the expert's five marks, and how many were given before it."""

    given: Annotated[int, Field(ge=0, le=4)]
    mark: Annotated[int, Field(ge=1, le=5)]


class Conflict(OfProject, prefix="jc"):
    """Whether the expert has an interest of their own in it."""

    yes: bool


class GiveOpinion(OfProject, prefix="ji"):
    """Send the opinion, with a veto or without."""

    veto: bool


class Skill(CallbackData, prefix="jk"):
    """Switch one of one's own skills."""

    skill: Word
    on: bool


class Apply(OfProject, prefix="jb"):
    """Offer oneself for a place in the team."""

    skill: Word


class SendWord(CallbackData, prefix="jB"):
    """End one's application: whether everybody may see the name."""

    public: bool


class Applicant(OfProject, prefix="jd"):
    """The head of the team answers an applicant."""

    place: Number
    take: bool


class ClosePlace(OfProject, prefix="jD"):
    """Nobody is needed for this place any more."""

    place: Number


class TakeLead(OfProject, prefix="jL"):
    """Lead one's own project."""


class Leave(OfProject, prefix="je"):
    """Leave the team; asked once before it is done."""

    sure: bool


class OpenPlace(OfProject, prefix="jt"):
    """Look for one more person with this skill."""

    skill: Word


class Adopt(OfProject, prefix="jy"):
    """Lead an idea that nobody leads; asked once before it is done."""

    sure: bool


class ShowDocument(OfProject, prefix="jf"):
    document: Number


class AcceptDocument(OfProject, prefix="jj"):
    document: Number


class TakeOn(OfProject, prefix="jn"):
    """A mentor takes the project on."""


class Check(OfProject, prefix="jz"):
    """Tick lines of the mentor's checklist (a bit each), or send it whole."""

    ticked: Number
    send: bool = False


class ShowLine(OfProject, prefix="jr"):
    """A line of what is needed, with who has promised what."""

    line: Number


class RemoveLine(OfProject, prefix="jR"):
    line: Number


class Pledge(OfProject, prefix="j1"):
    """Promise something for a line, from this source."""

    line: Number
    source: Word


class Named(CallbackData, prefix="j2"):
    """Whether the giver's name may be shown: ends the promise."""

    public: bool


class Commit(OfProject, prefix="j3"):
    """A promise is signed, paid or withdrawn."""

    commitment: Number
    state: Word


class Milestone(OfProject, prefix="j4"):
    """A step of the work: `show`, `done` or `remove`."""

    milestone: Number
    what: Word


class Seen(OfProject, prefix="j5"):
    """A resident has seen that it is built."""


class IdeaIs(CallbackData, prefix="j6"):
    """Something about one's draft of an idea: `what` and its value."""

    idea: Number
    what: Word
    value: Word = ""


class ShowRequest(CallbackData, prefix="j7"):
    """A request of the city or a business."""

    request: Number


class RequestIs(CallbackData, prefix="j8"):
    """What is done with a request: send, approve, close, answer."""

    request: Number
    what: Word


class ShowPractice(CallbackData, prefix="j9"):
    practice: Number


class AdoptPractice(CallbackData, prefix="j0"):
    """Begin an idea from a practice."""

    practice: Number


class Queue(CallbackData, prefix="jx"):
    """Ideas that wait for a moderator: the next one after this."""

    after: Number


class Verdict(OfProject, prefix="ju"):
    """The moderator's word on an idea: ok to what was `read`, or back or close for a reason."""

    verb: Word
    seen: Word
    reason: Word = ""
    read: Word = ""


class Watch(CallbackData, prefix="jw"):
    """Follow or unfollow a project, a kind, a district or a theme of reports."""

    subject: Word
    key: Annotated[str, Field(max_length=40)]
    on: bool


class FlagProject(OfProject, prefix="jF"):
    """It should not be public; asked once before it is done."""

    sure: bool


class Flagged(CallbackData, prefix="jG"):
    """Projects that were flagged away: the next one after this."""

    after: Number


class Settle(OfProject, prefix="jH"):
    """A moderator has looked at one: everybody sees it again, or a closed one stays hidden."""

    show: bool


class IdeaAt(CallbackData, prefix="jA"):
    """Where one's draft is: one of the places that were shown."""

    idea: Number
    spot: Annotated[int, Field(ge=0, le=99)]


class RequestOf(CallbackData, prefix="jC"):
    """Who asks for ideas: a venue of the owner's, 0: the city."""

    venue: Number
