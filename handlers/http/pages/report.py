"""A public report as a page: what everybody sees in the chat, without the author's name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.chat.reports import words
from handlers.http.pages import look
from handlers.http.pages.look import Frame
from handlers.http.wording import reason_in_words
from handlers.links import REPORT, Links
from handlers.texts import Html, _, day, local, number, plain, verbatim
from services.civic.places import Spot
from services.reports.states import ACTIVE, SUPPORTABLE, State
from services.reports.views import Public
from services.sharing.history import Happened
from services.sharing.projects import PublicProject

_MAP = "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=17/{lat}/{lon}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A published report, what has happened to it, and the public project that it became."""

    report: Public
    told: Sequence[Happened]
    project: PublicProject | None


def written(frame: Frame, shown: Shown, links: Links, now: datetime) -> bytes:
    """The page of a published report."""
    report = shown.report
    title = f"{plain(local(report.theme))} · № {report.number}"
    photos = [*report.after, *report.photos]
    photo = f"{frame.base}/photo/{photos[0]}" if photos else None
    return look.page(frame, title, _body(frame, shown, links, now), photo)


def _body(frame: Frame, shown: Shown, links: Links, now: datetime) -> Iterator[str]:
    report = shown.report
    pictures = [(token, _("How it looks now")) for token in report.after]
    pictures += [(token, _("Before")) for token in report.photos]
    yield f"<h1>{report.emoji} {local(report.theme)}</h1>"
    yield f'<p class="state">№ {report.number} · {words.state(report.state)}</p>'
    yield look.photos(pictures)
    if report.text:
        yield f'<p class="said">{verbatim(report.text)}</p>'
    yield look.facts(list(_facts(frame, shown, now)))
    yield _help(report, links)
    zone = frame.city.timezone
    happened = [(day(each.at, zone, now), _event(each)) for each in reversed(shown.told)]
    yield look.events(_("What has happened"), happened)


def _facts(frame: Frame, shown: Shown, now: datetime) -> Iterator[tuple[Html, str]]:
    report, zone = shown.report, frame.city.timezone
    if report.state != State.WITHDRAWN:
        yield _("Where"), _where(frame, report)
    yield _("Whose work it is"), local(report.unit)
    if report.published_at is not None:
        yield _("Published"), day(report.published_at, zone, now)
    if report.due_at is not None and report.state in ACTIVE:
        due = day(report.due_at, zone, now)
        late = _("It was promised by {day} and is not done yet.", day=due)
        yield _("Promised by"), late if report.overdue else due
    if why := reason_in_words(report.reason):
        yield _("Why"), verbatim(why)
    if report.up:
        yield _("Voices"), _voices(report)
    if report.duplicate_of is not None:
        number_ = report.duplicate_of
        yield _("Goes on as"), f'<a href="/reports/{number_}">№ {number_}</a>'
    if shown.project is not None:
        title = verbatim(shown.project.title)
        yield _("Became a project"), f'<a href="/projects/{shown.project.id}">{title}</a>'


def _where(frame: Frame, report: Public) -> str:
    """The place in words; a point also on the map, that of a private theme about there."""
    spot = Spot(report.lat, report.lon, report.address, report.district, report.citywide)
    said = words.place(frame.city, spot)
    if report.lat is None or report.lon is None:
        return said
    address = look.attribute(_MAP.format(lat=f"{report.lat:.5f}", lon=f"{report.lon:.5f}"))
    label = _("on the map")
    return f'{said} · <a href="{address}" rel="noreferrer">{label}</a>'


def _voices(report: Public) -> str:
    said = words.voices(report.up)
    if not report.verified_up:
        return said
    verified = _("({n} with a verified phone)", n=number(report.verified_up))
    return f"{said} {verified}"


def _help(report: Public, links: Links) -> str:
    said = _("See it in the chat, and report what is wrong near you.")
    if report.state in SUPPORTABLE:
        said = _(
            "Is it in your way, too? Support it in the chat: every voice makes it weigh more, and "
            "you hear when it is fixed."
        )
    return look.ways(said, links.to(f"{REPORT}{report.number}"))


def _event(told: Happened) -> str:
    if told.after is None:
        return f"💬 {verbatim(told.words or '')}"
    said = words.state(told.after)
    why = reason_in_words(told.words)
    return f"{said}: {verbatim(why)}" if why else said
