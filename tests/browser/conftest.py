"""A real Chromium at the size of a phone, and a server that can be stopped and started."""

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright

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


@pytest.fixture
async def phone(browser: Browser) -> Phone:
    """A phone that speaks Russian and notes complaints and requests to other hosts."""
    context = await browser.new_context(
        viewport=PHONE, is_mobile=True, has_touch=True, locale="ru-RU"
    )
    phone = Phone(await context.new_page())
    phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))
    phone.page.on(
        "console",
        lambda said: phone.complaints.append(said.text) if _matters(said.text) else None,
    )
    context.on(
        "request",
        lambda request: None if _local(request.url) else phone.outside.append(request.url),
    )
    return phone


def _matters(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text


def _local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("blob", "data") or parts.hostname == "127.0.0.1"


class Server:
    """The small bot in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._database = folder / "web.sqlite"
        self._process: Process | None = None
        self.url = ""

    async def start(self) -> None:
        """Start, after the first time on the same port."""
        port = urlsplit(self.url).port or 0
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.channels.web.serve", str(self._database), str(port)),
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
