"""The partner's own pages: invitations, the staff, the day; and the city's glance."""

import pytest

from services.members.models import RoleGrant
from services.members.roles import Role
from services.rewards.models import Redemption
from tests.house import House, Visitor

SPENT = "This link has been used already or has expired. Ask for a new one."
NOT_STAFF = "This part is for the staff of partners and the city. Ask for an invitation link."
DESK = "At the counter\nType the four digits of the guest's code here, or photograph the QR code."
WELCOME = (
    "Welcome to the team of Demo café “Orbit”! Your role: {role}.\n"
    "When a guest shows a code, type its four digits here, or photograph the QR code. Everything "
    "else is in /partner"
)


async def test_an_invitation_makes_staff_once(house: House) -> None:
    token = await house.invitation(Role.CASHIER, "orbita")
    cashier = await house.guest(payload=f"s_{token}")
    assert WELCOME.format(role="cashier") in [shown.text for shown in await cashier.sees()]
    late = await house.regular()
    async with house.unchanged():
        assert await late.comes_by(f"s_{token}") == SPENT
        assert await late.comes_by("s_never-existed") == SPENT
        assert await late.says("/partner") == NOT_STAFF
    assert [row["role"] for row in await house.rows(RoleGrant)] == ["cashier"]


async def test_an_invitation_lasts_a_week(house: House) -> None:
    token = await house.invitation(Role.OWNER, "orbita")
    house.clock.advance(days=7)
    guest = await house.regular()
    async with house.unchanged():
        assert await guest.comes_by(f"s_{token}") == SPENT


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN])
async def test_the_citys_staff_see_the_programme(house: House, role: Role) -> None:
    names = {Role.MODERATOR: "moderator", Role.ADMIN: "administrator"}
    token = await house.invitation(role)
    member = await house.guest(payload=f"s_{token}")
    welcome = f"Welcome to the city's team! Your role: {names[role]}. Open /staff"
    assert welcome in [shown.text for shown in await member.sees()]
    guest = await house.regular()
    await guest.photographs(house.receipt(1000))
    await guest.photographs(house.receipt(500, drive="7386499999999999"))
    await guest.photographs(house.receipt(50))
    assert await member.says("/staff") == (
        "The programme today\nNew cards: 1\nReceipts: 1 credited, 1 waiting, 1 refused\n"
        "Turnover of card holders: 1,000 ₽\nPoints given: 50 points\nRewards confirmed: 0"
    )
    assert await member.says("/partner") == NOT_STAFF
    assert await guest.says("/staff") == NOT_STAFF


async def _confirmed(house: House, cashier: Visitor) -> None:
    guest = await house.regular(name="Anna Kern", points=100)
    await guest.says("/rewards")
    await guest.presses("☕ Demo café")
    await guest.presses("🍪 Sputnik cookie")
    await guest.presses("Get it")
    await cashier.says((await house.rows(Redemption))[-1]["code"])
    await cashier.presses("✅ Handed over")


async def test_the_owners_day(house: House) -> None:
    owner = await house.regular(name="Olga", role=Role.OWNER)
    cashier = await house.regular(name="Kirill", role=Role.CASHIER)
    await (await house.regular()).photographs(house.receipt(1000))
    await _confirmed(house, cashier)
    assert await owner.says("/partner") == DESK
    assert await owner.labels() == [
        "Today: Demo café “Orbit”",
        "Staff",
        "Tills",
        "📉 Why receipts failed",
        "↩️ Report a refund",
    ]
    assert await owner.presses("Today") == (
        "Demo café “Orbit”\nToday: 1 reward for 30 points, 0 refused.\n"
        "Receipts of card holders: 1 for 1,000 ₽.\n\n"
        "12:00 · 🍪 Sputnik cookie · by Kirill"
    )
    assert await owner.labels() == ["Undo: Sputnik cookie", "« Back"]
    await owner.presses("« Back")
    assert owner.news == [("edited", DESK)]
    house.clock.advance(minutes=5)
    await owner.presses("Today")
    assert await owner.labels() == ["« Back"]


async def test_the_cashiers_day_has_no_totals(house: House) -> None:
    cashier = await house.regular(name="Kirill", role=Role.CASHIER)
    await cashier.says("/partner")
    assert await cashier.labels() == ["Today: Demo café “Orbit”"]
    assert await cashier.presses("Today") == "No rewards given yet today."
    await _confirmed(house, cashier)
    await cashier.says("/partner")
    assert await cashier.presses("Today") == "12:00 · 🍪 Sputnik cookie · by Kirill"
    house.clock.advance(hours=12)
    await cashier.says("/partner")
    assert await cashier.presses("Today") == "No rewards given yet today."


async def test_a_cashier_is_invited_by_a_link_and_removed(house: House) -> None:
    owner = await house.regular(name="Olga", role=Role.OWNER)
    await owner.says("/partner")
    assert await owner.presses("Staff") == (
        "Who works at Demo café “Orbit”\nOlga: owner since November 22"
    )
    assert await owner.labels() == ["➕ Invite a cashier", "« Back"]
    said = await owner.presses("➕ Invite a cashier")
    head, _blank, link = said.partition("\n\n")
    assert head == "Send your cashier one of these links. It works once and expires in 7 days."
    start = f"{house.app.settings.links_url}/?start="
    assert link.startswith(f"{start}s_")
    cashier = await house.guest(payload=link.removeprefix(start))
    assert WELCOME.format(role="cashier") in [shown.text for shown in await cashier.sees()]

    guest = await house.regular(points=100)
    await guest.says("/rewards")
    await guest.presses("☕ Demo café")
    await guest.presses("🍪 Sputnik cookie")
    await guest.presses("Get it")
    await cashier.says((await house.rows(Redemption))[-1]["code"])

    await owner.presses("« Back")
    assert await owner.labels() == ["Remove without a name", "➕ Invite a cashier", "« Back"]
    async with house.unchanged():
        assert await owner.presses("Remove") == (
            "Stop this person confirming rewards at your venue?"
        )
    assert await owner.presses("Yes, remove") == ("This person can no longer confirm rewards here.")
    assert owner.toast == "Removed"
    async with house.unchanged():
        assert await cashier.presses("✅ Handed over") == NOT_STAFF
        assert await cashier.says("/partner") == NOT_STAFF
    assert [row["state"] for row in await house.rows(Redemption)] == ["held"]


async def test_only_owners_of_the_venue_manage_its_staff(house: House) -> None:
    owner = await house.regular(role=Role.OWNER, venue="orbita")
    stranger = await house.regular(role=Role.OWNER, venue="docking")
    cashier = await house.regular(role=Role.CASHIER, venue="orbita")
    orbita = await house.venue_id("orbita")
    grants = {row["member_id"]: row["id"] for row in await house.rows(RoleGrant)}
    of_owner = grants[await owner.member_id()]
    only = "Only the staff of this venue can do that."
    async with house.unchanged():
        for data in (f"iv:{orbita}", f"di:{of_owner}:1", f"de:{orbita}:staff"):
            assert await stranger.forges(data) == only
        for data in (f"iv:{orbita}", f"di:{of_owner}:1"):
            assert await cashier.forges(data) == NOT_STAFF
        assert await cashier.forges(f"de:{orbita}:staff") == only
        assert await stranger.forges(f"de:{orbita}:today") == only


async def test_the_last_owner_stays(house: House) -> None:
    owner = await house.regular(role=Role.OWNER)
    grant = (await house.rows(RoleGrant))[0]["id"]
    async with house.unchanged():
        assert await owner.forges(f"di:{grant}:1") == "A venue needs at least one owner."
    second = await house.regular(role=Role.OWNER)
    await second.forges(f"di:{grant}:1")
    assert await owner.says("/partner") == NOT_STAFF
    async with house.unchanged():
        assert await second.forges(f"di:{grant}:1") == (
            "I cannot find that any more. It may be gone."
        )
