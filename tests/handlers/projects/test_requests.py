"""The city and its businesses ask for ideas."""

from services.members.roles import Role
from services.projects.models import Challenge
from tests.handlers.projects.people import CITY, project, somebody
from tests.house import House, Visitor

NOT_HERE = "This part is for the staff of partners and the city. Ask for an invitation link."
ANSWERS = (
    "What lives on the embankment?",
    "The embankment is dark and empty in the evening. What should be there?",
    "It costs little\nChildren like it",
    "50,000 roubles",
    "31.05.2027",
)


async def asks(caller: Visitor) -> None:
    await caller.says("/projects")
    await caller.presses("📣 Requests")
    await caller.presses("📣 My requests")
    await caller.presses("➕ Ask for ideas")
    for words in ANSWERS:
        await caller.says(words)


async def test_a_request_is_written_approved_opened_and_answered(house: House) -> None:
    operator = await somebody(house, Role.OPERATOR)
    await asks(operator)
    assert operator.toast == ""
    assert (await operator.labels())[0] == "📣 What lives on the embankment? · draft"
    said = await operator.presses("📣 What lives")
    assert said == (
        "📣 What lives on the embankment?\nAsked by: Kaluga\n\n"
        "The embankment is dark and empty in the evening. What should be there?\n\n"
        "How ideas are chosen\n• It costs little\n• Children like it\n\n"
        "🏆 50,000 roubles\n⏳ Ideas are taken until May 31, 2027\n\n"
        "Before it can be opened:\n○ The city’s approval of the request"
    )
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.says("/projects")
    await moderator.presses("🛡 For moderators")
    await moderator.presses("📣 Requests · 1")
    await moderator.presses("📣 What lives")
    assert await moderator.presses("✅ Approve") == "Approved. Its owner can open it now."
    await house.deliver()
    assert await operator.last() == (
        "📣 Your request “What lives on the embankment?” is approved: you can open it now."
    )
    await operator.presses("📣 To my request")
    await operator.presses("📣 Open it")
    assert (await house.rows(Challenge))[0]["state"] == "open"
    author = await somebody(house)
    await author.says("/projects")
    await author.presses("📣 Requests")
    await author.presses("📣 What lives")
    await author.presses("💡 Answer it")
    await author.says(
        "Boats with lanterns\nSmall boats that children and grandparents can hire, with lanterns "
        "in the evening and tea on the quay."
    )
    await author.says("Street of boats")
    await author.presses("✅ Just as I typed it")
    assert "Answers the request “What lives on the embankment?”" in await author.last()
    assert (await project(house))["challenge_id"] == 1
    await author.presses("✅ Send")
    await moderator.forges("jx:0")
    await moderator.presses("✅ Publish")
    await author.forges("j7:1")
    assert await author.presses("1 answer") == "💡 Answers to the request\n1 project"


async def test_an_owner_asks_for_their_own_place(house: House) -> None:
    owner = await house.regular(role=Role.OWNER, venue="orbita")
    await owner.says("/projects")
    await owner.presses("📣 Requests")
    await owner.presses("📣 My requests")
    await owner.presses("➕ Ask for ideas")
    assert await owner.labels() == ["Demo café “Orbit”", "« Requests"]
    await owner.presses("Demo café")
    for words in ANSWERS:
        await owner.says(words)
    row = (await house.rows(Challenge))[0]
    assert row["venue_id"] == await house.venue_id("orbita")
    other = await house.regular(role=Role.OWNER, venue="milky-way")
    await other.forges(f"jC:{row['venue_id']}")
    async with house.unchanged():
        for words in ANSWERS:
            said = await other.says(words)
    assert said == "This is for others to do here."


async def test_a_day_that_is_over_is_asked_again(house: House) -> None:
    operator = await somebody(house, Role.OPERATOR)
    await operator.forges("go:new_request")
    for words in ANSWERS[:-1]:
        await operator.says(words)
    for wrong in ("soon", "31.02.2027", "01.01.2020"):
        said = await operator.says(wrong)
        assert said.startswith("I need a day that is still to come.")
    assert await house.rows(Challenge) == []


async def closes(house: House) -> None:
    """A moderator closes the request and says why."""
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.forges("j8:1:look")
    await moderator.presses("✖ Close it")
    await moderator.says("The embankment will be rebuilt anyway.")
    assert (await house.rows(Challenge))[0]["state"] == "closed"


async def test_a_request_that_was_never_open_stays_out_of_sight(house: House) -> None:
    await asks(await somebody(house, Role.OPERATOR))
    await closes(house)
    citizen = await somebody(house)
    async with house.unchanged():
        assert await citizen.forges("j7:1") == "I cannot find that any more. It may be gone."
    assert await citizen.says("/log") == "The city’s log\n\nNothing has happened here yet."


async def test_a_request_that_was_open_stays_to_be_read(house: House) -> None:
    operator = await somebody(house, Role.OPERATOR)
    await asks(operator)
    moderator = await somebody(house, Role.MODERATOR)
    await moderator.forges("j8:1:look")
    await moderator.presses("✅ Approve")
    await operator.forges("j8:1:open")
    await closes(house)
    citizen = await somebody(house)
    assert (await citizen.forges("j7:1")).endswith("This request is closed.")
    said = await citizen.says("/log")
    assert "Request: What lives on the embankment? is over (a moderator)" in said


async def test_citizens_answer_requests_but_do_not_make_them(house: House) -> None:
    await asks(await somebody(house, Role.OPERATOR))
    citizen = await somebody(house)
    pressed = [f"j8:1:{what}" for what in ("open", "own", "approve", "close", "look")]
    pages = ("my_requests", "new_request", "requests_desk", "ideas_desk")
    for data in (*pressed, "jC:0", *(f"go:{page}" for page in pages)):
        async with house.unchanged():
            assert await citizen.forges(data) == NOT_HERE
    for data in ("j7:1", "j8:1:answer"):
        async with house.unchanged():
            said = await citizen.forges(data)
        assert said == "I cannot find that any more. It may be gone."


async def test_a_free_idea_is_always_welcome(house: House) -> None:
    guest = await somebody(house)
    await guest.forges("go:requests")
    assert await guest.last() == (
        "📣 Nobody asks for ideas just now. A free idea is always welcome: /idea"
    )
    await guest.says("/idea Benches in every street for everybody who waits for a bus")
    await guest.says(CITY)
    assert (await guest.last()).startswith("This is what everybody will see:")
