"""One member, one voice, however often and from wherever it is given."""

import pytest
from sqlalchemy import select

from services.civic import following, verifying, voices
from services.civic.models import Follow, Support
from services.civic.voices import Totals
from tests.services.town import Town, at_once


async def give(town: Town, member: int, value: int = 1, subject_id: int = 5) -> bool:
    changed: bool = await town.run(
        voices.give, subject="report", subject_id=subject_id, member_id=member, value=value,
        now=town.now,
    )  # fmt: skip
    return changed


async def confirm(town: Town, member: int) -> None:
    await town.run(
        verifying.verify, member_id=member, city_id=town.city.id, phone_hash=f"hash-{member}",
        by_id=None, now=town.now,
    )  # fmt: skip


async def totals(town: Town, *ids: int) -> dict[int, Totals]:
    found: dict[int, Totals] = await town.look(voices.totals, "report", ids)
    return found


async def test_two_taps_are_one_voice(town: Town) -> None:
    member = await town.member()
    done, refused = await at_once(*(give(town, member) for _ in range(6)))
    assert (sorted(done), refused) == ([False] * 5 + [True], [])
    assert await town.count(Support) == 1
    assert await totals(town, 5) == {5: Totals(up=1)}


async def test_a_voice_can_change_and_go(town: Town) -> None:
    member = await town.member()
    assert await give(town, member)
    assert await give(town, member, -1)
    assert not await give(town, member, -1)
    assert await town.look(voices.mine, "report", 5, member) == -1
    assert await totals(town, 5) == {5: Totals(down=1)}
    take = {"subject": "report", "subject_id": 5, "member_id": member}
    assert await town.run(voices.withdraw, **take)
    assert not await town.run(voices.withdraw, **take)
    assert await town.look(voices.mine, "report", 5, member) is None
    assert await totals(town, 5) == {5: Totals()}


async def test_opposite_taps_at_once_leave_one(town: Town) -> None:
    member = await town.member()
    await at_once(*(give(town, member, value) for value in (1, -1) * 4))
    ((value,),) = await town.rows(select(Support.value))
    assert value in {1, -1}


async def test_only_verified_voices_are_counted_as_such(town: Town) -> None:
    people = [await town.member() for _ in range(5)]
    for member, value in zip(people, (1, 1, 1, -1, -1), strict=True):
        await give(town, member, value)
    for member in (people[0], people[3]):
        await confirm(town, member)
    await give(town, people[0], 1, subject_id=6)
    found = await totals(town, 5, 6, 7)
    assert found == {
        5: Totals(up=3, down=2, verified_up=1, verified_down=1),
        6: Totals(up=1, verified_up=1),
        7: Totals(),
    }
    assert await town.look(voices.supporters, "report", 5) == people[:3]


async def test_other_values_are_no_voice(town: Town) -> None:
    member = await town.member()
    with pytest.raises(ValueError, match="1 or -1"):
        await give(town, member, 2)


async def test_two_taps_follow_once(town: Town) -> None:
    member = await town.member()
    values = {"member_id": member, "subject": "district", "key": "leninsky"}
    done, _ = await at_once(
        *(town.run(following.follow, **values, via="chosen", now=town.now) for _ in range(4))
    )
    assert sorted(done) == [False, False, False, True]
    assert await town.look(following.follows, member, "district", "leninsky")
    assert await town.look(following.followers, "district", "leninsky") == [member]
    assert await town.look(following.how_many, member) == 1
    done, _ = await at_once(*(town.run(following.unfollow, **values) for _ in range(4)))
    assert sorted(done) == [False, False, False, True]
    assert not await town.look(following.follows, member, "district", "leninsky")
    assert await town.count(Follow) == 0


async def test_an_entry_is_ended_by_its_owner_only(town: Town) -> None:
    member, other = await town.member(), await town.member()
    for key in ("1", "2"):
        await town.run(
            following.follow, member_id=member, subject="report", key=key, via="asked",
            now=town.now,
        )  # fmt: skip
    newest, oldest = await town.look(following.of_member, member)
    assert (newest.key, oldest.key) == ("2", "1")
    assert await town.run(following.end, member_id=other, follow_id=newest.id) is None
    ended = await town.run(following.end, member_id=member, follow_id=newest.id)
    assert ended.key == "2"
    assert await town.run(following.end, member_id=member, follow_id=newest.id) is None
    assert [each.key for each in await town.look(following.of_member, member)] == ["1"]
