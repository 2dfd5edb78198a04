"""Everybody at once, on separate connections: one move, one set of merits, nothing lost."""

import asyncio
from collections import Counter

from services.civic.models import Support
from services.errors import Changed, Refusal
from services.projects import (
    adopting,
    building,
    experts,
    ideas,
    money,
    moving,
    team,
    timers,
    voting,
)
from services.projects.models import Commitment, Confirmation, Opinion, Practice, Project
from services.projects.stages import Verb
from services.projects.team import TeamFull
from tests.services.projects.hall import Hall
from tests.services.town import at_once


def kinds(refused: list[Refusal]) -> Counter[str]:
    return Counter(type(each).__name__ for each in refused)


async def test_two_moderators_move_once(hall: Hall) -> None:
    project_id = await hall.plant("expertise")
    await hall.fill(project_id)
    moderators = [await hall.person("moderator") for _ in range(2)]
    done, refused = await at_once(
        *(hall.move(project_id, "forward", by, seen="expertise") for by in moderators * 3)
    )
    assert (len(done), kinds(refused)) == (1, {"Changed": 5})
    assert await hall.events(project_id) == [("forward", "expertise", "team", "moderator")]
    assert await hall.merits(project_id) == [
        ("idea_approved", 30),
        ("opinion", 15),
        ("opinion", 15),
    ]
    await hall.assert_whole()


async def test_two_moderators_disagree(hall: Hall) -> None:
    """One sends it on, another closes it: one of the two, and the other learns of it."""
    project_id = await hall.plant("expertise")
    await hall.fill(project_id)
    one, other = [await hall.person("moderator") for _ in range(2)]
    done, refused = await at_once(
        hall.move(project_id, "forward", one, seen="expertise"),
        hall.move(project_id, "close", other, "No place for it", seen="expertise"),
        hall.move(project_id, "back", other, "Ask once more", seen="expertise"),
    )
    assert (len(done), kinds(refused)) == (1, {"Changed": 2})
    assert len(await hall.events(project_id)) == 1
    await hall.assert_whole()


async def test_two_voters_cross_the_threshold_at_once(hall: Hall) -> None:
    project_id = await hall.plant()
    await hall.support(project_id, 29)
    voters = [await hall.verified() for _ in range(6)]
    done, refused = await at_once(
        *(
            hall.town.run(
                voting.vote, city=hall.town.city, project_id=project_id, member_id=each, value=1,
                now=hall.town.now,
            )
            for each in voters
        )
    )  # fmt: skip
    assert [each.moved is not None for each in done] == [True]
    assert kinds(refused) == {"VotingOver": 5}
    assert await hall.town.count(Support) == 30
    assert await hall.events(project_id) == [("forward", "evaluation", "expertise", "system")]
    assert await hall.merits(project_id) == [("idea_supported", 20)]
    await hall.assert_whole()


async def test_the_same_tap_twice_is_one_voice(hall: Hall) -> None:
    project_id, citizen = await hall.plant(), await hall.verified()
    done, refused = await at_once(
        *(
            hall.town.run(
                voting.vote, city=hall.town.city, project_id=project_id, member_id=citizen,
                value=1, now=hall.town.now,
            )
            for _ in range(6)
        )
    )  # fmt: skip
    assert (sorted(each.changed for each in done), refused) == ([False] * 5 + [True], [])
    assert await hall.town.count(Support) == 1


async def test_the_last_voice_the_moderator_and_the_clock_move_once(hall: Hall) -> None:
    project_id = await hall.plant()
    await hall.fill(project_id)
    moderator, voter = await hall.staff("moderator"), await hall.verified()
    hall.town.clock.advance(days=30)
    town = hall.town
    await at_once(
        town.run(
            voting.vote, city=town.city, project_id=project_id, member_id=voter, value=1,
            now=town.now,
        ),
        hall.move(project_id, "forward", moderator, seen="evaluation"),
        town.run(timers.next_due, town.city, town.now),
        town.run(timers.advance, town.city, project_id, town.now),
    )  # fmt: skip
    assert [event[:3] for event in await hall.events(project_id)] == [
        ("forward", "evaluation", "expertise")
    ]
    assert await hall.merits(project_id) == [("idea_supported", 20)]
    await hall.assert_whole()


async def test_two_adopters_and_one_orphan(hall: Hall) -> None:
    project_id = await hall.plant("team", status="paused", paused_by="system", adoptable=True)
    parents = [await hall.verified() for _ in range(4)]
    town = hall.town
    done, refused = await at_once(
        *(
            town.run(
                adopting.adopt, city=town.city, project_id=project_id, member_id=each, now=town.now
            )
            for each in parents
        )
    )
    assert (len(done), kinds(refused)) == (1, {"Changed": 3})
    assert (await hall.facts(project_id)).lead_id in parents
    assert len(await hall.events(project_id)) == 1


async def test_one_place_and_two_applicants(hall: Hall) -> None:
    author_id = await hall.person()
    project_id = await hall.plant("team", author_id=author_id)
    town = hall.town
    await town.run(team.open_place, project_id=project_id, by=author_id, skill="law", now=town.now)
    applications = [
        await town.run(
            team.apply, city=town.city, project_id=project_id, member_id=await hall.person(),
            skill="law", word="", public=True, now=town.now,
        )
        for _ in range(2)
    ]  # fmt: skip
    done, refused = await at_once(
        *(
            town.run(
                team.answer, city=town.city, application_id=each, by=author_id, accept=True,
                now=town.now,
            )
            for each in applications
        )
    )  # fmt: skip
    assert (len(done), [type(each) for each in refused]) == (1, [TeamFull])
    assert (await hall.facts(project_id)).team == 1


async def test_two_signatures_close_the_gap_once(hall: Hall) -> None:
    project_id = await hall.plant("financing")
    operator = await hall.staff("operator")
    line_id = await hall.line(project_id, 1000)
    pledged = [await hall.commitment(line_id, 600, "pledged") for _ in range(3)]
    town = hall.town
    done, refused = await at_once(
        *(
            town.run(
                money.sign, city=town.city, commitment_id=each, by=operator, document="No. 1",
                now=town.now,
            )
            for each in (*pledged, pledged[0])
        )
    )  # fmt: skip
    assert kinds(refused) == {"Changed": 1}
    assert sum(each is not None for each in done) == 1
    moves = [event for event in await hall.events(project_id) if event[0] == "forward"]
    assert moves == [("forward", "financing", "implementation", "system")]
    assert await town.count(Commitment, Commitment.state == "signed") == 3
    await hall.assert_whole()


async def test_one_expert_gives_one_opinion_however_often(hall: Hall) -> None:
    project_id, expert = await hall.plant("expertise"), await hall.person("expert")
    town = hall.town
    await at_once(
        *(
            town.run(
                experts.give, project_id=project_id, expert_id=expert, scores=[score] * 5, text="",
                conflict=False, veto=False, now=town.now,
            )
            for score in (1, 2, 3, 4, 5)
        )
    )  # fmt: skip
    assert await town.count(Opinion) == 1


async def test_a_resident_confirms_once_and_it_is_finished_once(hall: Hall) -> None:
    project_id = await hall.plant("implementation")
    await hall.milestone(project_id)
    await hall.document(project_id, "photo_after")
    town = hall.town
    residents = [await hall.verified() for _ in range(5)]
    done, _ = await at_once(
        *(
            town.run(
                building.confirm, city=town.city, project_id=project_id, member_id=each,
                now=town.now,
            )
            for each in residents * 2
        )
    )  # fmt: skip
    assert sum(each.new for each in done) == 5
    assert await town.count(Confirmation) == 5
    operators = [await hall.person("operator") for _ in range(3)]
    done, refused = await at_once(
        *(hall.move(project_id, "forward", by, seen="implementation") for by in operators)
    )
    assert (len(done), kinds(refused)) == (1, {"Changed": 2})
    assert await town.count(Practice) == 1
    await hall.assert_whole()


async def test_an_idea_is_sent_once(hall: Hall) -> None:
    author_id = await hall.person()
    project_id = await hall.plant("idea", author_id=author_id)
    town = hall.town
    done, refused = await at_once(
        *(
            town.run(ideas.send, city=town.city, project_id=project_id, by=author_id, now=town.now)
            for _ in range(4)
        )
    )
    assert (len(done), kinds(refused)) == (1, {"Changed": 3})
    assert len(await hall.events(project_id)) == 1


async def test_moves_of_many_projects_share_one_log(hall: Hall) -> None:
    """Their people are the same: nobody waits for another in a circle."""
    experts_of_all = [await hall.person("expert") for _ in range(3)]
    author_id = await hall.person()
    projects = [await hall.plant("expertise", author_id=author_id) for _ in range(6)]
    for project_id in projects:
        for expert_id in experts_of_all:
            await hall.opinion(project_id, expert_id=expert_id)
    moderator = await hall.staff("moderator")
    async with asyncio.timeout(60):
        done, refused = await at_once(
            *(hall.move(each, "forward", moderator, seen="expertise") for each in projects)
        )
    assert (len(done), refused) == (6, [])
    await hall.assert_whole()


async def test_a_process_that_read_before_another_moved_learns_of_it(hall: Hall) -> None:
    project_id = await hall.plant("team")
    moderator = await hall.staff("moderator")
    await hall.move(project_id, "pause", moderator)
    done, refused = await at_once(
        *(hall.move(project_id, "resume", moderator, seen="paused") for _ in range(3))
    )
    assert (len(done), [type(each) for each in refused]) == (1, [Changed, Changed])
    assert await hall.town.count(Project, Project.status == "active") == 1
    assert Verb.RESUME in {event[0] for event in await hall.events(project_id)}
    assert moving.state(await hall.facts(project_id)) == "team"
