"""A project that should not be public: members say so, and a moderator keeps or closes it."""

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import Go
from handlers.chat.civic.flagged import thanks
from handlers.chat.projects import words
from handlers.chat.projects.buttons import Flagged, FlagProject, Settle, ShowProject, Verdict
from handlers.chat.projects.moves import state_of
from handlers.chat.projects.where import where
from handlers.screen import Button, Screen
from handlers.texts import _, _n, verbatim
from handlers.turn import Turn
from services.projects import flags, ideas, naming
from services.projects.facts import Facts
from services.projects.stages import Status, Verb

router = Router(name="project_flagging")


@router.callback_query(FlagProject.filter(), flags=allow(Access.GUEST))
async def flag(_query: CallbackQuery, callback_data: FlagProject, turn: Turn) -> Screen:
    project = await ideas.visible(turn.tx, callback_data.project, turn.me.id)
    if not callback_data.sure:
        return Screen(
            _(
                "Is “{title}” rude, untrue or advertising, or does it name somebody's phone or "
                "home? Then tell the moderators. It does not say who told.",
                title=project.title,
            ),
            [
                [Button(_("🚩 Tell the moderators"), FlagProject(project=project.id, sure=True))],
                [Button(_("« Back"), ShowProject(project=project.id))],
            ],
            fresh=True,
        )
    flagged = await flags.flag(
        turn.tx, turn.city, member_id=turn.me.id, project_id=project.id, now=turn.now
    )
    back = [Button(_("💡 Ideas and projects"), Go(to="projects"))]
    return thanks(new=flagged.new, counts=flagged.counts, hidden=flagged.hidden, back=back)


@router.callback_query(Flagged.filter(), flags=allow(Access.CITY))
async def queue(_query: CallbackQuery, callback_data: Flagged, turn: Turn) -> Screen:
    return await next_flagged(turn, callback_data.after)


async def next_flagged(turn: Turn, offset: int, toast: str | None = None) -> Screen:
    """One that was flagged away, the longest hidden first; `offset` skips those left for later."""
    found = await flags.queue(turn.tx, turn.city.id, limit=2, offset=offset)
    back = [Button(_("« What waits"), Go(to="ideas_desk"))]
    if not found:
        return Screen(_("✨ No flagged project waits. Thank you!"), [back], toast=toast)
    project = found[0]
    rows = _decisions(project)
    if len(found) > 1:
        rows.append([Button(_("Next ›"), Flagged(after=offset + 1))])
    return Screen(await _shown(turn, project), [*rows, back], toast=toast)


async def _shown(turn: Turn, project: Facts) -> str:
    author = await naming.author(turn.tx, project)
    told = await flags.counts(turn.tx, project.id)
    return "\n".join(
        [
            f"🚩 <b>{verbatim(project.title)}</b>",
            f"{words.kind_of(project.kind)} · {where(turn.city, project)}",
            words.standing(project.stage, project.status),
            _("Author: {name}", name=author) if author else _("Author: somebody from the city"),
            _n(
                "🚩 {n} person says that it should not be public",
                "🚩 {n} people say that it should not be public",
                told,
            ),
            "",
            verbatim(project.text),
        ]
    )


def _decisions(project: Facts) -> list[list[Button]]:
    keep = Button(_("✅ Keep it"), Settle(project=project.id, show=True))
    if project.status == Status.CLOSED:
        return [[keep], [Button(_("🙈 It stays hidden"), Settle(project=project.id, show=False))]]
    close = Verdict(project=project.id, verb=Verb.CLOSE, seen=state_of(project))
    return [[keep], [Button(_("✖ Close…"), close)]]


@router.callback_query(Settle.filter(), flags=allow(Access.CITY))
async def settle(_query: CallbackQuery, callback_data: Settle, turn: Turn) -> Screen:
    await flags.settle(
        turn.tx, turn.city, project_id=callback_data.project, by=turn.me.id,
        show=callback_data.show, now=turn.now,
    )  # fmt: skip
    said = _("Everybody sees it again") if callback_data.show else _("Done")
    return await next_flagged(turn, 0, said)
