"""A public project as a page: where it stands, what people think of it, what has happened."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from handlers.chat.projects import words
from handlers.chat.projects.where import where
from handlers.http.pages import look
from handlers.http.pages.look import Frame
from handlers.http.wording import reason_in_words
from handlers.links import PROJECT, Links
from handlers.texts import Html, _, day, money, number, verbatim
from services.projects.stages import BY_STAGE, Stage, Status
from services.sharing.history import Happened
from services.sharing.projects import PublicProject


def written(
    frame: Frame, project: PublicProject, told: Sequence[Happened], links: Links, now: datetime
) -> bytes:
    """The page of a published project."""
    return look.page(frame, project.title, _body(frame, project, told, links, now))


def _body(
    frame: Frame, project: PublicProject, told: Sequence[Happened], links: Links, now: datetime
) -> Iterator[str]:
    zone = frame.city.timezone
    yield f"<h1>{verbatim(project.title)}</h1>"
    yield f'<p class="state">{words.standing(project.stage, project.status)}</p>'
    if project.text.strip() and project.text != project.title:
        yield f'<p class="said">{verbatim(project.text)}</p>'
    yield look.facts(list(_facts(frame, project, now)))
    votes = (project.stage, project.status) == (Stage.EVALUATION, Status.ACTIVE)
    said = _("See in the chat what it needs, and what you could give to it.")
    if votes:
        said = _("What do you think of it? Say so in the chat, for or against.")
    yield look.ways(said, links.to(f"{PROJECT}{project.id}"))
    happened = [(day(each.at, zone, now), _event(each)) for each in reversed(told)]
    yield look.events(_("What has happened"), happened)


def _facts(frame: Frame, project: PublicProject, now: datetime) -> Iterator[tuple[Html, str]]:
    zone = frame.city.timezone
    yield _("What it is about"), words.kind_of(project.kind)
    yield _("Where"), where(frame.city, project)
    stage = words.stage_of(project.stage)
    yield _("Stage"), _("{n} of {all}: {stage}", n=project.number, all=len(BY_STAGE), stage=stage)
    yield _("Published"), day(project.published_at, zone, now)
    if project.due_at is not None and project.status == Status.ACTIVE:
        yield _("This stage runs until"), day(project.due_at, zone, now)
    if project.up or project.down:
        yield (
            _("Voices"),
            _("for: {up} · against: {down}", up=number(project.up), down=number(project.down)),
        )
    if project.budget:
        yield _("Money it needs"), money(project.budget)


def _event(told: Happened) -> str:
    said = words.done(told.verb, told.after or "")
    why = reason_in_words(told.words)
    return f"{said}: {verbatim(why)}" if why else said
