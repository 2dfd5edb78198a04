"""What goes wrong on the way to Telegram, injected by the fake."""

import asyncio
import logging

import pytest
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from bot.channels.telegram import ChannelDown, TelegramChannel, outgoing
from tests.channels.telegram.conftest import Site, until
from tests.channels.telegram.test_conversation import picture
from tests.fake_telegram import TOKEN, FakeTelegram


@pytest.fixture
def mode() -> str:
    return "polling"


async def sent(fake: FakeTelegram, person_id: int) -> list[str | None]:
    return [shown.text for shown in fake.person(person_id).sees]


async def test_too_many_requests_is_waited_out(fake: FakeTelegram, site: Site) -> None:
    fake.faults.too_many("sendMessage", retry_after=1)
    await fake.person(12).says("hello")
    assert [call.code for call in fake.called("sendMessage")] == [429, 200]
    assert await sent(fake, 12) == ["You said: hello"]
    assert site.echo.errors == []
    assert site.channel.counts["held"] == 1


async def test_a_long_hold_is_told_to_the_caller(fake: FakeTelegram, site: Site) -> None:
    fake.faults.too_many("sendMessage", retry_after=900)
    anna = fake.person(12)
    await anna.says("hello")
    assert [type(error) for error in site.echo.errors] == [TelegramRetryAfter]
    # The next call to this person is not even tried; another person is served.
    with pytest.raises(TelegramRetryAfter) as held:
        await site.channel.bot.send_message(12, "again")
    assert 890 < held.value.retry_after <= 900
    await fake.person(13).says("hello")
    assert [call.code for call in fake.called("sendMessage")] == [429, 200]


async def test_a_blocked_bot_is_told_to_the_caller(fake: FakeTelegram, site: Site) -> None:
    anna = fake.person(12)
    await anna.says("hello")
    await anna.blocks_bot()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await site.channel.bot.send_message(12, "news")
    assert site.channel.counts["blocked"] == 1


async def test_a_server_error_is_not_repeated_for_a_message(fake: FakeTelegram, site: Site) -> None:
    fake.faults.server_error("sendMessage")
    await fake.person(12).says("hello")
    assert [type(error) for error in site.echo.errors] == [TelegramServerError]
    assert len(fake.called("sendMessage")) == 1


async def test_a_dropped_connection_is_not_repeated_for_a_message(
    fake: FakeTelegram, site: Site
) -> None:
    fake.faults.dropped("sendMessage", done=True)
    await fake.person(12).says("hello")
    assert [type(error) for error in site.echo.errors] == [TelegramNetworkError]
    assert await sent(fake, 12) == ["You said: hello"], "sent once, though the answer was lost"


async def test_a_dropped_connection_is_repeated_for_an_edit(fake: FakeTelegram, site: Site) -> None:
    anna = fake.person(12)
    await anna.says("/start")
    fake.faults.dropped("editMessageText")
    fake.faults.bad_gateway("answerCallbackQuery")
    await anna.presses("Open")
    assert await sent(fake, 12) == ["Opened"]
    assert anna.toasts == [("Here it is", False)]
    assert [call.code for call in fake.called("answerCallbackQuery")] == [502, 200]


async def test_getupdates_survives_everything(fake: FakeTelegram, site: Site) -> None:
    anna = fake.person(12)
    await anna.says("one")
    fake.faults.server_error("getUpdates")
    fake.faults.bad_gateway("getUpdates")
    fake.faults.dropped("getUpdates")
    fake.faults.refused("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    await anna.says("two")
    await anna.says("three")
    assert site.echo.handled == [1000, 1001, 1002]
    assert await sent(fake, 12) == ["You said: one", "You said: two", "You said: three"]


async def test_the_first_getme_fails(fake: FakeTelegram, mode: str) -> None:
    fake.faults.server_error("getMe")
    fake.faults.dropped("getMe")
    fake.faults.too_many("deleteWebhook")
    async with Site(fake, mode):
        await fake.person(12).says("hello")
    assert [call.code for call in fake.called("getMe")] == [500, 0, 200]
    assert [call.code for call in fake.called("deleteWebhook")] == [429, 200]
    assert await sent(fake, 12) == ["You said: hello"]


async def test_commands_that_fail_do_not_stop_the_start(fake: FakeTelegram) -> None:
    async def set_commands(bot: object) -> None:
        raise TelegramBadRequest(method=None, message="Bad Request: BOT_COMMAND_INVALID")  # type: ignore[arg-type]

    async with Site(fake, "polling", on_start=set_commands):
        await fake.person(12).says("hello")
    assert await sent(fake, 12) == ["You said: hello"]


async def test_unreachable_from_the_start_then_back(fake: FakeTelegram, mode: str) -> None:
    await fake.stop()
    async with Site(fake, mode) as site:
        with pytest.raises(TelegramNetworkError):
            await site.channel.bot.send_message(12, "hello")
        assert not site.channel.connected
        assert site.background.crashes == {}
        await fake.start()
        await fake.person(12).says("hello")
        assert site.channel.connected
    assert await sent(fake, 12) == ["You said: hello"]


async def test_a_stop_does_not_wait_for_an_unreachable_telegram(fake: FakeTelegram) -> None:
    gate = fake.faults.gated("getMe")
    async with Site(fake, "polling") as site:
        await until(lambda: fake.called("getMe"))
    gate.set()
    assert site.background.crashes == {}
    assert fake.called("deleteWebhook") == []


async def test_calls_fail_fast_while_telegram_is_unreachable(
    fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "FAILING_SECONDS", 0)
    channel = TelegramChannel(TOKEN, Site(fake, "polling").echo.dispatcher, api_url=fake.url)
    fake.person(12).account.started = True
    fake.faults.dropped("sendMessage", times=outgoing.FAILURES_TO_OPEN)
    for stranger in range(outgoing.FAILURES_TO_OPEN):
        with pytest.raises(TelegramNetworkError):
            await channel.bot.send_message(20 + stranger, "hello")
    assert channel.failing_fast
    with pytest.raises(ChannelDown) as down:
        await channel.bot.send_message(12, "hello")
    assert 0 < down.value.retry_after <= outgoing.OPEN_SECONDS
    assert len(fake.called("sendMessage")) == outgoing.FAILURES_TO_OPEN
    assert channel.counts == {"network": outgoing.FAILURES_TO_OPEN, "down": 1}

    # The channel's own call is always tried; its success opens the way again.
    await channel.bot.get_me()
    assert not channel.failing_fast
    await channel.bot.send_message(12, "hello")
    assert await sent(fake, 12) == ["hello"]
    await channel.stop()


async def test_no_error_carries_the_token_or_an_answer(
    fake: FakeTelegram, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    anna = fake.person(12)
    photo = fake.world.keep_photo(picture())
    fake.faults.dropped("download", times=2)  # aiohttp repeats a GET once by itself
    fake.faults.dropped("getUpdates")
    with pytest.raises(TelegramNetworkError) as lost:
        await site.channel.bot.download(photo[-1]["file_id"])
    fake.world.files[photo[-1]["file_id"]].path = "moved"
    file = await site.channel.bot.get_file(photo[-1]["file_id"])
    with pytest.raises(TelegramNetworkError, match="Download: HTTP 404") as missing:
        await site.channel.bot.download_file("photos/gone.jpg")
    fake.world.bot["username"] = {"private": "words"}
    with pytest.raises(ClientDecodeError) as strange:
        await site.channel.bot.get_me()
    fake.world.bot["username"] = "guestcard_test_bot"
    await fake.stop()
    with pytest.raises(TelegramNetworkError) as down:
        await site.channel.bot.get_me()
    await fake.start()
    await anna.says("private words")
    assert file.file_path == "moved"
    for caught in (lost, missing, strange, down):
        assert TOKEN not in str(caught.value)
        assert "private words" not in str(caught.value)
    secret = TOKEN.partition(":")[2]
    assert [record for record in caplog.records if secret in record.getMessage()] == []
    assert [record for record in caplog.records if "private words" in record.getMessage()] == []


def test_a_webhook_needs_its_address_and_a_good_secret(fake: FakeTelegram) -> None:
    dispatcher = Site(fake, "webhook").echo.dispatcher
    for url, secret in [
        (None, "secret_of_the_webhook"),
        ("https://kaluga.example", None),
        ("https://kaluga.example", "short"),
        ("https://kaluga.example", "a secret with spaces"),
        ("https://kaluga.example", "пароль_на_русском"),
    ]:
        with pytest.raises(ValueError, match="PUBLIC_URL and a WEBHOOK_SECRET"):
            TelegramChannel(
                TOKEN, dispatcher, mode="webhook", public_url=url, webhook_secret=secret
            )
    with pytest.raises(ValueError, match="Invalid scheme"):
        TelegramChannel(TOKEN, dispatcher, proxy="ftp://127.0.0.1:1")


async def test_a_dead_proxy_is_a_network_error(fake: FakeTelegram) -> None:
    dispatcher = Site(fake, "polling").echo.dispatcher
    for scheme in ("socks5", "http"):
        channel = TelegramChannel(
            TOKEN, dispatcher, api_url=fake.url, proxy=f"{scheme}://user:pass@127.0.0.1:1"
        )
        with pytest.raises(TelegramNetworkError) as caught:
            await channel.bot.get_me()
        assert "pass" not in str(caught.value)
        await channel.stop()
    assert fake.calls == []


async def test_calls_go_through_the_proxy(fake: FakeTelegram) -> None:
    asked: list[tuple[str, int]] = []

    async def socks5(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting = await reader.readexactly(2)
        await reader.readexactly(greeting[1])
        writer.write(b"\x05\x00")
        request = await reader.readexactly(10)  # version, connect, 0, IPv4, address, port
        host, port = ".".join(map(str, request[4:8])), int.from_bytes(request[8:])
        asked.append((host, port))
        far_reader, far_writer = await asyncio.open_connection(host, port)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(65536):
            sink.write(chunk)
        sink.close()

    proxy = await asyncio.start_server(socks5, "127.0.0.1", 0)
    host, port = proxy.sockets[0].getsockname()
    async with proxy, Site(fake, "polling", proxy=f"socks5://{host}:{port}"):
        await fake.person(12).says("hello")
    assert await sent(fake, 12) == ["You said: hello"]
    assert {f"http://{host}:{port}" for host, port in asked} == {fake.url}
    assert len(fake.connections) == len(asked)
