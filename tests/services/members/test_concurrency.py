"""People who do the same thing at the same moment."""

from sqlalchemy import select

from services.errors import Changed, NotAllowed, NotFound
from services.ledger import NotEnough
from services.ledger.models import Account
from services.members import people, privacy, roles
from services.members.models import Identity, Invitation, Member, RoleGrant
from services.members.roles import InvitationSpent, Role
from services.rewards.models import Redemption
from tests.services.town import Town, at_once


async def test_join_twice(town: Town) -> None:
    """One person, one member, however many of their first messages arrive together."""

    async def join() -> int:
        member_id: int = await town.run(
            people.join,
            city_id=town.city.id,
            channel="telegram",
            external_id="4242",
            language="ru",
            via="poster",
            now=town.now,
        )
        return member_id

    done, refused = await at_once(*(join() for _ in range(8)))
    assert len(set(done)) == 1
    assert {type(each) for each in refused} <= {Changed}
    assert await join() == done[0]
    assert await town.count(Member) == await town.count(Identity) == 1
    assert await town.count(Account, Account.kind == "member") == 2
    await town.assert_clean()


async def test_one_invitation_two_people(town: Town) -> None:
    token = await town.invite(Role.CASHIER, "orbita")
    people_ = [await town.member() for _ in range(5)]
    done, refused = await at_once(*(town.accept(each, token) for each in people_))
    assert [invited.role for invited in done] == [Role.CASHIER]
    assert {type(each) for each in refused} == {InvitationSpent}
    ((winner,),) = await town.rows(select(RoleGrant.member_id))
    assert await town.rows(select(Invitation.used_by, Invitation.used_at)) == [(winner, town.now)]
    assert await town.moves("role") == [("grant", "cashier")]
    await town.assert_clean()


async def test_one_person_taps_an_invitation_twice(town: Town) -> None:
    token = await town.invite(Role.OWNER, "orbita")
    member = await town.member()
    done, refused = await at_once(*(town.accept(member, token) for _ in range(4)))
    assert (len(done), len(refused)) == (1, 3)
    assert await town.count(RoleGrant) == 1


async def test_two_owners_remove_each_other(town: Town) -> None:
    """One of them is first, and the venue keeps an owner."""
    for _ in range(4):
        first, second = [await town.staff(Role.OWNER) for _ in range(2)]
        venue = await town.venue()
        grant = {each.member_id: each.grant_id for each in await town.look(roles.colleagues, venue)}
        before = await town.moves("role")
        done, refused = await at_once(
            town.run(roles.revoke, grant_id=grant[second], by=first, now=town.now),
            town.run(roles.revoke, grant_id=grant[first], by=second, now=town.now),
        )
        assert len(done) == 1
        assert [type(each) for each in refused] == [NotAllowed]
        left = [each.member_id for each in await town.look(roles.colleagues, venue)]
        assert left == [{first: second, second: first}[done[0].member_id]]
        assert (await town.moves("role"))[len(before) :] == [("revoke", "revoked")]
        await town.write(RoleGrant.__table__.delete())
    await town.assert_clean()


async def test_a_role_is_taken_away_twice(town: Town) -> None:
    owner, cashier = await town.staff(Role.OWNER), await town.staff()
    ((grant,),) = await town.rows(select(RoleGrant.id).where(RoleGrant.member_id == cashier))
    done, refused = await at_once(
        *(town.run(roles.revoke, grant_id=grant, by=owner, now=town.now) for _ in range(4))
    )
    assert [each.member_id for each in done] == [cashier]
    assert {type(each) for each in refused} == {NotFound}
    assert (await town.moves("role")).count(("revoke", "revoked")) == 1


async def test_delete_while_confirming(town: Town) -> None:
    """The guest is gone; the reward is either paid or let go, never both and never half."""
    cashier = await town.staff()
    for _ in range(6):
        guest = await town.guest(400)
        taken = await town.taken()
        paid, free = await town.take(guest), await town.take(guest, "orbita-cookie")
        done, refused = await at_once(
            town.run(privacy.delete_member, guest, town.now),
            town.confirm(cashier, paid.id),
        )
        assert await town.state(free.id) == "released"
        if await town.state(paid.id) == "confirmed":
            assert refused == []
            assert await town.taken() == taken + 1
        else:
            assert await town.state(paid.id) == "released"
            assert [getattr(each, "state", None) for each in refused] == ["released"]
            assert await town.taken() == taken
        assert len(done) + len(refused) == 2
        assert await town.balance(guest) == (0, 0, 0, 0)
        assert await town.count(Identity, Identity.member_id == guest) == 0
        assert [kind for who, kind in await town.outbox() if who == guest].count("forget") == 1
    assert await town.taken("orbita-cookie") == 0
    await town.assert_clean()


async def test_delete_while_taking(town: Town) -> None:
    """What was taken before is let go; what comes after finds no points."""
    for _ in range(4):
        guest = await town.guest(120)
        reward = await town.reward()
        done, refused = await at_once(
            town.run(privacy.delete_member, guest, town.now),
            town.take_id(guest, reward),
            town.take_id(guest, reward),
        )
        assert None in done
        assert len(done) + len(refused) == 3
        assert {type(each) for each in refused} == {NotEnough}
        assert await town.balance(guest) == (0, 0, 0, 0)
        assert await town.taken() == 0
        assert await town.count(Redemption, Redemption.state != "released") == 0
        assert await town.count(Identity) == 0
    await town.assert_clean()
