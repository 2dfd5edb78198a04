"""Pictures from the guest, and who may see which file."""

import asyncio
import io
import threading

import pytest
from PIL import Image, ImageOps
from sqlalchemy import func, select

from bot.channels.web import pictures, uploads
from bot.channels.web.models import WebFile
from services.images.contract import MAX_BYTES
from services.images.essence import essence
from tests.channels.web.echo import png
from tests.services.images.hostile import sized_jpeg


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


async def test_photos_that_were_chosen_together_name_their_album(site):
    guest = await site.guest()
    talk = await guest.socket()
    for cid in ("cid-00000001", "cid-00000002"):
        answer = await guest.post(f"/api/upload?cid={cid}&album=album-0001", data=png())
        assert await answer.json() == {"t": "ack", "cid": cid}
    frames = [await talk.next() for _ in range(6)]
    mine = [frame["body"]["media_group_id"] for frame in frames if frame.get("mine")]
    assert mine == ["album-0001", "album-0001"]
    assert (await guest.post("/api/upload?cid=cid-00000003&album=!", data=png())).status == 400


async def test_a_city_without_a_shape_has_no_map(site):
    answer = await (await site.guest()).get("/api/map")
    assert (answer.status, await answer.json()) == (200, None)


async def test_a_file_of_another_chat_is_not_there(site):
    guest, other = await site.guest(), await site.guest()
    talk = await guest.socket()
    await send(guest, png())
    token = (await talk.next())["body"]["photo"][0]["file_id"]
    assert (await other.get(f"/api/files/{token}")).status == 404
    assert (await site.visitor().get(f"/api/files/{token}")).status == 401
    assert (await guest.get("/api/files/..%2f..%2fsecret")).status == 404


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        (b"", (415, "not_an_image")),
        (b"<svg onload=alert(1)>" * 9999, (415, "not_an_image")),
        (b"GIF89a" + b"\0" * 50, (415, "not_an_image")),
        (b"\xff\xd8\xff\xe0 but nothing follows", (415, "not_an_image")),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, (415, "not_an_image")),
        (b"\xff\xd8\xff" + b"\xff\xfe\0\2" * 2_000_000, (415, "not_an_image")),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500_000, (415, "heic")),
        (b"\0\0\0\x18ftypheic", (415, "heic")),
        (b"\n%PDF-1.7\n" + b"\0" * 500_000, (415, "pdf")),
        (bytes(MAX_BYTES + 1), (413, "too_large")),
        (sized_jpeg(12_000, 10_001), (413, "too_large")),
        (
            png(1, 1).replace(b"\0\0\0\x01\0\0\0\x01", b"\0\0\xff\xff\0\0\xff\xff"),
            (413, "too_large"),
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_and_not_kept(
    site, sqlite_database, tmp_path, data, refused
):
    guest = await site.guest()
    status, frame = await send(guest, data)
    assert (status, frame["code"]) == refused
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


def photographed(kind: str, orientation: int) -> bytes:
    """300×200, taken in Kaluga: the upper half dark as the paper stands, whatever way up."""
    upright = Image.new("L", (300, 200), 255)
    upright.paste(0, (0, 0, 300, 100))
    turn = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(0x8825)[2] = (54.0, 30.0, 50.0)
    exif.get_ifd(0x8825)[4] = (36.0, 15.0, 0.0)
    out = io.BytesIO()
    image = upright if turn is None else upright.transpose(turn)
    image.convert("RGB").save(
        out, kind, exif=exif, icc_profile=b"profile" * 20, xmp=b"<x:xmpmeta/>"
    )
    return out.getvalue()


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_stored_photo_is_upright_and_tells_nothing(site, tmp_path, kind, orientation):
    guest = await site.guest()
    talk = await guest.socket()
    sent = photographed(kind, orientation)
    assert b"Maker of phones" in sent
    assert (await send(guest, sent))[0] == 200
    size = (await talk.next())["body"]["photo"][0]
    assert (size["width"], size["height"]) == (300, 200)

    stored = [file.read_bytes() for file in (tmp_path / "web").rglob("*") if file.is_file()]
    kept = next(data for data in stored if data != png())  # the other one is the answer
    assert site.log.photos == [kept]
    assert essence(kept).orientation == orientation
    for trace in (b"Maker", b"profile", b"xmpmeta"):
        assert trace not in kept
    answer = await guest.get(f"/api/files/{size['file_id']}")
    assert answer.content_type == f"image/{kind.lower()}"
    with Image.open(io.BytesIO(await answer.read())) as image:
        assert dict(image.getexif().get_ifd(0x8825)) == {}
        assert list(image.getexif()) == ([] if orientation == 1 else [0x0112])
        shown = ImageOps.exif_transpose(image).convert("L")
    assert shown.size == (300, 200)
    assert (shown.getpixel((150, 40)) < 40, shown.getpixel((150, 160)) > 215) == (True, True)


@pytest.mark.parametrize("size", [(8160, 6120), (12_000, 9000)])
async def test_photos_of_many_megapixels_are_taken(site, size):
    guest = await site.guest()
    talk = await guest.socket()
    assert (await send(guest, sized_jpeg(*size)))[0] == 200
    photo = (await talk.next())["body"]["photo"][0]
    assert (photo["width"], photo["height"]) == size


async def test_a_picture_is_looked_into_beside_the_loop(site, monkeypatch):
    threads = []
    bare = pictures.bare

    def noted(data):
        threads.append(threading.current_thread())
        return bare(data)

    monkeypatch.setattr(pictures, "bare", noted)
    guest = await site.guest()
    assert (await send(guest, png()))[0] == 200
    # The second one is the bot's own answer, a few hundred bytes.
    assert [thread is threading.main_thread() for thread in threads] == [False, True]


def test_sizes_of_pictures():
    vp8x = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x1f\x03\0\x57\x02\0"
    assert pictures.bare(vp8x)[1] == pictures.Picture("image/webp", 800, 600)
    vp8l = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (799 | 599 << 14).to_bytes(4, "little")
    assert pictures.bare(vp8l)[1] == pictures.Picture("image/webp", 800, 600)
    assert pictures.bare(png(10_000, 1))[1] == pictures.Picture("image/png", 10_000, 1)
