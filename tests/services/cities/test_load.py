"""Loading brings the database to what the pack says, says what changed, and is all or nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from services.cities.changes import Change, FieldChange, describe
from services.cities.city import city_of, sights, tills, venue_of_slug, venues
from services.cities.load import load_pack
from services.cities.models import (
    City,
    ConsentText,
    FiscalDrive,
    Sight,
    Till,
    TillAlert,
    Venue,
)
from services.cities.pack import PACKS, BrokenPack, Pack, read_pack
from services.cities.rules import Rules
from services.database import Database
from services.rewards.models import Reward
from services.tables import metadata
from tests.services.cities.conftest import TINYVILLE, PackFolder

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
CORNER_DRIVE = "7386840000000001"


async def load(database: Database, pack: Pack | Path, now: datetime = NOW) -> list[Change]:
    read = read_pack(pack) if isinstance(pack, Path) else pack
    async with database.transaction() as tx:
        return await load_pack(tx, read, now)


_OF_CITIZENS = (
    *("unit", "category", "aid", "indicator", "indicator_year", "measure", "measure_year"),
)
"""Tables that a small city may leave empty."""


async def everything(database: Database) -> dict[str, list[object]]:
    """Every row of every table that a pack fills."""
    names = [
        *("city", "consent_text", "partner", "venue", "till", "fiscal_drive", "reward", "sight"),
        *_OF_CITIZENS,
    ]
    async with database.reading() as tx:
        return {
            name: sorted(map(repr, await tx.execute(select(metadata.tables[name]))))
            for name in names
        }


async def refused(database: Database, pack: Path) -> list[str]:
    """Load a pack that must be refused and must leave no trace; the problems as text."""
    before = await everything(database)
    with pytest.raises(BrokenPack) as caught:
        await load(database, pack, LATER)
    assert await everything(database) == before
    return [str(problem) for problem in caught.value.problems]


async def test_kaluga_loads_and_loads_again_unchanged(database: Database) -> None:
    first = await load(database, PACKS / "kaluga")
    assert {change.verb for change in first} == {"added"}
    counts = {what: sum(c.what == what for c in first) for what in {c.what for c in first}}
    assert counts == {
        "city": 1,
        "consent": 2,
        "partner": 6,
        "venue": 6,
        "till": 7,
        "drive": 7,
        "unit": 7,
        "category": 14,
        "aid": 8,
        "indicator": 7,
        "measure": 5,
        "reward": 15,
        "sight": 28,
    }
    before = await everything(database)
    again = await load(database, PACKS / "kaluga", LATER)
    assert again == []
    assert describe(again) == ["Nothing changed: all is as in the pack."]
    assert await everything(database) == before


async def test_what_a_conversation_gets_to_know(database: Database) -> None:
    await load(database, PACKS / "kaluga")
    pack = read_pack(PACKS / "kaluga")
    async with database.reading() as tx:
        city = await city_of(tx, "kaluga")
        assert city is not None
        assert await city_of(tx, "atlantis") is None
        assert city.timezone == ZoneInfo("Europe/Moscow")
        assert city.rules == pack.rules
        assert isinstance(city.rules, Rules)
        assert city.consents["personal_data"].text == pack.consents.personal_data.text
        assert city.consents["advertising"].version == "2026-11-example"
        assert (city.languages, city.default_language) == (("ru", "en", "zh"), "ru")
        assert city.theme == {"primary": "#1b2a6b", "accent": "#f2a33a", "motif": "space"}
        assert (city.digest, city.loaded_at) == (pack.digest, NOW)
        assert city.text(city.name, "zh") == "卡卢加"
        assert city.text(city.name, "de") == "Калуга"
        assert [city.level_of(points).slug for points in (-5, 0, 299, 300, 9999)] == [
            "guest",
            "guest",
            "guest",
            "explorer",
            "honorary",
        ]


async def test_places_and_sights_are_told(database: Database) -> None:
    await load(database, PACKS / "kaluga")
    async with database.reading() as tx:
        city = await city_of(tx, "kaluga")
        assert city is not None
        places = await venues(tx, city.id)
        assert [place.slug for place in places] == [
            "orbita",
            "third-stage",
            "milky-way",
            "docking",
            "constellation",
            "poehali",
        ]
        assert await venue_of_slug(tx, city.id, "orbita") == places[0]
        assert await venue_of_slug(tx, city.id, "nowhere") is None
        assert [(till.registration, till.drive) for till in await tills(tx, places[1].id)] == [
            ("0000400201022769", "7386400000020001"),
            ("0000400202061143", "7386400000020002"),
        ]
        inside = await sights(tx, city.id, region=False)
        outside = await sights(tx, city.id, region=True)
        both = await sights(tx, city.id)
        all_of_them = await sights(tx, city.id, doubtful=True)
    assert both == inside + outside
    assert (len(inside), len(outside), len(all_of_them)) == (17, 7, 28)
    assert inside[0].slug == "gmik"
    assert inside[0].notes[0]["ru"] == "Часы работы уточняйте на сайте музея."
    assert {sight.slug for sight in all_of_them} - {sight.slug for sight in both} == {
        "theatre",
        "torubaev",
        "park-zritel",
        "yanov",
    }


async def where_is(database: Database, fn: str) -> list[tuple[str, int, str, str]]:
    """The (venue, city, state of the venue, state of the drive) of a fiscal drive."""
    found = (
        select(Venue.slug, Venue.city_id, Venue.state, FiscalDrive.state)
        .join(Till, Till.venue_id == Venue.id)
        .join(FiscalDrive, FiscalDrive.till_id == Till.id)
        .where(FiscalDrive.fn == fn)
    )
    async with database.reading() as tx:
        return [tuple(row) for row in await tx.execute(found)]


async def test_a_drive_leads_to_its_venue(database: Database) -> None:
    await load(database, PACKS / "kaluga")
    async with database.reading() as tx:
        city = await city_of(tx, "kaluga")
    assert city is not None
    drive = await where_is(database, "7386400000060001")
    assert drive == [("poehali", city.id, "active", "confirmed")]
    assert await where_is(database, "7386400000060009") == []


async def test_two_cities_live_in_one_database(database: Database) -> None:
    await load(database, PACKS / "kaluga")
    kaluga_rows = await everything(database)
    await load(database, TINYVILLE, LATER)
    assert await load(database, PACKS / "kaluga", LATER) == []
    both = await everything(database)
    assert all(set(kaluga_rows[name]) < set(both[name]) for name in both.keys() - _OF_CITIZENS)
    assert all(kaluga_rows[name] == both[name] for name in _OF_CITIZENS)
    async with database.reading() as tx:
        tiny = await city_of(tx, "tinyville")
        assert tiny is not None
        assert tiny.timezone == ZoneInfo("Asia/Vladivostok")
        assert tiny.languages == ("en",)
        assert tiny.text(tiny.name, "ru") == "Tinyville"
        assert [level.slug for level in tiny.levels] == ["newcomer", "local"]
        assert tiny.rules.redemption.code_minutes == 5
        assert [venue.slug for venue in await venues(tx, tiny.id)] == ["corner-shop"]
        (pump,) = await sights(tx, tiny.id)
        assert pump.attribution == "© OpenStreetMap contributors"
    assert await where_is(database, CORNER_DRIVE) == [
        ("corner-shop", tiny.id, "active", "confirmed")
    ]


async def test_changes_are_shown_field_by_field(database: Database, tinyville: PackFolder) -> None:
    await load(database, TINYVILLE)
    tinyville.replace("city.yaml", "name: {en: Local}", "name: {en: Native}")
    tinyville.replace("rules.yaml", "now_share: 100", "now_share: 50")
    tinyville.replace("rewards.yaml", "{en: An apple}", "{en: A red apple}")
    tinyville.replace("rewards.yaml", "price: 3", "price: 4")
    changes = await load(database, tinyville.path, LATER)
    assert changes == [
        Change(
            "changed",
            "city",
            "tinyville",
            (
                FieldChange("levels.2.name.en", "Local", "Native"),
                FieldChange("rules.earning.now_share", 100, 50),
            ),
        ),
        Change(
            "changed",
            "reward",
            "apple",
            (FieldChange("title.en", "An apple", "A red apple"), FieldChange("price", 3, 4)),
        ),
    ]
    assert describe(changes)[1] == (
        "reward apple: changed (title.en: “An apple” → “A red apple”; price: 3 → 4)"
    )
    async with database.reading() as tx:
        city = await city_of(tx, "tinyville")
    assert city is not None
    assert (city.loaded_at, city.rules.earning.now_share) == (LATER, 50)


async def test_what_leaves_the_pack_is_withdrawn_and_can_come_back(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    full = (tinyville.path / "rewards.yaml").read_text(encoding="utf-8")
    partners = (tinyville.path / "partners.yaml").read_text(encoding="utf-8")
    (tinyville.path / "rewards.yaml").write_text("rewards: []\n", encoding="utf-8")
    (tinyville.path / "partners.yaml").write_text("partners: []\n", encoding="utf-8")
    (tinyville.path / "sights.yaml").write_text("sights: []\n", encoding="utf-8")
    assert describe(await load(database, tinyville.path, LATER)) == [
        "partner corner: withdrawn",
        "venue corner-shop: withdrawn",
        "till 0000840001004142: withdrawn",
        "drive 7386840000000001: withdrawn",
        "reward apple: withdrawn",
        "sight pump: withdrawn",
    ]
    assert await load(database, tinyville.path, LATER) == []
    async with database.reading() as tx:
        city = await city_of(tx, "tinyville")
        assert city is not None
        assert await venues(tx, city.id) == []
        assert await sights(tx, city.id) == []
        closed = [("corner-shop", city.id, "closed", "closed")]
        assert await where_is(database, CORNER_DRIVE) == closed
        assert (await tx.execute(select(Reward.active))).scalar_one() is False
        assert (await tx.execute(select(Sight.active))).scalar_one() is False

    (tinyville.path / "rewards.yaml").write_text(full, encoding="utf-8")
    (tinyville.path / "partners.yaml").write_text(partners, encoding="utf-8")
    assert describe(await load(database, tinyville.path, LATER)) == [
        "partner corner: restored (active: False → True)",
        "venue corner-shop: restored (state: closed → active)",
        "till 0000840001004142: restored (active: False → True)",
        "drive 7386840000000001: restored (state: closed → confirmed)",
        "reward apple: restored (active: False → True)",
    ]


SECOND_TILL = """          - registration: "0000840002042504"
            serial: "TV0002"
            drives: []
"""


async def test_a_drive_moved_to_another_till_is_shown(
    database: Database, tinyville: PackFolder
) -> None:
    tinyville.append("partners.yaml", SECOND_TILL)
    await load(database, tinyville.path)
    tinyville.replace("partners.yaml", 'drives: ["7386840000000001"]', "drives: [ ]")
    tinyville.replace("partners.yaml", "drives: []", 'drives: ["7386840000000001"]')
    assert describe(await load(database, tinyville.path, LATER)) == [
        "drive 7386840000000001: changed (till: 0000840001004142 → 0000840002042504)"
    ]


LEARNED_TILL, LEARNED_DRIVE = "0000840002042504", "7386840000000002"


async def learn(database: Database, till: str = "") -> None:
    """A receipt told of a new drive in the corner shop: in its till, or in a new one."""
    async with database.transaction() as tx:
        venue_id, till_id = (await tx.execute(select(Till.venue_id, Till.id))).one()
        if till:
            new = {"venue_id": venue_id, "registration": till, "serial": "TV0002"}
            added = await tx.execute(insert(Till).values(**new, active=True, origin="receipt"))
            till_id = added.inserted_primary_key[0]
        met = {"fn": LEARNED_DRIVE, "till_id": till_id, "state": "confirmed", "origin": "receipt"}
        await tx.execute(insert(FiscalDrive).values(met))


async def test_what_was_learned_from_receipts_stays(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    await learn(database, LEARNED_TILL)
    before = await everything(database)
    assert await load(database, TINYVILLE, LATER) == []
    assert await everything(database) == before
    (tinyville.path / "partners.yaml").write_text("partners: []\n", encoding="utf-8")
    (tinyville.path / "rewards.yaml").write_text("rewards: []\n", encoding="utf-8")
    assert describe(await load(database, tinyville.path, LATER)) == [
        "partner corner: withdrawn",
        "venue corner-shop: withdrawn",
        "till 0000840001004142: withdrawn",
        "drive 7386840000000001: withdrawn",
        "reward apple: withdrawn",
    ]
    ((_slug, _city, *states),) = await where_is(database, LEARNED_DRIVE)
    assert states == ["closed", "confirmed"]


async def test_a_pack_that_names_what_was_learned_takes_it_over(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    await learn(database, LEARNED_TILL)
    drive = f'drives: ["{LEARNED_DRIVE}"]'
    tinyville.append("partners.yaml", SECOND_TILL.replace("drives: []", drive))
    assert describe(await load(database, tinyville.path, LATER)) == [
        "till 0000840002042504: changed (origin: receipt → pack)",
        "drive 7386840000000002: changed (origin: receipt → pack)",
    ]
    tinyville.replace("partners.yaml", drive, "drives: []")
    assert describe(await load(database, tinyville.path, LATER)) == [
        "drive 7386840000000002: withdrawn"
    ]


async def test_a_learned_drive_is_moved_by_the_pack(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    await learn(database, LEARNED_TILL)
    tinyville.replace("partners.yaml", '0001"]', f'0001", "{LEARNED_DRIVE}"]')
    assert describe(await load(database, tinyville.path, LATER)) == [
        "drive 7386840000000002: changed "
        "(till: 0000840002042504 → 0000840001004142; origin: receipt → pack)"
    ]


@pytest.mark.parametrize("state", ["open", "kept"])
async def test_a_frozen_drive_waits_for_the_city_not_for_the_pack(
    database: Database, state: str
) -> None:
    await load(database, TINYVILLE)
    async with database.transaction() as tx:
        city_id = await tx.scalar(select(City.id))
        alert: dict[str, object] = {
            "city_id": city_id,
            "kind": "other_till",
            "drive": CORNER_DRIVE,
            "seen": {},
        }
        await tx.execute(insert(TillAlert).values(alert | {"state": state, "raised_at": NOW}))
        await tx.execute(update(FiscalDrive).values(state="frozen"))
    thawed = ["drive 7386840000000001: changed (state: frozen → confirmed)"]
    changes = await load(database, TINYVILLE, LATER)
    assert [str(change) for change in changes] == ([] if state == "open" else thawed)


async def test_a_suspension_in_the_pack_closes_the_venue_for_receipts(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    tinyville.replace("partners.yaml", "joined_on:", "state: suspended\n        joined_on:")
    assert describe(await load(database, tinyville.path)) == [
        "venue corner-shop: changed (state: active → suspended)"
    ]
    ((_slug, _city, *states),) = await where_is(database, CORNER_DRIVE)
    assert states == ["suspended", "confirmed"]


async def test_less_stock_than_was_taken_is_refused_whole(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    async with database.transaction() as tx:
        await tx.execute(update(Reward).values(taken=7))
    tinyville.replace("city.yaml", "name: {en: Tinyville}", "name: {en: Tinytown}")
    line = tinyville.replace("rewards.yaml", "stock: 10", "stock: 6")
    assert await refused(database, tinyville.path) == [
        f"rewards.yaml:{line}: rewards.apple.stock: 6 is less than what was taken already"
    ]
    tinyville.replace("rewards.yaml", "stock: 6", "stock: 7")
    assert describe(await load(database, tinyville.path)) == [
        "city tinyville: changed (name.en: Tinyville → Tinytown)",
        "reward apple: changed (stock: 10 → 7)",
    ]
    tinyville.replace("rewards.yaml", "    stock: 7\n", "")
    assert describe(await load(database, tinyville.path)) == [
        "reward apple: changed (stock: 7 → nothing)"
    ]
    async with database.reading() as tx:
        assert (await tx.execute(select(Reward.taken))).scalar_one() == 7


async def test_a_consent_text_never_changes_under_its_version(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    line = tinyville.replace("consents.yaml", "send you offers?", "send you many offers?")
    assert await refused(database, tinyville.path) == [
        f"consents.yaml:{line}: advertising.version:"
        " another text is on record as 1: raise the version"
    ]
    tinyville.replace("consents.yaml", 'advertising: {version: "1"', 'advertising: {version: "2"')
    changes = await load(database, tinyville.path, LATER)
    assert describe(changes)[1:] == ["consent advertising 2: added"]
    async with database.reading() as tx:
        kept = await tx.execute(
            select(ConsentText.version, ConsentText.since)
            .where(ConsentText.kind == "advertising")
            .order_by(ConsentText.id)
        )
        assert [tuple(row) for row in kept] == [("1", NOW), ("2", LATER)]


async def test_a_till_or_a_drive_of_another_city_is_refused(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    tinyville.replace("city.yaml", "slug: tinyville", "slug: smallville")
    found = await refused(database, tinyville.path)
    path = "partners.yaml:{}: partners.corner.venues.corner-shop.tills.1.{}: the {} {} belongs"
    assert found == [
        path.format(15, "registration", "till", "0000840001004142") + " to another city"
    ]
    tinyville.replace("partners.yaml", '"0000840001004142"', '"0000840002042504"')
    tinyville.replace("partners.yaml", '"TV0001"', '"TV0002"')
    assert await refused(database, tinyville.path) == [
        path.format(17, "drives.1", "drive", CORNER_DRIVE) + " to another city"
    ]


async def test_a_broken_pack_never_reaches_the_database(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    tinyville.replace("city.yaml", "{en: Tinyville}", "{en: Tinytown}")
    tinyville.replace("rewards.yaml", "price: 3", "price: 0")
    assert len(await refused(database, tinyville.path)) == 1


async def test_two_loads_at_the_same_time_add_everything_once(database: Database) -> None:
    pack = read_pack(TINYVILLE)
    both = await asyncio.gather(load(database, pack), load(database, pack))
    assert sorted(len(changes) for changes in both) == [0, 9]


async def test_a_new_digest_is_noted_though_no_row_changes(
    database: Database, tinyville: PackFolder
) -> None:
    await load(database, TINYVILLE)
    tinyville.replace("city.yaml", "north: 43.2", "north: 43.3")
    assert await load(database, tinyville.path, LATER) == []
    async with database.reading() as tx:
        digest = (await tx.execute(select(City.digest))).scalar_one()
    assert digest == read_pack(tinyville.path).digest
