"""A real Chromium at the size of a phone, and a server that can be stopped and started."""

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium; skips with the reason where the machine has none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: the web chat is not tried in a browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@dataclass
class Phone:
    """A page, and what it must never do."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


NewPhone = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def new_phone(browser: Browser) -> NewPhone:
    """Makes phones that note complaints and requests to other hosts."""

    async def make(locale: str = "ru-RU", **options: Any) -> Phone:
        options = {"viewport": PHONE, "is_mobile": True, "has_touch": True, **options}
        context = await browser.new_context(locale=locale, timezone_id="Europe/Moscow", **options)
        phone = Phone(await context.new_page())
        phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))
        phone.page.on(
            "console", lambda said: phone.complaints.append(said.text) if _matters(said) else None
        )
        context.on(
            "request",
            lambda request: None if _local(request.url) else phone.outside.append(request.url),
        )
        return phone

    return make


@pytest.fixture
async def phone(new_phone: NewPhone) -> Phone:
    """A phone that speaks Russian."""
    return await new_phone()


def _matters(said: ConsoleMessage) -> bool:
    # Chromium complains by itself when the server is away, as it is meant to be in some tests.
    if "net::ERR_" in said.text:
        return False
    return said.type == "error" or "Content Security Policy" in said.text


def _local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("blob", "data") or parts.hostname == "127.0.0.1"


class Server:
    """The small bot in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "web.sqlite"
        self._process: Process | None = None
        self.url = ""

    async def start(self) -> None:
        """Start, after the first time on the same port."""
        port = urlsplit(self.url).port or 0
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.channels.web.serve", str(self.database), str(port)),
            stdout=PIPE,
        )
        assert self._process.stdout
        self.url = (await self._process.stdout.readline()).decode().strip()

    async def stop(self) -> None:
        """Kill it, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A running server."""
    server = Server(tmp_path)
    await server.start()
    yield server
    await server.stop()
