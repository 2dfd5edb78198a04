"""Merits: once for one thing, not too many a day, taken back when not deserved."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import ledger
from services.civic import merits
from services.civic.merits import DAILY, LEVELS, RULES, Deed, Level
from services.ledger.models import Transfer
from services.members import privacy
from tests.services.town import Town, at_once


async def award(
    town: Town, member: int, rule: str = "report_confirmed", subject_id: int = 1
) -> int:
    given: int = await town.run(
        merits.award, town.city, member, rule, "report", subject_id, town.now
    )
    return given


async def revoke(town: Town, subject_id: int = 1, *spared: str) -> int:
    taken: int = await town.run(
        merits.revoke, "report", subject_id, "reopened", town.now, spared=spared
    )
    return taken


async def has(town: Town, member: int) -> int:
    return (await town.balance(member, "merits"))[0]


async def test_one_thing_is_thanked_for_once(town: Town) -> None:
    member = await town.member()
    done, refused = await at_once(*(award(town, member) for _ in range(6)))
    assert (sorted(done), refused) == ([0] * 5 + [5], [])
    assert await has(town, member) == 5
    town.clock.advance(days=1)
    assert await award(town, member) == 0
    await town.assert_clean()


async def test_another_thing_or_rule_or_member_is_another_matter(town: Town) -> None:
    member, other = await town.member(), await town.member()
    assert await award(town, member, subject_id=1) == 5
    assert await award(town, member, subject_id=2) == 5
    assert await award(town, member, "fix_confirmed") == 3
    assert await award(town, other) == 5
    await town.assert_clean()


async def test_a_day_has_a_limit_for_what_can_be_done_often(town: Town) -> None:
    member = await town.member()
    done, _ = await at_once(*(award(town, member, subject_id=n) for n in range(7)))
    assert sorted(done) == [0, 0, 0, 5, 5, 5, 5]
    assert await award(town, member, "fix_confirmed") == 0
    assert await award(town, member, "idea_implemented") == 100
    assert await has(town, member) == 120
    town.clock.advance(days=1)
    assert await award(town, member, "fix_confirmed") == 3
    await town.assert_clean()


async def test_the_rest_of_the_limit_is_given(town: Town) -> None:
    member = await town.member()
    for n in range(3):
        await award(town, member, subject_id=n)
    assert await award(town, member, "fix_confirmed") == 3
    assert await award(town, member, subject_id=9) == 2
    assert await award(town, member, "report_supported") == 0
    assert await award(town, member, subject_id=9) == 0
    assert await has(town, member) == 20
    await town.assert_clean()


async def test_the_day_is_the_citys(town: Town) -> None:
    member = await town.member()
    for n in range(4):
        await award(town, member, subject_id=n)
    local = town.now.astimezone(town.city.timezone)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0)
    before, after = midnight - timedelta(seconds=1), midnight
    arguments = (town.city, member, "report_confirmed", "report")
    assert await town.run(merits.award, *arguments, 50, before) == 0
    assert await town.run(merits.award, *arguments, 51, after) == 5


async def test_a_thank_you_is_taken_back_once(town: Town) -> None:
    member = await town.member()
    await award(town, member)
    done, refused = await at_once(*(revoke(town) for _ in range(4)))
    assert (sorted(done), refused) == ([0, 0, 0, 5], [])
    assert await has(town, member) == 0
    assert await revoke(town, 2) == 0
    await town.assert_clean()


async def test_what_was_taken_back_is_given_again_once_it_is_deserved(town: Town) -> None:
    member = await town.member()
    for _ in range(3):
        done, refused = await at_once(*(award(town, member) for _ in range(3)))
        assert (sorted(done), refused) == ([0, 0, 5], [])
        assert await has(town, member) == 5
        assert await revoke(town) == 5
        assert await has(town, member) == 0
    assert await town.look(merits.how_many, member) == 0
    await town.assert_clean()


async def test_everybody_gives_back_what_one_thing_brought_but_the_spared(town: Town) -> None:
    one, other, gone = [await town.member() for _ in range(3)]
    for member in (one, other, gone):
        await award(town, member)
    await award(town, one, "opinion")
    await award(town, other, subject_id=2)
    await town.run(privacy.delete_member, gone, town.now)
    assert await revoke(town, 1, "opinion") == 10
    assert (await has(town, one), await has(town, other)) == (15, 5)
    await town.assert_clean()


async def test_what_was_spent_becomes_a_debt_the_next_ones_pay(town: Town) -> None:
    member = await town.member()
    await award(town, member)
    await town.run(
        ledger.hold, member_id=member, currency="merits", amount=4, key="h", reason="r",
        now=town.now, expires_at=town.now + timedelta(hours=1),
    )  # fmt: skip
    assert await revoke(town) == 5
    assert await town.balance(member, "merits") == (0, 4, 0, 4)
    await award(town, member, subject_id=2)
    assert await town.balance(member, "merits") == (1, 4, 0, 0)
    await town.assert_clean()


async def test_many_are_thanked_at_once_in_any_order(town: Town) -> None:
    people = [await town.member() for _ in range(5)]
    orders = [people, people[::-1], people[2:] + people[:2], people]

    async def thank(whom: list[int]) -> dict[tuple[int, str], int]:
        pairs = [(member, "project_supporter") for member in whom]
        given: dict[tuple[int, str], int] = await town.run(
            merits.award_all, town.city, pairs, "project", 3, town.now
        )
        return given

    done, refused = await at_once(*(thank(order) for order in orders))
    assert refused == []
    assert sum(sum(given.values()) for given in done) == 15
    assert [await has(town, member) for member in people] == [3] * 5
    await town.assert_clean()


async def test_a_member_in_two_parts_is_thanked_for_both(town: Town) -> None:
    member = await town.member()
    given = await town.run(
        merits.award_all,
        town.city,
        [(member, "idea_implemented"), (member, "project_team")],
        "project",
        3,
        town.now,
    )
    assert list(given.values()) == [100, 100]


async def test_nobody_thanks_who_is_gone(town: Town) -> None:
    member = await town.member()
    await town.run(privacy.delete_member, member, town.now)
    before = await town.everything()
    assert await award(town, member) == 0
    assert await award(town, 10**6) == 0
    assert await town.everything() == before


async def test_deeds_are_told_with_those_taken_back(town: Town) -> None:
    member, other = await town.member(), await town.member()
    await award(town, other)
    await award(town, member)
    town.clock.advance(minutes=1)
    await award(town, member, "opinion", 7)
    await revoke(town)
    assert await town.look(merits.deeds, member) == [
        Deed("opinion", "report", 7, 15, town.now, revoked=False),
        Deed("report_confirmed", "report", 1, 5, town.now - timedelta(minutes=1), revoked=True),
    ]
    assert await town.look(merits.how_many, member) == 1
    assert len(await town.look(merits.deeds, member, 1, 1)) == 1
    assert await town.count(Transfer, Transfer.kind == "merit") == 3


async def test_an_unknown_rule_is_a_fault(town: Town) -> None:
    member = await town.member()
    with pytest.raises(KeyError):
        await award(town, member, "voted")


def test_voting_is_not_thanked_for() -> None:
    assert not [rule for rule in RULES if "vote" in rule or "voice" in rule]
    assert set(RULES) >= DAILY
    assert min(RULES.values()) > 0


@pytest.mark.parametrize(
    ("deeds", "shown"),
    [
        (0, Level(0, 0, 1)),
        (1, Level(1, 1, 5)),
        (4, Level(1, 1, 5)),
        (5, Level(2, 5, 10)),
        (29, Level(3, 10, 30)),
        (30, Level(4, 30, 50)),
        (50, Level(5, 50, None)),
        (1000, Level(5, 50, None)),
    ],
)
def test_levels(deeds: int, shown: Level) -> None:
    assert merits.level(deeds) == shown


@given(st.integers(0, 200))
def test_levels_rise(deeds: int) -> None:
    now, then = merits.level(deeds), merits.level(deeds + 1)
    assert then.number - now.number == (deeds + 1 in LEVELS)
