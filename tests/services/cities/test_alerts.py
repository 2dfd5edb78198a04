"""A candidate is taken or refused once; an alert is decided once, and what follows holds."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from services.cities import alerts, candidates, registry
from services.cities.alerts import CannotAccept, Decision, TillDecided
from services.cities.models import FiscalDrive, Till, Venue
from services.errors import Changed, NotAllowed, NotFound, Refusal
from services.members.roles import Role
from tests.services.receipts.sightings import (
    NEW_DRIVE,
    NEW_TILL,
    ORBIT,
    ORBIT_INN,
    ORBIT_TILL,
    OTHER_DRIVE,
    STAGE_INN,
    STAGE_TILL,
    STRANGER,
    UNSEEN,
    alerted,
    found,
    second_venue,
    standing,
    verified,
)
from tests.services.town import ORBIT_DRIVE, Town, at_once


async def confirm(town: Town, by: int, venue: int | None = None, candidate: int = 1) -> Any:
    return await town.run(
        candidates.confirm_candidate,
        city_id=town.city.id,
        candidate_id=candidate,
        venue_id=await town.venue() if venue is None else venue,
        by=by,
        now=town.now,
    )


async def refuse(town: Town, by: int, candidate: int = 1) -> None:
    await town.run(
        candidates.refuse_candidate,
        city_id=town.city.id,
        candidate_id=candidate,
        by=by,
        now=town.now,
    )


async def decide(town: Town, decision: Decision, by: int, alert: int = 1) -> bool:
    done: bool = await town.run(
        alerts.decide,
        city_id=town.city.id,
        alert_id=alert,
        decision=decision,
        by=by,
        now=town.now,
    )
    return done


async def drive(town: Town, fn: str = ORBIT_DRIVE) -> tuple[Any, ...]:
    """(venue, till, state)."""
    ((*row,),) = await town.rows(
        select(Venue.slug, Till.registration, FiscalDrive.state)
        .join(Till, Till.venue_id == Venue.id)
        .join(FiscalDrive, FiscalDrive.till_id == Till.id)
        .where(FiscalDrive.fn == fn)
    )
    return tuple(row)


async def nothing_changed(town: Town, attempt: Any, refusal: type[Refusal]) -> None:
    before = await town.everything()
    with pytest.raises(refusal):
        await attempt
    assert await town.everything() == before


# candidates


@pytest.mark.parametrize(("role", "venue"), [(Role.OWNER, "orbita"), (Role.MODERATOR, None)])
async def test_a_confirmed_candidate_is_a_till_with_its_drives(
    town: Town, role: Role, venue: str | None
) -> None:
    by = await town.staff(role, venue)
    await verified(town, UNSEEN)
    await verified(town, replace(UNSEEN, drive=OTHER_DRIVE))
    taken = await confirm(town, by)
    assert (taken.venue["en"], taken.registration) == ("Demo café “Orbit”", NEW_TILL)
    there = ("orbita", NEW_TILL, "confirmed")
    assert await standing(town) == {NEW_DRIVE: there, OTHER_DRIVE: there}
    rows = select(Till.serial, Till.origin, Till.active).where(Till.registration == NEW_TILL)
    assert await town.rows(rows) == [("DEMO0103", "receipt", True)]
    assert await town.moves("candidate") == [("find", "open"), ("decide", "confirmed")]
    assert await town.moves("till") == [("register", "active")]
    assert await town.moves("drive") == [("attach", "confirmed")] * 2


async def test_who_may_decide_on_a_candidate(town: Town) -> None:
    await verified(town, UNSEEN)
    for role, venue in ((Role.CASHIER, "orbita"), (Role.OWNER, "docking")):
        stranger = await town.staff(role, venue)
        await nothing_changed(town, confirm(town, stranger), NotAllowed)
        await nothing_changed(town, refuse(town, stranger), NotAllowed)
    owner = await town.staff(Role.OWNER)
    docking = await town.venue("docking")
    await nothing_changed(town, confirm(town, owner, docking), NotFound)
    await nothing_changed(town, confirm(town, owner, candidate=2), NotFound)
    await town.write(update(Venue).where(Venue.slug == "orbita").values(state="closed"))
    await nothing_changed(town, confirm(town, owner), NotFound)


async def test_confirm_twice(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    await verified(town, UNSEEN)
    await confirm(town, owner)
    await nothing_changed(town, confirm(town, owner), TillDecided)
    await nothing_changed(town, refuse(town, owner), TillDecided)


async def test_two_owners_confirm_at_once(town: Town) -> None:
    """At two venues: it stands at one of them."""
    first = await town.staff(Role.OWNER)
    there = await second_venue(town)
    second = await town.staff(Role.OWNER, "orbita-2")
    await verified(town, replace(UNSEEN, address=None))
    done, refused = await at_once(
        confirm(town, first), confirm(town, second, there), refuse(town, second)
    )
    assert len(done) == 1
    assert [type(each) for each in refused] == [TillDecided] * 2
    assert await town.count(Till, Till.registration == NEW_TILL) == len(await standing(town))
    ((_, _, _, state),) = await found(town)
    assert state == ("confirmed" if await standing(town) else "refused")


async def test_a_registration_takes_the_candidate_along(town: Town) -> None:
    """The owner, or the pack, was faster than the tap: the drive that was seen comes too."""
    owner = await town.staff(Role.OWNER)
    await verified(town, UNSEEN)
    await town.run(
        registry.register, venue_id=await town.venue(), registration=NEW_TILL, serial="DEMO0103",
        drives=[OTHER_DRIVE], origin="owner", by=owner, now=town.now,
    )  # fmt: skip
    assert set(await standing(town)) == {NEW_DRIVE, OTHER_DRIVE}
    await nothing_changed(town, confirm(town, owner), TillDecided)
    await nothing_changed(
        town,
        town.run(
            registry.register, venue_id=await town.venue("docking"), registration=NEW_TILL,
            serial="DEMO0103", drives=[], origin="owner", by=owner, now=town.now,
        ),
        Changed,
    )  # fmt: skip


async def test_what_is_listed(town: Town) -> None:
    owner = await town.staff(Role.OWNER)
    there = await second_venue(town)
    await verified(town, replace(UNSEEN, address=None))
    orbita = await town.venue()
    for venue in (orbita, there):
        (listed,) = await town.look(candidates.at_venue, town.city.id, venue)
        assert [id_ for id_, _ in listed.venues] == [orbita, there]
        assert (listed.venue_id, listed.drives) == (None, [NEW_DRIVE])
    assert await town.look(candidates.at_venue, town.city.id, await town.venue("docking")) == []
    assert len(await town.look(candidates.in_city, town.city.id)) == 1
    shown = await town.look(
        candidates.candidate_of, city_id=town.city.id, candidate_id=1, member_id=owner
    )
    assert shown.registration == NEW_TILL


# alerts


async def test_the_registry_is_right(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await verified(town, replace(ORBIT, registration=NEW_TILL))
    assert await decide(town, Decision.KEEP, moderator) is False
    assert await drive(town) == ("orbita", ORBIT_TILL, "confirmed")
    assert await alerted(town) == [("other_till", ORBIT_DRIVE, "kept")]
    assert await town.moves("alert") == [("raise", "open"), ("decide", "kept")]
    assert await town.moves("drive") == [("freeze", "frozen"), ("thaw", "confirmed")]


async def test_keep_closed(town: Town) -> None:
    admin = await town.staff(Role.ADMIN, None)
    await verified(town, replace(ORBIT, registration=NEW_TILL))
    assert await decide(town, Decision.CLOSE, admin) is True
    assert await drive(town) == ("orbita", ORBIT_TILL, "closed")


@pytest.mark.parametrize(
    ("says", "where"),
    [
        ({"registration": NEW_TILL}, ("orbita", NEW_TILL)),
        (
            {"registration": STAGE_TILL, "seller_inn": STAGE_INN},
            ("third-stage", STAGE_TILL),
        ),
        ({"seller_inn": STAGE_INN}, ("third-stage", ORBIT_TILL)),
    ],
    ids=["a new till", "a known till", "a new owner"],
)
async def test_the_drive_moves_to_where_the_receipt_says(
    town: Town, says: dict[str, Any], where: tuple[str, str]
) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await verified(town, replace(ORBIT, **says))
    assert await decide(town, Decision.ACCEPT, moderator) is True
    assert await drive(town) == (*where, "confirmed")
    assert (await verified(town, replace(ORBIT, **says))).contradicted is False


async def test_a_moved_till_takes_its_drives_along(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await second_venue(town)
    await verified(town, replace(ORBIT, drive=NEW_DRIVE))
    await verified(town, replace(ORBIT, lat=54.5201, lon=36.2701))
    await decide(town, Decision.ACCEPT, moderator)
    assert await drive(town) == ("orbita-2", ORBIT_TILL, "confirmed")
    assert await drive(town, NEW_DRIVE) == ("orbita-2", ORBIT_TILL, "confirmed")


@pytest.mark.parametrize("decision", [Decision.ACCEPT, Decision.CLOSE, Decision.KEEP])
async def test_a_closed_drive_is_opened_or_stays_closed(town: Town, decision: Decision) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await town.write(update(FiscalDrive).values(state="closed"))
    await verified(town, ORBIT)
    await decide(town, decision, moderator)
    state = "confirmed" if decision is Decision.ACCEPT else "closed"
    assert await drive(town) == ("orbita", ORBIT_TILL, state)


async def test_a_strangers_till_cannot_be_accepted(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await verified(town, replace(ORBIT, seller_inn=STRANGER))
    await nothing_changed(town, decide(town, Decision.ACCEPT, moderator), CannotAccept)


async def test_only_the_citys_team_decides(town: Town) -> None:
    await verified(town, replace(ORBIT, registration=NEW_TILL))
    owner = await town.staff(Role.OWNER)
    moderator = await town.staff(Role.MODERATOR, None)
    await nothing_changed(town, decide(town, Decision.KEEP, owner), NotAllowed)
    await nothing_changed(town, decide(town, Decision.KEEP, moderator, alert=2), NotFound)


async def test_two_decide_at_once(town: Town) -> None:
    team = [await town.staff(Role.MODERATOR, None) for _ in range(2)]
    await verified(town, replace(ORBIT, registration=NEW_TILL))
    done, refused = await at_once(
        decide(town, Decision.ACCEPT, team[0]), decide(town, Decision.KEEP, team[1])
    )
    assert (len(done), [type(each) for each in refused]) == (1, [TillDecided])
    ((_, _, state),) = await alerted(town)
    till = NEW_TILL if state == "accepted" else ORBIT_TILL
    assert await drive(town) == ("orbita", till, "confirmed")


async def test_one_word_ends_all_alerts_of_a_drive(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await verified(town, replace(ORBIT, registration=NEW_TILL))
    await verified(town, replace(ORBIT, seller_inn=STRANGER))
    assert await town.look(alerts.how_many, town.city.id) == 2
    (first, _second) = await town.look(alerts.open_alerts, town.city.id)
    assert first.seen["registered"]["inn"] == ORBIT_INN
    await decide(town, Decision.KEEP, moderator, first.id)
    assert await town.look(alerts.open_alerts, town.city.id) == []
    assert await drive(town) == ("orbita", ORBIT_TILL, "confirmed")


async def test_a_drive_nobody_registered_joins_the_accepted_till(town: Town) -> None:
    moderator = await town.staff(Role.MODERATOR, None)
    await verified(town, UNSEEN)
    second = replace(UNSEEN, registration="0000400104026256", serial="DEMO0104")
    await verified(town, second)
    assert await decide(town, Decision.ACCEPT, moderator) is False
    assert await drive(town, NEW_DRIVE) == ("orbita", "0000400104026256", "confirmed")
    assert [state for *_, state in await found(town)] == ["open", "confirmed"]
