"""The verifiers that the settings name, ready to be asked."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.checking import Service
from bot.purse import DatabasePurse, DatabaseVault
from bot.settings import TOKENS, Settings
from services.clock import Clock
from services.database import Database
from services.receipts.chain import Chain
from services.receipts.verifiers.contract import Allowance
from services.receipts.verifiers.known import ALLOWANCES, SERVES, make_verifier
from services.receipts.verifiers.wire import VerifierConfig


def chain_of(settings: Settings) -> Chain:
    """The order in which they are asked."""
    return Chain(settings.receipt_verifiers, SERVES)


def allowances_of(settings: Settings) -> dict[str, Allowance]:
    """How many calls each service that the settings name allows."""
    names = [name for name in settings.receipt_verifiers if name in SERVES]
    return {
        name: ALLOWANCES[name].of(settings.receipt_calls[name])
        if name in settings.receipt_calls
        else ALLOWANCES[name]
        for name in names
    }


def services_of(
    settings: Settings, database: Database, clock: Clock, zone: ZoneInfo, *, pace: float = 1.0
) -> dict[str, Service]:
    """A client for each; `zone` is the city's. `pace` is as in `VerifierConfig`."""
    found = {}
    for name, allowance in allowances_of(settings).items():
        config = replace(_config(settings, name, zone), pace=pace)
        verifier = make_verifier(
            name,
            config,
            purse=DatabasePurse(database, clock, name, allowance),
            vault=DatabaseVault(database, clock, name),
        )
        found[name] = Service(verifier, allowance)
    return found


def _config(settings: Settings, name: str, zone: ZoneInfo) -> VerifierConfig:
    token = getattr(settings, TOKENS[name]) if name in TOKENS else None
    return VerifierConfig(
        url=getattr(settings, f"{name}_url"),
        token=token.get_secret_value() if token is not None else "",
        ca_bundle=settings.verifier_ca_bundle,
        zone=zone,
    )
