"""Who may ask, how often, and what the browser is told to allow."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from services.clock import Clock
from services.images.contract import MAX_BYTES

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account or one address may do. Rates are `(burst, per second)`.

    An open connection asks every `recheck_seconds` whether its login still holds.
    """

    sockets_per_chat: int = 3
    sockets_per_address: int = 20
    actions: tuple[float, float] = (20, 2)
    starts: tuple[float, float] = (20, 1 / 30)
    uploads_per_day: int = 20
    upload_bytes: int = MAX_BYTES
    frame_bytes: int = 16 * 1024
    recheck_seconds: float = 30 * 60


class Buckets:
    """Token buckets by key. Full ones are forgotten, so strangers cost no memory for long."""

    _SWEEP_AT = 10_000

    def __init__(self, clock: Clock, rate: tuple[float, float]) -> None:
        self._clock = clock
        self._burst, self._per_second = rate
        self._levels: dict[Hashable, tuple[float, float]] = {}

    def take(self, key: Hashable) -> float:
        """Take one token: 0.0 when there was one, else the seconds until there will be."""
        now = self._clock.now().timestamp()
        level = self._level(key, now)
        if level < 1:
            return (1 - level) / self._per_second
        if len(self._levels) >= self._SWEEP_AT:
            self._sweep(now)
        self._levels[key] = (level - 1, now)
        return 0.0

    def _level(self, key: Hashable, now: float) -> float:
        level, at = self._levels.get(key, (self._burst, now))
        return min(self._burst, level + max(now - at, 0) * self._per_second)

    def _sweep(self, now: float) -> None:
        self._levels = {
            key: kept for key, kept in self._levels.items() if self._level(key, now) < self._burst
        }


class Guard:
    """Origin checks, addresses and response headers for one public address.

    `trusted_proxies` are addresses or networks such as `10.0.0.0/8`; raises ValueError for
    anything else.
    """

    def __init__(self, public_url: str | None, *, trusted_proxies: Sequence[str] = ()) -> None:
        self._public = urlsplit(public_url) if public_url else None
        self._proxies = [ip_network(proxy, strict=False) for proxy in trusted_proxies]
        self.https = self._public is not None and self._public.scheme == "https"

    def origin(self, request: web.Request) -> str:
        """Our own origin as a browser writes it."""
        if self._public is not None:
            return f"{self._public.scheme}://{self._public.netloc}"
        return f"{request.scheme}://{request.host}"

    def check_origin(self, request: web.Request) -> None:
        """Only our own pages may act; a missing Origin is refused too. Raises 403."""
        same_site = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        if request.headers.get("Origin") != self.origin(request) or not same_site:
            raise web.HTTPForbidden(text="This page may not do that.")

    def address(self, request: web.Request) -> str:
        """The visitor's address; a trusted proxy is believed about whom it speaks for.

        X-Forwarded-For is read from its end, where the nearest proxy wrote, up to the first
        address that is not a trusted proxy's: what stands before it anybody may have written.
        """
        nearest = _parsed(request.remote or "")
        if nearest is None:
            return request.remote or ""
        said = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
        while said and self._trusts(nearest):
            farther = _parsed(said.pop())
            if farther is None:
                break
            nearest = farther
        return str(nearest)

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in proxies for proxies in self._proxies)

    def dressed(self, handler: Handler) -> Handler:
        """`handler` with the security headers on whatever it answers."""

        async def dress(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except web.HTTPException as answer:
                self._dress(request, answer)
                raise
            if not response.prepared:
                self._dress(request, response)
            return response

        return dress

    def _dress(self, request: web.Request, response: web.StreamResponse) -> None:
        headers = {
            "Content-Security-Policy": self._policy(request),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=()",
            "Cache-Control": "no-store",
        }
        if self.https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        for name, value in headers.items():
            response.headers.setdefault(name, value)

    def _policy(self, request: web.Request) -> str:
        # Older Safari does not count the socket of our own origin as 'self'.
        socket = self.origin(request).replace("http", "ws", 1)
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
            f"img-src 'self' blob: data:; connect-src 'self' {socket}; manifest-src 'self'; "
            "worker-src 'self'; form-action 'none'; base-uri 'none'; object-src 'none'; "
            "frame-ancestors 'none'"
        )


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    # A socket that listens on both kinds shows an IPv4 visitor like this.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
