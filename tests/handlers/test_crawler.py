"""Every role presses every button it can reach, in every language, and reads every screen."""

import heapq
import itertools
import logging
import re
from dataclasses import replace

import pytest

from services.members.roles import Role
from services.receipts.attribution import attribute
from services.receipts.models import Receipt
from services.rewards.models import Redemption
from tests.handlers.screens import Screens
from tests.house import House, Visitor
from tests.services.receipts.sightings import NEW_DRIVE, NEW_TILL, ORBIT

COMMANDS = (
    "/start", "/card", "/receipt", "/rewards", "/help", "/settings", "/privacy", "/partner",
    "/staff", "/report", "/idea", "/projects", "/plan", "/deeds", "/log", "/nonsense",
    "☆☆☆", "1234",
)  # fmt: skip
MENU = (
    "💳 My card", "🎁 Rewards", "🧾 My receipts", "🏛 What to see", "🏙 Problems in the city",
    "💡 Ideas and projects",
)  # fmt: skip

FIRST, SPENDS, SETTLES, SPEAKS, ENDS = range(5)
_LATER = {
    "tk": SPENDS, "ca": SETTLES, "co": SETTLES, "cr": SETTLES, "di": SETTLES, "na": SPENDS,
    "sp": SPEAKS, "tf": SETTLES, "ad": SETTLES, "ch": SETTLES, "dc": SETTLES, "tb": SETTLES,
    "ps": SPENDS, "pm": SPENDS, "pw": SETTLES, "px": SETTLES, "py": SETTLES, "pg": SETTLES,
}  # fmt: skip
_AT_MOST = {
    "ve": 3, "rw": 6, "si": 4, "tk": 2, "co": 1, "cr": 2, "ti": 1, "hi": 2, "re": 2, "na": 1,
    "rd": 4,
}  # fmt: skip
"""How many buttons of one kind are enough; of kinds not named here every one is pressed."""
_REASONED = {"rf", "un", "rr", "tr"}
"""Those that ask for a reason, or once more, first."""


def _rank(data: str) -> int:
    """What takes something away comes after what only looks."""
    kind, _colon, rest = data.partition(":")
    if data == "go:delete_sure":
        return ENDS + 1
    if kind == "ag" and rest.startswith("personal_data:0"):
        return ENDS
    if kind in _REASONED:
        return SETTLES if rest.partition(":")[2] else FIRST
    return _LATER.get(kind, FIRST)


class Crawler:
    """Breadth first from what is shown; each button is pressed once."""

    def __init__(self, house: House, visitor: Visitor) -> None:
        self.house, self.visitor = house, visitor
        self.screens = Screens(visitor.language)
        self.presses = 0
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, int, str]] = []
        self._known: set[str] = set()
        self._kinds: dict[str, int] = {}

    async def says(self, text: str) -> None:
        await self.visitor.says(text)
        self.seen(f"{text!r}", pressed=False)

    def seen(self, what: str, *, pressed: bool) -> None:
        self.screens.look(self.visitor, what, pressed=pressed)
        for shown in self.visitor.shown:
            for label, data in shown.buttons.items():
                if data:
                    self._note(shown.id, label, data)

    def _note(self, message_id: int, label: str, data: str) -> None:
        kind = data.partition(":")[0]
        if kind in _REASONED:
            kind = re.sub(r"[0-9]+", "", data)
        if data in self._known or self._kinds.get(kind, 0) >= _AT_MOST.get(kind, 99):
            return
        self._known.add(data)
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        heapq.heappush(self._waiting, (_rank(data), next(self._order), message_id, data))

    @property
    def kinds(self) -> set[str]:
        """What was pressed; screens by their name, all else by what it does."""
        return {data if data.startswith("go:") else data.partition(":")[0] for data in self._known}

    async def presses_all(self, until: int) -> None:
        """Every button that waits, up to this rank."""
        tongue = self.visitor.language
        while self._waiting and self._waiting[0][0] <= until:
            _rank_of, _order, message_id, data = heapq.heappop(self._waiting)
            self.presses += 1
            await self.visitor.forges(data, on=message_id)
            if data.startswith("sp:") and data != f"sp:{tongue}":
                assert self.visitor.news
                await self.visitor.forges(f"sp:{tongue}")
            self.seen(data, pressed=True)


async def _stranger(house: House, tongue: str) -> Visitor:
    return await house.visitor(tongue)


async def _guest(house: House, tongue: str) -> Visitor:
    guest = await house.regular(tongue, name="☆", points=700)
    for receipt in (
        house.receipt(1000),
        house.receipt(50, drive="7386400000020001"),
        house.receipt(70, operation=2),
        house.receipt(drive="7386499999999999"),
    ):
        await guest.photographs(receipt)
    for days_ago in range(20, 30):
        await house.earned(guest, 1, days_ago=days_ago)
    other = await house.regular(tongue)
    await other.photographs(taken := house.receipt(drive="7386400000030001"))
    await guest.photographs(taken)
    return guest


async def _cases(house: House, tongue: str) -> None:
    """What only the city's team can say: whose two receipts are, and what was returned."""
    first, second = await house.regular(tongue, name="☆☆"), await house.regular(tongue)
    for document, operation in ((901, 1), (902, 1), (903, 2)):
        drive = "7386400000020001" if document == 902 else "7386400000010001"
        code = house.receipt(drive=drive, document=document, operation=operation)
        await first.photographs(code)
        await second.photographs(code)
    await second.photographs(house.receipt(drive="7386400000020001", document=902, sign=2))
    for row in await house.rows(Receipt, Receipt.reason == "taken"):
        await second.forges(f"cl:{row['id']}")
        await second.photographs("")


async def _types(crawler: Crawler) -> None:
    """The numbers of a receipt, typed: a dialogue, whose buttons make sense in its order only."""
    visitor, look = crawler.visitor, crawler.screens.look
    await visitor.sends_file(b"hint:none", picture=True)
    look(visitor, "a photo without a code", pressed=False)
    for step in (
        "[⌨️ Type the numbers]", "7386400000010001", "[« Back]", "seven", "7", "7386400000010001",
        "7", "12345", "540,50", "11:40", "[✏️ Change]", "[« Back]", "[✅ Send]",
        "7386400000010002 7 12345 540,50 11:40", "[Cancel]",
    ):  # fmt: skip
        press = step.startswith("[")
        await (visitor.presses(step[1:-1]) if press else visitor.says(step))
        look(visitor, step, pressed=press)


async def _tills(house: House) -> None:
    """Receipts told of a till nobody registered, and of one that is another company's now."""
    seen = replace(ORBIT, seller_name=None, place=None, address=None)
    for ticket in (
        replace(seen, registration=NEW_TILL, drive=NEW_DRIVE),
        replace(seen, registration="0000400104026256"),
    ):
        async with house.database.transaction() as tx:
            await attribute(tx, house.city, ticket, house.clock.now())


async def _staff(house: House, tongue: str, role: Role) -> Visitor:
    await _tills(house)
    await _cases(house, tongue)
    await house.regular(tongue, role=Role.OWNER)
    await house.regular(tongue, name="☆☆", role=Role.CASHIER)
    return await house.regular(tongue, points=100, role=role)


ROLES = {
    "stranger": _stranger,
    "guest": _guest,
    **{
        role.value: lambda house, tongue, role=role: _staff(house, tongue, role)
        for role in (Role.CASHIER, Role.OWNER, Role.MODERATOR, Role.ADMIN)
    },
}


RIGHTS = {
    "ag", "sp", "go:help", "go:privacy", "go:export", "go:withdraw", "go:delete", "go:delete_sure",
    "go:reminders_on", "go:reminders_off",
}  # fmt: skip
MEMBER = RIGHTS | {
    "go:card", "hi", "go:settings", "go:sights", "si",
    "go:rewards", "go:affordable", "ve", "rw", "tk", "ti", "ca",
}  # fmt: skip
CITIZEN = {
    "go:deeds", "go:follows", "go:for_merits", "go:idea", "go:my_projects", "go:my_reports",
    "go:practices", "go:project_cancel", "go:project_districts", "go:project_kinds",
    "go:project_near", "go:project_stages", "go:projects", "go:report", "go:report_near",
    "go:report_number", "go:report_stop", "go:reports", "go:requests", "go:skills",
    "go:verify", "go:wanted", "jk", "jl", "jw", "kl", "pn",
}  # fmt: skip
PLAN = {
    "go:plan", "go:plan_export", "go:plan_projects", "go:plan_questions", "j6", "jm", "jp", "kf",
    "ku", "nd", "ni", "nl", "nm", "nt",
}  # fmt: skip
"""The plan, and what follows from having pressed everything else."""
CASHIER = MEMBER | CITIZEN | PLAN | {"re", "rd", "go:partner", "de", "co", "rf", "un"}
TEAM = (
    MEMBER
    | CITIZEN
    | PLAN
    | {"go:desk", "go:desk_cancel", "go:desk_number", "mo"}
    | {"go:ideas_desk", "go:requests_desk", "go:statements_desk", "jG", "jx"}
    | {"go:tills", "go:strangers", "tc", "tf", "tr", "al", "ad"}
    | {"re", "rd", "go:staff", "go:failures", "rv", "cr", "rr", "ur", "ch", "qc", "dc", "qr", "tb"}
)
KINDS = {
    "stranger": MEMBER - {"tk", "ti", "ca"}
    | CITIZEN
    | {"go:consent_personal_data", "go:consent_advertising", "na"},
    "guest": MEMBER | CITIZEN | PLAN | {"re", "rd", "cl", "go:claim_skip"},
    Role.CASHIER: CASHIER,
    Role.OWNER: CASHIER
    | {"iv", "di", "at", "tc", "tf", "tr", "go:till_cancel", "go:refund_cancel"}
    | {"go:my_requests", "go:new_request", "jC"},
    Role.MODERATOR: TEAM,
    Role.ADMIN: TEAM | {"go:plan_import", "go:plan_cancel", "nb", "nc", "ne", "nh"},
}
"""Every way that has to be open to each; a button nobody can reach any more is missed here."""


async def _codes(house: House, tongue: str) -> tuple[Visitor, list[str]]:
    """Another guest, with codes for this counter and receipts for the city's team."""
    other = await house.regular(tongue, name="☆", points=500)
    for drive in ("7386400000010001", "7386400000020001", "7386400000030001", "7386499999999999"):
        await other.photographs(house.receipt(20_000, drive=drive))
    cookie = (await house.reward("orbita-cookie"))["id"]
    for _ in range(3):
        await other.forges(f"tk:{cookie}")
    return other, [row["code"] for row in await house.rows(Redemption)]


@pytest.mark.parametrize("tongue", ["ru", "en", "zh"])
@pytest.mark.parametrize("role", ROLES)
async def test_every_button_answers(
    house: House, role: str, tongue: str, caplog: pytest.LogCaptureFixture
) -> None:
    house.keeps_pictures()
    other, codes = await _codes(house, tongue)
    visitor = await ROLES[role](house, tongue)
    crawler = Crawler(house, visitor)
    if role == "stranger":
        crawler.seen("arrival", pressed=False)
    menu = tuple(visitor.word(label) for label in MENU)
    if role == "guest":
        await _types(crawler)
    own = codes if role in {Role.CASHIER, Role.OWNER} else []
    for until, texts in ((SPENDS, (*COMMANDS, *menu, *own)), (SPEAKS, menu), (ENDS + 1, ())):
        for words in texts:
            await crawler.says(words)
        await crawler.presses_all(until)
    await visitor.stands_at(54.5, 36.2)
    crawler.seen("a place", pressed=False)
    await visitor.photographs("hello")
    crawler.seen("a photo", pressed=False)

    # What the others were told meanwhile is read too.
    other.hushed()
    house.clock.advance(minutes=16)
    await house.app.jobs.expire_codes()
    await house.deliver()
    assert other.news
    crawler.screens.look(other, "outbox", pressed=False)

    screens = crawler.screens
    print(f"{role} {tongue}: {screens.count} screens, {crawler.presses} presses")
    assert screens.faults == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert crawler.kinds == KINDS[role]
    assert (await house.audit()).findings == []
