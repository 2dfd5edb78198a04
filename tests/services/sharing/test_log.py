"""The log as everybody may read it: nothing before publication, nothing that was refused."""

from typing import Any

import pytest

from services.civic import log as chain
from services.reports.states import Verb
from services.sharing import log
from tests.services.reports.street import Street
from tests.services.town import Town


@pytest.fixture
async def street(town: Town) -> Street:
    return await Street.of(town)


async def record(street: Street, subject: str, subject_id: int = 1, **more: Any) -> None:
    town = street.town
    values: dict[str, Any] = {"verb": "open", "before": "submitted", "after": "open", **more}
    await town.run(
        chain.record, city_id=town.city.id, subject=subject, subject_id=subject_id,
        acting="moderator", actor_id=None, at=town.now, **values,
    )  # fmt: skip


async def shown(street: Street, *page: Any) -> list[tuple[str, str]]:
    """(subject, state it came to), the latest first."""
    found = await street.town.look(log.latest, street.town.city.id, *page)
    return [(event.subject, event.after) for event in found]


async def test_only_moves_of_what_is_published(street: Street) -> None:
    await record(street, "indicator")
    await record(street, "report", 77)
    await record(street, "project", 77)
    await record(street, "practice")
    assert await shown(street) == [("practice", "open"), ("indicator", "open")]
    assert await shown(street, 10, 4) == [("indicator", "open")]
    assert await shown(street, 1) == [("practice", "open")]


async def test_nothing_from_before_a_report_was_published(street: Street) -> None:
    report_id = await street.sent()
    street.town.clock.advance(hours=1)
    await street.move(report_id, Verb.CLARIFY, street.moderator, reason="personal_data")
    street.town.clock.advance(hours=1)
    await street.move(report_id, Verb.SUBMIT, street.author)
    assert await shown(street) == []
    street.town.clock.advance(hours=1)
    await street.move(report_id, Verb.OPEN, street.moderator)
    await street.move(report_id, Verb.ASSIGN, street.official)
    assert await shown(street) == [("report", "assigned"), ("report", "open")]


@pytest.mark.parametrize("again", [False, True])
async def test_nothing_of_a_report_that_was_declined(street: Street, again: bool) -> None:
    report_id = await street.opened()
    street.town.clock.advance(hours=1)
    await street.move(report_id, Verb.DECLINE, street.moderator, reason="abuse")
    assert await shown(street) == []
    if again:
        await street.move(report_id, Verb.SUBMIT, street.author, reason="Please look again")
        assert await shown(street) == []
        await street.move(report_id, Verb.OPEN, street.moderator)
        assert await shown(street) == [("report", "open"), ("report", "open")]
