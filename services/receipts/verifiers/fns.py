"""The open API of the tax service: asked by message, answered a little later.

Official and free of charge for an organisation with a static address, which gets a master token.
A receipt costs one call to send and about one and a half to get, all counted by the day.
"""

import asyncio
import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from services.receipts.verifiers.contract import (
    Allowance,
    Answer,
    Period,
    Purse,
    Question,
    Trouble,
    Unavailable,
    Undecided,
    Vault,
    Working,
)
from services.receipts.verifiers.fns_answers import Fate
from services.receipts.verifiers.fns_calls import CALL_GAP, FnsCalls
from services.receipts.verifiers.pacing import Pacer, Sleep, Tick
from services.receipts.verifiers.slips import fiscal
from services.receipts.verifiers.wire import NotAnswered, VerifierConfig

NAME = "fns"
ADAPTERS = frozenset({"ru54"})
ALLOWANCE = Allowance(calls=1000, period=Period.DAY, reserve=100, per_receipt=2.5, fetching=10)
"""For an application, logins included. What is sent with the last calls must still be fetched: two
batches of messages under way, three looks for each, and logins."""
AT_ONCE = 20

MOST_IN_BATCH = 50
BATCH_GAP = 13.0
"""Five batches a minute, spread, so that no message waits for one longer than it lives."""
SAME_MESSAGE_GAP = 5.0
"""Twelve looks a minute."""
LOOKS = (2.0, 5.0, 10.0, 20.0)
"""Pauses before the first, the second … look for an answer, which lives some 60 seconds."""
MOST_LOOKS = 8
"""Some two minutes: a message that is worked on for longer than an answer lives is lost as well."""
MOST_ROUNDS = 2
"""A message that was lost is sent again, once."""
SIGN_SECONDS = 600.0
"""The pause before a receipt is sent again, once, because its sign could not be checked."""

_HANDLE = re.compile(r"([0-9A-Za-z-]{0,64}):([0-9]{1,4}):([0-9]{1,4}):([01])")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a handle says: the message, how often it was looked for, how often it was sent.

    Without a `message` nothing is on its way. `again`: the sign could not be checked once.
    """

    message: str = ""
    looks: int = 0
    rounds: int = 0
    again: bool = False

    @classmethod
    def of(cls, handle: str | None) -> Self:
        """A handle of another make is as good as none."""
        match = _HANDLE.fullmatch(handle or "")
        if match is None:
            return cls()
        return cls(match[1], int(match[2]), int(match[3]), match[4] == "1")

    @property
    def handle(self) -> str | None:
        """The text to store; None when there is nothing to remember."""
        if self == Sent():
            return None
        return f"{self.message}:{self.looks}:{self.rounds}:{int(self.again)}"

    def working(self, seconds: float | None = None) -> Working:
        """To be looked for after the pause that is due, or after `seconds`."""
        due = LOOKS[min(self.looks, len(LOOKS) - 1)]
        return Working(self.handle or "", due if seconds is None else seconds)


@dataclass(slots=True)
class _Asking:
    """One call of `ask`: what is known so far; `trouble` answers all that is not asked yet."""

    sent: dict[str, Sent]
    answers: dict[str, Answer] = field(default_factory=dict)
    trouble: Unavailable | None = None

    def conclude(self, key: str, found: Answer | Fate | NotAnswered) -> None:
        """Turn what was found for a message into an answer; of a lost one, into a new round."""
        state = self.sent[key]
        answer: Answer
        match found:
            case Fate.WORKING if state.looks < MOST_LOOKS:
                answer = replace(state, looks=state.looks + 1).working()
            case Fate.WORKING | Fate.LOST if state.rounds < MOST_ROUNDS:
                self.sent[key] = replace(state, message="", looks=0)
                return
            case Fate.WORKING | Fate.LOST:
                answer = Unavailable(Trouble.DOWN)
            case Fate.SIGN_UNCHECKED if state.again:
                answer = Undecided("the sign could not be checked")
            case Fate.SIGN_UNCHECKED:
                answer = Sent(again=True).working(SIGN_SECONDS)
            case NotAnswered():
                answer = replace(found.answer, handle=state.handle)
            case _:
                answer = found
        self.answers[key] = answer


class Fns:
    """Client of the open API."""

    name = NAME
    adapters = ADAPTERS
    at_once = AT_ONCE

    def __init__(
        self, config: VerifierConfig, *, purse: Purse, vault: Vault, tick: Tick, sleep: Sleep
    ) -> None:
        """OSError when the bundle of certificates cannot be read."""
        self._calls = FnsCalls(NAME, config, purse=purse, vault=vault, tick=tick, sleep=sleep)
        self._tick = tick
        self._sends = Pacer(CALL_GAP / config.pace, tick, sleep)
        self._batches = Pacer(BATCH_GAP / config.pace, tick, sleep)
        self._same_gap = SAME_MESSAGE_GAP / config.pace
        self._look_again_at: dict[str, float] = {}

    async def ask(self, questions: list[Question]) -> dict[str, Answer]:
        """First look for what is on its way, for it does not live long; then send the rest.

        Once the service is in trouble, what was not asked yet is answered with the same trouble.
        """
        asking = _Asking({question.key: Sent.of(question.handle) for question in questions})
        await self._look([q.key for q in questions if asking.sent[q.key].message], asking)
        rest = [question for question in questions if question.key not in asking.answers]
        # The first goes alone: what stops it, such as a refused token, stops the others unasked.
        await self._send_all(rest[:1], asking)
        await self._send_all(rest[1:], asking)
        return asking.answers

    async def close(self) -> None:
        await self._calls.wire.close()

    async def _look(self, keys: list[str], asking: _Asking) -> None:
        """Find the answers of messages on their way: one by its own call, several by a batch."""
        due = []
        for key in keys:
            state = asking.sent[key]
            wait = self._look_again_at.get(state.message, self._tick()) - self._tick()
            if wait > 0:
                asking.answers[key] = state.working(wait)
            else:
                due.append(key)
        if len(due) > 1 and self._batches.wait > 0:
            now, later = [], due
        else:
            now, later = due[:MOST_IN_BATCH], due[MOST_IN_BATCH:]
        await self._fetch(now, asking)
        asking.answers |= {key: asking.sent[key].working(self._batches.wait) for key in later}

    async def _fetch(self, keys: list[str], asking: _Asking) -> None:
        messages = {key: asking.sent[key].message for key in keys}
        self._remember(messages.values())
        found: Mapping[str, Answer | Fate | NotAnswered] = {}
        try:
            if len(keys) == 1:
                key = keys[0]
                found = {messages[key]: await self._calls.get(messages[key], pseudonym(key))}
            elif keys:
                await self._batches.turn()
                found = await self._calls.get_many([(messages[k], pseudonym(k)) for k in keys])
        except NotAnswered as error:
            asking.trouble = self._calls.wire.note(error)
            found = dict.fromkeys(messages.values(), error)
        for key in keys:
            asking.conclude(key, found[messages[key]])

    def _remember(self, messages: Iterable[str]) -> None:
        """Keep the pause between two looks for the same message."""
        now = self._tick()
        recent = {message: at for message, at in self._look_again_at.items() if at > now}
        self._look_again_at = recent | dict.fromkeys(messages, now + self._same_gap)

    async def _send_all(self, questions: list[Question], asking: _Asking) -> None:
        sendings = (self._send(question, asking) for question in questions)
        for error in await asyncio.gather(*sendings, return_exceptions=True):
            if error is not None:
                raise error

    async def _send(self, question: Question, asking: _Asking) -> None:
        key = question.key
        qr = fiscal(question.slip)
        if qr is None:
            asking.answers[key] = Undecided("not a fiscal receipt")
            return
        if asking.trouble is None:
            await self._sends.turn()
        state = asking.sent[key]
        if asking.trouble is not None:
            asking.answers[key] = replace(asking.trouble, handle=state.handle)
            return
        try:
            message = await self._calls.send(qr, pseudonym(key))
        except NotAnswered as error:
            asking.trouble = self._calls.wire.note(error)
            asking.answers[key] = replace(asking.trouble, handle=state.handle)
        else:
            sent = replace(state, message=message, rounds=state.rounds + 1)
            asking.answers[key] = sent.working()


def pseudonym(key: str) -> str:
    """Who asks, by the service's header: each question is a user of its own, nobody's data."""
    return base64.b64encode(hashlib.sha256(key.encode()).hexdigest()[:32].encode()).decode()
