"""The fake's HTTP side: real sockets on 127.0.0.1, a port chosen by the system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.fake_telegram.faults import Fault, Faults
from tests.fake_telegram.methods import Methods
from tests.fake_telegram.person import Person
from tests.fake_telegram.refusals import Params, Refused
from tests.fake_telegram.updates import Updates
from tests.fake_telegram.world import Account, World

TOKEN = "4242:fake-token"
MAX_BODY = 50 * 1024 * 1024


@dataclass
class Call:
    """One call of the transcript: `code` is the HTTP status, 0 for a dropped connection."""

    method: str
    values: Mapping[str, Any]
    code: int = 0
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)


class FakeTelegram:
    """A strict fake Bot API server for one bot; an async context manager."""

    def __init__(self, token: str = TOKEN, *, port: int = 0) -> None:
        self.token = token
        self.world = World(int(token.partition(":")[0]))
        self.updates = Updates()
        self.faults = Faults()
        self.calls: list[Call] = []
        self.connections: set[tuple[str, int]] = set()
        self._methods = Methods(self.world, self.updates).table()
        self._people: dict[int, Person] = {}
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base for TELEGRAM_API_URL."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self.updates.close()

    async def start(self) -> None:
        """Listen; after a `stop`, on the same port as before."""
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self.extend(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    def extend(self, app: web.Application) -> None:
        """For routes beside the Bot API; none here."""

    async def stop(self) -> None:
        """Close the port: Telegram is unreachable. What it knows is kept."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def person(
        self, person_id: int, name: str = "Guest", language_code: str | None = "ru"
    ) -> Person:
        """The same person for the same id."""
        if person_id not in self._people:
            account = Account(person_id, name, language_code)
            self.world.accounts[person_id] = account
            self._people[person_id] = Person(self, account)
        return self._people[person_id]

    def called(self, method: str) -> list[Call]:
        """The transcript of one method."""
        return [call for call in self.calls if call.method == method]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername")[:2])
        params = await _params(request)
        call = Call(name, params.values, files=params.files)
        self.calls.append(call)
        try:
            self._check_token(request)
            result = await self._perform(name.lower(), params, request)
        except Refused as refusal:
            call.code = refusal.code
            return web.json_response(refusal.body(), status=refusal.code)
        if isinstance(result, web.StreamResponse):
            dropped = request.transport is None or request.transport.is_closing()
            call.code = 0 if dropped else result.status
            return result
        call.code = 200
        return web.json_response({"ok": True, "result": result})

    async def _perform(self, name: str, params: Params, request: web.Request) -> Any:
        fault = self.faults.next_for(name) or Fault()
        if fault.gate is not None:
            await fault.gate.wait()
        if fault.refusal is not None:
            raise fault.refusal
        if fault.page is not None:
            return web.Response(
                status=fault.page, text="<html>Bad Gateway</html>", content_type="text/html"
            )
        if fault.drop and not fault.done:
            return _drop(request)
        if name not in self._methods:
            raise Refused(404, "Not Found: method not found")
        result = await self._methods[name](params)
        return _drop(request) if fault.drop else result

    async def _download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request)
            if self.faults.next_for("download"):
                return _drop(request)
        except Refused as refusal:
            return web.json_response(refusal.body(), status=refusal.code)
        for stored in self.world.files.values():
            if stored.path == request.match_info["path"]:
                return web.Response(body=stored.content)
        return web.json_response(Refused(404, "Not Found").body(), status=404)

    def _check_token(self, request: web.Request) -> None:
        if request.match_info["token"] != self.token:
            raise Refused(401, "Unauthorized")


def _drop(request: web.Request) -> web.Response:
    """Close the connection without a byte of answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _params(request: web.Request) -> Params:
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        values |= await request.json()
        return Params(values)
    files: dict[str, tuple[str, bytes]] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = value.filename, value.file.read()
        else:
            values[name] = value
    return Params(values, files)
