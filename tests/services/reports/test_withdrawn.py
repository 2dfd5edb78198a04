"""What an author has taken back: a stub is left of it, and who followed it hears so once."""

from sqlalchemy import select

from services.delivery.models import OutboxMessage
from services.reports import notes, supporting, views
from services.reports.models import Report
from services.reports.states import Verb
from services.reports.views import Wanted
from services.sharing import history, photos
from tests.services.reports.street import Street


async def supported(street: Street) -> int:
    """A published report with a photo, that a neighbour supports."""
    report_id = await street.opened()
    town = street.town
    await town.run(
        supporting.support, town.city, member_id=street.supporter, report_id=report_id,
        now=town.now,
    )  # fmt: skip
    return report_id


async def test_a_stub_is_left(street: Street) -> None:
    town, report_id = street.town, await supported(street)
    district = await street.get(report_id, Report.district)
    (before,) = (await town.look(views.public, town.city, [report_id], town.now)).values()
    (token,) = before.photos
    assert (before.up, await town.look(photos.public_photo, token) is None) == (1, False)
    await street.move(report_id, Verb.WITHDRAW, street.author)
    (stub,) = (await town.look(views.public, town.city, [report_id], town.now)).values()
    assert (stub.number, stub.state, stub.category, stub.published_at) == (
        *(before.number, "withdrawn", "pothole", before.published_at),
    )
    assert (stub.text, stub.lat, stub.lon, stub.address) == ("", None, None, None)
    assert (stub.district, stub.citywide, stub.author) == (None, False, None)
    assert (stub.photos, stub.after, stub.up, stub.verified_up) == ((), (), 0, 0)
    assert await town.look(photos.public_photo, token) is None
    assert await town.look(views.photo, token) is None
    listed = await town.look(views.listed, town.city, Wanted(district=district), town.now, limit=5)
    assert listed == []
    assert await street.get(report_id, Report.text) != "", "the city's team still has it"


async def test_what_was_said_of_it_is_not_told_any_more(street: Street) -> None:
    town, report_id = street.town, await street.opened()
    await town.run(
        notes.say, town.city, report_id=report_id, by=street.official,
        text="At the gate of Kirova, 1", now=town.now,
    )  # fmt: skip
    assert len((await town.look(history.of_reports, [report_id]))[report_id]) == 2
    await street.move(report_id, Verb.WITHDRAW, street.author)
    told = (await town.look(history.of_reports, [report_id]))[report_id]
    assert [(each.after, each.words) for each in told] == [("open", None), ("withdrawn", None)]


async def test_who_supports_it_hears_once_and_without_the_place(street: Street) -> None:
    town, report_id = street.town, await supported(street)
    await street.move(report_id, Verb.WITHDRAW, street.author)
    sent = await town.rows(select(OutboxMessage.member_id, OutboxMessage.kind, OutboxMessage.facts))
    ((member_id, kind, facts),) = sent
    assert (member_id, kind) == (street.supporter, "report_withdrawn")
    assert (facts["number"], facts["place"], facts["mine"]) == (1, None, False)


async def test_what_nobody_has_seen_is_taken_back_without_a_word(street: Street) -> None:
    report_id = await street.sent()
    await street.move(report_id, Verb.WITHDRAW, street.author)
    town = street.town
    assert await town.look(views.public, town.city, [report_id], town.now) == {}
    assert await town.rows(select(OutboxMessage.id)) == []
