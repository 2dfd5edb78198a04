"""The command line: everything an operator does without a chat."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import doctor, migrate, offline
from bot.logs import configure
from bot.settings import Settings
from services.clock import SystemClock
from services.members.roles import Role

Command = Callable[[Settings, argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status, 0 for success."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings()
    except ValueError as error:
        print(f"The settings do not fit together:\n{error}", file=sys.stderr)
        return 2
    configure(settings.log_format)
    command: Command = chosen.command
    return command(settings, chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guestcard", description="A city's electronic guest card")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, words: str, of: object = None) -> argparse.ArgumentParser:
        group = of if of is not None else commands
        added: argparse.ArgumentParser = group.add_parser(name, help=words)  # type: ignore[attr-defined]
        added.set_defaults(command=command)
        return added

    add("run", _run, "serve the web chat and, with a token, Telegram")
    add("migrate", _migrate, "bring the database to the newest revision")
    add("doctor", _doctor, "say what works on this machine and what is missing")
    add("backup", _backup, "copy the database while it is in use").add_argument("file", type=Path)
    city = commands.add_parser("city", help="city packs").add_subparsers(required=True)
    load = add("load", _load, "load a city pack and show what changed", city)
    load.add_argument("name", help="a pack that comes with the bot, or a folder")
    staff = commands.add_parser("staff", help="staff of partners and the city")
    invite = add("invite", _invite, "print one-time links", staff.add_subparsers(required=True))
    invite.add_argument("--role", required=True, choices=[role.value for role in Role])
    invite.add_argument("--venue", help="slug of the venue, for cashier and owner")
    receipt = commands.add_parser("receipt", help="receipts").add_subparsers(required=True)
    read = add("read", _read, "read receipts from picture files, one JSON object a line", receipt)
    read.add_argument("file", nargs="+", type=Path)
    sample = add("sample", _sample, "draw a demo receipt of a venue", receipt)
    sample.add_argument("--venue", required=True)
    sample.add_argument("--sum", required=True, help="rubles, such as 540.00")
    sample.add_argument("--at", type=datetime.fromisoformat, help="local time of the purchase")
    sample.add_argument("--new-till", action="store_true", help="of a till nobody registered")
    sample.add_argument("--out", required=True, type=Path)
    ledger = commands.add_parser("ledger", help="points and merits")
    add("audit", _audit, "prove the ledger's invariants", ledger.add_subparsers(required=True))
    return parser


def _run(settings: Settings, _chosen: argparse.Namespace) -> int:
    from bot.app import App  # noqa: PLC0415 - the other commands start without aiogram

    _migrate(settings, _chosen)
    return _finish(offline.ready_city(settings)) or _finish(App(settings).serve())


def _migrate(settings: Settings, _chosen: argparse.Namespace) -> int:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate.upgrade(settings.database_url)
    return 0


def _doctor(settings: Settings, _chosen: argparse.Namespace) -> int:
    findings = asyncio.run(doctor.examine(settings))
    for finding in findings:
        print(finding)
    return int(any(finding.serious for finding in findings))


def _backup(settings: Settings, chosen: argparse.Namespace) -> int:
    return _said(lambda: offline.backup(settings, chosen.file))


def _load(settings: Settings, chosen: argparse.Namespace) -> int:
    _migrate(settings, chosen)
    return _finish(offline.load_city(settings, chosen.name))


def _invite(settings: Settings, chosen: argparse.Namespace) -> int:
    return _finish(offline.invite(settings, Role(chosen.role), chosen.venue))


def _read(_settings: Settings, chosen: argparse.Namespace) -> int:
    results = [offline.read_receipt(file) for file in chosen.file]
    for result in results:
        print(json.dumps(result, ensure_ascii=False))
    return int(any(result["receipt"] is None for result in results))


def _sample(settings: Settings, chosen: argparse.Namespace) -> int:
    at = chosen.at or SystemClock().now()

    def draw() -> None:
        drawn = offline.sample_facts(
            settings, chosen.venue, chosen.sum, at, new_till=chosen.new_till
        )
        facts = asyncio.run(drawn)
        offline.draw_sample(facts, chosen.out)

    return _said(draw)


def _audit(settings: Settings, _chosen: argparse.Namespace) -> int:
    return _finish(offline.audit(settings))


def _finish(work: Coroutine[Any, Any, int | None]) -> int:
    return _said(lambda: asyncio.run(work))


def _said(work: Callable[[], int | None]) -> int:
    """Do the work; an `offline.Problem` is said in one line, without a trace."""
    try:
        return work() or 0
    except offline.Problem as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
