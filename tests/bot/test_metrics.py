"""What Prometheus is told: the names dashboards rely on, counted right, naming nobody."""

import re

from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import Metrics
from tests.house import House


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """(name, label values…) → value."""
    text = metrics.exposition().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_names_before_anything_happened() -> None:
    text = Metrics().exposition().decode()
    assert set(re.findall(r"^# TYPE (guestcard_\w+)", text, re.MULTILINE)) == {
        "guestcard_updates_total",
        "guestcard_handler_seconds",
        "guestcard_receipts_total",
        "guestcard_checks_total",
        "guestcard_deliveries_total",
        "guestcard_outbox_depth",
    }


def test_two_processes_do_not_share() -> None:
    first, second = Metrics(), Metrics()
    first.delivered("web", "sent")
    assert samples(first)["guestcard_deliveries_total", "web", "sent"] == 1
    assert ("guestcard_deliveries_total", "web", "sent") not in samples(second)


async def test_what_people_do_is_counted(house: House) -> None:
    guest = await house.regular(name="Zinaida Unmistakable", points=10)
    code = house.receipt(3000)
    await guest.says("/card")
    await guest.says(code)
    await guest.says(code)
    await guest.says("/nonsense")
    found = samples(house.app.metrics)
    assert found["guestcard_receipts_total", "credited"] == 2, "the second said so too"
    updates = sum(value for key, value in found.items() if key[0] == "guestcard_updates_total")
    assert updates == 4
    seconds = {
        key[1]: value for key, value in found.items() if key[0] == "guestcard_handler_seconds_count"
    }
    assert sum(seconds.values()) == 4
    assert seconds["card"] == 1
    assert seconds["pasted"] == 2
    text = house.app.metrics.exposition().decode()
    for secret in ("Zinaida", "7386400000010001", await guest.last()):
        assert secret not in text


async def test_a_refused_receipt_is_no_receipt_counted(house: House) -> None:
    """What was rolled back has not happened; what was answered has its reason."""
    guest = await house.regular()
    await guest.says(house.receipt(10))
    found = samples(house.app.metrics)
    assert found["guestcard_receipts_total", "small"] == 1
    assert ("guestcard_receipts_total", "credited") not in found
