"""Which verifiers are asked about a receipt, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

TILLS = "tills"
"""The tills that partners registered: no service, asked in the database itself."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The order of RECEIPT_VERIFIERS.

    `trusts_tills`: a registered till is believed before any service is asked, so its receipts
    earn at once. `falls_back`: it is believed when the services have no answer. `remotes` are the
    services in their order, each with the forms of receipts it can be asked about.
    """

    trusts_tills: bool = True
    falls_back: bool = False
    remotes: tuple[tuple[str, frozenset[str]], ...] = ()

    @classmethod
    def of(cls, names: Sequence[str], serves: dict[str, frozenset[str]]) -> Self:
        """The chain of these names; `serves` tells the forms of each service."""
        remotes = [name for name in names if name != TILLS]
        at = names.index(TILLS) if TILLS in names else None
        return cls(
            trusts_tills=at == 0,
            falls_back=at is not None and at > 0,
            remotes=tuple((name, serves[name]) for name in remotes),
        )

    def for_form(self, adapter: str) -> tuple[str, ...]:
        """The services that can be asked about such a receipt, in order."""
        return tuple(name for name, forms in self.remotes if adapter in forms)


OFFLINE = Chain()
"""Registered tills only: what a city without any service works with."""
