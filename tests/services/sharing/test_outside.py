"""Calls to addresses that strangers have given us."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult
from aiohttp.test_utils import TestServer

from services.sharing import outside
from services.sharing.outside import Outside, Unreachable


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/moved":
            return web.Response(status=307, headers={"Location": "/seen"})
        if request.path == "/big":
            return web.Response(body=b"x" * 2000)
        return web.Response(body=request.headers["User-Agent"].encode())

    app = web.Application()
    app.add_routes([web.route("*", "/{path:.*}", answer)])
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


async def test_what_is_fetched(server: TestServer) -> None:
    way = Outside(private=True)
    assert await way.fetch(str(server.make_url("/seen")), 100) == b"guestcard"
    assert await way.post(str(server.make_url("/moved")), b"x", {}) == 307
    for path, why in (("/moved", "status 307"), ("/big", "it is too large")):
        with pytest.raises(Unreachable, match=why):
            await way.fetch(str(server.make_url(path)), 1000)
    await way.close()


class Pointing:
    """A resolver that says the same of every name."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0,
                          flags=0)
            for each in self._addresses
        ]  # fmt: skip

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0"])
async def test_a_name_that_points_into_our_network(
    server: TestServer, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(outside, "_PORTS", (server.port,))
    monkeypatch.setattr(outside, "ThreadedResolver", lambda: Pointing(address))
    way = Outside()
    url = f"http://innocent.example:{server.port}/seen"
    assert way.fault(url) is None
    with pytest.raises(Unreachable):
        await way.fetch(url, 100)
    with pytest.raises(Unreachable):
        await way.post(url, b"", {})
    await way.close()


async def test_a_name_with_one_address_in_our_network(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the public one of them is tried; the test has no network, so it fails to connect."""
    monkeypatch.setattr(outside, "_PORTS", (server.port,))
    monkeypatch.setattr(outside, "ThreadedResolver", lambda: Pointing("127.0.0.1", "192.0.2.1"))
    way = Outside(seconds=0.2)
    with pytest.raises(Unreachable):
        await way.fetch(f"http://innocent.example:{server.port}/seen", 100)
    await way.close()


async def test_no_answer_in_time(server: TestServer) -> None:
    way = Outside(private=True, seconds=0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Unreachable, match="no answer in time"):
            await way.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"", {})
    with pytest.raises(Unreachable):
        await way.post("http://127.0.0.1:1/", b"", {})
    await way.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
        "http://0x7f.1/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://[fd00::1]/",
        "http://[64:ff9b::a00:1]/", "http://[2002:a00:1::]/", "http://169.254.169.254/latest/",
        "http://100.64.0.1/", "http://localhost/", "http://localhost./", "http://db.internal/",
        "http://printer.local/", "http://8.8.8.8:22/", "http://user:pass@example.org/",
        "http://example.org\\@127.0.0.1/", "http://127.0.0.1#@example.org/", "ftp://example.org/",
        "file:///etc/passwd", "gopher://example.org/", "//example.org", "example.org", "",
        "http://", "http:///x", "http://[/", "http://example.org:99999/", "http://exa mple.org/",
        "http://example.org/\r\nX: y", f"http://example.org/{'x' * 2000}",
    ],
)  # fmt: skip
def test_what_is_never_called(url: str) -> None:
    assert Outside().fault(url) is not None


@pytest.mark.parametrize(
    "url", ["https://example.org/hook?x=1", "http://8.8.8.8/", "https://example.org:8443/"]
)
def test_what_may_be_called(url: str) -> None:
    assert Outside().fault(url) is None
