"""What follows when a verifier has answered about a receipt, or has not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from services import delivery
from services.cities import CityFacts
from services.receipts import attribution, documents, queue, reversing, waiting
from services.receipts.chain import Chain
from services.receipts.models import PENDING, Receipt, VerifiedTicket
from services.receipts.queue import Check
from services.receipts.settle import by_the_table
from services.receipts.ticket import Ticket
from services.receipts.verdict import Reason, decide
from services.receipts.verifiers.contract import (
    Answer,
    Because,
    NotYet,
    Rejected,
    Unavailable,
    Undecided,
    Verified,
    Working,
)
from services.receipts.waiting import Waiting

_RETRIES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72))
"""A till may be without a connection: how long after the receipt was sent it is asked again."""
_PATIENCE = _RETRIES[-1]
_REFUSED = {
    Because.FORGED: Reason.FORGED,
    Because.MALFORMED: Reason.MISMATCH,
    Because.CANCELLED: Reason.CANCELLED,
}
_HELPED = (Reason.CHECKING, Reason.UNKNOWN_DRIVE)
"""Why a receipt waits that a person decides on when no service can."""
_STUMBLES = 3
"""So often what followed could not be written down; the next time it is a person's."""
_TELL_SLOW = timedelta(hours=24)
_TELL_SILENT = timedelta(hours=1)
_RETRY_SOON = timedelta(seconds=10)
_RETRY_LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Matter:
    """One receipt that was asked about, held until the transaction ends.

    `overtaken`: since it was asked, another process has had an answer, or the receipt is not
    asked about any more; only what decides still counts then.
    """

    tx: AsyncConnection
    city: CityFacts
    chain: Chain
    now: datetime
    check: Check
    held: Waiting
    overtaken: bool = False

    @property
    def age(self) -> timedelta:
        """How long it has been asked about."""
        return self.now - self.check.since


async def take_up(
    tx: AsyncConnection, city: CityFacts, chain: Chain, check: Check, *, now: datetime
) -> Matter | None:
    """Hold the receipt of a check; None when it was decided on or its guest is gone."""
    held = await waiting.hold(tx, check.receipt_id, check.member_id)
    if held is None:
        await queue.done(tx, check.receipt_id)
        return None
    stands = await queue.present(tx, check)
    return Matter(tx, city, chain, now, stands or check, held, overtaken=stands != check)


async def in_the_way(tx: AsyncConnection, receipt_id: int) -> int | None:
    """A receipt that earned with the number of this one, whose document bears this one's sign."""
    earned = aliased(Receipt)
    false: int | None = await tx.scalar(
        select(earned.id)
        .join(Receipt, Receipt.number == earned.number)
        .join(VerifiedTicket, VerifiedTicket.number == Receipt.number)
        .where(
            *(Receipt.id == receipt_id, PENDING, VerifiedTicket.sign == Receipt.sign),
            *(earned.sign != Receipt.sign, earned.state == "credited"),
        )
    )
    return false


async def take_away(tx: AsyncConnection, false: int, now: datetime) -> None:
    """Take the points of what was `in_the_way` back; raises `Changed` when somebody else has.

    In a transaction of its own: two guests are never held together.
    """
    await reversing.reverse(tx, false, Reason.FORGED, by=None, now=now)


async def still_open(matter: Matter) -> bool:
    """Whether it has to be asked about; if its document was found before, it is decided on."""
    if await documents.stored(matter.tx, matter.held.number) is None:
        return True
    await _conclude(replace(matter, held=await waiting.completed(matter.tx, matter.held)))
    return False


async def follow(matter: Matter, verifier: str, answer: Answer) -> None:
    """One answer to one question: the receipt is decided on, or asked about again later."""
    if isinstance(answer, Verified) and not documents.is_of(
        answer.ticket, matter.held.slip(matter.city)
    ):
        answer = Undecided("another document")
    if isinstance(answer, Verified):
        await _conclude(await _learned(matter, verifier, answer.ticket))
    elif isinstance(answer, Rejected):
        await _refused(matter, _REFUSED[answer.because])
    elif matter.overtaken:
        return
    elif isinstance(answer, Working):
        next_at = matter.now + timedelta(seconds=answer.seconds)
        await queue.later(
            matter.tx, matter.held.id, next_at, verifier=verifier, handle=answer.handle
        )
    elif isinstance(answer, NotYet):
        await _not_found(matter)
    elif isinstance(answer, Undecided):
        await _undecided(matter, verifier)
    else:
        await _unavailable(matter, answer)


async def stumbled(
    tx: AsyncConnection, city: CityFacts, chain: Chain, check: Check, now: datetime
) -> None:
    """Something broke over this receipt: it is tried again later, a few times, then a person
    decides.

    Each time may have cost a call, and whatever is odd about it will hardly go away.
    """
    matter = await take_up(tx, city, chain, check, now=now)
    if matter is None or matter.overtaken:
        return
    held, tries = matter.held, matter.check.tries
    if tries < _STUMBLES and matter.age < _PATIENCE:
        next_at = max(matter.check.since + _RETRIES[tries], now + _RETRY_SOON)
        await queue.later(tx, held.id, next_at, tries=tries + 1, verifier=None, handle=None)
        return
    await queue.done(tx, held.id)
    if held.reason in _HELPED:
        # Not by the table: what broke may be what the table looks at.
        await queue.hand_over(tx, held.id, Reason.UNDECIDED)
        await _ask_for_picture(matter)


async def _learned(matter: Matter, verifier: str, ticket: Ticket) -> Matter:
    """Keep the ticket and what it tells about the till; fill in what the code did not say."""
    tx, city, slip = matter.tx, matter.city, matter.held.slip(matter.city)
    await documents.keep(tx, city, slip, documents.Found(ticket, verifier, matter.now))
    await attribution.attribute(tx, city, ticket, matter.now)
    return replace(matter, held=await waiting.completed(tx, matter.held))


async def _conclude(matter: Matter) -> None:
    tx, held, now = matter.tx, matter.held, matter.now
    if await in_the_way(tx, held.id) is not None:
        # That one goes first, see `take_away`; this one is taken up again at once.
        await queue.later(tx, held.id, now)
        return
    case = await waiting.case_of(tx, matter.city, held, matter.chain)
    await by_the_table(tx, held, case, now)
    await queue.done(tx, held.id)


async def _refused(matter: Matter, reason: Reason) -> None:
    case = await waiting.case_of(matter.tx, matter.city, matter.held, matter.chain)
    await waiting.reject(matter.tx, matter.held, reason, case.facts, by=None, now=matter.now)


async def _not_found(matter: Matter) -> None:
    tries = matter.check.tries
    if tries >= len(_RETRIES) or matter.age >= _PATIENCE:
        await _give_up(matter, Reason.NOT_FOUND)
        return
    told = await _tell_once(matter, "receipt_slow", after=_TELL_SLOW)
    next_at = max(matter.check.since + _RETRIES[tries], matter.now + _RETRY_SOON)
    await queue.later(
        matter.tx, matter.held.id, next_at, tries=tries + 1, verifier=None, handle=None, told=told
    )


async def _undecided(matter: Matter, verifier: str) -> None:
    names = matter.chain.services(matter.check.adapter)
    others = names[names.index(verifier) + 1 :] if verifier in names else ()
    if others:
        await queue.later(matter.tx, matter.held.id, matter.now, verifier=others[0], handle=None)
    else:
        await _give_up(matter, Reason.UNDECIDED)


async def _unavailable(matter: Matter, answer: Unavailable) -> None:
    if matter.age >= _PATIENCE:
        if not await _believed(matter):
            await _give_up(matter, Reason.UNDECIDED)
        return
    told = await _tell_once(matter, "receipt_service_silent", after=_TELL_SILENT)
    pause = timedelta(seconds=answer.seconds) if answer.seconds else _backoff(matter.age)
    # A service that rests is not asked; its guests are looked after all the same.
    next_at = matter.now + min(pause, _RETRY_LATE)
    await queue.later(matter.tx, matter.held.id, next_at, handle=answer.handle, told=told)


def _backoff(age: timedelta) -> timedelta:
    """Half as long again as it has been asked about: one receipt that a service stumbles over
    must not spend the day's calls."""
    return min(max(age / 2, _RETRY_SOON), _RETRY_LATE)


def is_overdue(check: Check, now: datetime) -> bool:
    """Whether its guest has waited long enough to hear of it, or to be helped by a person."""
    age = now - check.since
    return age >= _PATIENCE or (age >= _TELL_SILENT and not check.told)


async def _tell_once(matter: Matter, kind: str, *, after: timedelta) -> bool:
    """A guest is told once a receipt that it takes longer; returns whether they know by now."""
    if matter.check.told or matter.age < after:
        return matter.check.told
    facts = waiting.told_of(matter.held)
    await delivery.tell(matter.tx, matter.held.member_id, kind, facts, matter.now)
    return True


async def _give_up(matter: Matter, reason: Reason) -> None:
    """No service will have an answer: a person decides, who needs the picture of the receipt."""
    tx, held = matter.tx, matter.held
    case = await waiting.case_of(tx, matter.city, held, matter.chain)
    await queue.done(tx, held.id)
    if held.reason in _HELPED:
        await waiting.pass_on(tx, held, case, reason, matter.now)
        await _ask_for_picture(matter)


async def _ask_for_picture(matter: Matter) -> None:
    facts = waiting.told_of(matter.held)
    await delivery.tell(matter.tx, matter.held.member_id, "receipt_needs_photo", facts, matter.now)


async def _believed(matter: Matter) -> bool:
    """Credit a receipt of a registered till that every service has been silent about.

    One that was not found is not believed, for whoever knows a drive can invent documents of it;
    nor is a drive that only its owner has named.
    """
    tx, held = matter.tx, matter.held
    if held.typed or matter.check.tries or not matter.chain.falls_back(matter.check.adapter):
        return False
    case = await waiting.case_of(tx, matter.city, held, matter.chain)
    row = decide(case, waived={Reason.BEFORE_VENUE, Reason.CHECKING})
    if row.state != "credited" or case.facts.drive_origin == "owner":
        return False
    await waiting.credit(tx, held, case, by=None, now=matter.now)
    return True
