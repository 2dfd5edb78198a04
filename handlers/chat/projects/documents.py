"""What is on paper: estimate, schedule, consents; added as words, a photo or a file."""

from typing import Any

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.types import CallbackQuery, Message

from handlers.access import Access, allow
from handlers.chat.projects import words
from handlers.chat.projects.asking import Asking, ask, asked, left
from handlers.chat.projects.buttons import AcceptDocument, Ask, Part, ShowDocument, ShowProject
from handlers.chat.projects.files import bring, trouble
from handlers.chat.receipts.typing import Answer
from handlers.screen import Attachment, Button, Picture, Screen
from handlers.texts import Html, _, verbatim
from handlers.turn import Turn
from services.projects import acting, documents, ideas
from services.projects.documents import Document
from services.projects.stages import Status

router = Router(name="project_documents")

_KINDS = tuple(kind for kind in documents.KINDS if kind != "mentor_checklist")
_COMMERCIAL = "secret-"
_ADDERS = frozenset({"lead", "author", "team", "operator", "official", "mentor"})


@router.callback_query(Part.filter(F.part == "documents"), flags=allow(Access.GUEST))
async def shown(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    return await _documents(turn, callback_data.project)


async def _documents(turn: Turn, project_id: int, toast: str | None = None) -> Screen:
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    found = await documents.listing(turn.tx, project_id)
    lines: list[Html] = [_("📑 <b>Documents</b>"), *map(_listed, found)]
    if not found:
        lines.append(_("There are none yet."))
    rows = [
        [Button(_(words.DOCUMENTS[each.kind]), ShowDocument(project=project_id, document=each.id))]
        for each in found
    ]
    if project.status == Status.ACTIVE and roles & _ADDERS:
        rows.append([Button(_("➕ Add a document"), Part(project=project_id, part="add"))])
    rows.append([Button(_("« The project"), ShowProject(project=project_id))])
    return Screen("\n".join(lines), rows, toast=toast, fresh=True)


def _listed(document: Document) -> Html:
    sign = "✅" if document.accepted else "▫️"
    kind = _(words.DOCUMENTS[document.kind])
    line = f"{sign} {kind}"
    title = "" if document.title == str(kind) else verbatim(document.title)
    after = _("not public") if document.commercial else title
    return Html(f"{line} · {after}" if after else line)


@router.callback_query(ShowDocument.filter(), flags=allow(Access.GUEST))
async def content(_query: CallbackQuery, callback_data: ShowDocument, turn: Turn) -> Screen:
    project_id, document_id = callback_data.project, callback_data.document
    held = await documents.content(turn.tx, document_id, turn.me.id)
    project = await ideas.visible(turn.tx, project_id, turn.me.id)
    roles = await acting.roles_of(turn.tx, project, turn.me.id)
    listed = {each.id: each for each in await documents.listing(turn.tx, project_id)}
    rows = [[Button(_("« Documents"), Part(project=project_id, part="documents"))]]
    document = listed.get(document_id)
    if document is not None and not document.accepted and _accepts(document, roles, turn.me.id):
        accept = AcceptDocument(project=project_id, document=document_id)
        rows.insert(0, [Button(_("✅ Accept it"), accept)])
    lines = [f"<b>{verbatim(held.title)}</b>"]
    if held.text:
        lines += ["", verbatim(held.text)]
    picture = attachment = None
    if held.file_name == "photo.jpg":
        picture = Picture("project_photo", {"document": document_id, "viewer": turn.me.id})
    elif held.file_name:
        facts = {"document": document_id, "viewer": turn.me.id}
        attachment = Attachment(held.file_name, kind="project_file", facts=facts)
    return Screen("\n".join(lines), rows, picture=picture, attachment=attachment, fresh=True)


def _accepts(document: Document, roles: frozenset[str], me: int) -> bool:
    if document.kind == documents.RESULT and document.added_by == me:
        return False
    wanted = {"mentor"} if document.kind == "mentor_checklist" else {"operator", "official"}
    return bool(roles & wanted)


@router.callback_query(AcceptDocument.filter(), flags=allow(Access.GUEST))
async def accept(_query: CallbackQuery, callback_data: AcceptDocument, turn: Turn) -> Screen:
    project_id = await documents.accept(
        turn.tx, document_id=callback_data.document, by=turn.me.id, now=turn.now
    )
    return await _documents(turn, project_id, _("Accepted"))


@router.callback_query(Part.filter(F.part == "add"), flags=allow(Access.GUEST))
async def which(_query: CallbackQuery, callback_data: Part, turn: Turn) -> Screen:
    rows = [
        [Button(_(words.DOCUMENTS[kind]),
                Ask(project=callback_data.project, what="document", key=kind))]
        for kind in _KINDS
    ]  # fmt: skip
    back = [Button(_("« Documents"), Part(project=callback_data.project, part="documents"))]
    return Screen(_("What is it?"), [*rows, back])


@router.callback_query(Ask.filter(F.what == "document"), flags=allow(Access.GUEST))
async def begin(_query: CallbackQuery, callback_data: Ask, turn: Turn) -> Screen:
    secret = callback_data.key.startswith(_COMMERCIAL)
    kind = callback_data.key.removeprefix(_COMMERCIAL)
    if kind not in _KINDS:
        return await _documents(turn, callback_data.project)
    if kind == documents.RESULT:
        return await _ask_result(turn, callback_data.project)
    other = kind if secret else f"{_COMMERCIAL}{kind}"
    switch = Ask(project=callback_data.project, what="document", key=other)
    return await ask(
        turn,
        Asking.document,
        _(
            "📑 <b>{kind}</b>\nSend a photo or a file, or write what it says.\n{who}",
            kind=_(words.DOCUMENTS[kind]),
            who=_("Only the project’s people will read it.")
            if secret
            else _("Everybody can read it once it is accepted."),
        ),
        [Button(_("🔓 Let everybody read it") if secret else _("🔒 Not for everybody"), switch)],
        project=callback_data.project,
        kind=kind,
        secret=secret,
    )


async def _ask_result(turn: Turn, project_id: int) -> Screen:
    return await ask(
        turn,
        Asking.document,
        _(
            "📷 <b>{kind}</b>\nPlease send a photo. Everybody can see it once somebody else from "
            "the city has looked at it.",
            kind=_(words.DOCUMENTS[documents.RESULT]),
        ),
        project=project_id,
        kind=documents.RESULT,
        secret=False,
    )


@router.message(StateFilter(Asking.document), Answer(), flags=allow(Access.GUEST))
async def written(message: Message, turn: Turn) -> Screen:
    kept = await asked(turn)
    if kept is None:
        return left()
    if kept["kind"] == documents.RESULT:
        return await _ask_result(turn, kept["project"])
    return await _add(turn, kept, text=message.text or "")


@router.message(
    StateFilter(Asking.document), F.photo | F.document, flags=allow(Access.GUEST, prepare=bring)
)
async def sent(message: Message, turn: Turn) -> Screen:
    if turn.prepared.problem:
        return Screen(trouble(turn.prepared.problem))
    kept = await asked(turn)
    if kept is None:
        return left()
    if kept["kind"] == documents.RESULT and turn.prepared.name != "photo.jpg":
        return await _ask_result(turn, kept["project"])
    return await _add(
        turn, kept, text=message.caption or "", file=turn.prepared.data,
        file_name=turn.prepared.name,
    )  # fmt: skip


async def _add(turn: Turn, kept: dict[str, Any], **content: Any) -> Screen:
    await documents.add(
        turn.tx, project_id=kept["project"], by=turn.me.id, kind=kept["kind"],
        title=_title(kept["kind"], content["text"]), commercial=kept["secret"], now=turn.now,
        **content,
    )  # fmt: skip
    return await _documents(turn, kept["project"], _("Added"))


def _title(kind: str, text: str) -> str:
    first = text.strip().partition("\n")[0].strip()
    return first if 3 <= len(first) <= 80 else str(_(words.DOCUMENTS[kind]))
