"""A public report or project, the same in every form of feed. There is no person in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from handlers.http.open311 import moments
from handlers.http.wording import reason_in_words
from services.cities import CityFacts
from services.civic.places import named_district
from services.reports.states import State
from services.reports.views import Public
from services.sharing.projects import PublicProject
from services.sharing.words import WORDS

Value = str | int | float | bool | None

REPORT_COLUMNS = (
    *("number", "state", "status", "category", "category_name", "text", "address", "district"),
    *("citywide", "unit", "unit_name", "published_at", "updated_at", "due_at", "overdue"),
    *("reason", "supporters", "verified_supporters", "duplicate_of", "photos", "photos_after"),
)
PROJECT_COLUMNS = (
    *("id", "kind", "stage", "stage_number", "status", "title", "text", "address", "district"),
    *("citywide", "published_at", "updated_at", "due_at", "votes_for", "votes_against"),
    *("verified_for", "verified_against", "budget_kop"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """`columns` are in the order of the table; `title` and `text` are for people.

    `photos` are addresses. `uid` never changes.
    """

    uid: str
    title: str
    text: str
    link: str
    at: datetime
    tags: tuple[str, ...]
    lat: float | None
    lon: float | None
    photos: tuple[str, ...]
    columns: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class View:
    """For whom entries are made: the language, and our own address."""

    city: CityFacts
    tongue: str
    base: str

    def district(self, slug: str | None) -> str | None:
        """The name of a district."""
        name = named_district(self.city, slug)
        return None if name is None else self.city.text(name, self.tongue)


def of_report(report: Public, view: View) -> Entry:
    """A report; its private place is rounded already."""
    theme = view.city.text(report.theme, view.tongue)
    where = report.address or view.district(report.district)
    photos = _photos(report.photos, view)
    after = _photos(report.after, view)
    link = f"{view.base}/reports/{report.number}"
    columns: dict[str, Value] = {
        "number": report.number,
        "state": report.state,
        "status": WORDS[State(report.state)].status,
        "category": report.category,
        "category_name": theme,
        "text": report.text,
        "address": report.address,
        "district": report.district,
        "citywide": report.citywide,
        "unit": report.unit_slug,
        "unit_name": view.city.text(report.unit, view.tongue),
        "published_at": moments.write(report.published_at),
        "updated_at": moments.write(report.updated_at),
        "due_at": moments.write(report.due_at),
        "overdue": report.overdue,
        "reason": reason_in_words(report.reason),
        "supporters": report.up,
        "verified_supporters": report.verified_up,
        "duplicate_of": report.duplicate_of,
        "photos": " ".join(photos),
        "photos_after": " ".join(after),
    }
    return Entry(
        uid=f"{view.city.slug}-report-{report.number}",
        title=" · ".join(filter(None, (f"{report.emoji} {theme}", where))),
        text=report.text,
        link=link,
        at=report.published_at or report.updated_at,
        tags=(report.category, report.state),
        lat=report.lat,
        lon=report.lon,
        photos=(*photos, *after),
        columns=columns,
    )


def of_project(project: PublicProject, view: View) -> Entry:
    """A project; money in kopecks."""
    columns: dict[str, Value] = {
        "id": project.id,
        "kind": project.kind,
        "stage": project.stage,
        "stage_number": project.number,
        "status": project.status,
        "title": project.title,
        "text": project.text,
        "address": project.address,
        "district": project.district,
        "citywide": project.citywide,
        "published_at": moments.write(project.published_at),
        "updated_at": moments.write(project.updated_at),
        "due_at": moments.write(project.due_at),
        "votes_for": project.up,
        "votes_against": project.down,
        "verified_for": project.verified_up,
        "verified_against": project.verified_down,
        "budget_kop": project.budget,
    }
    return Entry(
        uid=f"{view.city.slug}-project-{project.id}",
        title=project.title,
        text=project.text,
        link=f"{view.base}/projects/{project.id}",
        at=project.published_at,
        tags=(project.kind, project.stage, project.status),
        lat=project.lat,
        lon=project.lon,
        photos=(),
        columns=columns,
    )


def _photos(tokens: tuple[str, ...], view: View) -> tuple[str, ...]:
    return tuple(f"{view.base}/photo/{token}" for token in tokens)
