"""Settings: what is filled in, what does not fit together, and what never shows."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from pydantic import ValidationError

from bot.settings import Settings
from bot.verifiers import allowances_of, chain_of
from tests.house import House


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)


def test_the_defaults_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    found = settings()
    assert found.bot_token is None
    assert (found.public_url, found.links_url) == ("", "http://127.0.0.1:8080")
    assert found.database_url == "sqlite+aiosqlite:///data/guestcard.db"
    assert (found.city, found.log_format, found.telegram_mode) == ("kaluga", "text", "polling")


def test_what_follows_from_another() -> None:
    found = settings(web_host="0.0.0.0", web_port=9, data_dir=Path("/srv/card"))
    assert found.links_url == "http://127.0.0.1:9"
    assert settings(web_host="::").links_url == "http://[::1]:8080"
    assert settings(web_host="fd00::1").links_url == "http://[fd00::1]:8080"
    assert found.database_url == "sqlite+aiosqlite:////srv/card/guestcard.db"
    public = settings(public_url="https://card.example/", web_host="0.0.0.0")
    assert (public.public_url, public.links_url) == ("https://card.example",) * 2


def test_a_proxy_is_an_address_or_a_network() -> None:
    assert settings(trusted_proxies="10.0.0.1, fd00::/8").trusted_proxies == (
        "10.0.0.1",
        "fd00::/8",
    )
    with pytest.raises(ValidationError, match="TRUSTED_PROXIES holds 'nginx', which is neither"):
        settings(trusted_proxies="10.0.0.1,nginx")


def test_the_environment_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment wins; an empty value is none, and a foreign name does no harm."""
    file = tmp_path / ".env"
    file.write_text("CITY=tinyville\nWEB_PORT=1\nBOT_TOKEN=\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("WEB_PORT", "2")
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2,")
    found = Settings(_env_file=file)  # type: ignore[call-arg]
    assert (found.city, found.web_port, found.bot_token) == ("tinyville", 2, None)
    assert found.trusted_proxies == ("10.0.0.1", "10.0.0.2")


def test_secrets_do_not_show() -> None:
    found = settings(bot_token="123:secret-token", webhook_secret="hush-hush")
    assert "secret-token" not in f"{found!r} {found}"
    assert "hush-hush" not in f"{found!r} {found}"
    assert found.bot_token is not None
    assert found.bot_token.get_secret_value() == "123:secret-token"


@pytest.mark.parametrize(
    "lacks",
    [
        {"webhook_secret": "s"},
        {"public_url": "https://card.example"},
        {"webhook_secret": "s", "public_url": "http://card.example"},
    ],
)
def test_a_webhook_needs_a_secret_and_https(lacks: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="WEBHOOK_SECRET and an https PUBLIC_URL"):
        settings(bot_token="1:x", telegram_mode="webhook", **lacks)
    assert settings(telegram_mode="webhook", **lacks).bot_token is None, "Telegram is off"
    whole = {"webhook_secret": "s", "public_url": "https://card.example"}
    assert settings(bot_token="1:x", telegram_mode="webhook", **whole)


@pytest.mark.parametrize(
    "wrong", [{"telegram_mode": "pigeon"}, {"web_port": "many"}, {"log_format": "xml"}]
)
def test_a_wrong_value_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        settings(**wrong)


async def test_without_a_public_address_any_name_of_this_machine_will_do(house: House) -> None:
    for host in ("localhost:8080", "127.0.0.1:8080"):
        headers = CIMultiDict({"Host": host, "Origin": f"http://{host}"})
        house.app.web._guard.check_origin(make_mocked_request("POST", "/api/start", headers))
    assert house.app.links.to("x") == {"web": "http://127.0.0.1:8080/?start=x"}


def test_verifiers_are_named_in_order_with_what_they_need() -> None:
    chosen = settings(
        receipt_verifiers="fns, proverkacheka,tills",
        receipt_calls="fns=2000, proverkacheka=300",
        fns_master_token="a",
        proverkacheka_token="b",
    )
    assert chosen.receipt_verifiers == ("fns", "proverkacheka", "tills")
    allowances = allowances_of(chosen)
    assert {name: each.calls for name, each in allowances.items()} == {
        "fns": 2000,
        "proverkacheka": 300,
    }
    chain = chain_of(chosen)
    assert chain.services("ru54") == ("fns", "proverkacheka")
    assert (chain.trusts_tills("ru54"), chain.falls_back("ru54")) == (False, True)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"receipt_verifiers": "fsn"}, "'fsn' is none of"),
        ({"receipt_verifiers": "fns"}, "needs FNS_MASTER_TOKEN"),
        ({"receipt_verifiers": "npd"}, "nobody to ask about fiscal receipts"),
        ({"receipt_calls": "fns=many"}, "receipt_calls"),
        ({"receipt_calls": "post=1"}, "'post' is none of"),
    ],
)
def test_a_chain_that_cannot_work_is_refused(values: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**values)
