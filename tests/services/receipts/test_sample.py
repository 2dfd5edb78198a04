"""A demo receipt of a till that nobody knows can be registered by its owner."""

from services.cities import TillFacts
from services.cities.registering import fitted
from services.receipts.sample import unregistered

KNOWN = TillFacts(
    registration="0000400101044251",
    serial="DEMO0101",
    drive="7386400000010001",
    inn="0040000014",
    partner={"en": "Orbit"},
)


def test_a_till_nobody_registered_is_its_owners() -> None:
    for number in (0, 7, 999_999):
        till = unregistered(KNOWN, number)
        assert fitted(till.registration, KNOWN.inn, till.serial) == till.serial
        assert (len(till.drive), till.inn, till.partner) == (16, KNOWN.inn, KNOWN.partner)
    assert len({unregistered(KNOWN, number).drive for number in range(50)}) == 50
