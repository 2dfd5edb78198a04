"""Web chat, Telegram by polling, Telegram by webhook: the same people see the same."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path

import pytest

from services.members.roles import Role
from tests.channels.app.phone import OnTelegram, OnTheWeb
from tests.channels.app.process import Eyes, Process
from tests.channels.app.scenario import Story, play
from tests.clock import ManualClock
from tests.fake_telegram import FakeTelegram
from tests.visitor import Visitor


@asynccontextmanager
async def told_on(way: str, file: Path, eyes: Eyes) -> AsyncIterator[Story]:
    """The scene for this way: a fresh database, two people, real eyes."""
    if way == "web":
        async with Process(file, ManualClock(), images=eyes) as process:
            people = [OnTheWeb(await stranger(process)) for _ in range(2)]
            yield Story(process, *people)
        return
    async with (
        FakeTelegram() as fake,
        Process(file, ManualClock(), fake=fake, mode=way, images=eyes) as process,
    ):
        # A profile without a name of its own, as on the web.
        people = [OnTelegram(fake, fake.person(number, "Guest")) for number in (21, 22)]
        yield Story(process, *people)


async def stranger(process: Process) -> Visitor:
    """Somebody whose web chat is still empty."""
    account, _sid = await process.app.web._accounts.create("ru")
    return Visitor(process.house, account)


@pytest.fixture
async def eyes() -> AsyncIterator[Eyes]:
    workers = Eyes()
    yield workers
    await workers.close()


async def test_three_ways_one_conversation(
    kaluga_template: Path, tmp_path: Path, eyes: Eyes
) -> None:
    told: dict[str, Story] = {}
    for way in ("web", "polling", "webhook"):
        (tmp_path / way).mkdir()
        file = Path(shutil.copy(kaluga_template, tmp_path / way / "guestcard.sqlite"))
        async with told_on(way, file, eyes) as story:
            await play(story, await story.process.house.invitation(Role.CASHIER, "orbita"))
            assert (await story.process.house.audit()).findings == []
            told[way] = story
    assert told["polling"].lines == told["web"].lines
    assert told["webhook"].lines == told["web"].lines
    _check(told["web"])


def _check(story: Story) -> None:
    """The transcripts are not equal because they are empty: some of what they must hold."""
    steps = [name for name, _lines in groupby(story.lines, key=lambda line: line[0])]
    assert len(steps) == 32
    assert story.of("guest declines") == [
        ("guest", "edited", 1, "Какое имя написать на карте? Напишите его мне или выберите ниже.",
         (("Без имени",),), (), False),
    ]  # fmt: skip
    assert story.of("guest is named") == [
        ("guest", "new", 2, "Приятно познакомиться, Анна <Б>! Ваша карта готова.\n\n"
         "Пришлите фото чека или выберите ниже.", (), (), False),
        ("guest", "keyboard", "💳 Моя карта", "🎁 Комплименты", "🧾 Мои чеки", "🏛 Что посмотреть",
         "🏙 Проблемы в городе", "💡 Идеи и проекты"),
    ]  # fmt: skip
    assert [line[3] for line in story.of("receipt as photo")] == [
        "✅ +150 баллов за 3\xa0000 ₽. Демо-ресторан «Третья ступень»\n"
        "Сразу можно потратить 30 баллов.\nС 29 ноября можно будет потратить 120 баллов."
    ]
    assert [line[-1] for line in story.of("card") + story.of("taken")] == [True, True]
    assert [line[:3] for line in story.of("reward")] == [("guest", "edited", 10)]
    assert story.of("confirmed") == [
        ("guest", "new", 12, "🍪 Наслаждайтесь! Демо-кофейня «Орбита» подтверждает: "
         "Печенье «Спутник». Потрачено: 30 баллов.", (("🎁 Комплименты", "💳 Моя карта"),), (),
         False),
        ("cashier", "edited", 4, "✅ Подтверждено в 12:40: 🍪 Печенье «Спутник». "
         "Гость (А. Б.) уже знает.", (("Отменить (в течение 5 минут)",),), (), False),
        ("cashier", "toast", "Подтверждено", False),
    ]  # fmt: skip
    assert story.of("stale button") == [
        ("guest", "toast", "This button has expired. Please use a more recent message.", True)
    ]
    assert [line[3][-12:] for line in story.of("error")] == [" <reference>"]
