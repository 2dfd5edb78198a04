"""Which verifiers are asked about a receipt, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

TILLS = "tills"
"""The tills that partners registered: no service, looked up in the database itself."""

_TOLD_WHOLE = ("ru54", "rs")
"""Forms whose code tells the sum and the time; of any other a service must tell them."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The verifiers in the order of RECEIPT_VERIFIERS.

    `serves` says which forms of receipts each service can be asked about; see `Slip.adapter`.
    """

    names: tuple[str, ...] = (TILLS,)
    serves: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def services(self, form: str) -> tuple[str, ...]:
        """The services that can be asked about such a receipt, in order."""
        return tuple(name for name in self.names if form in self.serves.get(name, ()))

    def trusts_tills(self, form: str) -> bool:
        """A registered till is believed at once: no service comes before the tills."""
        if TILLS not in self.names:
            return False
        before = self.names[: self.names.index(TILLS)]
        return not any(form in self.serves.get(name, ()) for name in before)

    def falls_back(self, form: str) -> bool:
        """A registered till is believed when the services stay silent."""
        return TILLS in self.names and not self.trusts_tills(form)

    def forms(self, taken: Sequence[str]) -> tuple[str, ...]:
        """Those of the forms a city takes that can be decided on with this chain."""
        return tuple(form for form in taken if form in _TOLD_WHOLE or self.services(form))


OFFLINE = Chain()
"""Registered tills only: what a city without any service works with."""
