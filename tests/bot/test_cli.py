"""The command line as an operator meets it, most of it through real processes."""

import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from bot import cli
from services.cities.pack import PACKS
from services.receipts.qr import parse
from tests.services.images.pictures import code_image, encoded

ROOT = Path(__file__).parents[2]


@dataclass
class Operator:
    """Somebody at a shell, with a data folder of their own."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "data" / "guestcard.db"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "DATA_DIR": str(self.folder / "data"), "PYTHONPATH": str(ROOT)}

    def runs(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Status, output and errors of a process; its working directory holds no .env."""
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            return connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """The city has been loaded by a real process into a folder that was not there."""
    operator = Operator(tmp_path_factory.mktemp("operator"))
    status, said, errors = operator.runs("city", "load", "kaluga")
    assert (status, errors) == (0, "")
    assert "city kaluga: added" in said.splitlines()
    return operator


@pytest.fixture
def call(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """The same commands within this process: status, output, errors."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.chdir(operator.folder)
    monkeypatch.setenv("DATA_DIR", str(operator.folder / "data"))

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            status = cli.main(list(arguments))
        except SystemExit as end:
            status = int(end.code or 0)
        return (status, *capsys.readouterr())

    yield call
    root.handlers[:], root.level = before


Call = Callable[..., tuple[int, str, str]]


def test_a_pack_loaded_again_says_so(operator: Operator) -> None:
    before = operator.sql("SELECT * FROM reward")
    status, said, errors = operator.runs("city", "load", "kaluga")
    assert (status, said, errors) == (0, "Nothing changed: all is as in the pack.\n", "")
    assert operator.sql("SELECT * FROM reward") == before


def test_a_broken_pack_is_refused_whole(operator: Operator, call: Call, tmp_path: Path) -> None:
    for file in (PACKS / "kaluga").iterdir():
        text = file.read_text(encoding="utf-8")
        broken = text.replace("per_guest: 5", "per_guest: many", 1)
        (tmp_path / file.name).write_text(broken, encoding="utf-8")
    before = operator.sql("SELECT * FROM reward"), operator.sql("SELECT digest FROM city")
    status, said, errors = call("city", "load", str(tmp_path))
    assert (status, said) == (1, "")
    assert "rewards.yaml" in errors
    assert "per_guest" in errors
    assert "Traceback" not in errors
    after = operator.sql("SELECT * FROM reward"), operator.sql("SELECT digest FROM city")
    assert after == before
    status, _said, errors = call("city", "load", "atlantis")
    assert status == 1
    assert "atlantis" in errors


def test_an_invitation_is_a_link_per_channel(operator: Operator) -> None:
    status, said, _errors = operator.runs(
        *("staff", "invite", "--role", "cashier", "--venue", "orbita"),
        PUBLIC_URL="https://card.example/",
    )
    assert status == 0
    (line,) = said.splitlines()
    assert line.startswith("web: https://card.example/?start=s_")
    token = line.partition("s_")[2]
    rows = operator.sql("SELECT role, used_at, token_hash FROM invitation")
    assert [row[:2] for row in rows] == [("cashier", None)]
    assert token not in str(rows)


def test_an_official_is_invited_to_a_unit(operator: Operator) -> None:
    status, said, _errors = operator.runs(
        "staff", "invite", "--role", "official", "--unit", "lighting"
    )
    assert (status, said.count("start=s_")) == (0, 1)
    rows = operator.sql(
        "SELECT role, venue_id, slug FROM invitation JOIN unit ON unit.id = unit_id"
    )
    assert rows == [("official", None, "lighting")]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--role", "cashier", "--venue", "nowhere"), 1, "There is no venue nowhere. There are:"),
        (("--role", "cashier"), 1, "The role cashier needs --venue"),
        (("--role", "admin", "--venue", "orbita"), 1, "leave out --venue"),
        (("--role", "official"), 1, "The role official needs --unit"),
        (("--role", "official", "--venue", "orbita"), 1, "The role official needs --unit"),
        (
            ("--role", "official", "--unit", "roads", "--venue", "orbita"),
            1,
            "goes with --unit: leave out --venue",
        ),
        (("--role", "expert", "--unit", "roads"), 1, "belongs to the city: leave out --unit"),
        (("--role", "official", "--unit", "moon"), 1, "There is no unit moon. There are: roads,"),
        (("--role", "king"), 2, "invalid choice: 'king'"),
    ],
)
def test_an_invitation_that_cannot_be(
    operator: Operator, call: Call, arguments: tuple[str, ...], status: int, words: str
) -> None:
    before = operator.sql("SELECT * FROM invitation")
    ended, said, errors = call("staff", "invite", *arguments)
    assert (ended, said) == (status, "")
    assert words in errors
    assert operator.sql("SELECT * FROM invitation") == before


def test_a_drawn_receipt_is_read_back(operator: Operator) -> None:
    at = ("--at", "2026-11-22T11:58")
    where = ("--venue", "orbita", "--sum", "540.00", "--out", "receipt.png")
    status, drawn, errors = operator.runs("receipt", "sample", *where, *at)
    assert (status, errors) == (0, "")
    (operator.folder / "noise.png").write_bytes(b"no picture")
    status, said, _errors = operator.runs("receipt", "read", "receipt.png", "noise.png", "none.png")
    assert status == 1, "two of three could not be read"
    receipt, noise, none = [json.loads(line) for line in said.splitlines()]
    assert set(receipt) == {"file", "codes", "receipt", "error", "engine", "ms"}
    assert receipt["receipt"]["canonical"] == drawn.strip() == parse(drawn).canonical
    assert receipt["receipt"]["total_kopecks"] == 54_000
    assert receipt["receipt"]["purchased"] == "2026-11-22T11:58"
    assert receipt["receipt"]["drive"] == "7386400000010001"
    assert (receipt["error"], noise["error"]) == (None, "not_an_image")
    assert (noise["receipt"], none["receipt"]) == (None, None)
    assert none["error"] == "No such file or directory"


def test_receipts_of_every_form_are_read_and_several_are_an_error(operator: Operator) -> None:
    npd = "https://lknpd.nalog.ru/api/v1/receipt/500100732259/200abcd123/print"
    both = [f"t=20261122T1158&s=540.00&fn=7386400000010001&i={i}&fp=12345&n=1" for i in (1, 2)]
    (operator.folder / "npd.png").write_bytes(encoded(code_image(npd)))
    left, right = (code_image(text) for text in both)
    table = Image.new("L", (left.width + right.width, left.height), "white")
    table.paste(left, (0, 0))
    table.paste(right, (left.width, 0))
    (operator.folder / "two.png").write_bytes(encoded(table))
    status, said, _errors = operator.runs("receipt", "read", "npd.png", "two.png")
    assert status == 1, "one of two shows two receipts"
    seller, two = [json.loads(line) for line in said.splitlines()]
    assert (seller["receipt"]["form"], seller["receipt"]["number"]) == (
        "npd", "npd:500100732259:200abcd123",
    )  # fmt: skip
    assert (two["receipt"], two["error"], sorted(two["codes"])) == (None, "several", both)


def test_a_receipt_of_a_till_nobody_registered(operator: Operator) -> None:
    where = ("--venue", "orbita", "--sum", "540.00", "--out", "new.png", "--new-till")
    status, drawn, errors = operator.runs("receipt", "sample", *where)
    assert (status, errors) == (0, "")
    drive = parse(drawn).drive
    assert operator.sql(f"SELECT * FROM fiscal_drive WHERE fn = '{drive}'") == []
    assert not drive.startswith("9999")


@pytest.mark.parametrize(
    ("venue", "rubles", "words"),
    [("nowhere", "540.00", "There is no venue nowhere"), ("orbita", "much", "is not a sum")],
)
def test_a_receipt_that_cannot_be_drawn(
    operator: Operator, call: Call, venue: str, rubles: str, words: str
) -> None:
    out = operator.folder / "never.png"
    status, said, errors = call(
        *("receipt", "sample", "--venue", venue, "--sum", rubles, "--out", str(out))
    )
    assert (status, said, out.exists()) == (1, "", False)
    assert words in errors


def test_a_backup_while_somebody_writes(operator: Operator, call: Call) -> None:
    target = operator.folder / "copy.db"
    with closing(sqlite3.connect(operator.file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE city SET digest = 'half done'")
        status, said, _errors = call("backup", str(target))
        writer.execute("ROLLBACK")
    assert status == 0
    assert said == f"{target}: {target.stat().st_size} bytes\n"
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("SELECT slug FROM city WHERE digest <> 'half done'").fetchall() == [
            ("kaluga",)
        ]
    before = target.read_bytes()
    status, _said, errors = call("backup", str(target))
    assert status == 1
    assert "never overwrites" in errors
    assert target.read_bytes() == before
    assert sorted(path.name for path in operator.folder.glob("copy*")) == ["copy.db"]


def test_postgresql_has_its_own_backup(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    status, _said, errors = call("backup", "copy.db")
    assert status == 1
    assert "pg_dump" in errors


def test_an_audit_clean_and_not(operator: Operator, call: Call) -> None:
    status, said, errors = operator.runs("ledger", "audit")
    assert (status, errors) == (0, "")
    assert said.splitlines()[-1] == "clean"
    operator.sql(
        "INSERT INTO account (kind, owner, currency, posted, held, maturing) "
        "VALUES ('member', 4242, 'points', 7, 0, 0)"
    )
    status, said, _errors = call("ledger", "audit")
    operator.sql("DELETE FROM account WHERE owner = 4242")
    assert status == 1
    assert "posted is 7 instead of 0" in said
    assert said.splitlines()[-1].endswith("findings")


def test_the_settings_say_what_is_wrong(operator: Operator, call: Call) -> None:
    status, said, errors = operator.runs("doctor", TELEGRAM_MODE="carrier-pigeon", WEB_PORT="many")
    assert (status, said) == (2, "")
    assert errors.startswith("The settings do not fit together:")
    assert "telegram_mode" in errors
    assert "web_port" in errors
    assert "Traceback" not in errors
