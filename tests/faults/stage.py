"""Where a scene is played: set, played to its end, broken off everywhere, and played again."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.cities.models import FiscalDrive, Till, TillCandidate
from services.civic import log
from services.civic.models import CivicEvent, CivicHead, Follow, Support, Told
from services.delivery.models import OutboxMessage
from services.events import Event
from services.ledger.models import Account, Lot, Transfer
from services.members.models import Consent, Identity, Member, RoleGrant
from services.receipts.models import Receipt, ReceiptCase, ReceiptCheck, VerifiedTicket
from services.reports.models import Report, ReportPhoto
from services.rewards.models import Redemption, Reward
from tests.clock import START
from tests.faults.script import FILE, Script, Theatre
from tests.house import House, Visitor

EFFECTS = (
    (Account.kind, Account.owner, Account.currency, Account.posted, Account.held, Account.maturing),
    (Transfer.kind, Transfer.debit_id, Transfer.credit_id, Transfer.amount, Transfer.state),
    (Lot.account_id, Lot.remaining),
    (Receipt.member_id, Receipt.number, Receipt.state, Receipt.points, Receipt.points_now),
    (Receipt.id, Receipt.reason),
    (ReceiptCheck.receipt_id, ReceiptCheck.next_at, ReceiptCheck.tries, ReceiptCheck.handle),
    (ReceiptCase.kind, ReceiptCase.receipt_id, ReceiptCase.against_id, ReceiptCase.state),
    (VerifiedTicket.number,),
    (TillCandidate.registration, TillCandidate.state),
    (Till.registration, Till.venue_id, Till.active),
    (FiscalDrive.fn, FiscalDrive.till_id, FiscalDrive.state),
    (Redemption.member_id, Redemption.reward_id, Redemption.state, Redemption.settled_by),
    (Reward.id, Reward.taken),
    (Event.subject, Event.subject_id, Event.verb, Event.state, Event.actor_id),
    (OutboxMessage.member_id, OutboxMessage.kind, OutboxMessage.state),
    (Member.id, Member.name, Member.deleted_at),
    (Identity.member_id, Identity.channel, Identity.external_id),
    (Consent.member_id, Consent.kind, Consent.given),
    (RoleGrant.member_id, RoleGrant.role, RoleGrant.venue_id),
    (Report.id, Report.number, Report.state, Report.author_id, Report.unit_id, Report.due_at),
    (ReportPhoto.report_id, ReportPhoto.kind, ReportPhoto.shown, ReportPhoto.removed),
    (CivicEvent.number, CivicEvent.subject_id, CivicEvent.verb, CivicEvent.after),
    (CivicHead.number,),
    (Follow.member_id, Follow.subject, Follow.key),
    (Support.member_id, Support.subject_id, Support.value),
    (Told.key,),
)


async def is_chained(house: House) -> bool:
    """Whether the public log is whole. Its hashes are salted: those of two plays differ."""
    city = await house.app.city.get()
    async with house.database.reading() as reading:
        return (await log.verify(reading, city.id)).is_whole


async def effects(house: House) -> list[list[Any]]:
    """Everything an action did, but for random tokens."""
    async with house.database.reading() as reading:
        return [
            sorted((tuple(row) for row in await reading.execute(select(*columns))), key=repr)
            for columns in EFFECTS
        ]


async def transcript(house: House, chat_id: int) -> list[str]:
    """What the chat shows, with one digit for every number: codes are random."""
    changes = await house.app.web.chats.changes(chat_id, 0)
    assert changes is not None
    texts = [
        entry.payload.get("text") or entry.payload.get("caption") or ""
        for entry in changes.entries
        if not entry.mine
    ]
    return [re.sub(r"\d+", "0", text) for text in texts]


class Stage:
    """`forge` makes the crashes; the folder is empty but for what is put into it."""

    def __init__(self, folder: Path, template: Path, forge: Callable[[list[str]], int]) -> None:
        self._folder = folder
        self._forge = forge
        self._before = folder / "before"
        self._theatre = Theatre(folder / "stage")
        self._theatre.folder.mkdir()
        shutil.copy(template, self._theatre.folder / FILE)
        self.now = START.isoformat()

    @asynccontextmanager
    async def set(self) -> AsyncIterator[House]:
        """The house in which the scene is prepared."""
        async with self._theatre.opened(Script(self.now)) as house:
            yield house
        shutil.rmtree(self._before, ignore_errors=True)
        shutil.copytree(self._theatre.folder, self._before)

    def script(self, visitor: Visitor, **does: Any) -> Script:
        return Script(self.now, visitor.account.chat_id, "en", {**does, "cid": "the-one-and-only"})

    @asynccontextmanager
    async def after(self, script: Script, crash: Path | None = None) -> AsyncIterator[House]:
        """The house opened again after this crash, or before anything was done."""
        self._theatre.furnish(crash or self._before)
        async with self._theatre.opened(script) as house:
            yield house

    async def crashes(self, script: Script) -> list[Path]:
        """What is left when the process is killed after the first statement, the second, …"""
        folder = self._folder / "crashes"
        folder.mkdir()
        script.write(self._folder / "script.json")
        order = [str(self._folder / "script.json"), str(self._before), str(folder)]
        last = await asyncio.to_thread(self._forge, order)
        return [folder / str(n) for n in range(1, last)]
