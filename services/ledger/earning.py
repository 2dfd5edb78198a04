"""Points that come in, at once or after a time, and are taken back when not deserved."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.errors import Changed, NotFound
from services.ledger import lots
from services.ledger.accounts import (
    ISSUED,
    KEPT,
    MEMBER,
    OF_MEMBER,
    Kept,
    NoAccountError,
    change,
)
from services.ledger.models import Account, Transfer
from services.ledger.transfers import (
    OWN_KINDS,
    PENDING,
    POSTED,
    REVERSAL,
    VOIDED,
    Draft,
    KeyReusedError,
    repeated,
    write,
)


@dataclass(frozen=True, slots=True)
class Earning:
    """Transfers of one earning; None where that part was zero.

    `is_new` is False when the key had been used for the same earning before and nothing was done.
    Of a new one's part at once `usable` can be spent, a debt ate the rest; `debt` is still owed.
    """

    now_id: int | None
    later_id: int | None
    is_new: bool
    usable: int = 0
    debt: int = 0


@dataclass(frozen=True, slots=True)
class Reversal:
    """What taking an earning back did: `voided` had not matured, `taken` had been credited.

    `debt` is what the member owes in this currency now, in all.
    """

    voided: int
    taken: int
    debt: int


_CREDIT = (
    update(Account)
    .where(*OF_MEMBER)
    .values(
        posted=Account.posted + bindparam("now_amount"),
        maturing=Account.maturing + bindparam("later_amount"),
    )
    .returning(*KEPT)
)


async def earn(
    tx: AsyncConnection,
    *,
    member_id: int,
    currency: str,
    now_amount: int,
    later_amount: int,
    matures_at: datetime | None,
    expires_at: datetime | None,
    key: str,
    kind: str,
    reason: str,
    now: datetime,
) -> Earning:
    """Credit `now_amount` at once and `later_amount` at `matures_at`; both expire together.

    Amounts are whole units ≥ 0; a zero part is left out. Doing it again with the same key, member,
    amounts, kind and reason does nothing and returns the first result; with any other of them it
    raises `KeyReusedError`. `kind` is the caller's word for what was earned with, none of
    `OWN_KINDS`. Incoming points pay a debt first.
    """
    _check(now_amount, later_amount, matures_at, kind)
    drafts = _drafts(now_amount, later_amount, matures_at, key=key, kind=kind, reason=reason)
    if not drafts:
        return Earning(None, None, is_new=False)
    parameters = {"member_id": member_id, "in_currency": currency}
    amounts = {"now_amount": now_amount, "later_amount": later_amount}
    row = (await tx.execute(_CREDIT, {**parameters, **amounts})).first()
    if row is None:
        raise NoAccountError(member_id, currency)
    account = Kept(*row)
    written = await write(tx, account, drafts, now)
    if len(written) < len(drafts):
        if written:
            raise KeyReusedError(key)
        await change(tx, account.id, posted=-now_amount, maturing=-later_amount)
        known = await repeated(tx, _keys(key), member_id, currency, drafts)
        return _earning(known, drafts, is_new=False)
    usable = lots.gained(account.free, now_amount)
    await lots.open_for(tx, list(written.values()), usable, expires_at)
    done = _earning(written, drafts, is_new=True)
    return replace(done, usable=usable, debt=max(-account.free, 0))


def _check(now_amount: int, later_amount: int, matures_at: datetime | None, kind: str) -> None:
    if now_amount < 0 or later_amount < 0:
        raise ValueError("an earning is not negative; to take points back, reverse it")
    if later_amount and matures_at is None:
        raise ValueError("points that come later need the moment they mature")
    if kind in OWN_KINDS:
        raise ValueError(f"{kind} is a kind the ledger gives itself")


def _keys(key: str) -> tuple[str, str]:
    return key, f"{key}:later"


def _drafts(
    now_amount: int,
    later_amount: int,
    matures_at: datetime | None,
    *,
    key: str,
    kind: str,
    reason: str,
) -> list[Draft]:
    """The parts that are not zero. The first always bears the plain key, so that an earning of
    other parts under the same key cannot slip past it."""
    parts = [(now_amount, POSTED, None), (later_amount, PENDING, matures_at)]
    wanted = [part for part in parts if part[0]]
    return [
        Draft(name, kind, ISSUED, False, amount, reason, state, due_at)
        for name, (amount, state, due_at) in zip(_keys(key), wanted, strict=False)
    ]


def _earning(ids: dict[str, int], drafts: list[Draft], *, is_new: bool) -> Earning:
    by_state = {draft.state: ids[draft.key] for draft in drafts}
    return Earning(by_state.get(POSTED), by_state.get(PENDING), is_new)


async def matures_at(tx: AsyncConnection, key_of_earning: str) -> datetime | None:
    """When the part of an earning that is on its way will be there; None when none is."""
    moment: datetime | None = await tx.scalar(
        select(Transfer.due_at).where(
            Transfer.key.in_(_keys(key_of_earning)), Transfer.state == PENDING
        )
    )
    return moment


_TAKE_BY_KEYS = (
    select(*KEPT)
    .join(Transfer, Transfer.credit_id == Account.id)
    .where(
        Transfer.key == bindparam("of_key"),
        Transfer.kind.not_in(OWN_KINDS),
        Account.kind == MEMBER,
    )
    .with_for_update(of=Account)
)
_VOID = (
    update(Transfer)
    .where(Transfer.key.in_((bindparam("key_1"), bindparam("key_2"))), Transfer.state == PENDING)
    .values(state=VOIDED, settled_at=bindparam("at"))
    .returning(Transfer.amount)
)
_CREDITED = select(Transfer.id, Transfer.key, Transfer.amount).where(
    Transfer.key.in_((bindparam("key_1"), bindparam("key_2"))), Transfer.state == POSTED
)


async def reverse(
    tx: AsyncConnection, *, key_of_earning: str, reason: str, now: datetime
) -> Reversal:
    """Take an earning back whole, once: what has not matured never will, the rest is debited.

    It comes from the earning's own lots first, then from others by nearest expiry; what is not
    there becomes a debt, and holds stay valid. Raises `NotFound` for a key that earned nothing
    and `Changed` when it was reversed before.
    """
    row = (await tx.execute(_TAKE_BY_KEYS, {"of_key": key_of_earning})).first()
    if row is None:
        raise NotFound
    account = Kept(*row)
    first, second = _keys(key_of_earning)
    keys = {"key_1": first, "key_2": second}
    voided = sum((await tx.execute(_VOID, {**keys, "at": now})).scalars())
    credited = (await tx.execute(_CREDITED, keys)).all()
    for id_, key, amount in credited:
        draft = Draft(f"reverse:{key}", REVERSAL, ISSUED, True, amount, reason, undoes_id=id_)
        if not await write(tx, account, [draft], now):
            raise Changed
    if not voided and not credited:
        raise Changed
    taken = sum(row.amount for row in credited)
    kept = await change(tx, account.id, posted=-taken, maturing=-voided)
    lost = lots.gained(kept.free + taken, taken)
    await lots.take_back(tx, account.id, [row.id for row in credited], lost)
    return Reversal(voided, taken, max(-kept.free, 0))
