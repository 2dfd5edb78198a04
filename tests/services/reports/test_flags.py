"""Members flag a public report away; a moderator's word about it is for good."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from services.civic import leaving, verifying
from services.civic.models import Flag
from services.errors import Changed, NotAllowed, NotFound
from services.reports import flags, queues, views
from services.reports.flags import Flagged, LookedAt
from services.reports.models import Report
from services.reports.outcome import OwnReport
from services.reports.states import Verb
from tests.services.reports.street import Street


@dataclass
class Watch:
    """One published report, and what members and moderators say of it."""

    street: Street
    report_id: int

    async def flag(self, member_id: int) -> Flagged:
        town = self.street.town
        said: Flagged = await town.run(
            flags.flag, town.city, member_id=member_id, report_id=self.report_id, now=town.now
        )
        return said

    async def settle(self, *, show: bool, by: int | None = None) -> None:
        town = self.street.town
        await town.run(
            flags.settle, town.city, report_id=self.report_id, by=by or self.street.moderator,
            show=show, now=town.now,
        )  # fmt: skip

    async def is_shown(self) -> bool:
        town = self.street.town
        return self.report_id in await town.look(views.public, town.city, [self.report_id], town.now)  # noqa: E501  # fmt: skip

    async def waiting(self) -> list[int]:
        """What waits for a moderator, as counted and as shown."""
        town = self.street.town
        counts = await town.look(queues.counts, town.city, self.street.moderator, town.now)
        try:
            case = await town.run(
                queues.next_flagged, town.city, by=self.street.moderator, now=town.now
            )
        except queues.NothingWaits:
            assert counts.flagged == 0
            return []
        assert counts.flagged == 1
        return [case.id]

    async def verbs(self) -> list[str]:
        return [event[0] for event in await self.street.events(self.report_id)]


@pytest.fixture
async def watch(street: Street) -> Watch:
    """On SQLite and on PostgreSQL."""
    return Watch(street, await street.opened())


async def test_three_verified_people_hide_it_until_a_moderator_has_looked(watch: Watch) -> None:
    street = watch.street
    people = [await street.verified() for _ in range(3)]
    with pytest.raises(OwnReport):
        await watch.flag(street.author)
    assert await watch.flag(people[0]) == Flagged(new=True, counts=True, hidden=False)
    assert await watch.flag(people[0]) == Flagged(new=False, counts=True, hidden=False)
    assert await watch.flag(people[1]) == Flagged(new=True, counts=True, hidden=False)
    assert (await watch.is_shown(), await watch.waiting()) == (True, [])
    assert await watch.flag(people[2]) == Flagged(new=True, counts=True, hidden=True)
    assert (await watch.is_shown(), await watch.waiting()) == (False, [watch.report_id])
    with pytest.raises(NotFound):
        await watch.flag(await street.verified())
    case = await street.town.look(
        queues.case, street.town.city, watch.report_id, street.moderator, street.town.now
    )
    assert (case.flags, case.hidden) == (3, True)
    with pytest.raises(NotAllowed):
        await watch.settle(show=True, by=street.official)
    await watch.settle(show=True)
    assert (await watch.is_shown(), await watch.waiting()) == (True, [])
    with pytest.raises(Changed):
        await watch.settle(show=True)
    await watch.settle(show=False)
    assert (await watch.is_shown(), await watch.waiting()) == (False, [])
    assert await watch.verbs() == ["submit", "open", "hide", "show", "hide"]


async def test_throw_away_accounts_hide_nothing(watch: Watch) -> None:
    for _ in range(5):
        said = await watch.flag(await watch.street.town.member())
        assert said == Flagged(new=True, counts=False, hidden=False)
    assert (await watch.is_shown(), await watch.waiting()) == (True, [])
    assert await watch.verbs() == ["submit", "open"]


async def test_whoever_flagged_what_was_kept_cannot_flag_it_again(watch: Watch) -> None:
    street = watch.street
    people = [await street.verified() for _ in range(3)]
    late = await street.town.member()
    for each in (late, *people):
        await watch.flag(each)
    await watch.settle(show=True)
    before = await street.town.everything()
    for each in (late, *people):
        with pytest.raises(LookedAt):
            await watch.flag(each)
    assert await street.town.everything() == before
    for each in [await street.verified() for _ in range(2)]:
        assert (await watch.flag(each)).hidden is False
    assert (await watch.flag(await street.verified())).hidden is True
    assert await watch.waiting() == [watch.report_id]


async def test_it_waits_also_when_those_who_flagged_it_have_left(watch: Watch) -> None:
    street = watch.street
    people = [await street.verified() for _ in range(3)]
    for each in people:
        await watch.flag(each)
    for each in people:
        await street.town.run(leaving.leave, each, street.town.now)
    assert await street.town.count(Flag) == 0
    assert await watch.waiting() == [watch.report_id]
    await watch.settle(show=False)
    assert await watch.waiting() == []
    with pytest.raises(Changed):
        await watch.settle(show=False)
    await watch.settle(show=True)
    assert (await watch.is_shown(), await watch.waiting()) == (True, [])


async def test_a_flag_counts_once_its_giver_is_verified(watch: Watch) -> None:
    street, town = watch.street, watch.street.town
    people = [await town.member() for _ in range(3)]
    for each in people:
        await watch.flag(each)
    for each in people[:2]:
        await town.run(
            verifying.verify, member_id=each, city_id=town.city.id, phone_hash=f"phone {each}",
            by_id=None, now=town.now,
        )  # fmt: skip
    assert await town.run(flags.hide_next, town.city, town.now) is False
    await town.run(
        verifying.verify, member_id=people[2], city_id=town.city.id, phone_hash="the third",
        by_id=None, now=town.now,
    )  # fmt: skip
    assert await town.run(flags.hide_next, town.city, town.now) is True
    assert await town.run(flags.hide_next, town.city, town.now) is False
    assert (await watch.is_shown(), await watch.waiting()) == (False, [watch.report_id])
    assert (await street.events(watch.report_id))[-1][0::3] == ("hide", "system")
    told = [who for who, kind in await town.outbox() if kind == "desk_flagged"]
    assert told == [street.moderator]


async def test_what_everybody_cannot_see_is_not_hidden_by_time(watch: Watch) -> None:
    town = watch.street.town
    for each in [await watch.street.verified() for _ in range(2)]:
        await watch.flag(each)
    await watch.street.move(watch.report_id, Verb.DECLINE, watch.street.moderator, reason="abuse")
    town.rules("civic", flags_hide=2)
    assert await town.run(flags.hide_next, town.city, town.now) is False
    assert await town.rows(select(Report.hidden)) == [(False,)]
