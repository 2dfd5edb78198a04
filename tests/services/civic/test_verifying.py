"""One phone, one voice; a clerk's word where there is no phone."""

import pytest
from sqlalchemy import select

from services.civic import verifying
from services.civic.models import Verification
from services.civic.verifying import PhoneTaken, phone_hash
from services.errors import NotAllowed, NotFound
from services.members.models import Member
from services.members.roles import Role
from tests.services.town import Town, at_once

KEY = b"k" * 32


async def by_phone(town: Town, member: int, phone: str = "+7 910 123-45-67") -> None:
    hashed = phone_hash(KEY, town.city.id, phone)
    await town.run(
        verifying.verify, member_id=member, city_id=town.city.id, phone_hash=hashed, by_id=None,
        now=town.now,
    )  # fmt: skip


async def card(town: Town, member: int) -> str:
    ((number,),) = await town.rows(select(Member.card).where(Member.id == member))
    return str(number)


def test_a_number_is_the_same_however_it_is_written() -> None:
    hashes = {
        phone_hash(KEY, 1, phone)
        for phone in ("+7 910 123-45-67", "79101234567", "8 (910) 123 45 67")
    }
    assert len(hashes) == 1
    assert "9101234567" not in hashes.pop()


def test_a_hash_is_of_one_key_city_and_number() -> None:
    one = phone_hash(KEY, 1, "79101234567")
    assert one != phone_hash(b"x" * 32, 1, "79101234567")
    assert one != phone_hash(KEY, 2, "79101234567")
    assert one != phone_hash(KEY, 1, "79101234568")
    assert phone_hash(KEY, 1, "86512345678") == phone_hash(KEY, 1, "76512345678")
    assert phone_hash(KEY, 1, "8651234567") != phone_hash(KEY, 1, "7651234567")


async def test_a_phone_verifies_one_member_only(town: Town) -> None:
    people = [await town.member() for _ in range(4)]
    done, refused = await at_once(*(by_phone(town, member) for member in people))
    assert (len(done), [type(each) for each in refused]) == (1, [PhoneTaken] * 3)
    assert await town.count(Verification) == 1
    assert sum([await town.look(verifying.is_verified, member) for member in people]) == 1


async def test_two_taps_verify_once(town: Town) -> None:
    member = await town.member()
    _, refused = await at_once(*(by_phone(town, member) for _ in range(4)))
    assert refused == []
    assert await town.moves("member") == [("verify", "verified")]


async def test_the_first_phone_stays(town: Town) -> None:
    member, other = await town.member(), await town.member()
    await by_phone(town, member)
    await by_phone(town, member, "+7 910 000-00-00")
    await by_phone(town, other, "+7 910 000-00-00")
    assert await town.count(Verification) == 2


async def vouch(town: Town, clerk: int, number: str) -> verifying.Holder:
    holder: verifying.Holder = await town.run(
        verifying.vouch, city_id=town.city.id, clerk_id=clerk, card=number, now=town.now
    )
    return holder


async def test_a_clerk_vouches_and_takes_it_back(town: Town) -> None:
    clerk, member = await town.staff(Role.OPERATOR, None), await town.member()
    number = await card(town, member)
    holder = await vouch(town, clerk, number)
    assert (holder.member_id, holder.verified, holder.by_clerk) == (member, True, True)
    await vouch(town, clerk, number)
    assert await town.moves("member") == [("verify", "verified")]
    take = {"city_id": town.city.id, "clerk_id": clerk, "card": number, "now": town.now}
    holder = await town.run(verifying.take_back, **take)
    assert (holder.verified, holder.by_clerk) == (False, False)
    assert await town.count(Verification) == 0


async def test_a_phone_takes_the_place_of_a_clerks_word(town: Town) -> None:
    clerk, member = await town.staff(Role.MODERATOR, None), await town.member()
    number = await card(town, member)
    await vouch(town, clerk, number)
    await by_phone(town, member)
    other = await town.member()
    with pytest.raises(PhoneTaken):
        await by_phone(town, other)
    take = {"city_id": town.city.id, "clerk_id": clerk, "card": number, "now": town.now}
    holder = await town.run(verifying.take_back, **take)
    assert (holder.verified, holder.by_clerk) == (True, False)


async def test_a_taken_phone_does_not_undo_a_clerks_word(town: Town) -> None:
    clerk, member, other = (
        await town.staff(Role.MODERATOR, None),
        await town.member(),
        await town.member(),
    )
    await vouch(town, clerk, await card(town, member))
    await by_phone(town, other)
    before = await town.everything()
    with pytest.raises(PhoneTaken):
        await by_phone(town, member)
    assert await town.everything() == before


async def test_nobody_else_vouches_and_nobody_for_themselves(town: Town) -> None:
    clerk, cashier, member = (
        await town.staff(Role.MODERATOR, None),
        await town.staff(),
        await town.member(),
    )
    before = await town.everything()
    for who, number in (
        (cashier, await card(town, member)),
        (member, await card(town, member)),
        (clerk, await card(town, clerk)),
    ):
        with pytest.raises(NotAllowed):
            await vouch(town, who, number)
    with pytest.raises(NotFound):
        await vouch(town, clerk, "0000000000000")
    assert await town.everything() == before
