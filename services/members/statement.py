"""What the entries of a history were about: the venue of a receipt, the title of a reward."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services import ledger
from services.cities.models import Localized, Venue
from services.receipts.models import Receipt
from services.rewards.models import Reward


async def subjects(tx: AsyncConnection, entries: Sequence["ledger.Entry"]) -> dict[int, Localized]:
    """Entry id → name, for those that have one. Two statements, however many entries."""
    receipts = _ids(entries, "receipt")
    rewards = _ids(entries, "spend")
    names: dict[int, Localized] = {}
    for wanted, query in (
        (
            receipts,
            select(Receipt.id, Venue.name)
            .join(Venue, Venue.id == Receipt.venue_id)
            .where(Receipt.id.in_(receipts)),
        ),
        (rewards, select(Reward.id, Reward.title).where(Reward.id.in_(rewards))),
    ):
        if not wanted:
            continue
        found = {row[0]: row[1] for row in await tx.execute(query)}
        names |= {
            entry: found[subject]
            for subject, of in wanted.items()
            for entry in of
            if subject in found
        }
    return names


def _ids(entries: Sequence["ledger.Entry"], kind: str) -> dict[int, list[int]]:
    """Subject id → the entries about it."""
    wanted: dict[int, list[int]] = {}
    for entry in entries:
        if entry.kind == kind and entry.reason.isdigit():
            wanted.setdefault(int(entry.reason), []).append(entry.id)
    return wanted
