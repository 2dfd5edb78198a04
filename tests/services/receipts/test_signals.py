"""The signals as the database shows them: whose receipts count, which do not, in one statement."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text, update
from sqlalchemy.engine import Connection

from services.cities.models import Partner, Venue
from services.cities.rules import Suspicion
from services.members.roles import Role
from services.receipts.models import Receipt
from services.receipts.signals import Signal, look
from services.receipts.slip import Slip
from tests.services.town import ORBIT_DRIVE, Town

OTHER_DRIVE = "7386400000020001"
MINUTE = timedelta(minutes=1)


class Till:
    """Receipts that are there already, and a look at one more."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.rules = town.city.rules.model_copy(update={"suspicion": Suspicion()})
        self._ids = iter(range(1, 1000))

    async def has(
        self,
        member: int,
        document: int,
        ago: float = 10,
        *,
        sent_ago: float | None = None,
        **values: Any,
    ) -> int:
        """A credited receipt bought `ago` minutes before now; returns its id."""
        at = self.town.now - timedelta(minutes=ago)
        receipt_id = next(self._ids)
        row = {
            "id": receipt_id, "member_id": member, "drive": ORBIT_DRIVE, "document": document,
            "sign": "1", "total": document, "purchased_at": at, "source": "text",
            "submitted_at": at if sent_ago is None else self.town.now - sent_ago * MINUTE,
            "state": "credited", "reason": "credited", "fields": {}, "venue_id": None, **values,
        }  # fmt: skip
        row["number"] = f"ru54:{row['drive']}:{document}"
        await self.town.write(insert(Receipt).values(row))
        return receipt_id

    async def sees(
        self, member: int, document: int = 100, ago: float = 10, *, form: str = "ru54", **facts: Any
    ) -> set[str]:
        """The signals of a receipt bought `ago` minutes before now."""
        drive = facts.pop("drive", ORBIT_DRIVE)
        purchased: datetime = self.town.now - timedelta(minutes=ago)
        slip = Slip(
            adapter=form, number=f"{form}:{drive}:{document}", sign="1", device=drive,
            purchased=purchased.replace(tzinfo=None), total=facts.pop("total", 77_700),
            currency="RUB", operation=1, operation_assumed=False,
        )  # fmt: skip
        given = {"venue_id": None, "purchased_at": purchased, "now": self.town.now, **facts}
        signals = await self.town.look(
            look,
            member_id=member,
            slip=slip,
            rules=self.rules,
            zone=self.town.city.timezone,
            **given,
        )
        return {signal.value for signal in signals}


@pytest.fixture
def till(town: Town) -> Till:
    return Till(town)


async def test_an_ordinary_receipt_says_nothing(till: Till) -> None:
    guest, other = await till.town.guest(), await till.town.guest()
    await till.has(other, 90, 30)
    await till.has(other, 110, 1)
    await till.has(guest, 40, 3000)
    assert await till.sees(guest, venue_id=await till.town.venue()) == set()


async def test_the_order_of_documents_is_that_of_credited_receipts(till: Till) -> None:
    guest, other = await till.town.guest(), await till.town.guest()
    await till.has(other, 99, 4)
    wrong = await till.has(other, 98, 1)
    assert await till.sees(guest, ago=10) == {"order"}
    assert await till.sees(guest, ago=9) == set()
    for state in ("pending", "rejected", "reversed"):
        await till.town.write(update(Receipt).where(Receipt.id != wrong).values(state=state))
        # What nobody has vouched for is passed over: the next one below speaks.
        assert await till.sees(guest, ago=7) == {"order"}
    await till.town.write(update(Receipt).values(state="rejected"))
    assert await till.sees(guest, ago=600) == set()


async def test_the_nearest_documents_are_asked(till: Till) -> None:
    guest, other = await till.town.guest(), await till.town.guest()
    await till.has(other, 60, 40)
    await till.has(other, 90, 20)
    await till.has(other, 120, 5)
    await till.has(other, 500, 4)
    assert await till.sees(guest, 100, 15) == set()
    assert await till.sees(guest, 100, 26) == {"order"}
    assert await till.sees(guest, 450, 4.5) == {"speed"}
    assert await till.sees(guest, 20_000, 1) == {"speed"}
    assert await till.sees(guest, 20_000, 1, drive=OTHER_DRIVE) == set()


async def test_its_own_row_is_not_evidence(till: Till) -> None:
    guest = await till.town.guest()
    own = await till.has(guest, 100, 100)
    assert await till.sees(guest, 101, 110) == {"order", "neighbours"}
    assert await till.sees(guest, 101, 110, but=own) == set()


@pytest.mark.parametrize(
    ("document", "ago", "drive", "expected"),
    [
        (97, 10, ORBIT_DRIVE, True),
        (103, 69, ORBIT_DRIVE, True),
        (96, 10, ORBIT_DRIVE, False),
        (104, 10, ORBIT_DRIVE, False),
        (100, 10, ORBIT_DRIVE, False),
        (99, 71, ORBIT_DRIVE, False),
        (99, 10, OTHER_DRIVE, False),
    ],
)
async def test_a_neighbour_of_the_same_guest(
    till: Till, document: int, ago: float, drive: str, expected: bool
) -> None:
    """Within three documents and an hour, whatever became of it; others' receipts say nothing."""
    guest, other = await till.town.guest(), await till.town.guest()
    await till.has(other, 101, 10, state="rejected")
    await till.has(guest, document, ago, drive=drive, state="rejected")
    assert ("neighbours" in await till.sees(guest)) is expected


async def test_other_forms_have_no_documents(till: Till) -> None:
    guest, other = await till.town.guest(), await till.town.guest()
    inn = "400000000001"
    await till.has(other, 99, 1, drive=inn)
    await till.has(guest, 101, 10, drive=inn, state="rejected")
    assert await till.sees(guest, 100, 30, form="npd", drive=inn) == set()
    assert await till.sees(guest, 100, 30, drive=inn) == {"order", "neighbours", "unusual_drive"}


async def test_hours_of_the_venue(till: Till) -> None:
    """Noon in Kaluga; the Orbit opens at eight."""
    guest, orbita = await till.town.guest(), await till.town.venue()
    at_seven, before = 5 * 60, 5 * 60 + 1
    assert await till.sees(guest, ago=at_seven, venue_id=orbita) == set()
    assert await till.sees(guest, ago=before, venue_id=orbita) == {"hours"}
    assert await till.sees(guest, ago=before) == set()
    await till.town.write(update(Venue).where(Venue.id == orbita).values(opening=None))
    assert await till.sees(guest, ago=before, venue_id=orbita) == set()


async def test_habits_are_read_from_the_last_ten(till: Till) -> None:
    guest, other = await till.town.guest(), await till.town.guest()
    orbita = await till.town.venue()
    same = {"total": 25_000, "venue_id": orbita}
    for document, ago in ((1, 5000), (2, 7000)):
        await till.has(guest, document, ago, **same)
        await till.has(other, 10 + document, ago, **same)
    assert await till.sees(guest, **same) == {"same_sum"}
    for document in range(20, 28):
        await till.has(guest, document, 4000 - document**2, state="rejected", venue_id=None)
    assert await till.sees(guest, **same) == set()


async def test_receipts_of_a_month_at_one_venue(till: Till) -> None:
    guest = await till.town.guest()
    orbita, docking = await till.town.venue(), await till.town.venue("docking")
    day = 24 * 60
    for number, (days, venue, state) in enumerate(
        (
            (31, docking, "credited"),
            (29, orbita, "credited"),
            (25, orbita, "pending"),
            (22, orbita, "credited"),
            (14, orbita, "credited"),
            (13, orbita, "credited"),
            (5, docking, "credited"),
            (4, docking, "rejected"),
        ),
        start=1,
    ):
        await till.has(guest, number, days * day, venue_id=venue, state=state)
    assert await till.sees(guest, venue_id=orbita) == set()
    await till.has(guest, 50, 3 * day, venue_id=docking)
    # Eight with this one, six of them here: 75 %.
    assert await till.sees(guest, venue_id=orbita) == {"concentration"}
    assert await till.sees(guest, venue_id=docking) == set()
    assert await till.sees(guest, venue_id=None) == set()


async def test_receipts_of_a_week_at_one_till(till: Till) -> None:
    """Those that were refused, of others, of another till or of eight days ago do not count."""
    guest, other = await till.town.guest(), await till.town.guest()
    day = 24 * 60
    await till.has(guest, 1, 6 * day)
    await till.has(guest, 2, 4.5 * day, state="pending")
    await till.has(guest, 3, 7 * day + 1)
    await till.has(guest, 4, 3 * day, state="rejected")
    await till.has(guest, 5, 2.3 * day, drive=OTHER_DRIVE)
    await till.has(other, 6, 2 * day)
    assert await till.sees(guest) == set()
    await till.has(guest, 50, day)
    assert await till.sees(guest) == {"one_till"}
    assert await till.sees(guest, drive=OTHER_DRIVE) == set()
    assert await till.sees(other) == set()
    till.rules = till.rules.model_copy(update={"suspicion": Suspicion(one_till_count=4)})
    assert await till.sees(guest) == set()


async def test_sent_as_soon_as_printed(till: Till) -> None:
    guest = await till.town.guest()
    for document, ago in ((1, 5000), (2, 9000)):
        await till.has(guest, document, ago, sent_ago=ago - 0.5)
    assert await till.sees(guest, ago=1) == {"quick"}
    assert await till.sees(guest, ago=1.1) == set()


async def test_sent_by_a_clockwork(till: Till) -> None:
    guest = await till.town.guest()
    for number in range(1, 5):
        await till.has(guest, number, 5000 + number * 77, sent_ago=number * 300, drive=OTHER_DRIVE)
    assert await till.sees(guest) == {"even_intervals"}
    # What was sent later is not looked at, as when a receipt is judged that waited.
    assert await till.sees(guest, now=till.town.now - MINUTE * 1) == {"even_intervals"}
    assert await till.sees(guest, now=till.town.now - MINUTE * 400) == set()


async def test_a_colleague_of_the_next_venue(till: Till) -> None:
    town = till.town
    orbita, docking = await town.venue(), await town.venue("docking")
    near, here, stranger = (
        await town.staff(Role.CASHIER, "docking"),
        await town.staff(Role.CASHIER, "orbita"),
        await town.staff(Role.ADMIN, None),
    )
    everybody = (near, here, stranger)
    assert [await till.sees(who, venue_id=orbita) for who in everybody] == [set(), set(), set()]
    ((partner,),) = await town.rows(text("SELECT partner_id FROM venue WHERE slug = 'orbita'"))
    await town.write(update(Venue).where(Venue.id == docking).values(partner_id=partner))
    assert await town.count(Partner) == 6
    assert [await till.sees(who, venue_id=orbita) for who in everybody] == [
        {"staff_near"},
        set(),
        set(),
    ]
    await town.write(text("UPDATE role_grant SET revoked_at = granted_at"))
    assert await till.sees(near, venue_id=orbita) == set()


async def test_an_unknown_series_of_drives(till: Till) -> None:
    guest = await till.town.guest()
    assert await till.sees(guest, drive="1234400000010001") == {"unusual_drive"}


async def test_nothing_is_said_before_the_moment_is_known(till: Till) -> None:
    guest = await till.town.guest()
    assert await till.sees(guest, drive="1234400000010001", purchased_at=None) == set()


async def test_thresholds_are_the_citys(till: Till) -> None:
    guest, other = await till.town.guest(), await till.town.guest()
    await till.has(other, 99, 4)
    assert await till.sees(guest, ago=10) == {"order"}
    till.rules = till.rules.model_copy(update={"suspicion": Suspicion(clock_minutes=6)})
    assert await till.sees(guest, ago=10) == set()


def _noting(found: list[tuple[str, Any]]) -> Callable[..., None]:
    def note(_connection: Connection, _cursor: Any, sql: str, values: Any, *_rest: Any) -> None:
        found.append((sql, values))

    return note


async def test_one_statement_that_indexes_serve(sqlite_town: Town) -> None:
    """Nothing is read through: neither the drive's receipts nor the guest's."""
    till, guest = Till(sqlite_town), await sqlite_town.guest()
    sent: list[tuple[str, Any]] = []
    engine = sqlite_town.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", _noting(sent))
    await till.sees(guest, venue_id=1)
    ((sql, values),) = sent
    async with sqlite_town.database.reading() as tx:
        plan = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        steps = [row[3] for row in plan if " receipt " in row[3] or row[3].endswith(" receipt")]
    assert sorted(steps) == [
        "SEARCH receipt USING INDEX ix_receipt_drive_document (drive=? AND document<?)",
        "SEARCH receipt USING INDEX ix_receipt_drive_document"
        " (drive=? AND document>? AND document<?)",
        "SEARCH receipt USING INDEX ix_receipt_drive_document (drive=? AND document>?)",
        "SEARCH receipt USING INDEX ix_receipt_member_id_submitted_at"
        " (member_id=? AND submitted_at<?)",
        "SEARCH receipt USING INDEX ix_receipt_member_id_submitted_at"
        " (member_id=? AND submitted_at>? AND submitted_at<?)",
    ]


def test_the_names_are_those_that_are_stored() -> None:
    assert all(signal.value == signal.name.lower() for signal in Signal)
