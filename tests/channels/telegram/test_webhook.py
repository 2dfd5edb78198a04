"""The webhook's door: who gets in, and what is answered to the rest."""

import io
import json

import aiohttp
import pytest

from tests.channels.telegram.conftest import SECRET, Site, until
from tests.fake_telegram import FakeTelegram

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def mode() -> str:
    return "webhook"


def greeting(update_id: int = 5) -> dict[str, object]:
    user = {"id": 12, "is_bot": False, "first_name": "Anna"}
    chat = {"id": 12, "type": "private"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": user, "text": "hello"}
    return {"update_id": update_id, "message": message}


async def post(
    site: Site, body: bytes, secret: bytes | None = SECRET.encode()
) -> tuple[int, bytes]:
    headers = {} if secret is None else {HEADER: secret.decode("utf-8", "surrogateescape")}
    async with (
        aiohttp.ClientSession() as client,
        client.post(
            f"{site.url}/telegram/webhook", data=io.BytesIO(body), headers=headers
        ) as response,
    ):
        return response.status, await response.read()


@pytest.mark.parametrize("secret", [None, b"", b"wrong", "пароль".encode(), b"\xff\xfe"])
async def test_without_the_secret_nothing_is_handled(site: Site, secret: bytes | None) -> None:
    assert await post(site, json.dumps(greeting()).encode(), secret) == (401, b"")
    assert site.echo.began == []
    assert site.channel.counts == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b"[" * 100_000,
    ],
)
async def test_what_is_not_an_update_is_a_bad_request(site: Site, body: bytes) -> None:
    assert await post(site, body) == (400, b"")
    assert site.echo.began == []


async def test_a_long_body_is_refused(site: Site) -> None:
    body = json.dumps({"update_id": 1, "padding": "x" * 1024 * 1024}).encode()
    assert await post(site, body) == (413, b"")
    assert site.echo.began == []


async def test_the_answer_is_empty_and_comes_after_handling(fake: FakeTelegram, site: Site) -> None:
    fake.person(12).account.started = True
    assert await post(site, json.dumps(greeting()).encode()) == (200, b"")
    assert site.echo.handled == [5]
    assert [shown.text for shown in fake.person(12).sees] == ["You said: hello"]


async def test_an_unknown_kind_is_accepted(site: Site) -> None:
    assert await post(site, b'{"update_id": 9, "telepathy": {}}') == (200, b"")
    assert await post(site, b'{"update_id": 9}') == (200, b"")
    assert site.echo.began == []


async def test_failures_are_retried_by_telegram_but_not_forever(
    fake: FakeTelegram, site: Site
) -> None:
    site.echo.failures_left = 1000
    update_id = await fake.person(12).says("fail")
    assert fake.updates.deliveries == [(update_id, 500), (update_id, 500), (update_id, 200)]


async def test_the_polling_mode_has_no_webhook(fake: FakeTelegram) -> None:
    async with Site(fake, "polling") as site:
        assert await post(site, json.dumps(greeting()).encode()) == (404, b"404: Not Found")


async def test_while_stopping_telegram_is_asked_to_come_again(
    fake: FakeTelegram, site: Site
) -> None:
    await until(lambda: site.channel.connected and fake.updates.webhook)
    await site.channel.stop()
    assert await post(site, json.dumps(greeting()).encode()) == (503, b"")
    assert site.echo.began == []
