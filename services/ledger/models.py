"""Accounts, transfers between them, and the lots in which points expire."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime, partial_index


class Account(Base):
    """A place where points are.

    A member has one account per currency. The city has `issued`, `redeemed`, `expired` and
    `forfeited` (owner 0), whose balances are the sums of their transfers and are not kept here:
    no rule ever asks them, and a row that every guest writes would be a queue for all.

    For a member: `posted` may be negative (a debt); `held` is promised to redemptions, `maturing`
    is on its way in; what can be spent is `posted - held`.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("kind", "owner", "currency"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("maturing >= 0", name="maturing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    owner: Mapped[int]
    currency: Mapped[str]
    posted: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    maturing: Mapped[int] = mapped_column(default=0)


class Transfer(Base):
    """Points from one account to another; amounts and ends never change, only `state` does.

    `state`: pending → posted, voided or expired. `due_at`: when a pending transfer matures (a
    credit) or lapses (a hold). `key` is the idempotency key and `args_hash` what it stands for.
    `undoes_id` is the transfer that a refund or a reversal takes back; unique, so that nothing
    is taken back twice.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("debit_id <> credit_id", name="ends"),
        Index("ix_transfer_state_due_at", "state", "due_at"),
        # What somebody was thanked for is found by what it was for.
        partial_index("ix_transfer_merit", "reason", where="kind = 'merit'", unique=False),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    args_hash: Mapped[str]
    kind: Mapped[str]
    debit_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    credit_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    amount: Mapped[int]
    state: Mapped[str]
    reason: Mapped[str]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("transfer.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Lot(Base):
    """Points that came in together and expire together; spent by nearest expiry.

    A lot is there from the moment of the earning; while its transfer is pending it is empty.
    """

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("remaining >= 0", name="remaining"),
        partial_index(
            "ix_lot_account_id_expires_at",
            *("account_id", "expires_at"),
            where="remaining > 0",
            unique=False,
        ),
        partial_index("ix_lot_expires_at", "expires_at", where="remaining > 0", unique=False),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"), unique=True)
    remaining: Mapped[int]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


HAS_POINTS = Lot.remaining > literal_column("0")
"""The condition of the lots' indices; with a parameter for 0, SQLite would not use them."""


class LotUse(Base):
    """How much of a lot a hold took, so that a release gives back to the same; append-only."""

    __tablename__ = "lot_use"

    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfer.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)
    amount: Mapped[int]
