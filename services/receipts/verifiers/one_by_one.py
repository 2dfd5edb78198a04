"""What clients of services that answer at once have in common."""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from services.receipts.verifiers.contract import Answer, Purse, Question, Trouble, Unavailable
from services.receipts.verifiers.pacing import Pacer, Sleep, Tick
from services.receipts.verifiers.wire import NotAnswered, Reply, VerifierConfig, Wire


class OneByOne(ABC):
    """One question after another, with a pause between; a trouble answers the rest unasked."""

    name: str
    adapters: frozenset[str]
    at_once: int
    own_url: ClassVar[str]
    gap: ClassVar[float]

    def __init__(self, config: VerifierConfig, *, purse: Purse, tick: Tick, sleep: Sleep) -> None:
        """OSError when the bundle of certificates cannot be read."""
        self._wire = Wire(self.name, config, purse)
        self._purse = purse
        self._token = config.token
        self._zone = config.zone
        self._url = (config.url or self.own_url).rstrip("/")
        self._pacer = Pacer(self.gap / config.pace, tick, sleep)
        self._busy = asyncio.Lock()

    async def ask(self, questions: list[Question]) -> dict[str, Answer]:
        """Answers in the order of the questions."""
        answers: dict[str, Answer] = {}
        trouble: Unavailable | None = None
        async with self._busy:
            for question in questions:
                try:
                    answers[question.key] = trouble or await self._ask(question)
                except NotAnswered as error:
                    answers[question.key] = trouble = self._wire.note(error)
        return answers

    async def close(self) -> None:
        """Give back connections."""
        await self._wire.close()

    @abstractmethod
    async def _ask(self, question: Question) -> Answer:
        """Ask about one receipt. Raises NotAnswered."""

    async def _call(self, method: str, path: str, **content: Any) -> Reply:
        """One paced and paid call. Raises NotAnswered, also when the service is out of order."""
        await self._pacer.turn()
        reply = await self._wire.call(method, self._url + path, **content)
        if reply.status >= 500 or 300 <= reply.status < 400:
            raise NotAnswered(Trouble.DOWN, f"HTTP {reply.status}")
        return reply
