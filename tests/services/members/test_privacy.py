"""A copy of everything, and the end of everything personal."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from services import ledger
from services.delivery.models import OutboxMessage
from services.events import Event
from services.ledger.models import Transfer
from services.members import attempts, consents, people, privacy, roles
from services.members.consents import ConsentKind
from services.members.models import Attempt, Consent, Identity, Invitation, Member
from services.members.roles import Role
from services.receipts.models import Receipt
from tests.services.town import UNKNOWN_DRIVE, Town

NAME = "Zinaida Unmistakable"


async def busy_member(town: Town) -> int:
    """Somebody with a row in every table that can have one."""
    member = await town.staff(Role.CASHIER, "milky-way")
    await town.run(
        roles.invite, city_id=town.city.id, role=Role.CASHIER, created_by=member, now=town.now,
        venue_id=await town.venue("milky-way"),
    )  # fmt: skip
    await town.run(people.rename, member, NAME)
    await town.identity(member, "telegram", "777000111")
    await town.run(
        consents.answer,
        member_id=member,
        kind=ConsentKind.PERSONAL_DATA,
        given=True,
        text_version="1",
        language="en",
        channel="web",
        now=town.now,
    )
    await town.run(attempts.record, member, "wrong_code", town.now)
    await town.give(member, 500)
    await town.submit(member)
    await town.submit(member, town.qr(drive=UNKNOWN_DRIVE))
    await town.confirm(await town.staff(), (await town.take(member)).id)
    await town.take(member, "orbita-cookie")
    return member


async def test_an_export_holds_everything_and_is_json(sqlite_town: Town) -> None:
    town = sqlite_town
    member = await busy_member(town)
    other = await town.guest(100, name="Somebody Else")
    await town.submit(other)
    data = json.loads(json.dumps(await town.look(privacy.export, member)))
    assert list(data) == [
        "member",
        *("channels", "consents", "failed_tries", "messages"),
        *("receipts", "rewards", "expiring"),
        *("roles", "invitations_made", "rewards_settled_for_guests"),
        *("verified", "reports", "report_photos", "report_notes", "voices", "flags", "follows"),
        *("unwanted", "bars"),
        *("projects", "projects_written_with_others", "statements", "answers_to_statements"),
        *("teams", "skills", "commitments", "confirmations"),
        *("requests", "opinions", "documents", "milestones", "public_moves"),
        *("events", "points", "merits"),
    ]
    assert (data["member"]["name"], data["member"]["language"]) == (NAME, "en")
    assert [each["channel"] for each in data["channels"]] == ["web", "telegram"]
    assert [(each["kind"], each["given"]) for each in data["consents"]] == [("personal_data", True)]
    assert [each["role"] for each in data["roles"]] == ["cashier"]
    receipts = [(each["state"], each["points"], each["total_kopecks"]) for each in data["receipts"]]
    assert receipts == [("credited", 50, 100_000), ("pending", 0, 100_000)]
    rewards = [(each["state"], each["price"]) for each in data["rewards"]]
    assert rewards == [("confirmed", 120), ("held", 30)]
    entries = [(each["what"], each["amount"], each["state"]) for each in data["points"]]
    assert entries == [
        ("gift", 500, "posted"),
        ("receipt", 10, "posted"),
        ("receipt", 40, "pending"),
        ("spend", -120, "posted"),
        ("spend", -30, "pending"),
    ]
    assert data["merits"] == []
    orbit, bakery = "Demo café “Orbit”", "Demo bakery “Milky Way”"
    assert [each["venue"]["en"] for each in data["roles"]] == [bakery]
    places = [each["venue"] and each["venue"]["en"] for each in data["receipts"]]
    assert (places, data["receipts"][0]["source"]) == ([orbit, None], "text")
    assert data["receipts"][0]["fields"] == {
        "operation": 1,
        "operation_assumed": False,
        "currency": "RUB",
    }
    assert [each["venue"]["en"] for each in data["rewards"]] == [orbit, orbit]
    assert data["failed_tries"] == [{"kind": "wrong_code", "at": town.now.isoformat()}]
    (invitation,) = data["invitations_made"]
    assert (invitation["role"], invitation["venue"]["en"]) == ("cashier", bakery)
    assert (invitation["used_at"], "token_hash" in invitation) == (None, False)
    assert [(each["kind"], each["facts"]["price"]) for each in data["messages"]] == [
        ("redemption_confirmed", 120)
    ]
    assert [(each["subject"], each["verb"], each["state"]) for each in data["events"]] == [
        ("role", "grant", "cashier"),
        ("receipt", "submit", "credited"),
        ("receipt", "submit", "pending"),
        ("redemption", "take", "held"),
        ("redemption", "confirm", "confirmed"),
        ("redemption", "take", "held"),
    ]
    assert [(each["currency"], each["amount"]) for each in data["expiring"]] == [
        ("points", 350),
        ("points", 10),
    ]
    assert "Somebody" not in json.dumps(data)


async def test_a_cashiers_export_names_what_they_settled_and_no_guest(sqlite_town: Town) -> None:
    town = sqlite_town
    guest, cashier = await town.guest(200, name="Somebody Else"), await town.staff()
    await town.confirm(cashier, (await town.take(guest)).id)
    data = json.loads(json.dumps(await town.look(privacy.export, cashier)))
    (settled,) = data["rewards_settled_for_guests"]
    assert (settled["state"], settled["settled_at"]) == ("confirmed", town.now.isoformat())
    assert data["rewards"] == []
    assert [each["verb"] for each in data["events"]] == ["grant", "confirm"]
    assert "Somebody" not in json.dumps(data)


async def test_a_deleted_owner_leaves_no_way_in(sqlite_town: Town) -> None:
    town = sqlite_town
    owner = await town.staff(Role.OWNER)
    token = await town.run(
        roles.invite, city_id=town.city.id, role=Role.CASHIER, created_by=owner, now=town.now,
        venue_id=await town.venue(),
    )  # fmt: skip
    await town.run(privacy.delete_member, owner, town.now)
    assert await town.rows(select(Invitation.expires_at).where(Invitation.created_by == owner)) == [
        (town.now,)
    ]
    with pytest.raises(roles.InvitationSpent):
        await town.accept(await town.member(), token)


async def test_a_deleted_member_leaves_a_ledger_without_a_name(town: Town) -> None:
    member = await busy_member(town)
    await town.run(privacy.delete_member, member, town.now)
    assert await town.balance(member) == (0, 0, 0, 0)
    assert await town.taken("orbita-cookie") == 0
    columns = select(Member.name, Member.card, Member.joined_via, Member.deleted_at)
    row = await town.rows(columns.where(Member.id == member))
    assert row == [("—", f"deleted-{member}", None, town.now)]
    for table in (Identity, Attempt):
        assert await town.count(table, table.member_id == member) == 0
    assert not await town.look(roles.holds, member, tuple(Role), None)
    receipts = select(Receipt.source, Receipt.fields).where(Receipt.member_id == member)
    assert await town.rows(receipts) == [("deleted", {})] * 2
    assert NAME not in repr(await town.everything())
    assert await town.count(Consent, Consent.member_id == member) == 1, "proof that we asked"
    last = select(Event.verb, Event.actor_id).where(Event.subject == "member")
    assert await town.rows(last) == [("delete", member)]
    kinds = select(Transfer.kind, Transfer.state, Transfer.amount).order_by(Transfer.id)
    assert await town.rows(kinds) == [
        ("gift", "posted", 500),
        ("receipt", "posted", 10),
        ("receipt", "voided", 40),
        ("spend", "posted", 120),
        ("spend", "voided", 30),
        ("forfeit", "posted", 390),
    ]
    await town.assert_clean()


async def test_each_channel_is_told_to_forget_a_little_later(sqlite_town: Town) -> None:
    """The goodbye can still be shown; a crash cannot leave a transcript behind."""
    town = sqlite_town
    member = await busy_member(town)
    identities = await town.rows(select(Identity.channel, Identity.external_id).order_by("id"))
    mine = [each for each in identities if each[1] == "777000111"]
    await town.run(privacy.delete_member, member, town.now)
    query = select(OutboxMessage.facts, OutboxMessage.due_at).where(OutboxMessage.kind == "forget")
    told = await town.rows(query)
    assert {due for _, due in told} == {town.now + timedelta(seconds=3)}
    places = [(facts["channel"], facts["external_id"]) for facts, _ in told]
    assert [channel for channel, _ in places] == ["web", "telegram"]
    assert mine == [place for place in places if place[0] == "telegram"]


async def test_a_deleted_receipt_earns_for_nobody_else(sqlite_town: Town) -> None:
    town = sqlite_town
    guest, other = await town.guest(), await town.guest()
    qr = town.qr()
    await town.submit(guest, qr)
    await town.run(privacy.delete_member, guest, town.now)
    assert (await town.submit(other, qr)).reason == "taken"
    await town.assert_clean()


async def test_deleting_twice_changes_nothing_more(sqlite_town: Town) -> None:
    town = sqlite_town
    member = await busy_member(town)
    await town.run(privacy.delete_member, member, town.now)
    before = await town.everything()
    await town.run(privacy.delete_member, member, town.now)
    after = await town.everything()
    assert {name for name in before if before[name] != after[name]} == {"event"}
    await town.assert_clean()


async def test_a_debt_is_not_forgiven_into_being(sqlite_town: Town) -> None:
    """Who owes and leaves takes nothing along and gets nothing."""
    town = sqlite_town
    guest = await town.guest()
    await town.submit(guest)
    town.clock.advance(days=7)
    await town.run(ledger.mature, town.now)
    await town.take(guest, "orbita-cookie")
    ((key,),) = await town.rows(select(Transfer.key).where(Transfer.amount == 10))
    await town.run(ledger.reverse, key_of_earning=key, reason="forged", now=town.now)
    assert await town.balance(guest) == (0, 30, 0, 30)
    await town.run(privacy.delete_member, guest, town.now)
    assert await town.balance(guest) == (0, 0, 0, 0)
    await town.assert_clean()
