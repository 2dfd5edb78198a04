"""One HTTP call to a service: bounded in time and size, its certificate checked, no redirects."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import (
    ClientConnectorCertificateError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    StreamReader,
    TCPConnector,
)

from services.receipts.verifiers.contract import Purse, Trouble, Unavailable

CONNECT_SECONDS = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes, unpacked. The longest receipts (hundreds of lines) stay under 200 KB."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VerifierConfig:
    """How one service is reached.

    `url`: None for the service's own address. `ca_bundle`: a file of certificates in PEM trusted
    beside the system's; certificates are always checked. `seconds` bounds one call. `zone` is the
    city's: moments that a service tells in another zone are turned to it. `pace` shortens the
    pauses that the service asks for; anything but 1 is for tests and benchmarks.
    """

    url: str | None = None
    token: str = field(default="", repr=False)
    ca_bundle: Path | None = None
    seconds: float = 30.0
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    pace: float = 1.0


class NotAnswered(Exception):  # noqa: N818 - says what happened
    """Nothing was learned; `answer` tells the caller so, without a handle."""

    def __init__(self, trouble: Trouble, words: str, seconds: float | None = None) -> None:
        super().__init__(words)
        self.answer = Unavailable(trouble, seconds)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status."""

    status: int
    body: bytes


class Wire:
    """The connections to one service, and the purse its calls are paid from."""

    def __init__(self, name: str, config: VerifierConfig, purse: Purse) -> None:
        """OSError when the bundle of certificates cannot be read."""
        self._name = name
        self._timeout = ClientTimeout(total=config.seconds, sock_connect=CONNECT_SECONDS)
        self._tls: SSLContext | bool = True
        if config.ca_bundle is not None:
            self._tls = create_default_context()
            self._tls.load_verify_locations(config.ca_bundle)
        self._purse = purse
        self._session: ClientSession | None = None

    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **content: Any
    ) -> Reply:
        """Pay for one call and make it; `content` is aiohttp's `data` or `json`.

        Raises NotAnswered. Neither the answer nor what was sent is logged: both may hold secrets.
        """
        if not await self._purse.spend(1):
            raise NotAnswered(Trouble.QUOTA, "no calls left")
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(ssl=self._tls),
                timeout=self._timeout,
                cookie_jar=DummyCookieJar(),
            )
        try:
            async with self._session.request(
                method, url, headers=headers, allow_redirects=False, **content
            ) as response:
                return Reply(response.status, await self._read(response.content))
        except ClientConnectorCertificateError as error:
            raise self._failed(Trouble.DENIED, error) from None
        except (TimeoutError, ClientError, OSError, ValueError) as error:
            raise self._failed(Trouble.DOWN, error) from None

    async def _read(self, stream: StreamReader) -> bytes:
        body = bytearray()
        while part := await stream.readany():
            body += part
            if len(body) > LARGEST_ANSWER:
                raise ValueError("too long")
        return bytes(body)

    def _failed(self, trouble: Trouble, error: Exception) -> NotAnswered:
        return NotAnswered(trouble, type(error).__name__)

    def note(self, error: NotAnswered) -> Unavailable:
        """Log why nothing was learned, and give the answer that says so."""
        trouble = error.answer.trouble
        level = logging.ERROR if trouble is Trouble.DENIED else logging.INFO
        _log.log(level, "%s: %s: %s", self._name, trouble.value, error)
        return error.answer

    async def close(self) -> None:
        """Give back the connections; a later call opens new ones."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
