"""Log lines: for machines or for people, and never what a person is called or has written."""

import json
import logging
from collections.abc import Iterator

import pytest

from bot import logs
from handlers.chat import card
from tests.house import House

NAME, WORDS, TOKEN = "Zinaida Unmistakable", "my-secret-diary", "123456:a-bot-token"


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """The test process's own logging comes back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before


def test_a_line_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    logging.getLogger("bot.test").warning("Went %s", "wrong", extra={"reference": "A1B2C3", "n": 7})
    try:
        int("a fault")
    except ValueError:
        logging.getLogger("bot.test").exception("Failed")
    first, second = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert list(first) == ["at", "level", "logger", "message", "reference", "n"]
    assert (first["level"], first["logger"]) == ("warning", "bot.test")
    assert (first["message"], first["reference"], first["n"]) == ("Went wrong", "A1B2C3", 7)
    assert second["trace"].startswith("Traceback")
    assert second["trace"].endswith("base 10: 'a fault'")


def test_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")
    logging.getLogger("bot.test").error("Went wrong", extra={"reference": "A1B2C3"})
    (line,) = capsys.readouterr().err.splitlines()
    assert line[8:] == " ERROR   Went wrong  reference=A1B2C3"


def test_chatter_with_paths_and_tokens_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")
    for name in ("aiohttp.access", "aiogram.event", "apscheduler.executors"):
        logging.getLogger(name).info("GET /bot%s/getMe", TOKEN)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("style", ["text", "json"])
async def test_a_whole_conversation_leaves_nothing_personal(
    house: House, capsys: pytest.CaptureFixture[str], style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name, a free text, a receipt, a refusal and a fault of ours."""
    logs.configure(style)  # type: ignore[arg-type]
    logging.getLogger().setLevel(logging.DEBUG)
    guest = await house.visitor()
    await guest.presses("Yes, I agree")
    await guest.presses("No, thanks")
    await guest.says(NAME)
    await guest.says(f"{WORDS} /start s_{TOKEN}")
    code = house.receipt(3000)
    await guest.says(code)
    await guest.comes_by("s_not-an-invitation")

    async def breaks(*_args: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(card, "card_facts", breaks)
    shown = await guest.says("/card")
    text = capsys.readouterr().err
    secrets = (NAME, "Zinaida", WORDS, TOKEN, code, "not-an-invitation")
    assert [secret for secret in secrets if secret in text] == []
    assert "a fault of ours" in text
    errors = [line for line in text.splitlines() if "Handling failed" in line]
    assert len(errors) == 1
    reference = errors[0].split("reference")[1].lstrip('=": ')[:6]
    assert reference in shown, "the person can quote it"
