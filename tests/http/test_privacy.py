"""No private field ever leaves: whatever a report or a project holds, nothing of a person, and
nothing that nobody has looked at, is in anything that is public.

Every private field gets a word of its own, a report or a project is led anywhere, and every
public answer is searched for the words.
"""

import dataclasses
import itertools
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from handlers.http.feeds.entries import PROJECT_COLUMNS, REPORT_COLUMNS
from services import ledger
from services.civic import voices
from services.members.models import Identity, Member
from services.projects.models import (
    Artefact,
    Commitment,
    Opinion,
    Project,
    ResourceLine,
    Statement,
    TeamMember,
)
from services.projects.stages import BY_STAGE, PUBLIC
from services.reports.models import Report, ReportNote, ReportPhoto
from services.reports.states import NEVER_SHOWN
from services.reports.views import Public
from services.sharing import webhooks
from services.sharing.models import ApiClient
from services.sharing.projects import PublicProject
from tests.house import House
from tests.http.caller import Caller
from tests.http.desk import WAYS, Desk
from tests.http.receiver import Receiver, a_turn_each

_COUNT = itertools.count(1)
PERSONAL = {"author", "author_id", "member_id", "name", "phone", "official_id", "moderator_id"}


class Words:
    """Words that stand in private fields: `private` must never be seen, `public` may."""

    def __init__(self) -> None:
        self._run = next(_COUNT)
        self.private: list[str] = []

    def secret(self, name: str) -> str:
        word = f"{name}-{self._run}-{len(self.private)}-secret"
        self.private.append(word)
        return word

    def number(self) -> int:
        """An id that is found nowhere by chance."""
        found = 700_000_000 + self._run * 1000 + len(self.private)
        self.private.append(str(found))
        return found


def addresses(report: int | None, project: int | None) -> Iterator[str]:
    yield "log/events"
    for tongue in ("ru", "en", "zh"):
        yield f"reports/{report or 0}?lang={tongue}"
        yield f"projects/{project or 0}?lang={tongue}"
    for form in ("xml", "json"):
        yield f"open311/v2/requests.{form}"
        yield f"open311/v2/requests.{form}?extensions=true"
        yield f"open311/v2/servicerequestupdates.{form}"
        if report is not None:
            yield f"open311/v2/requests/{report}.{form}?extensions=true"
            yield f"open311/v2/tokens/{report}.{form}"
    for what in ("reports", "projects"):
        for form in ("rss", "geojson", "csv"):
            yield f"feeds/{what}.{form}"
            yield f"feeds/{what}.{form}?lang=en"


async def everything_public(
    caller: Caller, receiver: Receiver, report: int | None = None, project: int | None = None
) -> str:
    """All that anybody can read, and all that webhooks were told."""
    while await a_turn_each(caller.house.app.webhooks):
        pass
    caller.house.clock.advance(minutes=30)  # nobody is asked to come back later
    replies = [await caller.site(address) for address in addresses(report, project)]
    assert {reply.status for reply in replies} <= {200, 404}
    assert receiver.faults == []
    told = repr(receiver.taken)
    return "\n".join([*(reply.body.decode("utf-8") for reply in replies), told])


async def person(house: House, words: Words) -> int:
    """A member all of whose fields are secrets."""
    member_id = words.number()
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.execute(
            insert(Member).values(
                id=member_id, city_id=house.city.id, card=words.secret("card"), language="en",
                name=f"{words.secret('first')} {words.secret('last')}", created_at=now,
            )
        )  # fmt: skip
        await ledger.open_accounts(tx, member_id)
        await tx.execute(
            insert(Identity).values(
                member_id=member_id, channel="telegram", external_id=words.secret("telegram"),
                seen_at=now,
            )
        )  # fmt: skip
    return member_id


async def listen(house: House, receiver: Receiver) -> None:
    async with house.database.transaction() as tx:
        secret = await webhooks.add(
            tx, city_id=house.city.id, url=receiver.url, now=house.clock.now(),
            subjects=("report", "project"),
        )  # fmt: skip
    receiver.secret = secret or receiver.secret


RUNS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@RUNS
@given(
    state=st.sampled_from([*WAYS, "draft"]),
    anonymous=st.booleans(),
    hidden=st.booleans(),
    category=st.sampled_from(["pothole", "noise"]),
)
async def test_nothing_private_of_a_report_leaves(
    house: House,
    desk: Desk,
    caller: Caller,
    receiver: Receiver,
    state: str,
    anonymous: bool,
    hidden: bool,
    category: str,
) -> None:
    await listen(house, receiver)
    words = Words()
    author, official = await person(house, words), await person(house, words)
    text, address = f"words {words._run}", f"Kirova {words._run}, 1"
    way = "submitted" if state == "draft" else state
    number = await desk.report(
        way, text=text, address=address, author_id=author, anonymous=anonymous, category=category,
        photo=True, attributes={"note": words.secret("answer")},
    )  # fmt: skip
    report_id = await desk.report_id(number)
    now = house.clock.now()
    async with house.database.transaction() as tx:
        client_id = await tx.scalar(
            insert(ApiClient)
            .values(
                city_id=house.city.id, name=words.secret("client"),
                key_hash=words.secret("key"), per_minute=1, created_at=now,
            )
            .returning(ApiClient.id)
        )  # fmt: skip
        await tx.execute(
            update(Report)
            .where(Report.id == report_id)
            .values(
                official_id=official, moderator_id=official, hidden=hidden,
                ext_id=words.secret("foreign"), client_id=client_id,
                **({"state": "draft"} if state == "draft" else {}),
            )
        )  # fmt: skip
        for public in (False, True):
            note = f"public {words._run}" if public else words.secret("note")
            await tx.execute(
                insert(ReportNote).values(
                    report_id=report_id, member_id=official, acting="official", text=note,
                    public=public, at=now,
                )
            )  # fmt: skip
        await tx.execute(
            insert(ReportPhoto).values(
                report_id=report_id, member_id=official, kind="support", source_key="unseen",
                original=b"original", public=b"public", shown=False,
                token=words.secret("token"), at=now,
            )
        )  # fmt: skip
        await voices.give(
            tx, subject="report", subject_id=report_id, member_id=official, value=1, now=now
        )
    is_public = state not in {*NEVER_SHOWN, "withdrawn"} and not hidden
    seen = await everything_public(caller, receiver, number)
    assert [word for word in words.private if word in seen] == []
    assert (f"words {words._run}" in seen) == is_public
    assert (f"public {words._run}" in seen) == is_public
    assert (f"Kirova {words._run}" in seen) == (is_public and category != "noise")
    if category == "noise":
        assert "54.5138" not in seen.replace("54.51380001", "")
    await house.change(Report, Report.id == report_id, hidden=True)


@RUNS
@given(
    stage=st.sampled_from(list(BY_STAGE)[1:]),
    status=st.sampled_from(["active", "paused", "closed", "done"]),
    hidden=st.booleans(),
    anonymous=st.booleans(),
)
async def test_nothing_private_of_a_project_leaves(
    house: House,
    desk: Desk,
    caller: Caller,
    receiver: Receiver,
    stage: str,
    status: str,
    hidden: bool,
    anonymous: bool,
) -> None:
    await listen(house, receiver)
    words = Words()
    author, expert = await person(house, words), await person(house, words)
    title = f"Bridge {words._run}."
    project_id = await desk.project(
        stage, title=title, author_id=author, lead_id=expert, mentor_id=expert, status=status,
        hidden=hidden, anonymous=anonymous, verdict=words.secret("verdict"),
        closed_reason=words.secret("reason"),
    )  # fmt: skip
    now = house.clock.now()
    async with house.database.transaction() as tx:
        line_id = await tx.scalar(
            insert(ResourceLine)
            .values(
                project_id=project_id, kind="money", label=words.secret("line"), amount=1, unit="x"
            )
            .returning(ResourceLine.id)
        )
        for table, values in (
            (Opinion, {"expert_id": expert, "scores": [5] * 5, "total": 25, "at": now,
                       "text": words.secret("opinion"), "conflict": True, "veto": False}),
            (Statement, {"author_id": expert, "text": words.secret("statement"),
                         "state": "waiting", "at": now}),
            (TeamMember, {"skill": "design", "member_id": expert, "state": "applied",
                          "word": words.secret("application"), "at": now}),
            (Artefact, {"kind": "estimate", "title": words.secret("document"), "added_at": now,
                        "text": words.secret("content"), "file": b"file", "added_by": expert,
                        "file_name": words.secret("file"), "visibility": "commercial"}),
        ):  # fmt: skip
            await tx.execute(insert(table).values(project_id=project_id, **values))
        await tx.execute(
            insert(Commitment).values(
                line_id=line_id, source="fund", org=words.secret("funder"), public=False,
                amount=1, state="paid", document=words.secret("contract"), by_id=expert, at=now,
            )
        )  # fmt: skip
        await voices.give(
            tx, subject="project", subject_id=project_id, member_id=expert, value=-1, now=now
        )
    seen = await everything_public(caller, receiver, project=project_id)
    assert [word for word in words.private if word in seen] == []
    assert (title in seen) == (stage in {*PUBLIC} and not hidden)
    await house.change(Project, Project.id == project_id, hidden=True)


def test_what_is_public_has_no_field_for_a_person() -> None:
    """A new field has to be thought about: it is public from the moment it stands there."""
    fields = {field.name for field in dataclasses.fields(PublicProject)}
    assert not fields & PERSONAL
    assert {field.name for field in dataclasses.fields(Public)} & PERSONAL == {"author"}
    assert not {*REPORT_COLUMNS, *PROJECT_COLUMNS} & {*PERSONAL, "email", "source", "client_id"}
