"""Keys and addresses of other systems, as an operator makes and ends them."""

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from services.sharing.clients import hashed

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operator")


@pytest.fixture
def call(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Call]:
    """A command in a folder where Kaluga is loaded: status, output, errors."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DATA_DIR", str(folder / "data"))
    if not (folder / "data").exists():
        assert cli.main(["city", "load", "kaluga"]) == 0
        capsys.readouterr()

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            status = cli.main(list(arguments))
        except SystemExit as end:
            status = int(end.code or 0)
        return (status, *capsys.readouterr())

    yield call
    root.handlers[:], root.level = before


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "data" / "guestcard.db")) as connection, connection:
        return connection.execute(statement).fetchall()


def test_a_key_is_shown_once(call: Call, folder: Path) -> None:
    status, said, errors = call("api", "client", "add", "FixMyStreet", "--may-update")
    assert (status, errors) == (0, "")
    key, address, jurisdiction = re.fullmatch(
        r"key: (\S{40,})\naddress: (\S+)\njurisdiction_id: (\S+)\n", said
    ).groups()  # type: ignore[union-attr]
    assert (address, jurisdiction) == ("http://127.0.0.1:8080/open311/v2/", "kaluga")
    assert rows(folder, "SELECT name, key_hash, per_minute, may_update FROM api_client") == [
        ("FixMyStreet", hashed(key), 60, 1)
    ]
    status, said, errors = call("api", "client", "add", "FixMyStreet")
    assert (status, said) == (1, "")
    assert errors == "FixMyStreet has a key already: guestcard api client rekey FixMyStreet\n"
    assert call("api", "client", "add", "Map", "--per-minute", "5")[0] == 0
    _, said, _ = call("api", "client", "list")
    first, second = said.splitlines()
    assert first.startswith("FixMyStreet: reports and updates, 60 a minute, since ")
    assert second.startswith("Map: reports, 5 a minute, since ")
    assert call("api", "client", "revoke", "Map") == (0, "", "")
    assert call("api", "client", "revoke", "Map") == (1, "", "There is no client Map with a key\n")
    assert ", revoked 2" in call("api", "client", "list")[1].splitlines()[1]
    assert call("api", "client", "add", "Map", "--per-minute", "0")[0] == 2


def test_a_key_is_replaced(call: Call, folder: Path) -> None:
    assert call("api", "client", "add", "Old system", "--per-minute", "7", "--may-update")[0] == 0
    whole = "SELECT * FROM api_client ORDER BY id"
    others, (*before,) = rows(folder, whole)[:-1], rows(folder, whole)[-1]
    status, said, errors = call("api", "client", "rekey", "Old system")
    assert (status, errors) == (0, "")
    (key,) = re.fullmatch(r"key: (\S{40,})\n", said).groups()  # type: ignore[union-attr]
    (*after,) = rows(folder, whole)[-1]
    assert after == [hashed(key) if len(str(cell)) == 64 else cell for cell in before]
    assert after != before
    assert rows(folder, whole)[:-1] == others
    assert call("api", "client", "revoke", "Old system") == (0, "", "")
    kept = rows(folder, whole)
    for name in ("Old system", "Nobody"):
        refused = (1, "", f"There is no client {name} with a key\n")
        assert call("api", "client", "rekey", name) == refused
    assert rows(folder, whole) == kept


def test_an_address_is_told_of_moves(call: Call, folder: Path) -> None:
    url = "https://city.example/hook"
    status, said, errors = call("api", "webhook", "add", url)
    assert (status, errors) == (0, "")
    secret = said.removeprefix("secret: ").strip()
    assert rows(folder, "SELECT url, secret, subjects FROM webhook") == [
        (url, secret, '["report", "project"]')
    ]
    status, _, errors = call("api", "webhook", "add", url)
    assert (status, errors) == (1, f"{url} is told already: guestcard api webhook end {url}\n")
    other = ["https://other.example/", "--subject", "project", "--subject", "measure"]
    assert call("api", "webhook", "add", *other)[0] == 0
    _, said, _ = call("api", "webhook", "list")
    assert said.splitlines() == [
        f"{url}: report, project; 0 waiting, 0 dead",
        "https://other.example/: project, measure; 0 waiting, 0 dead",
    ]
    assert call("api", "webhook", "end", url) == (0, "", "")
    assert call("api", "webhook", "end", url) == (1, "", f"{url} is not told of anything\n")
    assert call("api", "webhook", "dead") == (0, "", "")
    assert call("api", "webhook", "retry") == (0, "0 will be tried again\n", "")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://10.0.0.1/hook", "ftp://x.example/", "city.example"]
)
def test_an_address_that_cannot_be_called(call: Call, url: str) -> None:
    status, said, errors = call("api", "webhook", "add", url)
    assert (status, said) == (1, "")
    assert errors.startswith(f"{url} cannot be called: ")


def test_our_own_network_where_the_city_allows_it(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_PRIVATE_ADDRESSES", "true")
    assert call("api", "webhook", "add", "http://10.0.0.1:9000/hook")[0] == 0
