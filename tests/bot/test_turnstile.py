"""One person at a time, and how many updates of one person are served at all."""

import asyncio

from bot.turnstile import Throttle, Turnstile, Verdict

SERVE, TELL, DROP = Verdict.SERVE, Verdict.TELL, Verdict.DROP


class Ticks:
    """A clock of seconds that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def of(throttle: Throttle, count: int, who: str = "anna") -> list[Verdict]:
    return [throttle.arrives(who) for _ in range(count)]


def test_a_burst_is_served_and_the_rest_told_once() -> None:
    throttle = Throttle(now=Ticks())
    assert of(throttle, 300) == [SERVE] * 20 + [TELL] + [DROP] * 279


def test_one_persons_flood_is_nobody_elses() -> None:
    throttle = Throttle(now=Ticks())
    of(throttle, 300)
    assert of(throttle, 20, "boris") == [SERVE] * 20


def test_one_a_second_is_never_too_fast() -> None:
    ticks = Ticks()
    throttle = Throttle(now=ticks)
    of(throttle, 20)
    for second in range(1, 1000):
        ticks.now = second
        assert throttle.arrives("anna") is SERVE


def test_one_flood_is_told_at_most_every_ten_seconds() -> None:
    ticks = Ticks()
    throttle = Throttle(rate=0, now=ticks)
    of(throttle, 21)
    told = []
    for tenth in range(1, 301):
        ticks.now = tenth / 10
        if throttle.arrives("anna") is TELL:
            told.append(ticks.now)
    assert told == [10.0, 20.0, 30.0]


def test_no_more_than_a_burst_waits_however_slowly_it_is_served() -> None:
    ticks = Ticks()
    throttle = Throttle(now=ticks)
    assert throttle.arrives("anna", waiting=19) is SERVE
    ticks.now = 1000.0
    assert throttle.arrives("anna", waiting=20) is TELL
    assert throttle.arrives("anna", waiting=20) is DROP
    assert throttle.arrives("anna", waiting=19) is SERVE


def test_only_so_many_people_are_remembered() -> None:
    throttle = Throttle(burst=1, people=2, now=Ticks())
    assert [throttle.arrives(who) for who in ("anna", "boris", "anna", "clara")] == [
        SERVE, SERVE, TELL, SERVE,
    ]  # fmt: skip
    assert len(throttle._buckets) == 2
    # Boris was silent longest, so he is the one who was forgotten.
    assert throttle.arrives("anna") is DROP
    assert throttle.arrives("boris") is SERVE


async def test_the_turnstile_knows_who_waits_and_forgets_who_is_gone() -> None:
    turnstile, order, gate = Turnstile(), [], asyncio.Event()

    async def goes(number: int) -> None:
        async with turnstile.through("anna"):
            await gate.wait()
            order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(goes(number))
        await asyncio.sleep(0)
        assert (turnstile.waiting("anna"), turnstile.waiting("boris")) == (3, 0)
        gate.set()
    assert (order, turnstile.waiting("anna"), turnstile._queues) == ([0, 1, 2], 0, {})
