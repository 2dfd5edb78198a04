"""The fake is strict: it refuses what Telegram refuses, in Telegram's words."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.fake_telegram import FakeTelegram
from tests.fake_telegram.markup import MarkupError, to_entities

Ask = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        server.person(7, "Anna").account.started = True
        yield server


@pytest.fixture
async def ask(fake: FakeTelegram) -> AsyncIterator[Ask]:
    async with aiohttp.ClientSession() as client:

        async def call(method: str, **values: Any) -> tuple[int, dict[str, Any]]:
            url = f"{fake.url}/bot{fake.token}/{method}"
            async with client.post(url, json=values) as response:
                return response.status, await response.json()

        yield call


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Go", **button}]]}


@pytest.mark.parametrize(
    ("method", "values", "words"),
    [
        ("sendMessage", {"chat_id": 8, "text": "-"}, "chat not found"),
        ("sendMessage", {"chat_id": "x", "text": "-"}, "chat not found"),
        ("sendMessage", {"chat_id": 7, "text": "  "}, "message text is empty"),
        ("sendMessage", {"chat_id": 7, "text": "x" * 4097}, "message is too long"),
        (
            "sendMessage",
            {"chat_id": 7, "text": "1 < 2", "parse_mode": "HTML"},
            'can\'t parse entities: Unsupported start tag "" at byte offset 2',
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "-", "reply_markup": keyboard(callback_data="д" * 33)},
            "BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "-", "reply_markup": keyboard()},
            "Text buttons are unallowed in the inline keyboard",
        ),
        ("sendPhoto", {"chat_id": 7, "photo": "unknown"}, "wrong file identifier/HTTP URL"),
        ("sendVenue", {"chat_id": 7, "title": "-", "latitude": 1, "longitude": 1}, "venue title"),
        ("sendLocation", {"chat_id": 7, "latitude": 91, "longitude": 1}, "wrong location"),
        ("editMessageText", {"chat_id": 7, "message_id": 9, "text": "-"}, "message to edit not"),
        ("deleteMessage", {"chat_id": 7, "message_id": 9}, "message to delete not found"),
        ("answerCallbackQuery", {"callback_query_id": "9"}, "query is too old and response"),
        ("getFile", {"file_id": "x"}, "invalid file_id"),
        ("setWebhook", {"url": "http://kaluga.example"}, "bad webhook"),
    ],
)
async def test_refuses_in_telegrams_words(
    fake: FakeTelegram, ask: Ask, method: str, values: dict[str, Any], words: str
) -> None:
    status, answer = await ask(method, **values)
    assert (status, answer["ok"], answer["error_code"]) == (400, False, 400)
    assert answer["description"].startswith(f"Bad Request: {words}")
    assert fake.person(7).sees == []


async def test_an_edit_returns_the_message_and_drops_the_keyboard(
    fake: FakeTelegram, ask: Ask
) -> None:
    markup = json.dumps(keyboard(callback_data="go"))
    _, sent = await ask("sendMessage", chat_id=7, text="one", reply_markup=markup)
    place = {"chat_id": 7, "message_id": sent["result"]["message_id"]}
    same = await ask("editMessageText", **place, text="one", reply_markup=markup)
    assert same[1]["description"].startswith("Bad Request: message is not modified")
    status, edited = await ask("editMessageText", **place, text="two")
    assert (status, edited["result"]["text"]) == (200, "two")
    assert "reply_markup" not in edited["result"]
    [shown] = fake.person(7).sees
    assert (shown.text, shown.buttons) == ("two", [])


async def test_other_refusals(fake: FakeTelegram, ask: Ask) -> None:
    fake.person(7).account.blocked = True
    assert await ask("sendMessage", chat_id=7, text="-") == (
        403,
        {
            "ok": False,
            "error_code": 403,
            "description": "Forbidden: bot was blocked by the user",
        },
    )
    assert (await ask("makeCoffee"))[0] == 404
    fake.faults.too_many("sendMessage", retry_after=3)
    status, answer = await ask("sendMessage", chat_id=7, text="-")
    assert (status, answer["parameters"]) == (429, {"retry_after": 3})
    fake.token = "1:another"
    async with aiohttp.request("POST", f"{fake.url}/bot2:wrong/getMe") as response:
        assert response.status == 401


async def test_long_polling_honours_offset_and_limit(fake: FakeTelegram, ask: Ask) -> None:
    first = fake.updates.push({"message": {"text": "one"}})
    second = fake.updates.push({"message": {"text": "two"}})
    _, answer = await ask("getUpdates", limit=1)
    assert [one["update_id"] for one in answer["result"]] == [first]
    _, answer = await ask("getUpdates", offset=second)
    assert [one["update_id"] for one in answer["result"]] == [second]
    assert list(fake.updates.pending) == [second]
    _, answer = await ask("getUpdates", offset=second + 1, timeout=0)
    assert (answer["result"], fake.updates.pending) == ([], {})
    fake.updates.set_webhook({"url": "http://127.0.0.1:9/"})
    assert (await ask("getUpdates"))[0] == 409


@pytest.mark.parametrize(
    ("source", "text", "kinds"),
    [
        ("<b>a</b> &lt;&amp;", "a <&", [("bold", 0, 1)]),
        ("😀<i>x<b>y</b></i>", "😀xy", [("italic", 2, 2), ("bold", 3, 1)]),
        ('<a href="https://k.example/?a&amp;b">k</a>', "k", [("text_link", 0, 1)]),
        ("a & b &nbsp;", "a & b &nbsp;", []),
    ],
)
def test_markup_becomes_entities(source: str, text: str, kinds: list[tuple[str, int, int]]) -> None:
    shown, entities = to_entities(source)
    assert shown == text
    assert [(one["type"], one["offset"], one["length"]) for one in entities] == kinds


@pytest.mark.parametrize("source", ["<b>a", "a</b>", "<b>a</i>", "<p>a</p>", "<", "a <3"])
def test_bad_markup_is_an_error(source: str) -> None:
    with pytest.raises(MarkupError):
        to_entities(source)
