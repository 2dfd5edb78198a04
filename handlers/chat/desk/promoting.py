"""One report, or a group of them, becomes a project: suggested by closeness, decided by people."""

from typing import Any

from aiogram import Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.buttons import To
from handlers.chat.desk import asking, words
from handlers.chat.desk.buttons import Case, Group, Promote
from handlers.chat.desk.page import look
from handlers.chat.desk.states import Desk, ask, recall, too_late
from handlers.chat.projects.buttons import ShowProject
from handlers.chat.projects.words import KINDS
from handlers.chat.receipts.typing import Answer
from handlers.chat.reports import words as reports
from handlers.screen import Button, Screen
from handlers.texts import _, _n, local, verbatim
from handlers.turn import Turn
from services.errors import NotFound
from services.reports import clusters, promoting, views
from services.reports.clusters import Cluster
from services.reports.promoting import Promoted
from services.reports.views import Public

router = Router(name="desk_promoting")

_SHOWN = 5
_LINES = 30
_ALL = 1_000


async def how_many(turn: Turn) -> int:
    """How many groups are suggested to this moderator; long lists are counted no further."""
    return len(await _suggested(turn, _SHOWN))


async def _suggested(turn: Turn, limit: int) -> list[Cluster]:
    return await clusters.suggested(turn.tx, turn.city, by=turn.me.id, now=turn.now, limit=limit)


@router.callback_query(To("desk_groups"), flags=allow(Access.CITY))
async def groups(_query: CallbackQuery, turn: Turn) -> Screen:
    found = await _suggested(turn, _SHOWN)
    if not found:
        return Screen(_("No reports lie close together at the moment."), [[words.desk()]])
    firsts = await views.public(
        turn.tx, turn.city, [group.report_ids[0] for group in found], turn.now
    )
    rows = [
        [Button(_title(firsts[id_], group), Group(report=id_))]
        for group in found
        if (id_ := group.report_ids[0]) in firsts
    ]
    return Screen(
        _(
            "<b>Groups</b>\nReports of one kind that lie close together. Perhaps they need a "
            "project rather than many repairs. Nothing happens by itself."
        ),
        [*rows, [words.desk()]],
    )


def _title(first: Public, group: Cluster) -> str:
    count = _n("{n} report", "{n} reports", len(group.report_ids))
    where = f" · {verbatim(first.address)}" if first.address else ""
    return f"{first.emoji} {local(first.theme)} · {count}{where}"


async def _of(turn: Turn, report: int) -> Cluster:
    for group in await _suggested(turn, _ALL):
        if report in group.report_ids:
            return group
    raise NotFound


@router.callback_query(Group.filter(), flags=allow(Access.CITY))
async def group(_query: CallbackQuery, callback_data: Group, turn: Turn) -> Screen:
    found = await _of(turn, callback_data.report)
    if callback_data.aside:
        await clusters.put_aside(turn.tx, turn.city, by=turn.me.id, key=found.key, now=turn.now)
        told = _("Put aside. The group comes back when it grows.")
        return Screen(told, [[words.desk()]])
    members = await views.public(turn.tx, turn.city, found.report_ids, turn.now)
    lines = [_line(turn, members[id_]) for id_ in found.report_ids[:_LINES] if id_ in members]
    rows = [
        [Button(f"№ {members[id_].number}", Case(report=id_, photos=True))]
        for id_ in found.report_ids[:_SHOWN]
        if id_ in members
    ]
    promote = Promote(report=callback_data.report, group=True)
    aside = Group(report=callback_data.report, aside=True)
    return Screen(
        "\n".join([_("<b>Do these belong together?</b>"), *lines]),
        [
            [Button(_("🚀 Make one project of them"), promote)],
            *rows,
            [Button(_("🙅 Not this group"), aside)],
            [words.desk()],
        ],
    )


def _line(turn: Turn, each: Public) -> str:
    facts = [f"№ {each.number}", words.state(each.state)]
    facts.append(reports.age(each.published_at or turn.now, turn.now))
    if each.address:
        facts.append(verbatim(each.address))
    return " · ".join(facts)


@router.callback_query(Promote.filter(), flags=allow(Access.DESK))
async def promote(_query: CallbackQuery, callback_data: Promote, turn: Turn) -> Screen:
    """The kind first, then the name of the project."""
    report, kind = callback_data.report, callback_data.kind
    case = await look(turn, report)
    if kind not in KINDS:
        return asking.kind(report, group=callback_data.group)
    members = [report]
    if callback_data.group:
        members = list((await _of(turn, report)).report_ids)
    # The name is public at once: what is proposed is no more than everybody sees already.
    shown = (await views.public(turn.tx, turn.city, [report], turn.now)).get(report)
    where = shown.address if shown else None
    question = _(
        "How shall the project be called? For example: {example}. Authors are asked to be its "
        "co-authors, and who supported is asked for their voice; no voice moves by itself.",
        example=f"{local(case.theme)}, {where or '…'}",
    )
    return await ask(turn, Desk.title, question, report=report, kind=kind, members=members)


@router.message(StateFilter(Desk.title), Answer(), flags=allow(Access.DESK))
async def named(message: Message, turn: Turn) -> Screen:
    data = await recall(turn)
    if data is None:
        return too_late()
    promoted = await _promoted(turn, data, message.text or "")
    await turn.state.clear()
    lines = [
        _n(
            "🚀 {n} report has become a project. Its author and supporters have been asked.",
            "🚀 {n} reports have become one project. Their authors and supporters have been asked.",
            promoted.reports,
        )
    ]
    if promoted.left:
        lines.append(
            _(
                "Not part of it, because they have moved on, are your own or a colleague is on "
                "them: {numbers}.",
                numbers=", ".join(f"№ {number}" for number in promoted.left),
            )
        )
    project = ShowProject(project=promoted.project_id)
    return Screen("\n".join(lines), [[Button(_("Show the project"), project)], [words.desk()]])


async def _promoted(turn: Turn, data: dict[str, Any], title: str) -> Promoted:
    members = data["members"]
    named: dict[str, Any] = {
        "kind": data["kind"], "title": title, "by": turn.me.id, "now": turn.now,
    }  # fmt: skip
    if len(members) > 1:
        return await promoting.promote_group(turn.tx, turn.city, report_ids=members, **named)
    project = await promoting.promote(turn.tx, turn.city, report_ids=members, **named)
    return Promoted(project, 1, ())
