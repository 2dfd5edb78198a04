"""The HTTP client of the Bot API: short connect timeout, typed errors, no token in any message."""

from collections.abc import AsyncGenerator
from json import JSONDecodeError
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError
from aiogram.methods import GetFile, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponseError,
    ClientTimeout,
    ConnectionTimeoutError,
)
from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from pydantic import ValidationError

CONNECT_SECONDS = 5.0
"""A blocked Telegram usually drops packets: without its own limit each call would wait it out."""
REQUEST_SECONDS = 30.0
"""One call, uploads included."""

PROXY_ERRORS = (ProxyConnectionError, ProxyError, ProxyTimeoutError)
NETWORK_ERRORS = (ClientError, OSError, *PROXY_ERRORS)
NOT_CONNECTED = (ClientConnectorError, ConnectionTimeoutError, *PROXY_ERRORS)


class ChannelDown(TelegramNetworkError):  # noqa: N818 - a state, not a fault
    """Telegram has not been reachable lately, so the call was not even tried.

    `retry_after`: seconds until the next call will be tried.
    """

    def __init__(self, method: TelegramMethod[Any], retry_after: float) -> None:
        super().__init__(method, f"Telegram is unreachable; next try in {retry_after:.0f} s")
        self.retry_after = retry_after


class NotSent(TelegramNetworkError):  # noqa: N818 - a state, not a fault
    """No connection was made, so the request surely did not arrive: repeating it is safe."""


class TelegramSession(AiohttpSession):
    """aiogram's session with its timeouts split and every failure turned into aiogram's own types.

    Only `TelegramAPIError` and `ClientDecodeError` leave it, and neither carries the token (which
    stands in every URL) nor the content of an answer.
    """

    def __init__(self, api_url: str | None = None, proxy: str | None = None) -> None:
        """`proxy`: `http://`, `socks4://` or `socks5://`. ValueError for anything else."""
        api = TelegramAPIServer.from_base(api_url) if api_url else PRODUCTION
        super().__init__(proxy=proxy, api=api, timeout=REQUEST_SECONDS)

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: float | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Call the method; `timeout` in seconds replaces `REQUEST_SECONDS`."""
        client = await self.create_session()
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        limits = ClientTimeout(total=timeout or self.timeout, sock_connect=CONNECT_SECONDS)
        form = self.build_form_data(bot=bot, method=method)
        try:
            async with client.post(url, data=form, timeout=limits) as response:
                content = await response.text()
        except TimeoutError as error:
            raise _network_error(error, method, "Timeout") from None
        except NETWORK_ERRORS as error:
            raise _network_error(error, method, type(error).__name__) from None
        try:
            answer = self.check_response(bot, method, response.status, content)
        except ClientDecodeError as error:
            raise _decode_error(error, method, response.status) from None
        return cast(TelegramType, answer.result)

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - aiogram's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """Download in chunks. The errors of aiohttp name the URL, hence the token: they stay here.

        Raises TelegramNetworkError.
        """
        method = GetFile(file_id="-")
        try:
            async for chunk in super().stream_content(
                url, headers, timeout, chunk_size, raise_for_status
            ):
                yield chunk
        except ClientResponseError as error:
            raise TelegramNetworkError(method, f"Download: HTTP {error.status}") from None
        except (TimeoutError, *NETWORK_ERRORS) as error:
            raise _network_error(error, method, f"Download: {type(error).__name__}") from None


def _network_error(
    error: BaseException, method: TelegramMethod[Any], words: str
) -> TelegramNetworkError:
    kind = NotSent if isinstance(error, NOT_CONNECTED) else TelegramNetworkError
    return kind(method, words)


def _decode_error(error: ClientDecodeError, method: TelegramMethod[Any], status: int) -> Exception:
    """A gateway's HTML page is a network failure; an answer of a new shape names its fields."""
    if isinstance(error.original, JSONDecodeError):
        return TelegramNetworkError(method, f"HTTP {status} without JSON")
    fields = ""
    if isinstance(error.original, ValidationError):
        places = (item["loc"] for item in error.original.errors(include_input=False))
        fields = ", ".join(sorted({".".join(map(str, place)) for place in places})[:5])
    name = method.__api_method__
    return ClientDecodeError(f"{name}: unexpected answer", ValueError(fields), "withheld")
