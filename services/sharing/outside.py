"""Calls to addresses that others have given us, where a stranger must not reach our own network.

Only http and https, no redirects, no cookies, no proxy of the environment; bounded in time and
size. Names are resolved here, and an address that is not public is refused at the moment the
connection is made, so that a name cannot point elsewhere after it was looked at.
"""

import socket
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    ThreadedResolver,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
_CHUNK = 64 * 1024
_PORTS = (80, 443, 8080, 8443)
_LONGEST_URL = 2000


class Unreachable(Exception):  # noqa: N818 - says what happened
    """Nothing was learned from the other side; the words say why, without what it answered."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the world's, also when it hides an IPv4 one."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is not None:
            return inner.is_global and not inner.is_multicast
        if found in _TRANSLATED:
            return False
    return found.is_global and not found.is_multicast


class _Translated:
    """The prefixes by which an IPv6 network reaches IPv4 addresses (NAT64)."""

    _PREFIXES = (0x0064_FF9B << 96, 0x0064_FF9B_0001 << 80)
    _LENGTHS = (96, 48)

    def __contains__(self, address: IPv6Address) -> bool:
        number = int(address)
        return any(
            number >> (128 - length) == prefix >> (128 - length)
            for prefix, length in zip(self._PREFIXES, self._LENGTHS, strict=True)
        )


_TRANSLATED = _Translated()


class _PublicResolver(AbstractResolver):
    """Resolves names and keeps only the addresses that are allowed."""

    def __init__(self, allowed: "Outside") -> None:
        self._allowed = allowed
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        kept = [each for each in found if self._allowed.allows(each["host"])]
        if not kept:
            raise OSError(f"{host} has no public address")
        return kept

    async def close(self) -> None:
        await self._inner.close()


class Outside:
    """The way out. `private`: addresses of our own network are allowed, too, on any port."""

    def __init__(self, *, private: bool = False, seconds: float = _SECONDS) -> None:
        self._private = private
        self._timeout = ClientTimeout(total=seconds, sock_connect=min(_CONNECT_SECONDS, seconds))
        self._session: ClientSession | None = None

    def allows(self, address: str) -> bool:
        """Whether a connection to this IP address may be made."""
        return self._private or is_public(address)

    def fault(self, url: str) -> str | None:
        """Why this address will never be called, or None when it may be."""
        if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
            return "it is not an address"
        try:
            # The parser of the library that makes the call: two parsers may read two hosts.
            parts = URL(url)
            port = parts.explicit_port
        except ValueError:
            return "it is not an address"
        if parts.scheme not in {"http", "https"} or not parts.host:
            return "it must begin with https:// or http://"
        if parts.user or parts.password:
            return "it must not hold a name or a password"
        return None if self._private else _too_near(parts.host, port)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer, whose body is not read. Raises `Unreachable`."""
        status, _ = await self._call("POST", url, 0, data=body, headers=dict(headers))
        return status

    async def fetch(self, url: str, limit: int) -> bytes:
        """The body of a plain 200; raises `Unreachable`, also for more than `limit` bytes."""
        status, body = await self._call("GET", url, limit)
        if status != 200:
            raise Unreachable(f"status {status}")
        return body

    async def close(self) -> None:
        """Give back connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _call(self, method: str, url: str, limit: int, **what: Any) -> tuple[int, bytes]:
        fault = self.fault(url)
        if fault is not None:
            raise Unreachable(fault)
        try:
            async with self._open().request(method, url, allow_redirects=False, **what) as answer:
                if not limit or answer.status != 200:
                    return answer.status, b""
                data = bytearray()
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    data += chunk
                    if len(data) > limit:
                        raise Unreachable("it is too large")
                return answer.status, bytes(data)
        except TimeoutError as error:
            raise Unreachable("no answer in time") from error
        except (ClientError, OSError, ValueError) as error:
            raise Unreachable(type(error).__name__) from error

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(
                    resolver=_PublicResolver(self),
                    limit=100,  # slow addresses must not use up everybody's
                    limit_per_host=4,
                    use_dns_cache=False,
                    force_close=True,
                ),
                timeout=self._timeout,
                cookie_jar=DummyCookieJar(),
                trust_env=False,
                headers={"User-Agent": "guestcard"},
            )
        return self._session


def _too_near(host: str, port: int | None) -> str | None:
    """Why a stranger must not be called there; names are looked at again once they are resolved."""
    if port is not None and port not in _PORTS:
        return f"its port must be one of {', '.join(map(str, _PORTS))}"
    if _is_inner_name(host) or (_looks_like_ip(host) and not is_public(host)):
        return "it leads into a private network"
    return None


def _is_inner_name(host: str) -> bool:
    return f".{host.rstrip('.')}".endswith((".localhost", ".local", ".internal"))


def _looks_like_ip(host: str) -> bool:
    """Also the spellings that a C library takes for one: 127.1, 0x7f000001, 2130706433."""
    try:
        ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return last.isdigit() or last.startswith("0x")
    return True
