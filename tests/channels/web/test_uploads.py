"""Pictures from the guest, and who may see which file."""

import asyncio

import pytest
from sqlalchemy import func, select

from bot.channels.web import pictures, uploads
from bot.channels.web.models import WebFile
from tests.channels.web.echo import png


async def files(database):
    async with database.reading() as tx:
        return (await tx.execute(select(func.count()).select_from(WebFile))).scalar_one()


async def send(guest, data, cid="cid-00000001"):
    answer = await guest.post(f"/api/upload?cid={cid}", data=data)
    return answer.status, await answer.json()


async def test_a_photo_reaches_the_handler_and_both_see_it(site):
    guest = await site.guest()
    talk = await guest.socket()
    assert await send(guest, png(30, 20)) == (200, {"t": "ack", "cid": "cid-00000001"})
    assert site.log.photos == [png(30, 20)]
    frames = [await talk.next() for _ in range(3)]
    size = frames[0]["body"]["photo"][0]
    assert (size["width"], size["height"], frames[0]["mine"]) == (30, 20, True)
    assert frames[1]["body"]["text"] == "Фото 30×20"
    assert frames[2]["body"]["caption"] == "Карта"
    answer = await guest.get(f"/api/files/{size['file_id']}")
    assert await answer.read() == png(30, 20)
    assert answer.content_type == "image/png"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_the_same_upload_again_is_handled_once(site, sqlite_database):
    guest = await site.guest()
    await send(guest, png())
    assert (await send(guest, png()))[0] == 200
    assert len(site.log.photos) == 1
    assert await files(sqlite_database) == 2  # the photo and the bot's answer


async def test_a_file_of_another_chat_is_not_there(site):
    guest, other = await site.guest(), await site.guest()
    talk = await guest.socket()
    await send(guest, png())
    token = (await talk.next())["body"]["photo"][0]["file_id"]
    assert (await other.get(f"/api/files/{token}")).status == 404
    assert (await site.visitor().get(f"/api/files/{token}")).status == 401
    assert (await guest.get("/api/files/..%2f..%2fsecret")).status == 404


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"GIF89a" + b"\0" * 50,
        b"\xff\xd8\xff\xe0 but nothing follows",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
        png(1, 1).replace(b"\0\0\0\x01\0\0\0\x01", b"\0\0\xff\xff\0\0\xff\xff"),
    ],
)
async def test_what_is_no_picture_is_refused_and_not_kept(site, sqlite_database, tmp_path, data):
    guest = await site.guest()
    status, frame = await send(guest, data)
    assert (status, frame["code"]) == (415, "not_image")
    assert await files(sqlite_database) == 0
    assert not (tmp_path / "web").exists()
    assert site.log.photos == []


async def test_an_announced_size_is_refused_before_the_body(open_site, tight, sqlite_database):
    site = await open_site(limits=tight)
    guest = await site.guest()
    status, frame = await send(guest, png() + b"\0" * 20_000)
    assert (status, frame["code"]) == (413, "too_large")
    assert await files(sqlite_database) == 0


async def test_a_body_without_a_size_is_cut_off_early(open_site, tight):
    site = await open_site(limits=tight)
    guest = await site.guest()
    given = []

    async def endless():
        yield png()
        for n in range(10_000):
            given.append(n)
            yield b"\0" * 8192

    status, frame = await send(guest, endless())
    assert (status, frame["code"]) == (413, "too_large")
    assert len(given) < 10_000


async def test_uploads_are_counted_by_the_day(open_site, tight, clock, tmp_path):
    site = await open_site(limits=tight)
    guest = await site.guest()
    assert (await send(guest, png()))[0] == 200
    kept = sorted((tmp_path / "web").rglob("*"))
    status, frame = await send(guest, png(), "cid-00000002")
    assert (status, frame["code"]) == (429, "too_many")
    assert sorted(p for p in (tmp_path / "web").rglob("*") if p.is_file()) == [
        p for p in kept if p.is_file()
    ]
    clock.advance(hours=25)
    assert (await send(guest, png(), "cid-00000003"))[0] == 200


async def test_slow_senders_keep_nobody_else_waiting(site, monkeypatch):
    slow = [await site.guest() for _ in range(9)]
    reading, go_on = asyncio.Semaphore(0), asyncio.Event()
    read = site.channel._uploads._read

    async def noted(request):
        reading.release()
        return await read(request)

    monkeypatch.setattr(site.channel._uploads, "_read", noted)

    async def body():
        yield png()
        await go_on.wait()

    waiting = [asyncio.ensure_future(send(guest, body())) for guest in slow]
    for _ in slow:
        await reading.acquire()
    guest = await site.guest()
    assert (await send(guest, png()))[0] == 200
    # The same guest a second time waits for the first.
    second = asyncio.ensure_future(send(slow[0], png(2, 2), "cid-00000002"))
    assert (await send(guest, png(), "cid-00000003"))[0] == 200
    assert not second.done()
    assert site.log.photos == [png(), png()]
    go_on.set()
    assert [status for status, _ in await asyncio.gather(*waiting, second)] == [200] * 10
    assert len(site.log.photos) == 12


async def test_who_stops_sending_is_given_up(site, sqlite_database, monkeypatch):
    monkeypatch.setattr(uploads, "_READ_SECONDS", 0.05)
    guest = await site.guest()

    async def body():
        yield png()
        await asyncio.Event().wait()

    status, frame = await asyncio.wait_for(send(guest, body()), 20)
    assert (status, frame["code"]) == (408, "failed")
    assert await files(sqlite_database) == 0


async def test_an_upload_needs_its_id_and_a_login(site):
    guest = await site.guest()
    assert (await guest.post("/api/upload", data=png())).status == 400
    answer = await site.visitor().post("/api/upload?cid=cid-00000001", data=png())
    assert answer.status == 401


def test_sizes_of_pictures():
    jpeg = b"\xff\xd8\xff\xe1\0\x08Exif\0\0\xff\xc2\0\x11\x08\x02\x58\x03\x20" + b"\0" * 12
    assert pictures.examine(jpeg) == pictures.Picture("image/jpeg", 800, 600)
    vp8x = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\x03\0\x57\x02\0"
    assert pictures.examine(vp8x) == pictures.Picture("image/webp", 800, 600)
    vp8l = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (799 | 599 << 14).to_bytes(4, "little")
    assert pictures.examine(vp8l) == pictures.Picture("image/webp", 800, 600)
    vp8 = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x20\x03\x58\x02"
    assert pictures.examine(vp8) == pictures.Picture("image/webp", 800, 600)
    assert pictures.examine(png(10_000, 1)[:40]) == pictures.Picture("image/png", 10_000, 1)
    assert pictures.examine(vp8[:20]) is None
