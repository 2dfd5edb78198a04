"""Who gets in: accounts by a tap, cookies, origins, headers, pages."""

import re

import pytest
from aiohttp import WSServerHandshakeError
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from sqlalchemy import func, select

from bot.channels.web.models import WebChat, WebSession
from bot.channels.web.security import Buckets, Guard

START = {"start": "", "language": "ru"}


async def chats(database):
    async with database.reading() as tx:
        return (await tx.execute(select(func.count()).select_from(WebChat))).scalar_one()


async def test_looking_makes_no_account(site, sqlite_database):
    visitor = site.visitor()
    for path in ("/", "/api/me", "/?start=abc", "/manifest.webmanifest", "/sw.js"):
        assert (await visitor.get(path)).status == 200
    assert (await visitor.get("/api/events")).status == 401
    assert (await visitor.get("/api/start")).status == 405
    assert await chats(sqlite_database) == 0


async def test_start_makes_one_account_and_feeds_the_payload(site, sqlite_database):
    guest = await site.guest("promo-1")
    assert await (await guest.get("/api/me")).json() == {
        "account": guest.account,
        "language": "ru",
    }
    again = await guest.post("/api/start", json={"start": "promo-2", "language": "en"})
    assert (await again.json())["account"] == guest.account
    assert site.log.handled == ["/start promo-1", "/start promo-2"]
    async with sqlite_database.reading() as tx:
        assert (await tx.execute(select(WebChat.language))).scalars().all() == ["ru"]


@pytest.mark.parametrize("wish", ["[]", "1", '{"start": 5}', '{"start": "a b"}', "{", '"x"'])
async def test_a_malformed_start_is_refused(site, sqlite_database, wish):
    headers = {"Origin": site.origin, "Content-Type": "application/json"}
    answer = await site.visitor().post("/api/start", data=wish, headers=headers)
    assert answer.status == 400
    assert await chats(sqlite_database) == 0


async def test_the_cookie_on_the_own_machine(site, sqlite_database):
    answer = await site.visitor().post("/api/start", json=START)
    cookie = answer.headers["Set-Cookie"]
    sid = re.match(r"sid=([\w-]{43});", cookie)[1]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    async with sqlite_database.reading() as tx:
        kept = (await tx.execute(select(WebSession.sid_hash))).scalar_one()
    assert sid not in kept
    assert re.fullmatch(r"[0-9a-f]{64}", kept)


async def test_the_cookie_and_headers_behind_tls(open_site):
    site = await open_site(public_url="https://card.example")
    headers = {"Origin": "https://card.example"}
    answer = await site.visitor().post("/api/start", json=START, headers=headers)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-sid=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "wss://card.example" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1"])
async def test_foreign_or_missing_origins_are_refused(site, sqlite_database, origin):
    guest = await site.guest()
    headers = {"Origin": origin} if origin else {}
    for path in ("/api/start", "/api/send", "/api/leave", "/api/upload?cid=cid-00000001"):
        assert (await guest.post(path, json=START, headers=headers)).status == 403
    with pytest.raises(WSServerHandshakeError) as refusal:
        await guest.http.ws_connect(site.origin + "/api/socket", headers=headers)
    assert refusal.value.status == 403
    assert await chats(sqlite_database) == 1
    assert site.log.handled == ["/start"]


async def test_a_cross_site_request_with_a_forged_origin_is_refused(site):
    headers = {"Origin": site.origin, "Sec-Fetch-Site": "cross-site"}
    answer = await site.visitor().post("/api/start", json=START, headers=headers)
    assert answer.status == 403


async def test_a_form_cannot_start(site):
    answer = await site.visitor().post("/api/start", data={"start": ""})
    assert answer.status == 415


@pytest.mark.parametrize("charset", ["nothing", "punycode", "unicode_escape"])
async def test_a_start_is_read_as_json_whatever_charset_is_named(site, sqlite_database, charset):
    headers = {"Origin": site.origin, "Content-Type": f"application/json; charset={charset}"}
    start = b'{"start": "", "language": "ru"}'
    answer = await site.visitor().post("/api/start", data=start, headers=headers)
    assert answer.status == 200
    assert await chats(sqlite_database) == 1
    bad = await site.visitor().post("/api/start", data=b"\xff{}", headers=headers)
    assert (bad.status, await bad.text()) == (400, "This is not a start.")
    assert await chats(sqlite_database) == 1


@pytest.mark.parametrize("charset", ["nothing", "punycode"])
async def test_an_action_is_read_as_json_whatever_charset_is_named(site, charset):
    guest = await site.guest()
    headers = {"Origin": site.origin, "Content-Type": f"application/json; charset={charset}"}
    say = b'{"t": "say", "cid": "cid-00000001", "text": "hello"}'
    answer = await guest.post("/api/send", data=say, headers=headers)
    assert answer.status == 200
    assert (await answer.json())["frames"][-1]["t"] == "ack"


async def test_no_socket_without_a_login(site):
    headers = {"Origin": site.origin}
    with pytest.raises(WSServerHandshakeError) as refusal:
        await site.visitor().http.ws_connect(site.origin + "/api/socket", headers=headers)
    assert refusal.value.status == 401


async def test_headers_of_the_page(site):
    answer = await site.visitor().get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    missing = await site.visitor().get("/api/files/none")
    assert missing.status == 401
    assert missing.headers["X-Content-Type-Options"] == "nosniff"


async def test_static_files_are_kept_for_ever_under_their_version(site):
    page = await (await site.visitor().get("/")).text()
    script = re.search(r'src="(/static/[0-9a-f]{12}/app\.js)"', page)[1]
    answer = await site.visitor().get(script)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "text/javascript"
    stale = await site.visitor().get("/static/000000000000/app.js")
    assert stale.headers["Cache-Control"] == "no-cache"
    for name in ("../gateway.py", "%2e%2e/gateway.py", "index.html", "none.js"):
        assert (await site.visitor().get(f"/static/000000000000/{name}")).status == 404


async def test_the_page_escapes_the_city(open_site):
    title = {"ru": '"><script>alert(1)</script>'}
    site = await open_site(city={"language": "ru", "title": title, "short": {"ru": "К"}})
    page = await (await site.visitor().get("/")).text()
    assert "<script>alert" not in page


async def test_the_manifest_is_installable(site):
    visitor = site.visitor()
    manifest = await (await visitor.get("/manifest.webmanifest")).json(content_type=None)
    assert (manifest["name"], manifest["display"]) == ("Гостевая карта Калуги", "standalone")
    assert [icon["sizes"] for icon in manifest["icons"]] == ["192x192", "512x512", "512x512"]
    for icon in manifest["icons"]:
        assert (await visitor.get(icon["src"])).status == 200


async def test_leaving_ends_the_login_and_its_sockets(site):
    guest = await site.guest()
    talk = await guest.socket()
    answer = await guest.post("/api/leave", json={})
    assert answer.status == 200
    assert (await talk.ws.receive(timeout=5)).data == 1012
    assert await (await guest.get("/api/me")).json() == {"account": None}


async def test_a_login_lives_half_a_year_after_its_last_use(site, clock):
    guest = await site.guest()
    clock.advance(days=179)
    assert (await (await guest.get("/api/me")).json())["account"] == guest.account
    clock.advance(days=179)
    assert (await (await guest.get("/api/me")).json())["account"] == guest.account
    clock.advance(days=181)
    assert await (await guest.get("/api/me")).json() == {"account": None}


async def test_new_accounts_from_one_address_are_limited(open_site, tight, sqlite_database):
    site = await open_site(limits=tight)
    statuses = [(await site.visitor().post("/api/start", json=START)).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert await chats(sqlite_database) == 2


async def test_the_forwarded_address_counts_only_from_a_trusted_proxy(open_site, tight):
    forged = iter(range(100))

    async def start(site):
        headers = {"Origin": site.origin, "X-Forwarded-For": f"10.0.0.{next(forged)}"}
        return (await site.visitor().post("/api/start", json=START, headers=headers)).status

    plain = await open_site(limits=tight)
    assert [await start(plain) for _ in range(3)] == [200, 200, 429]
    proxied = await open_site(limits=tight, trusted_proxies=("127.0.0.0/8",))
    assert [await start(proxied) for _ in range(3)] == [200, 200, 200]
    elsewhere = await open_site(limits=tight, trusted_proxies=("10.0.0.0/8", "::1"))
    assert [await start(elsewhere) for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1 "], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense, 10.0.0.2"], "10.0.0.2"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8::1", ["2001:db8:ffff::2"], "2001:db8:ffff::2"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_whom_a_proxy_speaks_for(peer, forwarded, address):
    guard = Guard(None, trusted_proxies=("10.0.0.0/8", "2001:db8::1"))
    headers = CIMultiDict([("X-Forwarded-For", value) for value in forwarded])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    assert guard.address(request) == address


def test_a_proxy_that_is_no_address_is_refused():
    with pytest.raises(ValueError, match="proxy"):
        Guard(None, trusted_proxies=("proxy.example",))


def test_buckets_refill_and_forget(clock, monkeypatch):
    buckets = Buckets(clock, (2, 0.5))
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 2.0]
    clock.advance(seconds=2)
    assert [buckets.take("a") for _ in range(2)] == [0.0, 2.0]
    monkeypatch.setattr(Buckets, "_SWEEP_AT", 1)
    clock.advance(seconds=60)
    assert buckets.take("b") == 0.0
    assert list(buckets._levels) == ["b"]
