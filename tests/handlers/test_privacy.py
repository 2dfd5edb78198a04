"""A member's rights: see, change, withdraw, take away, be forgotten."""

import json
from datetime import timedelta
from pathlib import Path

from services.cities.models import Venue
from services.ledger.models import Account
from services.members.models import Consent, Identity, Member, RoleGrant
from services.members.roles import Role
from services.receipts.models import Receipt
from services.rewards.models import Redemption
from tests.house import House, Visitor

CHOOSE = "Send me a photo of a receipt, or choose below."
FILE = (
    "This file holds everything your card keeps about you. Our conversation and the pictures you "
    "sent are here in the chat."
)
AGREE_FIRST = "First we need your agreement. Please press /start"


async def test_what_was_agreed_is_shown_with_its_day(house: House) -> None:
    guest = await house.guest()
    assert await guest.says("/privacy") == (
        "Your data\n✅ Personal data: agreed on November 22\n"
        "✖️ Offers and events: declined on November 22"
    )
    assert await guest.labels() == [
        "⬇️ Get my data as a file",
        "Receive offers and events",
        "Withdraw the data consent",
        "🗑 Delete my card",
    ]


async def test_offers_are_switched_on_and_off_apart_from_the_card(house: House) -> None:
    guest = await house.guest()
    house.clock.advance(days=1)
    await guest.says("/privacy")
    assert await guest.presses("Receive offers and events") == f"Noted, thank you.\n\n{CHOOSE}"
    assert await guest.says("/privacy") == (
        "Your data\n✅ Personal data: agreed on November 22\n"
        "✅ Offers and events: agreed on November 23"
    )
    await guest.presses("Stop offers and events")
    answers = [(row["kind"], row["given"]) for row in await house.rows(Consent)]
    assert answers == [
        ("personal_data", True),
        ("advertising", False),
        ("advertising", True),
        ("advertising", False),
    ]
    assert await guest.says("/card") == "You can spend 0 points."


async def test_withdrawn_and_agreed_again(house: House) -> None:
    guest = await house.regular(points=40)
    await guest.says("/privacy")
    assert await guest.presses("Withdraw the data consent") == (
        "Without this consent I cannot keep your card active: receipts and rewards will stop "
        "until you agree again. Your points stay on the card until they expire."
    )
    assert (await guest.presses("Keep it")).startswith("Your data\n")
    await guest.presses("Withdraw the data consent")
    assert await guest.presses("Withdraw") == (
        "Consent withdrawn. Your card is paused; your points stay on it until they expire. To "
        "continue, agree again with the button; to remove everything, open /privacy."
    )
    async with house.unchanged():
        assert await guest.says("/card") == AGREE_FIRST
        assert await guest.photographs(house.receipt()) == AGREE_FIRST
        await guest.says("/privacy")
        assert "Withdraw the data consent" not in await guest.labels()
    await guest.presses("Yes, I agree")
    assert await guest.last() == CHOOSE
    assert await guest.says("/card") == "You can spend 40 points."
    given = [r["given"] for r in await house.rows(Consent, Consent.kind == "personal_data")]
    assert given == [True, False, True]


async def test_the_file_holds_everything(house: House, tmp_path: Path) -> None:
    guest = await house.guest(payload="museum-poster")
    await guest.photographs(house.receipt(1000, document=77))
    await guest.says("/privacy")
    await guest.presses("⬇️ Get my data as a file")
    assert guest.news == [("edited", FILE), ("new", "")]
    document = (await guest.sees())[-1].raw["document"]
    assert document["file_name"] == "my-guestcard-data.json"
    stored = await house.app.web._files.find(document["file_id"], guest.account.chat_id)
    assert stored is not None
    data = json.loads((tmp_path / "web" / stored.path).read_bytes())
    now = house.clock.now().isoformat()
    in_a_week = (house.clock.now() + timedelta(days=7)).isoformat()
    in_a_year = (house.clock.now() + timedelta(days=365)).isoformat()
    (orbit,) = await house.rows(Venue, Venue.slug == "orbita")
    member = (await house.rows(Member))[0]
    assert data == {
        "member": {
            "name": "",
            "language": "en",
            "card": member["card"],
            "notify": True,
            "created_at": now,
            "came_from": "museum-poster",
        },
        "channels": [
            {"channel": "web", "external_id": str(guest.account.chat_id), "seen_at": now,
             "blocked_at": None}
        ],
        "consents": [
            {"kind": kind, "given": given, "text_version": "2026-11-example",
             "language": "en", "channel": "web", "at": now}
            for kind, given in (("personal_data", True), ("advertising", False))
        ],
        "failed_tries": [],
        "messages": [],
        "roles": [],
        "invitations_made": [],
        "rewards_settled_for_guests": [],
        "receipts": [
            {
                "number": "ru54:7386400000010001:77",
                "sign": "12345",
                "total_kopecks": 100000,
                "purchased_at": now,
                "submitted_at": now,
                "source": "photo",
                "venue": orbit["name"],
                "state": "credited",
                "reason": "credited",
                "points": 50,
                "points_at_once": 10,
                "fields": {"operation": 1, "operation_assumed": False, "currency": "RUB"},
            }
        ],
        "rewards": [],
        "expiring": [{"currency": "points", "amount": 10, "expires_at": in_a_year}],
        "events": [
            {"at": now, "subject": "receipt", "verb": "submit", "state": "credited",
             "reason": "credited"}
        ],
        "points": [
            {"at": now, "what": "receipt", "amount": 10, "state": "posted", "due_at": None},
            {"at": now, "what": "receipt", "amount": 40, "state": "pending", "due_at": in_a_week},
        ],
        "merits": [],
    }  # fmt: skip


async def _deletes(guest: Visitor) -> None:
    await guest.says("/privacy")
    assert (await guest.presses("🗑 Delete my card")).startswith("Delete your card?\n")
    said = await guest.presses("Yes, delete my card for good")
    assert said == "Done. Your data is gone. Thank you for visiting, and come again: /start"


async def test_delete_asks_first(house: House) -> None:
    guest = await house.regular(points=40)
    async with house.unchanged():
        await guest.says("/privacy")
        await guest.presses("🗑 Delete my card")
        assert (await guest.presses("Keep my card")).startswith("Your data\n")


async def test_deleted_means_forgotten_and_the_ledger_stays_whole(
    house: House, tmp_path: Path
) -> None:
    guest = await house.regular(name="Anna Kern", points=100, role=Role.CASHIER, venue="docking")
    await guest.photographs(house.receipt())
    await guest.says("/rewards")
    await guest.presses("🥐 Demo bakery")
    await guest.presses("🥐 Bun")
    await guest.presses("Get it for 40 points")
    member_id = await guest.member_id()
    await _deletes(guest)

    member = (await house.rows(Member, Member.id == member_id))[0]
    assert (member["name"], member["card"], member["joined_via"], member["deleted_at"]) == (
        "—",
        f"deleted-{member_id}",
        None,
        house.clock.now(),
    )
    assert await house.rows(Identity) == []
    assert [row["revoked_at"] for row in await house.rows(RoleGrant)] == [house.clock.now()]
    assert [row["state"] for row in await house.rows(Redemption)] == ["released"]
    account = (await house.rows(Account, Account.owner == member_id, Account.kind == "member"))[0]
    assert (account["posted"], account["held"], account["maturing"]) == (0, 0, 0)
    assert [(r["source"], r["fields"]) for r in await house.rows(Receipt)] == [("deleted", {})] * 2
    assert (await house.audit()).findings == []

    house.clock.advance(seconds=4)
    await house.deliver()
    assert await guest.sees() == []
    assert [path for path in (tmp_path / "web").rglob("*") if path.is_file()] == []


async def test_who_comes_back_is_a_new_member(house: House) -> None:
    guest = await house.regular(name="Anna", points=100)
    code = house.receipt()
    await guest.photographs(code)
    before = await guest.member_id()
    await _deletes(guest)
    await guest.comes_by("")
    assert (await guest.sees())[-1].text.startswith("To set up your card")
    assert await guest.member_id() == before + 1
    for label in ("Yes, I agree", "No, thanks", "No name"):
        await guest.presses(label)
    assert await guest.says("/card") == "You can spend 0 points."
    # The receipt of the life before earns only once.
    assert (await guest.photographs(code)).startswith("This receipt has already been registered.")
    assert (await guest.points()).available == 0


async def test_no_reminder_comes_after_the_consent_is_withdrawn(house: House) -> None:
    guest = await house.regular(points=50)
    await guest.says("/privacy")
    await guest.presses("Withdraw the data consent")
    await guest.presses("Withdraw")
    house.clock.advance(days=355)
    await house.app.jobs.remind()
    guest.hushed()
    await house.deliver()
    assert guest.news == []


async def test_reminders_can_be_switched_off(house: House) -> None:
    guest = await house.regular(points=50)
    await guest.says("/settings")
    await guest.presses("🔔 Reminders: on")
    assert (await guest.labels())[-2:] == ["🔕 Reminders: off", "🔐 My data"]
    assert [row["notify"] for row in await house.rows(Member)] == [False]
    house.clock.advance(days=360)
    await house.app.jobs.remind()
    guest.hushed()
    await house.deliver()
    assert guest.news == []
    await guest.presses("🔕 Reminders: off")
    assert [row["notify"] for row in await house.rows(Member)] == [True]


async def test_points_about_to_expire_are_announced_once(house: House) -> None:
    guest = await house.regular(points=50)
    house.clock.advance(days=355)
    await house.app.jobs.remind()
    await house.app.jobs.remind()
    guest.hushed()
    await house.deliver()
    expiry = house.clock.now() + timedelta(days=10)
    assert guest.news == [
        ("new", f"⌛ Expiring on {expiry:%B %d}: 50 points. You can spend them until then.")
    ]
