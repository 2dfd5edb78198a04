"""What the code on a receipt says, whatever country or form it is of; nothing of it verified."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Slip:
    """A receipt as its code tells it.

    `adapter` names the form: `ru54` (a Russian fiscal receipt), `npd` (a receipt of a
    self-employed seller), `rs` (a Serbian one). `number` is the document's key, unique for ever
    and prefixed by the adapter, such as `ru54:{fn}:{fd}`; `sign` confirms it and is empty where
    the form has none. `device` is what issued it: a fiscal drive (ФН), a seller's INN, a signing
    card. `purchased` is the place's local time to the minute, without a zone, and `total` is in
    the currency's minor unit; both are None where the code does not say and the seller's service
    must be asked. `operation` (1054): 1 sale, 2 sale returned, 3 payout, 4 payout returned; when
    the code did not say, it is 1 and `operation_assumed`.
    """

    adapter: str
    number: str
    sign: str
    device: str
    purchased: datetime | None
    total: int | None
    currency: str
    operation: int
    operation_assumed: bool

    @property
    def document(self) -> int | None:
        """How many documents the device had issued with this one, where the form counts them."""
        return int(self.number.rpartition(":")[2]) if self.adapter == "ru54" else None
