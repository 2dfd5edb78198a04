"""Real people, good deeds, what one follows, and the city's log, as they are met in the chat."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from services.civic import following, log, merits
from services.civic.models import DailyHead, Follow, Verification
from services.members.models import Member
from services.members.roles import Role
from services.projects.models import Project
from services.reports.models import Category, Report
from services.rewards.models import Redemption
from tests.house import House, Visitor

_NUMBERS = itertools.count(1)
UNKNOWN = (
    "For ideas, projects and voices only people whose voice counts are thanked. It takes a "
    "minute: the button is below."
)


async def shares(visitor: Visitor, phone: str, owner: int | None) -> str:
    """Send a contact as Telegram would: `owner` is whose it is."""
    web, chat_id = visitor.house.app.web, visitor.account.chat_id
    contact: dict[str, Any] = {"phone_number": phone, "first_name": "Vera"}
    if owner is not None:
        contact["user_id"] = owner
    message = {
        "message_id": 900 + next(_NUMBERS),
        "date": 0,
        "chat": {"id": chat_id, "type": "private"},
        "from": {"id": chat_id, "is_bot": False, "first_name": "Vera"},
        "contact": contact,
    }
    visitor.hushed()
    update = {"update_id": 10**14 + next(_NUMBERS), "message": message}
    await visitor.house.app.dispatcher.feed_raw_update(web.bot, update)
    return visitor.news[-1][1] if visitor.news else ""


async def card(visitor: Visitor) -> str:
    member_id = await visitor.member_id()
    ((row),) = await visitor.house.rows(Member, Member.id == member_id)
    return str(row["card"])


async def report(house: House, author: int, number: int = 12, **values: Any) -> int:
    now = house.clock.now()
    ((theme),) = await house.rows(Category, Category.code == "pothole")
    async with house.database.transaction() as tx:
        done = await tx.execute(
            insert(Report).values(
                **{
                    "city_id": house.city.id, "number": number, "author_id": author,
                    "state": "open", "state_at": now, "text": "A secret hole",
                    "category_id": theme["id"], "created_at": now, "updated_at": now,
                    "published_at": now, "source": "web", **values,
                }
            )
        )  # fmt: skip
        assert done.inserted_primary_key is not None
        return int(done.inserted_primary_key[0])


async def moved(house: House, subject_id: int, after: str = "in_progress") -> None:
    async with house.database.transaction() as tx:
        await log.record(
            tx, city_id=house.city.id, subject="report", subject_id=subject_id, verb="start",
            before="assigned", after=after, acting="official", actor_id=None,
            at=house.clock.now(), reason="Ivan Petrov has complained",
        )  # fmt: skip


async def thank(house: House, member_id: int, rule: str, subject_id: int) -> None:
    subject = "report" if rule.startswith(("report", "fix")) else "project"
    async with house.database.transaction() as tx:
        now = house.clock.now()
        await merits.award(tx, house.city, member_id, rule, subject, subject_id, now)


# a real person


async def test_a_guest_shares_their_own_phone(house: House) -> None:
    guest = await house.regular()
    await guest.says("/deeds")
    text = await guest.presses("✅ Make my voice count")
    assert text.startswith("One person, one voice")
    assert "Show your card" in text
    said = await shares(guest, "+79101234567", guest.account.chat_id)
    assert said.startswith("✅ Thank you! Your voice counts now")
    ((row),) = await house.rows(Verification)
    assert row["member_id"] == await guest.member_id()
    assert row["by_id"] is None
    assert "9101234567" not in row["phone"]
    await guest.says("/deeds")
    assert "✅ Make my voice count" not in await guest.labels()


@pytest.mark.parametrize("owner", [None, 5])
async def test_somebody_elses_contact_is_refused(house: House, owner: int | None) -> None:
    guest = await house.regular()
    async with house.unchanged():
        said = await shares(guest, "+79101234567", owner)
    assert said.startswith("This is somebody else’s contact, and I have not kept it.")


async def test_one_phone_is_one_voice(house: House) -> None:
    one, other = await house.regular(), await house.regular()
    await shares(one, "8 910 123-45-67", one.account.chat_id)
    async with house.unchanged():
        said = await shares(other, "+79101234567", other.account.chat_id)
    assert said.startswith("Somebody in this city is confirmed by this phone already")


async def test_two_taps_and_a_voice_that_counts_already(house: House) -> None:
    guest = await house.regular()
    for _ in range(2):
        said = await shares(guest, "+79101234567", guest.account.chat_id)
        assert said.startswith("✅ Thank you!")
    assert len(await house.rows(Verification)) == 1
    assert await guest.forges("go:verify") == "Your voice counts already. Thank you!"


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.OPERATOR, Role.ADMIN])
@pytest.mark.parametrize("way", ["link", "typed"])
async def test_a_clerk_confirms_whoever_shows_the_card(house: House, role: Role, way: str) -> None:
    clerk, guest = await house.regular(role=role), await house.regular(name="Vera")
    number = await card(guest)
    if way == "link":
        said = await clerk.comes_by(f"c_{number}")
    else:
        said = await clerk.says(f"{number[:4]} {number[4:7]} {number[7:]}")
    assert said.startswith("💳 Vera\nIs the person in front of you")
    assert await clerk.presses("✅ Yes, confirm") == "💳 Vera: a real person, their voice counts."
    ((row),) = await house.rows(Verification)
    assert (row["member_id"], row["by_id"]) == (await guest.member_id(), await clerk.member_id())
    said = await clerk.presses("Take it back")
    assert said.startswith("💳 Vera\nIs the person in front of you")
    assert await house.rows(Verification) == []


async def test_a_clerk_cannot_take_back_a_phone(house: House) -> None:
    clerk, guest = await house.regular(role=Role.OPERATOR), await house.regular(name="Vera")
    await shares(guest, "+79101234567", guest.account.chat_id)
    await clerk.says(await card(guest))
    assert await clerk.labels() == []
    async with house.unchanged():
        await clerk.forges(f"kt:{await card(guest)}")


async def test_nobody_confirms_themselves(house: House) -> None:
    clerk = await house.regular(role=Role.MODERATOR)
    number = await card(clerk)
    assert await clerk.says(number) == ("This is your own card. A colleague can confirm you.")
    async with house.unchanged():
        await clerk.forges(f"kv:{number}")


async def test_guests_and_cashiers_confirm_nobody(house: House) -> None:
    guest, cashier = await house.regular(), await house.regular(role=Role.CASHIER)
    number = await card(guest)
    async with house.unchanged():
        for who in (guest, cashier):
            await who.forges(f"kv:{number}")
            await who.forges(f"kt:{number}")
            await who.says(number)
            await who.comes_by(f"c_{number}")


async def test_a_card_that_is_nobodys(house: House) -> None:
    clerk = await house.regular(role=Role.MODERATOR)
    async with house.unchanged():
        assert await clerk.says("0000000000") == "I cannot find that any more. It may be gone."


# good deeds


async def test_nothing_done_yet(house: House) -> None:
    guest = await house.regular()
    assert await guest.says("/deeds") == (
        "What you did for the city\n"
        "Newcomer · you have 0 merits\n"
        "1 more good deed to “Neighbour”\n\n"
        "Nothing yet. Tell the city about a problem or share an idea: once it is fixed or built, "
        f"you are thanked here.\n\n{UNKNOWN}"
    )


async def test_deeds_with_their_merits_and_the_level(house: House) -> None:
    guest = await house.regular()
    me = await guest.member_id()
    hole = await report(house, me)
    await thank(house, me, "report_confirmed", hole)
    await thank(house, me, "idea_published", 77)
    async with house.database.transaction() as tx:
        await merits.revoke(tx, "project", 77, "closed", house.clock.now())
    assert await guest.says("/deeds") == (
        "What you did for the city\n"
        "Neighbour · you have 5 merits\n"
        "4 more good deeds to “Good neighbour”\n\n"
        "November 22 · +5 · Shared an idea (Project), taken back\n"
        "November 22 · +5 · Reported a problem that was fixed (№ 12, Pothole)\n\n"
        f"{UNKNOWN}"
    )
    await shares(guest, "+79101234567", guest.account.chat_id)
    assert UNKNOWN not in await guest.says("/deeds")


async def test_older_deeds_are_on_the_next_page(house: House) -> None:
    guest = await house.regular()
    me = await guest.member_id()
    for n in range(12):
        await thank(house, me, "opinion", n)
    first = await guest.says("/deeds")
    assert first.count("Gave an expert opinion") == 10
    assert "Caretaker · you have 180 merits" in first
    assert (await guest.presses("Older")).count("Gave an expert opinion") == 2


async def test_merits_are_spent_as_points_are(house: House) -> None:
    guest, cashier = (
        await house.regular(points=500),
        await house.regular(role=Role.CASHIER, venue="third-stage"),
    )
    me = await guest.member_id()
    await thank(house, me, "idea_supported", 1)
    await guest.says("/deeds")
    said = await guest.presses("🎁 Rewards for merits")
    assert said.startswith("You have 20 merits.")
    await guest.presses("🫖")
    await guest.presses("Get it for 10 merits")
    code = next(r for r in await house.rows(Redemption))["code"]
    await cashier.says(code)
    await cashier.presses("✅ Handed over, confirm")
    assert (await guest.says("/deeds")).splitlines()[1] == "Neighbour · you have 10 merits"
    assert (await guest.points()).available == 500
    assert (await house.audit()).is_clean


async def test_points_do_not_buy_what_is_for_merits(house: House) -> None:
    guest = await house.regular(points=5000)
    await guest.says("/rewards")
    await guest.presses("✨ What I can afford")
    assert not [label for label in await guest.labels() if "merits" in label]
    await guest.says("/deeds")
    await guest.presses("🎁 Rewards for merits")
    assert (await guest.presses("🫖")).endswith("You need 10 merits more.")
    assert "Get it for" not in str(await guest.labels())
    reward = await house.reward("third-stage-thanks")
    async with house.unchanged():
        await guest.forges(f"tk:{reward['id']}")


# following


async def test_following_ends_with_a_tap(house: House) -> None:
    guest = await house.regular()
    me = await guest.member_id()
    hole = await report(house, me)
    async with house.database.transaction() as tx:
        for subject, key in (
            ("report", str(hole)), ("district", "leninsky"), ("category", "pothole"),
            ("kind", "urban"), ("project", "404"),
        ):  # fmt: skip
            await following.follow(
                tx, member_id=me, subject=subject, key=key, via="chosen", now=house.clock.now()
            )
    await guest.says("/deeds")
    await guest.presses("🔔 What I follow: 5")
    assert (await guest.labels())[:5] == [
        "🔕 Project",
        "🔕 Projects: Streets and yards",
        "🔕 Theme: Pothole",
        "🔕 District: Leninsky District (roughly)",
        "🔕 № 12, Pothole",
    ]
    message, data = await guest.finds("🔕 № 12")
    await guest.presses("🔕 № 12")
    assert guest.toast == "You will hear no more of this."
    assert len(await house.rows(Follow)) == 4
    async with house.unchanged():
        await guest.forges(data, on=message.id)
    assert guest.toast == "You did not follow this any more."


async def test_nobody_ends_what_another_follows(house: House) -> None:
    guest, other = await house.regular(), await house.regular()
    async with house.database.transaction() as tx:
        await following.follow(
            tx, member_id=await guest.member_id(), subject="kind", key="urban", via="chosen",
            now=house.clock.now(),
        )  # fmt: skip
    ((row),) = await house.rows(Follow)
    async with house.unchanged():
        await other.forges(f"ku:{row['id']}")


# the log


async def test_the_log_is_for_everybody_and_names_nobody(house: House) -> None:
    visitor, author = await house.visitor(), await house.regular(name="Zinaida")
    hole = await report(house, await author.member_id())
    await moved(house, hole)
    hidden = await report(house, await author.member_id(), 13, hidden=True)
    await moved(house, hidden)
    draft = await report(house, await author.member_id(), 14, published_at=None)
    await moved(house, draft)
    assert await visitor.says("/log") == (
        "The city’s log\n\nNov 22, 12:00 · № 12, Pothole is being worked on (an official)"
    )


async def test_the_seal_of_the_day_is_shown_and_copied(house: House) -> None:
    guest = await house.regular()
    hole = await report(house, await guest.member_id())
    await moved(house, hole)
    house.clock.advance(days=1)
    await house.app.jobs.close_log_day()
    text = await guest.says("/log")
    (head,) = await house.rows(DailyHead)
    assert f"🔏 The seal of November 22, after 1 event:\n{head['hash']}" in text
    assert await guest.labels() == ["📋 Copy the seal"]


async def test_the_log_is_read_page_by_page(house: House) -> None:
    guest = await house.regular()
    hole = await report(house, await guest.member_id())
    for _ in range(10):
        await moved(house, hole)
        house.clock.advance(minutes=1)
    assert (await guest.says("/log")).count("is being worked on") == 8
    assert (await guest.presses("Older")).count("is being worked on") == 2
    assert (await guest.presses("Newest")).count("is being worked on") == 8


async def test_an_empty_log(house: House) -> None:
    guest = await house.regular()
    assert await guest.says("/log") == "The city’s log\n\nNothing has happened here yet."


async def test_a_project_in_the_log_is_called_by_its_title(house: House) -> None:
    guest = await house.regular()
    now = house.clock.now()
    async with house.database.transaction() as tx:
        done = await tx.execute(
            insert(Project).values(
                city_id=house.city.id, kind="urban", stage="evaluation", status="active",
                title="A <b>park</b>", text="…", origin="idea", created_at=now, updated_at=now,
                stage_at=now, published_at=now - timedelta(days=1),
            )
        )  # fmt: skip
        assert done.inserted_primary_key is not None
        await log.record(
            tx, city_id=house.city.id, subject="project",
            subject_id=done.inserted_primary_key[0], verb="forward", before="premoderation",
            after="evaluation", acting="moderator", actor_id=None, at=now,
        )  # fmt: skip
    assert (await guest.says("/log")).endswith(
        "Project: A <b>park</b> moved on to the next stage (a moderator)"
    )
