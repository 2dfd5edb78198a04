"""The boundary: one update = one person, one transaction, one answer.

Outside the dispatcher's filters it finds out who speaks and whether the update is new. The effect
is committed together with the update's key and its answer (`bot.transaction`); only then is the
answer shown here.
"""

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import TelegramObject, Update

from bot.arrival import AlreadyProcessed, Arrival, arrival_of, dialogue, processed
from bot.city import CitySource
from bot.fsm_storage import storage_key
from bot.metrics import Metrics
from bot.models import ProcessedUpdate
from bot.presenter import Presenter
from bot.recognition import Recognised, recognise
from bot.turnstile import Throttle, Turnstile, Verdict
from handlers import apologies
from handlers.refusals import refused
from handlers.screen import Screen, from_json
from handlers.texts import language
from services.clock import Clock
from services.database import Database, insert_new
from services.errors import Changed, Refusal
from services.members import people

log = logging.getLogger(__name__)

Next = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

_SHOWN_KEPT = 10_000


class Boundary(BaseMiddleware):
    """The outer middleware of all updates. `channels` maps a bot's id to its channel's name.

    A channel that holds updates back asks the throttle itself when one arrives, and hands its
    `verdict` over with the update.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        city: CitySource,
        channels: Mapping[int, str],
        presenter: Presenter,
        metrics: Metrics,
        spoke: Callable[[str, str, str], Awaitable[None]],
        throttle: Throttle | None = None,
    ) -> None:
        """`spoke` is told (channel, external id, language) when a person changed theirs."""
        self._database = database
        self._clock = clock
        self._city = city
        self._channels = channels
        self._presenter = presenter
        self._metrics = metrics
        self._spoke = spoke
        self._throttle = throttle or Throttle()
        self._turnstile = Turnstile()
        self._shown: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, handler: Next, event: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(event, Update)
        bot: Bot = data["bot"]
        channel = self._channels[bot.id]
        arrival = arrival_of(channel, bot, event)
        if arrival is None or arrival.key in self._shown:
            return None
        waiting = self._turnstile.waiting(arrival.who)
        verdict = data.pop("verdict", None) or self._throttle.arrives(arrival.who, waiting)
        if verdict is not Verdict.SERVE:
            await self._turn_away(bot, arrival, tell=verdict is Verdict.TELL)
            return None
        async with self._turnstile.through(arrival.who):
            if arrival.key in self._shown:
                return None
            started = time.perf_counter()
            outcome = await self._serve(handler, event, data, arrival)
            self._metrics.update(channel, arrival.handler, outcome, started)
        return None

    async def _turn_away(self, bot: Bot, arrival: Arrival, *, tell: bool) -> None:
        """Done with at once, whoever else of the same person still waits."""
        started = time.perf_counter()
        try:
            if tell:
                known = await self._recognise(arrival)
                language.set(known.person.language)
                await self._show(bot, arrival, apologies.too_fast(), final=False)
        except Exception:
            # A courtesy is not worth a second delivery.
            log.warning("Could not say that it was too fast", exc_info=True)
        self._metrics.update(arrival.channel, arrival.handler, "throttled", started)

    async def _serve(
        self, handler: Next, event: Update, data: dict[str, Any], arrival: Arrival
    ) -> str:
        bot: Bot = data["bot"]
        try:
            if event.edited_message is not None and await self._find(arrival) is None:
                return "ignored"  # what a stranger corrects was never said to us
            known = await self._recognise(arrival)
        except Exception:
            await self._show(bot, arrival, apologies.our_fault(self._reference(arrival)))
            return "failed"
        language.set(known.person.language)
        if known.blocked:
            await self._welcome_back(known)
        if known.screen is not None:
            await self._show(bot, arrival, from_json(known.screen))
            return "repeated"
        data |= {
            "person": known.person,
            "arrival": arrival,
            "known": known,
            "raw_state": known.dialogue,
        }
        try:
            screen = await handler(event, data)
            outcome = "answered"
        except AlreadyProcessed:
            return "duplicate"
        except Refusal as refusal:
            screen = refused(refusal, await self._city.get())
            await self._keep(arrival, known, screen)
            outcome = f"refused:{type(refusal).__name__}"
        except Exception:
            screen, outcome = apologies.our_fault(self._reference(arrival)), "failed"
        if screen is UNHANDLED or screen is None:
            log.error("No handler took an update", extra={"update": arrival.key})
            return "unhandled"
        if language.get() != known.person.language:
            await self._spoke(arrival.channel, str(arrival.user.id), language.get())
        await self._show(bot, arrival, screen)
        return outcome

    async def _recognise(self, arrival: Arrival) -> Recognised:
        for _try in range(2):
            known = await self._find(arrival)
            if known is not None:
                return known
            with suppress(Changed):
                await self._join(arrival, str(arrival.user.id))
        raise RuntimeError("a member who has just joined is not there")

    async def _find(self, arrival: Arrival) -> Recognised | None:
        dialogue_key = storage_key(dialogue(arrival))
        async with self._database.reading() as reading:
            return await recognise(
                reading, arrival.channel, str(arrival.user.id), dialogue_key, arrival.key
            )

    async def _join(self, arrival: Arrival, external_id: str) -> None:
        city = await self._city.get()
        code = (arrival.user.language_code or "")[:2]
        async with self._database.transaction() as tx:
            await people.join(
                tx,
                city_id=city.id,
                channel=arrival.channel,
                external_id=external_id,
                language=code if code in city.languages else city.default_language,
                via=arrival.via,
                now=self._clock.now(),
            )

    async def _welcome_back(self, known: Recognised) -> None:
        """Whoever writes can be written to again, whatever comes of what they wrote."""
        async with self._database.transaction() as tx:
            await people.seen(tx, known.person.identity_id, self._clock.now())

    async def _keep(self, arrival: Arrival, known: Recognised, screen: Screen) -> None:
        """A refusal changed nothing; only its answer is kept."""
        async with self._database.transaction() as tx:
            await insert_new(
                tx, ProcessedUpdate, processed(arrival, known, screen, self._clock.now())
            )

    def _reference(self, arrival: Arrival) -> str:
        """Log the exception at hand; the code finds the line and is shown to the person."""
        reference = secrets.token_hex(3).upper()
        log.exception(
            "Handling failed",
            extra={
                "reference": reference,
                "update": arrival.key,
                "handler": arrival.handler,
            },
        )
        return reference

    async def _show(
        self, bot: Bot, arrival: Arrival, screen: Screen, *, final: bool = True
    ) -> None:
        try:
            await self._presenter.answer(bot, arrival.chat_id, screen, arrival.query)
        except TelegramBadRequest:
            sorry = apologies.not_shown(self._reference(arrival))
            await bot.send_message(arrival.chat_id, sorry.text)
        except TelegramForbiddenError:
            async with self._database.transaction() as tx:
                await people.blocked(tx, arrival.channel, str(arrival.user.id), self._clock.now())
        if final:
            self._shown[arrival.key] = None
            if len(self._shown) > _SHOWN_KEPT:
                self._shown.popitem(last=False)
