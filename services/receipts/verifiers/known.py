"""The verifiers by the names that settings use."""

import asyncio
import time
from collections.abc import Callable, Mapping

from services.receipts.verifiers import fns, npd, ofdru, proverkacheka
from services.receipts.verifiers.contract import Allowance, Purse, Vault, Verifier
from services.receipts.verifiers.pacing import Sleep, Tick
from services.receipts.verifiers.wire import VerifierConfig

_MODULES = (fns, ofdru, proverkacheka, npd)

SERVES: Mapping[str, frozenset[str]] = {m.NAME: m.ADAPTERS for m in _MODULES}
"""The forms of receipts that each can be asked about."""
ALLOWANCES: Mapping[str, Allowance] = {m.NAME: m.ALLOWANCE for m in _MODULES}
"""What each allows if nothing else was agreed with it."""

_AT_ONCE: Mapping[str, Callable[..., Verifier]] = {
    ofdru.NAME: ofdru.OfdRu,
    proverkacheka.NAME: proverkacheka.Proverkacheka,
    npd.NAME: npd.Npd,
}


def make_verifier(
    name: str,
    config: VerifierConfig,
    *,
    purse: Purse,
    vault: Vault,
    tick: Tick = time.monotonic,
    sleep: Sleep = asyncio.sleep,
) -> Verifier:
    """A client of the service of this name; only `fns` uses the vault.

    KeyError for a name that is not in `SERVES`, OSError when the bundle cannot be read.
    """
    if name == fns.NAME:
        return fns.Fns(config, purse=purse, vault=vault, tick=tick, sleep=sleep)
    return _AT_ONCE[name](config, purse=purse, tick=tick, sleep=sleep)
