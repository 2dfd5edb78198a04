"""Bodies that strangers send: read as what they are, or refused at once."""

import asyncio
from unittest.mock import Mock

import pytest
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request

from handlers.http.open311 import parameters
from handlers.http.open311.errors import Wrong
from services.reports.models import Report
from tests.house import House
from tests.http.caller import Caller

FORM = "application/x-www-form-urlencoded"
REFUSED = ("400", "The parameters cannot be read: send them as UTF-8")


async def read(body: bytes, content_type: str = FORM) -> parameters.Parameters:
    """The parameters of a call whose whole body is here already."""
    stream = StreamReader(Mock(), 2**16, loop=asyncio.get_running_loop())
    stream.feed_data(body)
    stream.feed_eof()
    headers = {"Content-Type": content_type, "Content-Length": str(len(body))}
    return await parameters.read(make_mocked_request("POST", "/", headers, payload=stream))


def in_parts(charset: str, text: bytes) -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="description"\r\n'
        b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + text
        + b"\r\n--b--\r\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    "charset",
    ["punycode", "unicode_escape", "raw_unicode_escape", "idna", "utf-7", "utf-16", "zip", "mbcs",
     "rot13", "cp037", "koi8-r", "nothing", "x" * 500],
)  # fmt: skip
async def test_a_charset_that_we_do_not_read(house: House, caller: Caller, charset: str) -> None:
    await caller.with_key()
    body = f"api_key={caller.key}&service_code=\\ud800".encode()
    async with house.unchanged():
        headers = {"Content-Type": f"{FORM}; charset={charset}"}
        reply = await caller.raw("POST", "requests.xml", data=body, headers=headers)
        assert (reply.status, reply.error) == (400, REFUSED)
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        body = in_parts(charset, b"\\ud800")
        reply = await caller.raw("POST", "requests.xml", data=body, headers=headers)
        assert (reply.status, reply.error) == (400, REFUSED)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("utf-8", "utf-8"), ("UTF8", "utf-8"), ('"utf-8"', "utf-8"), ("Windows-1251", "cp1251"),
     ("cp1251", "cp1251"), ("windows_1251", "cp1251")],
)  # fmt: skip
async def test_the_usual_charsets_in_any_spelling(
    house: House, caller: Caller, charset: str, codec: str
) -> None:
    await caller.with_key()
    place = "service_code=pothole&lat=54.5138&long=36.2612"
    body = f"api_key={caller.key}&{place}&description=".encode() + "Яма 100%+тут".encode(codec)
    headers = {"Content-Type": f"{FORM}; charset={charset}"}
    assert (await caller.raw("POST", "requests.xml", data=body, headers=headers)).id == "1"
    assert [row["text"] for row in await house.rows(Report)] == ["Яма 100% тут"]
    said = await read(in_parts(charset, "Яма".encode(codec)), "multipart/form-data; boundary=b")
    assert said.get("description") == "Яма"


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [("us-ascii", b"a=Hole", "Hole"), ("ASCII", b"a=%FF", None), ("ascii", b"a=\xff", None),
     ("iso-8859-1", b"a=caf%E9", "café"), ("ISO8859-1", b"a=caf\xe9", "café"),
     ("latin1", b"a=caf\xe9", "café"), ("utf-8", b"a=caf%E9", None)],
)  # fmt: skip
async def test_what_a_charset_makes_of_bytes(charset: str, body: bytes, text: str | None) -> None:
    if text is not None:
        assert (await read(body, f"{FORM}; charset={charset}")).get("a") == text
        return
    with pytest.raises(Wrong) as refused:
        await read(body, f"{FORM}; charset={charset}")
    assert (refused.value.status, refused.value.description) == (400, REFUSED[1])


@pytest.mark.parametrize(
    "body", [b"a=" + "aя".encode() * 2_000_000 + b"%41", b"a=" + b"%41" * 400_000]
)
async def test_nobody_waits_while_a_long_form_is_read(body: bytes) -> None:
    turns = 0
    done = asyncio.Event()

    async def somebody_else() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(somebody_else())
        said = await read(body)
        done.set()
    assert len(said.values["a"][0]) in {400_000, 4_000_001}
    assert turns >= 3


async def test_a_form_of_nothing_but_signs_of_escape_is_refused_at_once() -> None:
    with pytest.raises(Wrong) as refused:
        await read(b"a=" + b"%" * 8_000_000)
    assert refused.value.status == 400
    assert refused.value.description == (
        "The parameters cannot be read: there are too many, or they are damaged"
    )
