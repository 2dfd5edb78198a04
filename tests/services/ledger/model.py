"""What the ledger should do, in memory, with nothing concurrent and nothing clever."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass
class ModelLot:
    """Points of one earning."""

    remaining: int
    expires_at: datetime | None

    @property
    def order(self) -> datetime:
        return self.expires_at or FAR


@dataclass
class ModelHold:
    """Points taken from lots."""

    amount: int
    uses: list[tuple[ModelLot, int]]
    due_at: datetime
    state: str = "pending"
    refunded: bool = False


@dataclass
class ModelEarning:
    """One earning: its posted amount, what is still to mature, and the lots of both."""

    posted: int
    later: int
    matures_at: datetime
    now_lot: ModelLot
    later_lot: ModelLot
    reversed: bool = False


@dataclass
class ModelAccount:
    """One member's points."""

    posted: int = 0
    lots: list[ModelLot] = field(default_factory=list)
    holds: dict[int, ModelHold] = field(default_factory=dict)
    earnings: dict[str, ModelEarning] = field(default_factory=dict)

    @property
    def held(self) -> int:
        return sum(hold.amount for hold in self.holds.values() if hold.state == "pending")

    @property
    def maturing(self) -> int:
        return sum(earning.later for earning in self.earnings.values())

    @property
    def free(self) -> int:
        return self.posted - self.held

    def balance(self) -> tuple[int, int, int, int]:
        return max(self.free, 0), self.held, self.maturing, max(-self.free, 0)

    def in_lots(self) -> list[tuple[int, datetime | None]]:
        return [(lot.remaining, lot.expires_at) for lot in self.lots if lot.remaining]

    def earn(
        self, key: str, amounts: tuple[int, int], matures_at: datetime, expires_at: datetime | None
    ) -> None:
        now_amount, later_amount = amounts
        parts = (ModelLot(0, expires_at), ModelLot(0, expires_at))
        self.lots += [lot for lot, amount in zip(parts, amounts, strict=True) if amount]
        self.earnings[key] = ModelEarning(now_amount, later_amount, matures_at, parts[0], parts[1])
        self._credit(parts[0], now_amount)

    def mature(self, now: datetime) -> int:
        """Post what is due, the oldest earning first; returns how many."""
        due = [each for each in self.earnings.values() if each.later and each.matures_at <= now]
        for earning in due:
            amount, earning.later = earning.later, 0
            earning.posted += amount
            self._credit(earning.later_lot, amount)
        return len(due)

    def hold(self, hold_id: int, amount: int, due_at: datetime) -> None:
        uses = self._take(sorted(self.lots, key=lambda lot: lot.order), amount)
        self.holds[hold_id] = ModelHold(amount, uses, due_at)

    def confirm(self, hold_id: int) -> None:
        self.holds[hold_id].state = "posted"
        self.posted -= self.holds[hold_id].amount

    def release(self, hold_id: int, now: datetime, grace: timedelta) -> None:
        free = self.free
        self.holds[hold_id].state = "voided"
        self._give_back(self.holds[hold_id], free, now, grace)

    def refund(self, hold_id: int, now: datetime, grace: timedelta) -> None:
        free = self.free
        self.holds[hold_id].refunded = True
        self.posted += self.holds[hold_id].amount
        self._give_back(self.holds[hold_id], free, now, grace)

    def reverse(self, key: str) -> None:
        earning = self.earnings[key]
        earning.reversed, earning.later = True, 0
        gone = max(self.free, 0) - max(self.free - earning.posted, 0)
        self.posted -= earning.posted
        own = [lot for lot in (earning.now_lot, earning.later_lot) if lot in self.lots]
        others = [lot for lot in self.lots if not any(lot is each for each in own)]
        self._take(own + sorted(others, key=lambda lot: lot.order), gone)

    def expire(self, now: datetime) -> int:
        lost = 0
        for lot in self.lots:
            if lot.expires_at is not None and lot.expires_at <= now:
                lost += lot.remaining
                lot.remaining = 0
        self.posted -= lost
        return lost

    def forfeit(self) -> int:
        taken = max(self.posted, 0)
        self.posted -= taken
        for lot in self.lots:
            lot.remaining = 0
        for earning in self.earnings.values():
            earning.later = 0
        return taken

    def _credit(self, lot: ModelLot, amount: int) -> None:
        debt = max(-self.free, 0)
        self.posted += amount
        lot.remaining = max(amount - debt, 0)

    def _give_back(
        self, hold: ModelHold, free_before: int, now: datetime, grace: timedelta
    ) -> None:
        left = hold.amount - min(max(-free_before, 0), hold.amount)
        for lot, used in sorted(hold.uses, key=lambda use: use[0].order, reverse=True):
            part = min(used, left)
            left -= part
            if part:
                lot.remaining += part
                if lot.expires_at is not None and lot.expires_at <= now:
                    lot.expires_at = now + grace

    @staticmethod
    def _take(lots: list[ModelLot], amount: int) -> list[tuple[ModelLot, int]]:
        uses = []
        for lot in lots:
            part = min(lot.remaining, amount)
            if part:
                uses.append((lot, part))
                lot.remaining -= part
                amount -= part
        assert amount == 0
        return uses
