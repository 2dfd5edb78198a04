"""What a person sees on Telegram, over real HTTP, in both modes of delivery."""

import io

from PIL import Image

from tests.channels.telegram.conftest import SECRET, Site
from tests.fake_telegram import FakeTelegram


def picture(side: int = 40) -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(packed, "PNG")
    return packed.getvalue()


async def test_greets_edits_in_place_and_answers_the_press(fake: FakeTelegram, site: Site) -> None:
    ivan = fake.person(11, "Ivan")
    await ivan.says("/start")
    [hello] = ivan.sees
    assert hello.text == "Hello, Ivan"
    assert hello.entities == [{"type": "bold", "offset": 7, "length": 4}]
    assert hello.buttons == [["Open"]]

    await ivan.presses("Open")
    [opened] = ivan.sees
    assert (opened.message_id, opened.text, opened.buttons) == (hello.message_id, "Opened", [])
    assert ivan.toasts == [("Here it is", False)]
    assert fake.world.queries == {}
    assert site.channel.counts == {"updates": 2, "sent": 3}
    assert site.channel.connected


async def test_files_go_both_ways(fake: FakeTelegram, site: Site) -> None:
    anna = fake.person(12, "Anna")
    await anna.sends_photo(picture(2000))
    [photo] = anna.sees
    assert photo.caption == "Your photo"
    assert Image.open(io.BytesIO(site.echo.downloaded[0])).size == (1280, 1280)
    assert photo.photo is not None
    assert Image.open(io.BytesIO(photo.photo)).size == (1280, 1280)

    original = bytes(range(256)) * 2000
    await anna.sends_file(original, "receipt.bin", "application/octet-stream")
    assert site.echo.downloaded[1] == original
    assert anna.sees[1].document == ("back.bin", original)


async def test_location_in_and_venue_out(fake: FakeTelegram, site: Site) -> None:
    anna = fake.person(12)
    await anna.shares_location(54.5, 36.25)
    [shown] = anna.sees
    assert shown.location == {"latitude": 54.5, "longitude": 36.25}
    assert shown.venue is not None
    assert shown.venue["title"] == "Here"


async def test_a_returned_method_is_called_not_answered_in_the_response(
    fake: FakeTelegram, site: Site
) -> None:
    anna = fake.person(12)
    await anna.says("return")
    assert [shown.text for shown in anna.sees] == ["Returned"]
    assert fake.updates.answers == []


async def test_one_connection_is_kept_alive(fake: FakeTelegram, site: Site) -> None:
    for number in range(10):
        await fake.person(100 + number).says("hello")
    assert len(fake.called("sendMessage")) == 10
    # One connection for the calls, and in the polling mode one more that waits in getUpdates.
    assert len(fake.connections) <= 2


async def test_a_repeated_update_reaches_the_dispatcher_again(
    fake: FakeTelegram, site: Site
) -> None:
    anna = fake.person(12)
    update_id = await anna.says("/start")
    fake.updates.push_again(update_id)
    await fake.updates.acknowledged(update_id)
    assert site.echo.handled == [update_id, update_id]


async def test_unknown_and_malformed_updates_are_done_with(fake: FakeTelegram, site: Site) -> None:
    unknown = fake.updates.push({"message": None, "telepathy": {"text": "private words"}})
    malformed = fake.updates.push({"message": {"message_id": "a lot"}})
    for update_id in (unknown, malformed):
        await fake.updates.acknowledged(update_id)
    assert site.echo.began == []
    assert site.channel.counts["unknown"] == 1
    assert site.channel.counts["malformed"] == 1
    anna = fake.person(12)
    await anna.says("still here")
    assert [shown.text for shown in anna.sees] == ["You said: still here"]


async def test_a_failing_update_is_tried_again(fake: FakeTelegram, site: Site) -> None:
    site.echo.failures_left = 2
    anna = fake.person(12)
    update_id = await anna.says("fail")
    assert site.echo.began == [update_id] * 3
    assert site.echo.handled == [update_id]
    assert [shown.text for shown in anna.sees] == ["You said: fail"]
    assert site.channel.counts["poisoned"] == 0


async def test_a_poisonous_update_is_given_up_after_three_tries(
    fake: FakeTelegram, site: Site
) -> None:
    site.echo.failures_left = 1000
    anna = fake.person(12)
    update_id = await anna.says("fail")
    assert site.echo.began == [update_id] * 3
    assert site.echo.handled == []
    assert (site.channel.counts["failed"], site.channel.counts["poisoned"]) == (3, 1)
    site.echo.failures_left = 0
    await anna.says("next")
    assert [shown.text for shown in anna.sees] == ["You said: next"]


async def test_one_chat_is_handled_in_order_and_others_do_not_wait(
    fake: FakeTelegram, site: Site
) -> None:
    slow, quick = fake.person(21), fake.person(22)
    first = await slow.says("slow", wait=False)
    second = await slow.says("after it", wait=False)
    await site.echo.at_gate.wait()
    await site.echo.until_handled(await quick.says("hello", wait=False))
    assert second not in site.echo.began
    site.echo.gate.set()
    await fake.updates.acknowledged(second)
    assert [one for one in site.echo.handled if one in {first, second}] == [first, second]
    assert [shown.text for shown in slow.sees] == ["You said: slow", "You said: after it"]


async def test_the_webhook_is_registered_with_its_secret_and_kinds(fake: FakeTelegram) -> None:
    async with Site(fake, "webhook") as site:
        await fake.person(12).says("/start")
        assert fake.updates.webhook["url"] == f"{site.url}/telegram/webhook"
        assert fake.updates.webhook["secret_token"] == SECRET
        assert fake.updates.allowed == ["callback_query", "message", "my_chat_member"]
    assert fake.updates.webhook, "a stop leaves the webhook set"


async def test_polling_takes_the_webhook_away_and_keeps_what_waited(fake: FakeTelegram) -> None:
    fake.updates.max_attempts = 0
    fake.updates.set_webhook({"url": "http://127.0.0.1:9/gone"})
    anna = fake.person(12)
    await anna.says("waited", wait=False)
    async with Site(fake, "polling"):
        await anna.says("later")
    assert [shown.text for shown in anna.sees] == ["You said: waited", "You said: later"]
    assert fake.updates.webhook == {}
