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

from bot import civic, doctor, migrate, offline, sharing
from bot.logs import configure
from bot.settings import Settings
from handlers.texts import LANGUAGES
from services.clock import SystemClock
from services.members.roles import Role
from services.sharing.public import SUBJECTS

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
    invite.add_argument("--unit", help="slug of the unit, for official")
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
    log = commands.add_parser("log", help="the city's public log").add_subparsers(required=True)
    add("verify", _log_verify, "prove that nothing in it was rewritten", log)
    add("head", _log_head, "print the published end of the latest day", log)
    plan = commands.add_parser("plan", help="the city's plan").add_subparsers(required=True)
    export = add("export", _plan_export, "write it into an XLSX file", plan)
    export.add_argument("file", type=Path)
    export.add_argument("--language", choices=LANGUAGES, help="default: the city's own")
    take_in = add("import", _plan_import, "take it from an XLSX file, whole or not at all", plan)
    take_in.add_argument("file", type=Path)
    _add_sharing(commands, add)
    return parser


def _add_sharing(commands: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    api = commands.add_parser("api", help="other systems").add_subparsers(required=True)
    client = api.add_parser("client", help="systems with a key").add_subparsers(required=True)
    new = add("add", _client_add, "make a key and print it once", client)
    new.add_argument("name")
    new.add_argument("--per-minute", type=_from_one, default=60, help="calls allowed, default 60")
    new.add_argument("--may-update", action="store_true", help="it may say what the city has done")
    changed = add("rekey", _client_rekey, "replace a key, print the new one once", client)
    changed.add_argument("name")
    add("revoke", _client_revoke, "make a key worthless", client).add_argument("name")
    add("list", _client_list, "show the systems that have or had a key", client)
    webhook = api.add_parser("webhook", help="who is told of public moves")
    of_webhook = webhook.add_subparsers(required=True)
    told = add("add", _webhook_add, "tell an address, print its secret once", of_webhook)
    told.add_argument("url")
    told.add_argument(
        "--subject", action="append", choices=SUBJECTS,
        help="whose moves, as often as needed; default: report and project",
    )  # fmt: skip
    add("end", _webhook_end, "tell an address nothing more", of_webhook).add_argument("url")
    add("list", _webhook_list, "show the addresses", of_webhook)
    add("dead", _webhook_dead, "show the moves that could not be told", of_webhook)
    again = add("retry", _webhook_retry, "try the dead once more", of_webhook)
    again.add_argument("url", nargs="?", help="default: of every address")


def _from_one(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000:
        raise argparse.ArgumentTypeError("must be from 1 to 100000")
    return number


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
    return _finish(offline.invite(settings, Role(chosen.role), chosen.venue, chosen.unit))


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


def _log_verify(settings: Settings, _chosen: argparse.Namespace) -> int:
    return _finish(civic.verify_log(settings))


def _log_head(settings: Settings, _chosen: argparse.Namespace) -> int:
    return _finish(civic.log_head(settings))


def _audit(settings: Settings, _chosen: argparse.Namespace) -> int:
    return _finish(offline.audit(settings))


def _plan_export(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot import plan  # noqa: PLC0415 - its words are the chat's, which loads aiogram

    return _said(lambda: plan.export(settings, chosen.file, chosen.language))


def _plan_import(settings: Settings, chosen: argparse.Namespace) -> int:
    from bot import plan  # noqa: PLC0415 - its words are the chat's, which loads aiogram

    return _said(lambda: plan.take_in(settings, chosen.file))


def _client_add(settings: Settings, chosen: argparse.Namespace) -> int:
    limits = {"per_minute": chosen.per_minute, "may_update": chosen.may_update}
    return _finish(sharing.add_client(settings, chosen.name, **limits))


def _client_rekey(settings: Settings, chosen: argparse.Namespace) -> int:
    return _finish(sharing.rekey_client(settings, chosen.name))


def _client_revoke(settings: Settings, chosen: argparse.Namespace) -> int:
    return _finish(sharing.revoke_client(settings, chosen.name))


def _client_list(settings: Settings, _chosen: argparse.Namespace) -> int:
    return _finish(sharing.list_clients(settings))


def _webhook_add(settings: Settings, chosen: argparse.Namespace) -> int:
    subjects = chosen.subject or ["report", "project"]
    return _finish(sharing.add_webhook(settings, chosen.url, list(dict.fromkeys(subjects))))


def _webhook_end(settings: Settings, chosen: argparse.Namespace) -> int:
    return _finish(sharing.end_webhook(settings, chosen.url))


def _webhook_list(settings: Settings, _chosen: argparse.Namespace) -> int:
    return _finish(sharing.list_webhooks(settings))


def _webhook_dead(settings: Settings, _chosen: argparse.Namespace) -> int:
    return _finish(sharing.list_dead(settings))


def _webhook_retry(settings: Settings, chosen: argparse.Namespace) -> int:
    return _finish(sharing.retry_dead(settings, chosen.url))


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
