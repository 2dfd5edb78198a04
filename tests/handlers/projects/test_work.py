"""Experts, the team, paper, a mentor, money, and the work itself."""

from typing import Any

import pytest

from services.members.roles import Role
from services.projects import timers
from services.projects.models import Artefact, Commitment, Milestone, Opinion, Project, TeamMember
from tests.handlers.projects.people import (
    TITLE,
    easy,
    opens,
    project,
    published,
    somebody,
    stands_at,
)
from tests.house import House, Visitor

PREVIEW = (
    "Your opinion\nIs it needed? 5\nCan it be done? 4\nWill it make a difference? 4\n"
    "Is it worth the money? 3\nIs it new? 2\n\nIt can be done."
)
NOT_HERE = "This part is for the staff of partners and the city. Ask for an invitation link."


async def at(house: House, stage: str, **values: Any) -> Visitor:
    """A published idea at this stage; returns its author."""
    easy(house)
    author = await somebody(house, name="Anna Kovaleva")
    await published(house, author)
    await stands_at(house, stage, **values)
    return author


async def judges(expert: Visitor, *marks: int, words: str = "It can be done.") -> None:
    await opens(expert)
    await expert.presses("🔬 Give my opinion")
    await expert.presses("No, I can judge it")
    for mark in marks:
        await expert.presses(str(mark))
    await expert.says(words)


async def test_an_expert_gives_five_marks_and_words(house: House) -> None:
    await at(house, "expertise")
    expert = await somebody(house, Role.EXPERT, name="Boris Orlov")
    await judges(expert, 5, 4, 4, 3, 2)
    assert await expert.last() == PREVIEW
    await expert.presses("✅ Send")
    row = (await house.rows(Opinion))[0]
    assert (row["scores"], row["text"], row["conflict"], row["veto"]) == (
        [5, 4, 4, 3, 2],
        "It can be done.",
        False,
        False,
    )
    neighbour = await somebody(house)
    await opens(neighbour)
    said = await neighbour.presses("🔬 Experts")
    assert said == (
        "🔬 1 expert, on average 3.6 of 5\n\nAn expert: 5 · 4 · 4 · 3 · 2\nIt can be done."
    )


async def test_a_second_tap_answers_no_second_question(house: House) -> None:
    await at(house, "expertise")
    idea = (await project(house))["id"]
    expert = await somebody(house, Role.EXPERT, name="Boris Orlov")
    await opens(expert)
    await expert.presses("🔬 Give my opinion")
    await expert.presses("No, I can judge it")
    for n, mark in enumerate((5, 4, 4, 3, 2)):
        first = await expert.forges(f"jo:{idea}:{n}:{mark}")
        async with house.unchanged():
            assert await expert.forges(f"jo:{idea}:{n}:{mark}") == first
    await expert.says("It can be done.")
    assert await expert.last() == PREVIEW
    await expert.forges(f"jo:{idea}:4:2")
    assert await expert.last() == PREVIEW
    await expert.presses("✅ Send")
    assert (await house.rows(Opinion))[0]["scores"] == [5, 4, 4, 3, 2]
    async with house.unchanged():
        said = await expert.forges(f"jo:{idea}:0:1")
    assert said.startswith("That was a while ago, so I have put the question aside.")


async def test_an_objection_shuts_the_gate_and_says_why(house: House) -> None:
    await at(house, "expertise")
    expert = await somebody(house, Role.EXPERT)
    await judges(expert, 5, 5, 5, 5, 5, words="There is a gas pipe under it.")
    await expert.presses("⛔ Send as an objection")
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    async with house.unchanged():
        said = await operator.presses("✅ On to the next stage")
    assert said == ("Not yet. This is still missing:\n○ An answer to the experts’ objection")
    await opens(operator)
    said = await operator.presses("🔬 Experts")
    assert said.endswith("⛔ Objects\nThere is a gas pipe under it.")


async def test_who_has_an_interest_steps_aside_and_nobody_sees_it(house: House) -> None:
    await at(house, "expertise")
    expert = await somebody(house, Role.EXPERT)
    await opens(expert)
    await expert.presses("🔬 Give my opinion")
    await expert.presses("Yes, I step aside")
    assert (await house.rows(Opinion))[0]["conflict"] is True
    neighbour = await somebody(house)
    await opens(neighbour)
    assert await neighbour.presses("🔬 Experts") == "🔬 No expert has said anything yet."


async def test_only_experts_judge(house: House) -> None:
    author = await at(house, "expertise")
    idea = (await project(house))["id"]
    for who in (author, await somebody(house, Role.MENTOR)):
        for data in (f"ja:{idea}:opinion:", f"jc:{idea}:1", f"jo:{idea}:0:5", f"ji:{idea}:1"):
            async with house.unchanged():
                assert await who.forges(data) == NOT_HERE


async def test_a_team_comes_together(house: House) -> None:
    author = await at(house, "team")
    await opens(author)
    await author.presses("🤝 Team")
    await author.presses("⭐ I lead it")
    await author.presses("➕ Look for somebody")
    said = await author.presses("Building")
    assert said == "🤝 The team\n⭐ Somebody leads it\n○ Building: wanted"
    builder = await somebody(house, name="Ivan Petrov")
    await opens(builder)
    await builder.presses("🤝 Team")
    await builder.presses("🙋 I could do this: Building")
    await builder.says("I have built three playgrounds.")
    await builder.presses("Yes, show it")
    await house.deliver()
    await author.presses("🤝 The team")
    assert (await author.last()).endswith(
        "✉️ Building: Ivan P. would like to join: I have built three playgrounds."
    )
    said = await author.presses("✅ Take Ivan P.")
    assert said == "🤝 The team\n⭐ Somebody leads it\n● Building: Ivan P."
    await house.deliver()
    assert await builder.last() == f"😊 You are in the team of “{TITLE}” now. Welcome!"
    await opens(author)
    await author.presses("✅ On to the next stage")
    assert (await project(house))["stage"] == "design"


async def test_only_the_head_answers_applicants(house: House) -> None:
    author = await at(house, "team")
    await opens(author)
    await author.presses("🤝 Team")
    await author.presses("➕ Look for somebody")
    await author.presses("Law")
    lawyer = await somebody(house)
    await opens(lawyer)
    await lawyer.presses("🤝 Team")
    await lawyer.presses("🙋 I could do this: Law")
    await lawyer.presses("Nothing to add")
    idea = (await project(house))["id"]
    place = (await house.rows(TeamMember, TeamMember.state == "applied"))[0]["id"]
    for data in (f"jd:{idea}:{place}:1", f"jt:{idea}:law", f"jD:{idea}:{place}", f"jL:{idea}"):
        async with house.unchanged():
            said = await lawyer.forges(data)
        assert said.startswith("This is for others to do: ")
    stranger = await somebody(house)
    await opens(stranger)
    assert "would like to join" not in await stranger.presses("🤝 Team")


async def test_skills_bring_the_places_that_fit(house: House) -> None:
    author = await at(house, "team")
    await opens(author)
    await author.presses("🤝 Team")
    await author.presses("➕ Look for somebody")
    await author.presses("Law")
    lawyer = await somebody(house)
    await lawyer.says("/projects")
    await lawyer.presses("🛠 What I can do")
    await lawyer.presses("▫️ Law")
    assert await lawyer.presses("🤝 Who looks for me") == "🤝 These look for you"
    assert (await lawyer.labels())[0] == f"Law · {TITLE}"


async def test_an_orphan_is_adopted_and_its_author_stays(house: House) -> None:
    author = await at(house, "team", status="paused", adoptable=True, paused_by="system")
    stranger = await somebody(house)
    async with house.unchanged():
        said = await stranger.forges(f"jy:{(await project(house))['id']}:1")
    assert said.startswith("For this we need to know that you are one real person")
    other = await somebody(house, verified=True)
    await other.says("/projects")
    await other.presses("🫂 Without a head")
    await other.presses(f"⏸ {TITLE}")
    await other.presses("🫂 I would lead it")
    await other.presses("Yes, I lead it")
    idea = await project(house)
    assert idea["lead_id"] == await other.member_id()
    assert idea["author_id"] == await author.member_id()
    assert (idea["status"], idea["adoptable"]) == ("active", False)
    late = await somebody(house, verified=True)
    async with house.unchanged():
        said = await late.forges(f"jy:{idea['id']}:1")
    assert said == "Something has just changed. Please take another look."


async def test_who_leads_it_hears_first_and_last(house: House) -> None:
    author = await at(house, "team")
    await opens(author)
    await author.presses("🤝 Team")
    await author.presses("⭐ I lead it")
    idea = await project(house)
    house.clock.advance(days=61)
    async with house.database.transaction() as tx:
        await timers.next_due(tx, house.city, house.clock.now())
    await house.deliver()
    asked = (
        f"⏰ The time to find a team for “{TITLE}” is over, and it is on pause. Would you go on? "
        "If you do not within 14 days, somebody else may lead it."
    )
    assert asked in [text for _, text in author.news]
    other = await somebody(house, verified=True)
    await opens(other)
    assert "🫂 I would lead it" not in await other.labels()
    async with house.unchanged():
        said = await other.forges(f"jy:{idea['id']}:1")
    assert said == "Something has just changed. Please take another look."
    house.clock.advance(days=14)
    await opens(other)
    await other.presses("🫂 I would lead it")
    await other.presses("Yes, I lead it")
    await house.deliver()
    led_on = (
        f"🫂 Somebody else leads “{TITLE}” now, as it had been on pause. Thank you for what you "
        "did! You can still be part of the team."
    )
    assert led_on in [text for _, text in author.news]
    assert (await project(house))["lead_id"] == await other.member_id()


async def test_documents_are_added_read_and_accepted(house: House) -> None:
    author = await at(house, "design")
    await opens(author)
    await author.presses("📑 Documents")
    await author.presses("➕ Add a document")
    await author.presses("Estimate of costs")
    await author.says("Benches and lamps\n10 benches: 120000 roubles")
    row = (await house.rows(Artefact))[0]
    assert (row["kind"], row["visibility"], row["accepted_by"]) == ("estimate", "public", None)
    stranger = await somebody(house)
    async with house.unchanged():
        said = await stranger.forges(f"jf:{row['project_id']}:{row['id']}")
        assert said == "I cannot find that any more. It may be gone."
        said = await stranger.forges(f"jj:{row['project_id']}:{row['id']}")
        assert said.startswith("This is for others to do: ")
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    await operator.presses("📑 Documents")
    await operator.presses("Estimate of costs")
    said = await operator.presses("✅ Accept it")
    assert said == "📑 Documents\n✅ Estimate of costs · Benches and lamps"
    said = await stranger.forges(f"jf:{row['project_id']}:{row['id']}")
    assert said.startswith("Benches and lamps\n")


async def test_of_a_commercial_document_only_that_it_is_there_is_known(house: House) -> None:
    author = await at(house, "design")
    await opens(author)
    await author.presses("📑 Documents")
    await author.presses("➕ Add a document")
    await author.presses("Legal scheme")
    await author.presses("🔒 Not for everybody")
    await author.says("Secret terms\nof the contract")
    row = (await house.rows(Artefact))[0]
    assert row["visibility"] == "commercial"
    stranger = await somebody(house)
    await opens(stranger)
    assert await stranger.presses("📑 Documents") == ("📑 Documents\n▫️ Legal scheme · not public")


async def test_a_mentor_takes_it_on_and_goes_through_the_list(house: House) -> None:
    await at(house, "acceleration", kind="business")
    mentor = await somebody(house, Role.MENTOR)
    await opens(mentor)
    await mentor.presses("🧭 Take it on")
    await mentor.presses("🧭 The checklist")
    assert "🧭 It is ready: accept" not in await mentor.labels()
    for label in [label for label in await mentor.labels() if label.startswith("▫️")]:
        await mentor.presses(label)
    await mentor.presses("🧭 It is ready: accept")
    assert [r["kind"] for r in await house.rows(Artefact)] == ["mentor_checklist"]
    await mentor.presses("✅ On to the next stage")
    assert (await project(house))["stage"] == "financing"
    idea = (await project(house))["id"]
    for data in (f"jn:{idea}", f"jz:{idea}:63:1"):
        other = await somebody(house)
        async with house.unchanged():
            assert await other.forges(data) == NOT_HERE


async def needs_money(house: House) -> Visitor:
    author = await at(house, "financing")
    await opens(author)
    await author.presses("💰 What is needed")
    await author.presses("➕ Add a line")
    await author.presses("💰 Money")
    await author.says("Benches, 120 000")
    return author


async def test_money_is_promised_signed_and_moves_the_project(house: House) -> None:
    author = await needs_money(house)
    assert await author.last() == "💰 What is needed\n○ Benches: 0 ₽ of 120,000 ₽"
    funder = await somebody(house, Role.FUNDER)
    await opens(funder)
    await funder.presses("💰 What is needed")
    await funder.presses("💰 Benches")
    await funder.presses("🤝 Promise: Fund or grant")
    await funder.says("120000")
    await funder.says("Good Neighbours Fund")
    said = await funder.presses("No, keep it")
    assert said == ("○ Benches: 0 ₽ of 120,000 ₽\n• Good Neighbours Fund: 120,000 ₽, promised")
    stranger = await somebody(house)
    row = (await house.rows(Commitment))[0]
    said = await stranger.forges(f"jr:{(await project(house))['id']}:{row['line_id']}")
    assert said.endswith("• Fund or grant: 120,000 ₽, promised")
    assert (row["amount"], row["org"], row["public"]) == (12_000_000, "Good Neighbours Fund", False)
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    await operator.presses("💰 What is needed")
    await operator.presses("💰 Benches")
    await operator.presses("✍️ Signed")
    said = await operator.says("Contract 17")
    assert said == f"🎉 The money is there: “{TITLE}” moves on."
    assert (await project(house))["stage"] == "implementation"
    await opens(operator)
    said = await operator.presses("💰 What is needed")
    assert said == (
        "💰 What is needed\n✅ Benches: 120,000 ₽ of 120,000 ₽\n\n"
        "Money by source\nFund or grant: signed 120,000 ₽"
    )


async def test_who_may_not_give_or_sign_changes_nothing(house: House) -> None:
    await needs_money(house)
    idea = (await project(house))["id"]
    citizen = await somebody(house)
    await citizen.forges(f"j1:{idea}:1:municipal")
    await citizen.says("5000")
    await citizen.says("The city itself")
    async with house.unchanged():
        said = await citizen.presses("Yes, show it")
    assert said == "This is for others to do: an operator."


async def test_a_verified_resident_promises_time_or_money(house: House) -> None:
    await needs_money(house)
    citizen = await somebody(house, verified=True)
    await opens(citizen)
    await citizen.presses("💰 What is needed")
    await citizen.presses("💰 Benches")
    await citizen.presses("🤝 Promise: Residents")
    assert await citizen.says("lots") == "Please write a number, for example: 5000"
    await citizen.says("5000")
    await citizen.says("Ivan Petrov")
    said = await citizen.presses("Yes, show it")
    assert said.endswith("• Ivan Petrov: 5,000 ₽, promised")


@pytest.mark.parametrize("text", ["Benches", "Benches, many", ", 100", "Benches, 0x10"])
async def test_a_line_that_cannot_be_read_is_asked_again(house: House, text: str) -> None:
    author = await at(house, "financing")
    await opens(author)
    await author.presses("💰 What is needed")
    await author.presses("➕ Add a line")
    await author.presses("💰 Money")
    said = await author.says(text)
    assert said == "I could not read that. Please write what it is, a comma, and how much."


async def test_it_is_built_step_by_step_and_residents_confirm(house: House) -> None:
    await at(house, "implementation")
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    await operator.presses("🏗 Steps of the work")
    await operator.presses("➕ Add a step")
    assert (await operator.says("The paths are laid")).startswith("I could not find a date.")
    said = await operator.says("The paths are laid, 15.09.2027")
    assert said == "🏗 Steps of the work\n○ The paths are laid · by September 15"
    await operator.presses("🔧 The paths")
    await operator.presses("✅ It is done")
    await operator.says("done, believe me")
    assert (await house.rows(Milestone))[0]["done_at"] is None
    await operator.photographs("")
    assert (await house.rows(Milestone))[0]["photo"] is not None
    await operator.presses("📷 Add the photo of the result")
    said = await operator.says("Everything stands where it should")
    assert said.startswith("📷 Photo of the result\nPlease send a photo.")
    assert await house.rows(Artefact) == []
    await operator.sends_file(b"\xff\xd8\xff|", picture=True)
    await operator.presses("Photo of the result")
    assert "✅ Accept it" not in await operator.labels()
    colleague = await somebody(house, Role.OPERATOR)
    await opens(colleague)
    await colleague.presses("📑 Documents")
    await colleague.presses("Photo of the result")
    assert await colleague.presses("✅ Accept it") == ("📑 Documents\n✅ Photo of the result")
    resident = await somebody(house, verified=True)
    await opens(resident)
    await resident.presses("👀 I have seen it")
    assert resident.toast == "Thank you! 1 resident has seen it."
    await opens(operator)
    await operator.presses("🎉 It is built: finish")
    assert operator.toast == "🎉 It is done!"
    assert (await project(house))["status"] == "done"
    await resident.says("/projects")
    await resident.presses("🌟 Worth repeating")
    said = await resident.presses(f"🌳 {TITLE}")
    assert said.startswith(f"🌟 {TITLE}\n🌳 Streets and yards · Kaluga\n")
    said = await resident.presses("🌱 Begin the same")
    assert said.startswith(f"🌱 {TITLE}, here in our city.")
    await resident.says("The same at school 5\nWith lamps and benches along the fence.")
    assert (await project(house))["origin"] == "practice"


async def test_the_lead_cannot_thin_out_what_is_being_built(house: House) -> None:
    author = await at(house, "implementation")
    await house.change(Project, Project.id > 0, lead_id=await author.member_id())
    await opens(author)
    await author.presses("🏗 Steps of the work")
    await author.presses("➕ Add a step")
    await author.says("The paths are laid, 15.09.2027")
    await author.presses("🔧 The paths")
    assert "✖ Take this step away" not in await author.labels()
    step, idea = (await house.rows(Milestone))[0]["id"], (await project(house))["id"]
    async with house.unchanged():
        said = await author.forges(f"j4:{idea}:{step}:remove")
    assert said == "This is for others to do: an operator."
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    await operator.presses("🏗 Steps of the work")
    await operator.presses("🔧 The paths")
    said = await operator.presses("✖ Take this step away")
    assert said == "🏗 Steps of the work\nThere is no plan of the work yet."
    await opens(author)
    said = await author.presses("🕰 History")
    assert "a step of the plan was taken away (an operator)\n" in said


async def test_a_project_of_nobodys_finds_somebody_to_lead_it(house: House) -> None:
    await at(house, "team", author_id=None)
    neighbour = await somebody(house, verified=True)
    await neighbour.says("/projects")
    await neighbour.presses("🫂 Without a head")
    await neighbour.presses(f"🤝 {TITLE}")
    said = await neighbour.presses("🫂 I would lead it")
    assert said == "🤝 The team\n⭐ Somebody leads it"
    assert (await project(house))["lead_id"] == await neighbour.member_id()
    late = await somebody(house)
    await opens(late)
    assert "🫂 I would lead it" not in await late.labels()
    async with house.unchanged():
        said = await late.forges(f"jL:{(await project(house))['id']}")
    assert said == "This is for others to do: the author, the team."


async def test_a_mentor_leaves_and_the_project_looks_for_another(house: House) -> None:
    await at(house, "acceleration", kind="business")
    mentor = await somebody(house, Role.MENTOR)
    await opens(mentor)
    await mentor.presses("🧭 Take it on")
    assert "🚪 Leave as its mentor" in await mentor.labels()
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    said = await operator.presses("🔁 Look for another mentor")
    assert said == "The project will look for another mentor, who goes through the checklist anew."
    await operator.presses("Yes, look for another")
    assert (operator.toast, (await project(house))["mentor_id"]) == ("We are looking", None)
    said = await operator.presses("🕰 History")
    assert "a mentor is wanted again (an operator)" in said
    other = await somebody(house, Role.MENTOR)
    await opens(other)
    await other.presses("🧭 Take it on")
    stranger = await somebody(house)
    async with house.unchanged():
        said = await stranger.forges(f"jI:{(await project(house))['id']}:1")
    assert said == "This is for others to do: an operator."


async def test_residents_confirm_only_what_they_may(house: House) -> None:
    author = await at(house, "implementation")
    idea = (await project(house))["id"]
    resident = await somebody(house, verified=True)
    async with house.unchanged():
        said = await resident.forges(f"j5:{idea}")
    assert said == "Something has just changed. Please take another look."
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    await operator.presses("🏗 Steps of the work")
    await operator.presses("➕ Add a step")
    await operator.says("All of it, 15.09.2027")
    await operator.presses("🔧 All of it")
    await operator.presses("✅ It is done")
    await operator.photographs("")
    stranger = await somebody(house)
    for who, words in (
        (stranger, "For this we need to know that you are one real person"),
        (author, "For this we need to know that you are one real person"),
    ):
        async with house.unchanged():
            assert (await who.forges(f"j5:{idea}")).startswith(words)


async def test_the_six_verbs_ask_for_their_reasons(house: House) -> None:
    await at(house, "design")
    operator = await somebody(house, Role.OPERATOR)
    await opens(operator)
    await operator.presses("⏸ Pause")
    await operator.presses("It goes on in the season")
    assert (await project(house))["status"] == "paused"
    await opens(operator)
    await operator.presses("▶ Go on")
    assert (await project(house))["status"] == "active"
    await operator.presses("↩ Back a stage")
    await operator.presses("The documents are not complete")
    assert (await project(house))["stage"] == "team"
    moderator = await somebody(house, Role.MODERATOR)
    await opens(moderator)
    await moderator.presses("✖ Close the project")
    await moderator.presses("✍️ In my own words")
    await moderator.says("The school is going to be rebuilt there.")
    idea = await project(house)
    assert (idea["status"], idea["closed_reason"]) == (
        "closed",
        "The school is going to be rebuilt there.",
    )


@pytest.mark.parametrize("verb", ["forward", "back", "close", "pause", "resume", "appeal", "fly"])
async def test_forged_moves_change_nothing(house: House, verb: str) -> None:
    await at(house, "design")
    idea = (await project(house))["id"]
    stranger = await somebody(house)
    async with house.unchanged():
        await stranger.forges(f"jm:{idea}:{verb}:design:law")
        await stranger.forges(f"jm:{idea}:{verb}:design:own")
        await stranger.says("Because I say so")
    assert (await house.rows(Project))[0]["stage"] == "design"
