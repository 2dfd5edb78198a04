"""The real application in a process of its own, and its command line."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TRIES = 600


class Application:
    """`guestcard` with an empty data folder and nothing else from the environment."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self._folder = folder
        self._process: Process | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """`guestcard run`, until it answers."""
        self._process = await self._run("run", stdout=DEVNULL)
        for _ in range(_TRIES):
            assert self._process.returncode is None, "the application has ended"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
        raise TimeoutError("the application does not answer")

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None

    async def tells(self, *command: str) -> str:
        """What another `guestcard` command prints; it has to succeed."""
        process = await self._run(*command, stdout=PIPE)
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    async def _run(self, *command: str, stdout: int) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", *command),
            stdout=stdout,
            # A developer's .env stands in the repository: look for one where there is none.
            cwd=self._folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "DATA_DIR": str(self._folder / "data"),
                "WEB_PORT": str(self._port),
            },
        )
