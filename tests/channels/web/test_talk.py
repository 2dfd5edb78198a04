"""The conversation over real sockets: frames, acknowledgements, replay, limits."""

import asyncio

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from sqlalchemy import select, update

from bot.channels.web.intake import update_id
from bot.channels.web.models import WebMessage, WebSession
from bot.channels.web.security import Limits
from tests.channels.web.echo import Log, png


def shown(frames):
    return [f["body"]["text"] for f in frames if f["t"] == "message" and "text" in f["body"]]


async def test_a_text_is_shown_answered_and_then_acknowledged(site):
    guest = await site.guest()
    talk = await guest.socket()
    assert talk.sync["reset"]
    assert shown(talk.sync["changes"]) == ["Привет, /start"]
    frames = await talk.say("cid-00000001", "Привет")
    assert [f["t"] for f in frames] == ["message", "message", "ack"]
    assert shown(frames) == ["Привет", "Эхо: Привет"]
    assert (frames[0]["mine"], frames[0]["cid"]) == (True, "cid-00000001")
    assert frames[2] == {"t": "ack", "cid": "cid-00000001"}


async def test_the_same_cid_is_handled_once_and_acknowledged_twice(site, sqlite_database):
    guest = await site.guest()
    talk = await guest.socket()
    await talk.say("cid-00000001", "раз")
    frames = await talk.say("cid-00000001", "раз")
    assert [f["t"] for f in frames] == ["message", "ack"]
    assert site.log.handled == ["/start", "раз"]
    assert site.log.fed[update_id(guest.account, "cid-00000001")] == 2
    async with sqlite_database.reading() as tx:
        query = select(WebMessage.payload).where(WebMessage.cid == "cid-00000001")
        assert [row.payload["text"] for row in await tx.execute(query)] == ["раз"]


async def test_what_was_heard_more_than_a_day_ago_is_not_done_again(site, clock):
    """The house remembers for two days what it has handled."""
    guest = await site.guest()
    talk = await guest.socket()
    await talk.say("cid-00000001", "раз")
    frames = await talk.say("cid-00000002", "/buttons")
    await talk.press("cid-00000003", frames[1]["id"], "toast")
    start = {"t": "start", "cid": "cid-00000004", "payload": "s_1"}
    await talk.ws.send_json(start)
    await talk.until("ack")
    await guest.post("/api/upload?cid=cid-00000005", data=png())
    clock.advance(days=1)
    assert (await talk.say("cid-00000001", "раз"))[-1]["t"] == "ack"
    fed = site.log.fed.total()
    clock.advance(seconds=1)
    late = [
        {"t": "say", "cid": "cid-00000001", "text": "раз"},
        {"t": "press", "cid": "cid-00000003", "message_id": frames[1]["id"], "data": "toast"},
        start,
    ]
    for frame in late:
        await talk.ws.send_json(frame)
        answer = (await talk.until("error"))[-1]
        assert (answer["code"], answer["cid"]) == ("stale", frame["cid"])
    answer = await guest.post("/api/upload?cid=cid-00000005", data=png())
    assert (await answer.json())["code"] == "stale"
    assert site.log.fed.total() == fed


async def test_two_sockets_with_the_same_cid_at_once(site):
    guest = await site.guest()
    one, two = await guest.socket(), await guest.socket()
    await asyncio.gather(one.say("cid-00000001", "medium"), two.say("cid-00000001", "medium"))
    assert site.log.handled == ["/start", "medium"]


def test_update_ids_differ_by_chat_and_fit_63_bits():
    ids = {update_id(chat, f"cid-{n}") for chat in range(20) for n in range(20)}
    assert len(ids) == 400
    assert max(ids) < 2**63
    assert update_id(1, "cid-1") == update_id(1, "cid-1")


async def test_both_browsers_of_a_guest_see_the_same(site):
    guest = await site.guest()
    one, two = await guest.socket(), await guest.socket()
    await one.say("cid-00000001", "раз")
    assert shown([await two.next(), await two.next()]) == ["раз", "Эхо: раз"]


async def test_nobody_else_sees_it(site):
    guest, other = await site.guest(), await site.guest()
    talk, theirs = await guest.socket(), await other.socket()
    await talk.say("cid-00000001", "тайна")
    frames = await theirs.say("cid-00000001", "своё")
    assert shown(frames) == ["своё", "Эхо: своё"]


async def test_replay_after_a_break_and_after_a_restart(open_site, site):
    guest = await site.guest()
    talk = await guest.socket()
    seen = talk.sync["seq"]
    await talk.ws.close()
    await site.channel.bot.send_message(guest.account, "Пока вас не было")
    again = await guest.socket(after=seen)
    assert not again.sync["reset"]
    assert shown(again.sync["changes"]) == ["Пока вас не было"]
    await site.server.close()
    later = await open_site(log=site.log)
    await later.channel.bot.send_message(guest.account, "После перезапуска")
    guest.site = later
    talk = await guest.socket(after=again.sync["seq"])
    assert shown(talk.sync["changes"]) == ["После перезапуска"]
    frames = await talk.say("cid-00000002", "снова тут")
    assert shown(frames) == ["снова тут", "Эхо: снова тут"]


async def test_what_was_handled_before_a_restart_is_not_handled_again(open_site, site):
    guest = await site.guest()
    talk = await guest.socket()
    await talk.say("cid-00000001", "раз")
    await site.server.close()
    guest.site = await open_site(log=site.log)
    talk = await guest.socket()
    await talk.say("cid-00000001", "раз")
    assert site.log.handled == ["/start", "раз"]
    assert shown(talk.sync["changes"]).count("раз") == 1


async def test_a_press_edits_in_place_and_toasts(site):
    guest = await site.guest()
    talk = await guest.socket()
    frames = await talk.say("cid-00000001", "/buttons")
    message_id = frames[1]["id"]
    frames = await talk.press("cid-00000002", message_id, "one")
    assert [f["t"] for f in frames] == ["edit", "toast", "ack"]
    assert (frames[0]["id"], frames[0]["body"]["text"]) == (message_id, "Стало два")
    assert frames[1] == {"t": "toast", "cid": "cid-00000002", "text": "Нажали one"}


async def test_an_alert(site):
    guest = await site.guest()
    talk = await guest.socket()
    frames = await talk.say("cid-00000001", "/buttons")
    frames = await talk.press("cid-00000002", frames[1]["id"], "alert")
    assert frames[0]["t"] == "alert"


async def test_a_press_that_is_not_on_the_message_is_refused_and_shown_anew(site):
    guest = await site.guest()
    talk = await guest.socket()
    frames = await talk.say("cid-00000001", "/buttons")
    message_id = frames[1]["id"]
    handled = list(site.log.handled)
    frames = await talk.press("cid-00000002", message_id, "forged", end="error")
    assert [f["t"] for f in frames] == ["edit", "error"]
    assert frames[0]["body"]["text"] == "Выбирайте"
    assert (frames[1]["code"], frames[1]["cid"]) == ("stale", "cid-00000002")
    frames = await talk.press("cid-00000003", 999, "one", end="error")
    assert frames[0] == {"t": "delete", "seq": 0, "id": 999}
    assert site.log.handled == handled


async def test_a_press_on_another_guests_message_is_refused(site):
    guest, other = await site.guest(), await site.guest()
    talk = await guest.socket()
    frames = await talk.say("cid-00000001", "/buttons")
    theirs = await other.socket()
    await theirs.press("cid-00000002", frames[1]["id"], "one", end="error")
    assert "one" not in site.log.handled


async def test_a_repeated_press_that_removed_its_button_is_no_stale_one(site):
    guest = await site.guest()
    talk = await guest.socket()
    frames = await talk.say("cid-00000001", "/buttons")
    await talk.press("cid-00000002", frames[1]["id"], "one")
    again = await talk.press("cid-00000002", frames[1]["id"], "one")
    assert [f["t"] for f in again] == ["ack"]
    assert site.log.handled.count("one") == 1


async def test_a_place_and_a_payload(site):
    guest = await site.guest()
    talk = await guest.socket()
    await talk.ws.send_json({"t": "place", "cid": "cid-00000001", "lat": 54.5, "lon": 36.2})
    frames = await talk.until("ack")
    assert frames[0]["body"] == {"location": {"latitude": 54.5, "longitude": 36.2}}
    assert frames[1]["body"]["venue"]["title"] == "Музей"
    await talk.ws.send_json({"t": "start", "cid": "cid-00000002", "payload": "s_1"})
    frames = await talk.until("ack")
    assert shown(frames) == ["Привет, /start s_1"]
    assert site.log.handled[-1] == "/start s_1"


async def test_a_failing_handler_is_told_and_may_be_repeated(site):
    guest = await site.guest()
    talk = await guest.socket()
    await talk.ws.send_json({"t": "say", "cid": "cid-00000001", "text": "/fail"})
    frames = await talk.until("error")
    assert frames[-1] == {"t": "error", "code": "failed", "cid": "cid-00000001"}
    assert shown(await talk.say("cid-00000002", "жив?")) == ["жив?", "Эхо: жив?"]


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        '{"t":"say"}',
        '{"t":"say","cid":"short","text":"x"}',
        '{"t":"say","cid":"cid-00000001","text":""}',
        '{"t":"say","cid":"cid-00000001","text":"   "}',
        '{"t":"say","cid":"cid-00000001","text":"x","extra":1}',
        '{"t":"place","cid":"cid-00000001","lat":91,"lon":0}',
        '{"t":"place","cid":"cid-00000001","lat":NaN,"lon":0}',
        '{"t":"start","cid":"cid-00000001","payload":"a b"}',
        '{"t":"press","cid":"cid-00000001","message_id":2147483648,"data":"one"}',
        '{"t":"drop table","cid":"cid-00000001"}',
    ],
)
async def test_malformed_frames_are_answered_and_change_nothing(site, frame):
    guest = await site.guest()
    talk = await guest.socket()
    await talk.ws.send_str(frame)
    answer = await talk.next()
    assert (answer["t"], answer["code"]) == ("error", "bad")
    assert (await guest.socket()).sync["seq"] == talk.sync["seq"]


async def test_a_frame_that_is_too_large_ends_the_connection(site):
    guest = await site.guest()
    talk = await guest.socket()
    await talk.ws.send_str("x" * 17_000)
    closed = await talk.ws.receive(timeout=5)
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, 1009)


async def test_too_many_actions_get_a_polite_answer(open_site, tight, clock):
    site = await open_site(limits=tight)
    guest = await site.guest()
    talk = await guest.socket()
    for n in range(3):
        await talk.say(f"cid-0000000{n}", "x")
    await talk.ws.send_json({"t": "say", "cid": "cid-00000009", "text": "ещё"})
    frames = await talk.until("error")
    assert frames == [{"t": "error", "code": "slow", "cid": "cid-00000009", "retry_after": 1.05}]
    assert "ещё" not in site.log.handled
    clock.advance(seconds=2)
    assert shown(await talk.say("cid-00000009", "ещё")) == ["ещё", "Эхо: ещё"]


async def test_sockets_are_limited_by_account_and_address(open_site, tight):
    site = await open_site(limits=tight)
    guest, other = await site.guest(), await site.guest()
    first, second = await guest.socket(), await guest.socket()
    with pytest.raises(WSServerHandshakeError) as refusal:
        await guest.socket()
    assert refusal.value.status == 429
    third = await other.socket()
    with pytest.raises(WSServerHandshakeError):
        await other.socket()
    await first.ws.close()
    fourth = await other.socket()
    assert [talk.ws.closed for talk in (second, third, fourth)] == [False] * 3


async def test_without_sockets_it_works_by_requests(site):
    guest = await site.guest()
    frames = (await (await guest.get("/api/events?after=0")).json())["frames"]
    assert frames[0]["t"] == "sync"
    seq = frames[0]["seq"]
    waiting = asyncio.ensure_future(guest.get(f"/api/events?after={seq}"))
    say = {"t": "say", "cid": "cid-00000001", "text": "по старинке"}
    answer = await (await guest.post("/api/send", json=say)).json()
    assert shown(answer["frames"]) == ["по старинке", "Эхо: по старинке"]
    assert answer["frames"][-1] == {"t": "ack", "cid": "cid-00000001"}
    news = (await (await waiting).json())["frames"]
    assert "по старинке" in shown([*news, *news[0]["changes"]])
    assert (await guest.get("/api/events?after=x")).status == 400


async def test_the_language_follows_the_guests_choice(site):
    guest = await site.guest()
    talk = await guest.socket()
    await site.channel.speak(guest.account, "zh")
    assert await talk.next() == {"t": "language", "language": "zh"}
    assert (await guest.socket()).sync["language"] == "zh"


async def test_forgetting_ends_the_connections(site):
    guest = await site.guest()
    talk = await guest.socket()
    await site.channel.forget(guest.account)
    assert (await talk.ws.receive(timeout=5)).type is WSMsgType.CLOSE


async def test_an_open_socket_ends_soon_after_its_login(open_site, sqlite_database, clock):
    site = await open_site(limits=Limits(recheck_seconds=0.02))
    guest, other = await site.guest(), await site.guest()
    talk, theirs = await guest.socket(), await other.socket()
    async with sqlite_database.transaction() as tx:
        ended = update(WebSession).where(WebSession.chat_id == guest.account)
        await tx.execute(ended.values(revoked_at=clock.now()))
    assert (await talk.ws.receive(timeout=5)).data == 1008
    assert shown(await theirs.say("cid-00000001", "я тут")) == ["я тут", "Эхо: я тут"]


async def test_shutting_down_tells_every_browser(open_site):
    site = await open_site(log=Log())
    guest = await site.guest()
    talk = await guest.socket()
    await site.server.close()
    assert (await talk.ws.receive(timeout=5)).data == 1012
