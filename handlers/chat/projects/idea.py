"""`/idea`: a few words become a draft, the draft a card that is just what everybody will see."""

from collections.abc import Sequence

from aiogram import Router
from aiogram.filters import Command, CommandObject, StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import Go, To
from handlers.chat.projects import words
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import AdoptPractice, IdeaIs
from handlers.chat.projects.idea_card import card, similar_or_card
from handlers.chat.projects.idea_place import ask_place
from handlers.chat.receipts.typing import Answer
from handlers.screen import Button, Screen
from handlers.texts import _, verbatim
from handlers.turn import Turn
from services.projects import guessing, ideas, moving, practices
from services.projects.facts import Facts
from services.projects.stages import Kind, Stage, Status, Verb

router = Router(name="idea")

_TITLE = 80
_ASIDE = 5


@router.message(Command("idea"), flags=allow(Access.GUEST))
async def idea(_message: Message, command: CommandObject, turn: Turn) -> Screen:
    if command.args:
        return await told(turn, command.args)
    return await begin(turn)


@router.callback_query(To("idea"), flags=allow(Access.GUEST))
async def pressed(_query: CallbackQuery, turn: Turn) -> Screen:
    return await begin(turn)


async def begin(turn: Turn) -> Screen:
    """Ask for the idea, and show those that were put aside."""
    kept = [[Button(f"✏️ {verbatim(draft.title)}", IdeaIs(idea=draft.id, what="go_on"))]
            for draft in await _drafts(turn)]  # fmt: skip
    return await ask(
        turn,
        Asking.idea,
        _(
            "💡 <b>What would make the city better?</b>\nWrite it in your own words: what should "
            "be done, where, and who it is good for. The first line becomes the title."
        ),
        *kept,
        [Button(_("📣 Answer a request"), Go(to="requests"))],
    )


async def _drafts(turn: Turn) -> Sequence[Facts]:
    mine = await ideas.mine(turn.tx, turn.me.id, limit=30)
    return [p for p in mine if (p.stage, p.status) == (Stage.IDEA, Status.ACTIVE)][:_ASIDE]


@router.message(StateFilter(Asking.idea), Answer(), flags=allow(Access.GUEST))
async def answered(message: Message, turn: Turn) -> Screen:
    facts = await asked(turn) or {}
    return await told(
        turn, message.text or "", request=facts.get("request"), practice=facts.get("practice")
    )


async def told(
    turn: Turn, text: str, *, request: int | None = None, practice: int | None = None
) -> Screen:
    """Keep the words as a draft and ask for what they do not say yet."""
    await turn.state.clear()
    kind = guessing.guess(text)
    title, body = in_two(text)
    idea_id = await ideas.start(
        turn.tx, city=turn.city, author_id=turn.me.id, title=title, text=body,
        kind=kind or Kind.URBAN, now=turn.now, challenge_id=request, practice_id=practice,
    )  # fmt: skip
    return await (ask_place(turn, idea_id) if kind else ask_kind(idea_id))


def in_two(text: str) -> tuple[str, str]:
    """Title and text: a short first line stands for itself, else the first sentence is named."""
    first, _end, rest = text.strip().partition("\n")
    if rest.strip() and len(first) <= _TITLE:
        return first.strip(), rest.strip()
    return _title_of(first), text.strip()


def _title_of(first: str) -> str:
    for end in ".!?。！？":
        head = first.partition(end)[0]
        if 3 <= len(head) < len(first) and len(head) <= _TITLE:
            first = head
    if len(first) <= _TITLE:
        return first
    cut = first[:_TITLE]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:—-") + "…"


async def ask_kind(idea_id: int, *, then: str = "kind", back: bool = False) -> Screen:
    """What kind of idea it is, where its words do not tell; `back` leads to its card."""
    buttons = [
        Button(words.kind_of(kind), IdeaIs(idea=idea_id, what=then, value=kind))
        for kind in words.KINDS
    ]
    rows = [buttons[i : i + 2] for i in range(0, len(buttons), 2)]
    if back:
        rows.append([Button(_("« Back"), IdeaIs(idea=idea_id, what="go_on"))])
    return Screen(_("What is it about?"), rows)


@router.callback_query(IdeaIs.filter(), flags=allow(Access.GUEST))
async def changed(query: CallbackQuery, callback_data: IdeaIs, turn: Turn) -> Screen:
    handle = _CHANGES.get(callback_data.what)
    if handle is None:
        return await card(turn, callback_data.idea)
    return await handle(turn, callback_data.idea, callback_data.value)


async def _go_on(turn: Turn, idea_id: int, _value: str) -> Screen:
    await turn.state.clear()
    project = await ideas.visible(turn.tx, idea_id, turn.me.id)
    if not project.placed:
        return await ask_place(turn, idea_id)
    return await similar_or_card(turn, idea_id)


async def _kind(turn: Turn, idea_id: int, value: str) -> Screen:
    if value not in set(Kind):
        return await ask_kind(idea_id)
    await ideas.edit(turn.tx, project_id=idea_id, by=turn.me.id, now=turn.now, kind=value)
    return await _go_on(turn, idea_id, "")


async def _text(turn: Turn, idea_id: int, _value: str) -> Screen:
    return await ask(
        turn, Asking.idea_text, _("Please write the text of your idea anew."), idea=idea_id
    )


async def _title(turn: Turn, idea_id: int, _value: str) -> Screen:
    return await ask(
        turn, Asking.idea_title, _("Please write a title: one short line."), idea=idea_id
    )


async def _anonymous(turn: Turn, idea_id: int, value: str) -> Screen:
    await ideas.edit(
        turn.tx, project_id=idea_id, by=turn.me.id, now=turn.now, anonymous=value == "1"
    )
    return await card(turn, idea_id)


async def _place(turn: Turn, idea_id: int, _value: str) -> Screen:
    return await ask_place(turn, idea_id)


async def _send(turn: Turn, idea_id: int, _value: str) -> Screen:
    await turn.state.clear()
    await ideas.send(turn.tx, city=turn.city, project_id=idea_id, by=turn.me.id, now=turn.now)
    return Screen(
        _(
            "🙌 Thank you! A moderator takes a first look, usually within three days. Then "
            "everybody sees your idea, and I tell you."
        ),
        [[Button(_("💡 My ideas"), Go(to="my_projects"))],
         [Button(_("➕ One more idea"), Go(to="idea"))]],
    )  # fmt: skip


async def _drop(turn: Turn, idea_id: int, value: str) -> Screen:
    if value != "sure":
        return Screen(
            _("Throw this idea away? It cannot be brought back."),
            [[Button(_("Yes, throw away"), IdeaIs(idea=idea_id, what="drop", value="sure")),
              Button(_("« Keep it"), IdeaIs(idea=idea_id, what="card"))]],
        )  # fmt: skip
    await turn.state.clear()
    await moving.move(
        turn.tx, city=turn.city, project_id=idea_id, verb=Verb.CLOSE, seen=Stage.IDEA,
        by=turn.me.id, now=turn.now,
    )  # fmt: skip
    return Screen(
        _("Thrown away."), [[Button(_("💡 Ideas and projects"), Go(to="projects"))]], closes=True
    )


async def _aside(turn: Turn, _idea_id: int, _value: str) -> Screen:
    await turn.state.clear()
    return Screen(
        _("Kept for you: /idea shows it. Nobody else sees it, and nothing is sent by itself."),
        [[Button(_("💡 Ideas and projects"), Go(to="projects"))]],
    )


_CHANGES = {
    "go_on": _go_on,
    "kind": _kind,
    "kinds": lambda turn, idea_id, _value: ask_kind(idea_id, back=True),
    "text": _text,
    "title": _title,
    "anonymous": _anonymous,
    "place": _place,
    "send": _send,
    "aside": _aside,
    "drop": _drop,
}


@router.message(
    StateFilter(Asking.idea_text, Asking.idea_title), Answer(), flags=allow(Access.GUEST)
)
async def rewritten(message: Message, turn: Turn, raw_state: str) -> Screen:
    facts = await asked(turn)
    if facts is None:
        return left()
    words_, is_title = message.text or "", raw_state == Asking.idea_title.state
    await ideas.edit(
        turn.tx, project_id=facts["idea"], by=turn.me.id, now=turn.now,
        title=words_ if is_title else None, text=None if is_title else words_,
    )  # fmt: skip
    return await card(turn, facts["idea"])


@router.callback_query(AdoptPractice.filter(), flags=allow(Access.GUEST))
async def adopt(_query: CallbackQuery, callback_data: AdoptPractice, turn: Turn) -> Screen:
    practice = await practices.one(turn.tx, callback_data.practice)
    return await ask(
        turn,
        Asking.idea,
        _(
            "🌱 <b>{title}</b>, here in our city.\nWrite in your own words where it should be and "
            "what should be different. The first line becomes the title.",
            title=practice.title,
        ),
        practice=practice.id,
    )


async def answer_request(turn: Turn, request_id: int, title: str) -> Screen:
    """Ask for an idea that answers a request."""
    return await ask(
        turn,
        Asking.idea,
        _(
            "📣 Your answer to “{title}”.\nWrite what should be done, where, and who it is good "
            "for. The first line becomes the title.",
            title=title,
        ),
        request=request_id,
    )
