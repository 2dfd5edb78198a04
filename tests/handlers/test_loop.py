"""The one loop: a guest earns, spends, and a café confirms."""

from tests.house import House


async def test_a_guest_earns_spends_and_the_cafe_confirms(house: House) -> None:
    cashier = await house.staff()
    guest = await house.guest()
    assert "Your card is ready" in await guest.last()
    print(await guest.photographs(house.receipt(3000)))
    print(await guest.says("/card"))
    print(await guest.says("/rewards"))
    for m in await guest.sees():
        print(m.id, repr(m.text), m.buttons)
    for m in await cashier.sees():
        print(m.id, repr(m.text), m.buttons)
