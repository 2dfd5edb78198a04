"""Voices while an idea is evaluated, and the short statements beside them."""

import pytest

from services.civic import following
from services.civic.models import Support
from services.errors import Changed, NotAllowed, NotFound
from services.projects import statements, voting
from services.projects.legality import UnderReview
from services.projects.models import Statement
from services.projects.statements import EnoughSaid, Said, TalkOver
from services.projects.voting import OwnProject, Voted, VotingOver
from services.projects.wording import Unsuitable
from tests.services.projects.hall import Hall


async def vote(hall: Hall, project_id: int, member_id: int, value: int = 1) -> Voted:
    voted: Voted = await hall.town.run(
        voting.vote, city=hall.town.city, project_id=project_id, member_id=member_id, value=value,
        now=hall.town.now,
    )  # fmt: skip
    return voted


async def test_a_voice_is_given_changed_and_taken_back(hall: Hall) -> None:
    project_id, citizen = await hall.plant(), await hall.verified()
    first = await vote(hall, project_id, citizen)
    assert (first.changed, first.totals.verified_up, first.needed) == (True, 1, 30)
    assert (await vote(hall, project_id, citizen)).changed is False
    against = await vote(hall, project_id, citizen, -1)
    assert (against.changed, against.totals.up, against.totals.verified_down) == (True, 0, 1)
    back = await hall.town.run(
        voting.withdraw, city=hall.town.city, project_id=project_id, member_id=citizen,
        now=hall.town.now,
    )  # fmt: skip
    assert (back.changed, back.mine, back.totals.down) == (True, None, 0)
    assert await hall.events(project_id) == []


async def test_a_voice_for_it_follows_it(hall: Hall) -> None:
    project_id = await hall.plant()
    fan, critic = await hall.verified(), await hall.verified()
    await vote(hall, project_id, fan)
    await vote(hall, project_id, critic, -1)
    found = await hall.town.look(following.followers, "project", str(project_id))
    assert found == [fan]


async def test_a_voice_without_a_phone_is_counted_apart(hall: Hall) -> None:
    project_id = await hall.plant()
    voted = await vote(hall, project_id, await hall.person())
    assert (voted.totals.up, voted.totals.verified_up) == (1, 0)


async def test_the_voice_that_fills_the_gate_moves_the_project(hall: Hall) -> None:
    project_id = await hall.plant()
    await hall.support(project_id, 29)
    voted = await vote(hall, project_id, await hall.verified())
    assert voted.moved is not None
    assert (voted.moved.after, voted.moved.acting) == ("expertise", "system")
    assert await hall.events(project_id) == [("forward", "evaluation", "expertise", "system")]
    assert await hall.merits(project_id) == [("idea_supported", 20)]


async def test_many_voices_against_keep_the_gate_shut(hall: Hall) -> None:
    project_id = await hall.plant()
    await hall.support(project_id, 29, 21)
    voted = await vote(hall, project_id, await hall.verified())
    assert (voted.totals.verified_up, voted.moved) == (30, None)
    assert await hall.state(project_id) == "evaluation"


async def test_a_city_idea_needs_a_hundred(sqlite_hall: Hall) -> None:
    hall = sqlite_hall
    project_id = await hall.plant(kind="urban")
    await hall.support(project_id, 98)
    assert (await vote(hall, project_id, await hall.verified())).moved is None
    assert (await vote(hall, project_id, await hall.verified())).moved is not None


async def test_half_of_the_voices_are_told_of_once(hall: Hall) -> None:
    project_id = await hall.plant()
    await hall.support(project_id, 14)
    fan = await hall.verified()
    await vote(hall, project_id, fan)
    assert await hall.told("project_half") == [fan]
    await vote(hall, project_id, await hall.verified())
    assert await hall.told("project_half") == [fan]


@pytest.mark.parametrize(
    ("columns", "refusal"),
    [
        ({"stage": "expertise"}, VotingOver),
        ({"status": "paused"}, VotingOver),
        ({"status": "closed"}, VotingOver),
        ({"stage": "premoderation"}, NotFound),
        ({"hidden": True}, UnderReview),
    ],
    ids=str,
)
async def test_voices_have_their_time(
    sqlite_hall: Hall, columns: dict, refusal: type[Exception]
) -> None:
    project_id, citizen = await sqlite_hall.plant(**columns), await sqlite_hall.verified()
    with pytest.raises(refusal):
        await vote(sqlite_hall, project_id, citizen)
    assert await sqlite_hall.town.count(Support) == 0


async def test_authors_have_no_voice_on_their_own(hall: Hall) -> None:
    author_id = await hall.verified()
    project_id = await hall.plant(author_id=author_id)
    with pytest.raises(OwnProject):
        await vote(hall, project_id, author_id)
    with pytest.raises(NotFound):
        await vote(hall, project_id, await hall.verified(), 5)


async def say(hall: Hall, project_id: int, member_id: int, text: str) -> int:
    added: int = await hall.town.run(
        statements.add, project_id=project_id, author_id=member_id, text=text, now=hall.town.now
    )
    return added


async def test_a_statement_is_shown_after_a_moderator_saw_it(hall: Hall) -> None:
    project_id, citizen = await hall.plant(), await hall.person()
    moderator = await hall.staff("moderator")
    said = await say(hall, project_id, citizen, "  Benches need   backs ")
    assert await hall.town.look(statements.listing, project_id) == []
    (waiting,) = await hall.town.look(statements.waiting, hall.town.city.id)
    assert waiting.text == "Benches need backs"
    await hall.town.run(statements.moderate, statement_id=said, by=moderator, show=True)
    other = await hall.person()
    following_one = await hall.town.look(
        statements.following_one, project_id=project_id, member_id=other
    )
    assert following_one == Said(said, project_id, "Benches need backs", 0, 0, 0)
    for value in (1, -1):
        await hall.town.run(
            statements.answer, statement_id=said, member_id=other, value=value, now=hall.town.now
        )
    await hall.town.run(
        statements.answer, statement_id=said, member_id=citizen, value=0, now=hall.town.now
    )
    (shown,) = await hall.town.look(statements.listing, project_id)
    assert (shown.agree, shown.disagree, shown.passed) == (0, 1, 1)
    assert await hall.town.look(
        statements.following_one, project_id=project_id, member_id=other
    ) is None  # fmt: skip
    with pytest.raises(Changed):
        await hall.town.run(statements.moderate, statement_id=said, by=moderator, show=True)


async def test_statements_are_few_short_and_not_repeated(hall: Hall) -> None:
    project_id, citizen = await hall.plant(), await hall.person()
    for number in range(3):
        await say(hall, project_id, citizen, f"Benches need backs {number}")
    with pytest.raises(EnoughSaid):
        await say(hall, project_id, citizen, "And arms")
    other = await hall.person()
    with pytest.raises(EnoughSaid):
        await say(hall, project_id, other, "Benches need backs 1")
    with pytest.raises(Unsuitable):
        await say(hall, project_id, other, "x" * 141)
    assert await hall.town.count(Statement) == 3


async def test_what_is_hidden_is_not_answered_and_strangers_moderate_nothing(hall: Hall) -> None:
    project_id, citizen = await hall.plant(), await hall.person()
    said = await say(hall, project_id, citizen, "Benches need backs")
    with pytest.raises(NotFound):
        await hall.town.run(
            statements.answer, statement_id=said, member_id=citizen, value=1, now=hall.town.now
        )
    with pytest.raises(NotAllowed):
        await hall.town.run(
            statements.moderate, statement_id=said, by=await hall.person(), show=True
        )
    later = await hall.plant("expertise")
    with pytest.raises(TalkOver):
        await say(hall, later, citizen, "Benches need backs")
