"""Messages older than the window of a sync, page by page."""

import pytest

from bot.channels.web import transcript


@pytest.fixture
def small(monkeypatch):
    """A window of six messages and pages of four."""
    monkeypatch.setattr(transcript, "WINDOW", 6)
    monkeypatch.setattr(transcript, "PAGE", 4)


def shown(frames):
    return [frame["body"]["text"] for frame in frames]


async def page(guest, before):
    answer = await guest.get(f"/api/history?before={before}")
    return await answer.json()


async def test_the_way_back_to_the_first_message(site, small):
    guest = await site.guest()
    for n in range(10):
        await site.channel.bot.send_message(guest.account, str(n))
    sync = (await guest.socket()).sync
    assert sync["earlier"] is True
    assert shown(sync["changes"]) == ["4", "5", "6", "7", "8", "9"]
    older = await page(guest, sync["changes"][0]["id"])
    assert (shown(older["frames"]), older["earlier"]) == (["0", "1", "2", "3"], True)
    oldest = await page(guest, older["frames"][0]["id"])
    assert (shown(oldest["frames"]), oldest["earlier"]) == (["Привет, /start"], False)
    assert await page(guest, oldest["frames"][0]["id"]) == {"frames": [], "earlier": False}


async def test_a_short_conversation_has_nothing_earlier(site, small):
    guest = await site.guest()
    talk = await guest.socket()
    assert talk.sync["earlier"] is False
    await talk.say("cid-00000001", "раз")
    again = await guest.socket(after=talk.sync["seq"])
    assert (again.sync["reset"], again.sync["earlier"]) == (False, False)


async def test_history_shows_the_present_state_and_nothing_deleted(site, small):
    guest = await site.guest()
    sent = [await site.channel.bot.send_message(guest.account, str(n)) for n in range(3)]
    await sent[0].edit_text("0, исправлено")
    await sent[1].delete()
    older = await page(guest, sent[2].message_id)
    assert shown(older["frames"]) == ["Привет, /start", "0, исправлено"]
    assert [frame["t"] for frame in older["frames"]] == ["message", "edit"]


async def test_history_is_for_its_guest_alone(site):
    guest, other = await site.guest(), await site.guest()
    await site.channel.bot.send_message(guest.account, "тайна")
    assert shown((await page(other, 1000))["frames"]) == ["Привет, /start"]
    assert (await site.visitor().get("/api/history?before=5")).status == 401


@pytest.mark.parametrize("before", ["x", "1.5", "9" * 30])
async def test_a_damaged_question_is_refused(site, before):
    guest = await site.guest()
    assert (await guest.get(f"/api/history?before={before}")).status == 400
