"""Joining, names, consents, roles and invitations."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cities.models import City, Partner, Venue
from services.errors import NotAllowed, NotFound, Refusal
from services.members import attempts, card, consents, people, roles
from services.members.attempts import TooMany
from services.members.consents import Answer, ConsentKind
from services.members.models import Attempt, Consent, Identity, Invitation, Member, RoleGrant
from services.members.roles import InvitationSpent, LastOwner, Role
from tests.services.pinned import RULES
from tests.services.town import Town

STRIKES = RULES.limits.unreadable


async def refused(town: Town, kind: type[Refusal], attempt: Awaitable[Any]) -> Any:
    """The attempt is refused for this reason and leaves every row as it was."""
    before = await town.everything()
    with pytest.raises(kind) as caught:
        await attempt
    assert await town.everything() == before
    return caught.value


async def test_the_same_id_on_two_channels_is_two_people(town: Town) -> None:
    async def join(channel: str) -> int:
        member_id: int = await town.run(
            people.join,
            city_id=town.city.id,
            channel=channel,
            external_id="5",
            language="zh",
            via="station",
            now=town.now,
        )
        return member_id

    telegram, web = await join("telegram"), await join("web")
    assert telegram != web
    assert await join("telegram") == telegram
    columns = select(Member.name, Member.language, Member.joined_via, Member.notify)
    assert await town.rows(columns) == [("", "zh", "station", True)] * 2
    cards = await town.rows(select(Member.card))
    assert all(len(number) == 10 and number.isdigit() for (number,) in cards)
    await town.assert_clean()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  Анна \n Мария\t ", "Анна Мария"),
        ("\u202eevil\u0000\u200b", "evil"),
        ("x" * 80, "x" * 60),
        ("\n\u200b ", "Vera Petrova"),
    ],
)
async def test_a_name_is_made_clean(sqlite_town: Town, said: str, kept: str) -> None:
    town = sqlite_town
    member = await town.member()
    await town.run(people.rename, member, said)
    assert await town.rows(select(Member.name)) == [(kept,)]


async def test_blocked_until_they_write_again(sqlite_town: Town) -> None:
    town = sqlite_town
    await town.member()
    ((identity, channel, external_id),) = await town.rows(
        select(Identity.id, Identity.channel, Identity.external_id)
    )
    await town.run(people.blocked, channel, external_id, town.now)
    assert await town.rows(select(Identity.blocked_at)) == [(town.now,)]
    later = town.clock.advance(hours=1)
    await town.run(people.seen, identity, later)
    assert await town.rows(select(Identity.blocked_at, Identity.seen_at)) == [(None, later)]


async def test_consents_are_two_and_append_only(town: Town) -> None:
    member = await town.member()
    answers = [
        (ConsentKind.PERSONAL_DATA, True, "1"),
        (ConsentKind.PERSONAL_DATA, True, "1"),
        (ConsentKind.ADVERTISING, False, "1"),
        (ConsentKind.ADVERTISING, True, "1"),
        (ConsentKind.PERSONAL_DATA, True, "2"),
        (ConsentKind.ADVERTISING, False, "1"),
    ]
    for kind, given, version in answers:
        town.clock.advance(minutes=1)
        await town.run(
            consents.answer,
            member_id=member,
            kind=kind,
            given=given,
            text_version=version,
            language="ru",
            channel="telegram",
            now=town.now,
        )
    assert await town.count(Consent) == 5, "the repeated answer added nothing"
    assert await town.look(consents.answers, member) == {
        ConsentKind.PERSONAL_DATA: Answer(True, "2", town.now - timedelta(minutes=1)),
        ConsentKind.ADVERTISING: Answer(False, "1", town.now),
    }
    rows = await town.rows(select(Consent.channel, Consent.language).distinct())
    assert rows == [("telegram", "ru")]
    assert await town.look(consents.answers, member + 1) == {}


async def test_an_invitation_is_kept_as_a_hash_and_ends(sqlite_town: Town) -> None:
    town = sqlite_town
    token = await town.invite(Role.CASHIER)
    ((row,),) = [await town.rows(select(Invitation.__table__))]
    assert token not in repr(row)
    member = await town.member()
    await refused(town, InvitationSpent, town.accept(member, token + "x"))
    town.clock.advance(days=7)
    await refused(town, InvitationSpent, town.accept(member, token))
    second = await town.invite(Role.CASHIER)
    town.clock.advance(days=6, hours=23, minutes=59)
    invited = await town.accept(member, second)
    assert invited.role is Role.CASHIER
    assert invited.venue is not None
    assert invited.venue["en"] == "Demo café “Orbit”"
    await refused(town, InvitationSpent, town.accept(await town.member(), second))


@pytest.mark.parametrize(
    ("role", "venue"), [(Role.CASHIER, None), (Role.OWNER, None), (Role.ADMIN, "orbita")]
)
async def test_a_role_and_its_place_belong_together(
    sqlite_town: Town, role: Role, venue: str | None
) -> None:
    with pytest.raises(ValueError, match="do not go together"):
        await sqlite_town.invite(role, venue)
    assert await sqlite_town.count(Invitation) == 0


async def _handed_out(town: Town, by: int, venue: str = "orbita", **changes: Any) -> str:
    token: str = await town.run(
        roles.invite,
        **{
            "city_id": town.city.id, "role": Role.CASHIER, "venue_id": await town.venue(venue),
            "created_by": by, "now": town.now, **changes,
        },
    )  # fmt: skip
    return token


async def test_a_removed_owner_comes_back_by_none_of_their_invitations(town: Town) -> None:
    owner, partner = await town.staff(Role.OWNER), await town.staff(Role.OWNER)
    await town.accept(owner, await town.invite(Role.OWNER, "milky-way"))
    here, there = await _handed_out(town, owner), await _handed_out(town, owner, "milky-way")
    of_partner = await _handed_out(town, partner)
    grant = select(RoleGrant.id).where(RoleGrant.member_id == owner).order_by(RoleGrant.id)
    await town.run(roles.revoke, grant_id=(await town.rows(grant))[0][0], by=partner, now=town.now)
    late = await _handed_out(town, owner)
    for token in (here, late):
        await refused(town, InvitationSpent, town.accept(owner, token))
    assert (await town.accept(await town.member(), there)).role is Role.CASHIER
    assert (await town.accept(await town.member(), of_partner)).role is Role.CASHIER


async def test_who_stops_being_a_cashier_and_stays_an_owner_keeps_inviting(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    await town.accept(owner, await town.invite(Role.CASHIER))
    token = await _handed_out(town, owner)
    ((grant,),) = await town.rows(select(RoleGrant.id).where(RoleGrant.role == Role.CASHIER))
    await town.run(roles.revoke, grant_id=grant, by=owner, now=town.now)
    assert (await town.accept(await town.member(), token)).role is Role.CASHIER


async def test_nobody_joins_a_closed_place_or_another_city(sqlite_town: Town) -> None:
    town = sqlite_town
    member, token = await town.member(), await town.invite()
    await town.write(update(Venue).where(Venue.slug == "orbita").values(state="closed"))
    await refused(town, InvitationSpent, town.accept(member, token))
    await town.write(update(Venue).values(state="suspended"))
    await town.write(update(Partner).values(active=False))
    await refused(town, InvitationSpent, town.accept(member, token))
    await town.write(update(Partner).values(active=True))
    elsewhere = {**(await town.look(_city)), "id": town.city.id + 1, "slug": "elsewhere"}
    await town.write(City.__table__.insert().values(elsewhere))
    await town.write(update(Member).values(city_id=town.city.id + 1))
    await refused(town, InvitationSpent, town.accept(member, token))
    await town.write(update(Member).values(city_id=town.city.id))
    assert (await town.accept(member, token)).role is Role.CASHIER


async def _city(tx: AsyncConnection) -> dict[str, Any]:
    return dict((await tx.execute(select(City.__table__))).mappings().one())


async def test_a_role_is_held_once_and_where_it_was_given(town: Town) -> None:
    member = await town.staff(Role.CASHIER)
    await town.accept(member, await town.invite(Role.CASHIER))
    assert await town.count(RoleGrant) == 1
    orbit, bakery = await town.venue(), await town.venue("milky-way")
    staff = (Role.CASHIER, Role.OWNER)
    assert await town.look(roles.holds, member, staff, orbit)
    assert await town.look(roles.holds, member, staff, None)
    assert not await town.look(roles.holds, member, staff, bakery)
    assert not await town.look(roles.holds, member, (Role.OWNER,), orbit)
    assert not await town.look(roles.holds, member, (Role.ADMIN, Role.MODERATOR), None)


async def test_who_may_take_a_role_away(sqlite_town: Town) -> None:
    town = sqlite_town
    owner, cashier = await town.staff(Role.OWNER), await town.staff()
    stranger = await town.staff(Role.OWNER, "milky-way")
    admin = await town.staff(Role.ADMIN, None)
    grants = dict(await town.rows(select(RoleGrant.member_id, RoleGrant.id)))

    def revoke(whose: int, by: int) -> Awaitable[roles.Colleague]:
        return town.run(roles.revoke, grant_id=grants[whose], by=by, now=town.now)

    for nobody in (cashier, stranger, admin):
        await refused(town, NotAllowed, revoke(cashier, nobody))
    await refused(town, LastOwner, revoke(owner, owner))
    await refused(town, NotFound, revoke(admin, owner))
    gone = await revoke(cashier, owner)
    assert (gone.member_id, gone.role) == (cashier, Role.CASHIER)
    await refused(town, NotFound, revoke(cashier, owner))
    await town.accept(cashier, await town.invite(Role.OWNER))
    colleagues = await town.look(roles.colleagues, await town.venue())
    assert [(each.member_id, each.role) for each in colleagues] == [
        (owner, Role.OWNER),
        (cashier, Role.OWNER),
    ]
    await revoke(owner, owner)
    assert not await town.look(roles.holds, owner, (Role.OWNER,), None)


async def test_attempts_count_in_a_window_and_bring_a_pause(town: Town) -> None:
    """Three within ten minutes bring ten minutes of pause from the last."""
    member, other = await town.member(), await town.member()

    async def left() -> int:
        count: int = await town.look(attempts.left, member, "kind", STRIKES, town.now)
        return count

    def check(who: int = member, kind: str = "kind") -> Awaitable[None]:
        return town.look(attempts.check, who, kind, STRIKES, town.now)

    for remaining in (2, 1):
        await town.run(attempts.record, member, "kind", town.now)
        assert await left() == remaining
        await check()
        town.clock.advance(minutes=5)
    await town.run(attempts.record, member, "kind", town.now)
    assert await left() == 0
    with pytest.raises(TooMany) as caught:
        await check()
    assert caught.value.until == town.now + timedelta(minutes=10)
    await check(other)
    await check(kind="another")
    town.clock.advance(minutes=9, seconds=59)
    with pytest.raises(TooMany):
        await check()
    town.clock.advance(seconds=1)
    await check()
    assert await left() == 3
    await town.run(attempts.forget, town.now - timedelta(minutes=10), 100)
    assert await town.count(Attempt) == 1


async def test_the_card_counts_what_was_ever_earned(sqlite_town: Town) -> None:
    town = sqlite_town
    guest = await town.guest(500)
    await town.submit(guest)
    await town.take(guest)
    facts = await town.look(card.card_facts, guest)
    assert facts == card.CardFacts(available=390, held=120, maturing=40, debt=0, earned=50)
    ((number,),) = await town.rows(select(Member.card))
    holder = await town.look(card.card_holder, town.city.id, number)
    assert holder == card.Holder("Vera Petrova", 50)
    assert await town.look(card.card_holder, town.city.id + 1, number) is None
