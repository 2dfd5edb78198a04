"""Who abuses the reports has to pause: what the moderator does, and what the member reads."""

import pytest

from services.civic.models import Bar, CivicEvent, Support
from services.events import Event
from services.projects.models import Project
from services.reports.models import Report
from services.reports.states import Verb
from tests.handlers.desk.office import STAFF_ONLY, begins, moderator, official, opens, told
from tests.handlers.reports.town import FAR, HERE, decides, draft, published, sent, state_of
from tests.house import House, Visitor

PAUSE = "⛔ Nothing more from its author for 30 days"
REFUSED = (
    "You cannot send reports and ideas until December 22, because of a report that was declined: "
    "rude words. Your drafts are kept, and your voices count. If that was a mistake, press “Please "
    "look again” under the report."
)


@pytest.fixture
async def anna(house: House) -> Visitor:
    return await house.regular(name="Anna Kern")


async def declines(team: Visitor, reason: str = "Rude words") -> str:
    await begins(team)
    await team.presses("🚫 Decline")
    return await team.presses(reason)


async def test_one_tap_bars_for_thirty_days(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await declines(team)
    assert await team.labels() == ["↩️ Undo", PAUSE, "Next", "« Back", "« Desk"]
    assert await team.presses(PAUSE) == (
        "🕳 Pothole · № 1\n⛔ Its author sends no reports and ideas until December 22, and has been "
        "told so. Drafts and voices stay."
    )
    (bar,) = await house.rows(Bar)
    assert (bar["member_id"], bar["by_id"], bar["report_id"], bar["reason"], bar["lifted_at"]) == (
        await anna.member_id(), await team.member_id(), report, "abuse", None,
    )  # fmt: skip
    assert (bar["until"] - bar["at"]).days == 30
    (event,) = await house.rows(Event, Event.subject == "member", Event.verb == "bar")
    assert (event["subject_id"], event["actor_id"], event["reason"]) == (
        await anna.member_id(), await team.member_id(), "abuse",
    )  # fmt: skip
    assert await house.rows(CivicEvent, CivicEvent.verb == "bar") == []
    (news,) = [text for text in await told(house, anna) if "⛔" in text]
    assert news == (
        "🕳 Pothole · № 1\n⛔ Because of this report (rude words) we ask you for a pause: you "
        "cannot send reports and ideas until December 22. Your drafts are kept, and your voices "
        "count. If it was a mistake, tell us: a moderator looks again."
    )


async def test_what_is_written_meanwhile_stays_a_draft(house: House, anna: Visitor) -> None:
    other = await published(house, await house.regular(), "A pothole of others", FAR)
    await sent(anna)
    team = await moderator(house)
    await declines(team)
    await team.presses(PAUSE)
    assert (await anna.says("/report")).startswith(
        "⛔ You can send again from December 22. Until then it is kept as a draft.\n\n"
        "What is wrong?"
    )
    await draft(anna, "A pothole again")
    if "🆕 No, mine is another one" in await anna.labels():
        await anna.presses("🆕 No, mine is another one")
    async with house.unchanged():
        assert await anna.presses("✅ Send") == REFUSED
    assert await anna.labels() == ["📋 My reports"]
    (kept,) = await house.rows(Report, Report.state == "draft")
    assert kept["text"] == "A pothole again"
    await anna.forges(f"pu:{other}:1")
    assert len(await house.rows(Support)) == 1


async def test_after_thirty_days_it_is_sent(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await declines(team)
    await team.presses(PAUSE)
    house.clock.advance(days=29, hours=23)
    await draft(anna, "Another pothole", FAR)
    await anna.presses("✅ Send")
    assert len(await house.rows(Report, Report.state == "submitted")) == 0
    house.clock.advance(hours=1)
    await anna.presses("✅ Send")
    assert len(await house.rows(Report, Report.state == "submitted")) == 1


async def test_it_is_undone(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await declines(team)
    await team.presses(PAUSE)
    message, bar = await team.finds("↩️ Undo")
    assert (await team.presses("↩️ Undo")).endswith(
        "✅ Its author may send again, and has been told so."
    )
    (row,) = await house.rows(Bar)
    assert row["lifted_by"] == await team.member_id()
    assert [each["verb"] for each in await house.rows(Event, Event.subject == "member")] == [
        "bar", "lift",
    ]  # fmt: skip
    assert (await told(house, anna))[-1] == (
        "🕳 Pothole · № 1\n✅ You can send reports and ideas again. Thank you for your patience!"
    )
    async with house.unchanged():
        assert (await team.forges(bar, message.id)).startswith("Something has just changed.")
    await sent(anna, "Another pothole", FAR)
    assert len(await house.rows(Report, Report.state == "submitted")) == 1


async def test_the_report_says_it_and_another_moderator_lifts_it(
    house: House, anna: Visitor
) -> None:
    await sent(anna)
    first, second = await moderator(house), await moderator(house, "Max Moder")
    await declines(first)
    await first.presses(PAUSE)
    shown = await opens(second, 1)
    assert "⛔ Its author sends nothing until December 22: rude words" in shown
    assert PAUSE not in await second.labels()
    await second.presses("✅ Let its author send again")
    await opens(second, 1)
    assert PAUSE in await second.labels()


async def test_a_moderators_own_words_are_the_reason(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await declines(team, "✍️ In my own words")
    await team.says("The same joke for the tenth time")
    await team.presses(PAUSE)
    (bar,) = await house.rows(Bar)
    assert bar["reason"] == "The same joke for the tenth time"
    await draft(anna, "Another pothole", FAR)
    assert "The same joke for the tenth time" in await anna.presses("✅ Send")


async def test_the_author_may_ask_to_look_again(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team = await moderator(house)
    await declines(team)
    await team.presses(PAUSE)
    await house.deliver()
    await anna.presses("🙏 Please look again")
    await anna.says("It was my son, I am sorry")
    assert await state_of(house, report) == "submitted"


async def test_who_bars_and_for_what(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    team, clerk = await moderator(house), await official(house)
    async with house.unchanged():
        assert (await team.forges(f"mh:{report}:1")).startswith("The report has moved on")
        assert (await team.forges(f"mh:{report}:0")).startswith("Something has just changed.")
    await declines(team)
    async with house.unchanged():
        assert await clerk.forges(f"mh:{report}:1") == STAFF_ONLY
        assert await anna.forges(f"mh:{report}:1") == STAFF_ONLY
    await team.presses(PAUSE)
    async with house.unchanged():
        assert (await team.forges(f"mh:{report}:1")).startswith("Something has just changed.")


async def test_a_moderator_cannot_bar_for_a_report_of_their_own(house: House) -> None:
    author, colleague = await moderator(house), await moderator(house, "Max Moder")
    report = await sent(author)
    await declines(colleague)
    async with house.unchanged():
        assert (await author.forges(f"mh:{report}:1")).startswith("Only the people in charge")


async def test_silence_is_no_abuse(house: House, anna: Visitor) -> None:
    report = await sent(anna)
    await decides(house, report, Verb.CLARIFY, reason="where_exactly")
    house.clock.advance(days=4)
    await house.app.jobs.run_reports()
    assert await state_of(house, report) == "declined"
    team = await moderator(house)
    await opens(team, 1)
    assert PAUSE not in await team.labels()
    async with house.unchanged():
        assert (await team.forges(f"mh:{report}:1")).startswith("The report has moved on")


async def test_whoever_leaves_takes_the_bar_along(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await declines(team)
    await team.presses(PAUSE)
    await anna.says("/privacy")
    await anna.presses("🗑")
    labels = await anna.labels()
    await anna.presses(next(label for label in labels if "Yes" in label or "🗑" in label))
    assert await house.rows(Bar) == []


async def test_an_idea_stays_a_draft_as_well(house: House, anna: Visitor) -> None:
    await sent(anna)
    team = await moderator(house)
    await declines(team)
    await team.presses(PAUSE)
    idea = await idea_ready(anna)
    async with house.unchanged():
        assert await anna.presses("✅ Send") == REFUSED
        assert await anna.forges("j6:not:an:idea") != REFUSED
        assert await anna.forges("jm:1:forward:idea:") == REFUSED
    await team.presses("↩️ Undo")
    await anna.forges(idea)
    (project,) = await house.rows(Project)
    assert project["stage"] == "premoderation"


async def idea_ready(person: Visitor) -> str:
    """An idea that only has to be sent; what its button sends."""
    await person.says("/idea")
    await person.says(
        "A bench beside the library, so that older people can rest on the way to the river, with a "
        "lime tree for some shade in summer"
    )
    await person.stands_at(*HERE)
    _message, data = await person.finds("✅ Send")
    return data
