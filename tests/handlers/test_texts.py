"""Words that are put together without a catalogue."""

import pytest

from handlers.texts import plain, window
from tests.house import speaking


@pytest.mark.parametrize(
    ("tongue", "days", "said"),
    [
        ("en", [1, 2, 3, 4], "Tue–Fri: 10:00 to 18:00"),
        ("en", [0, 2, 4], "Mon, Wed, Fri: 10:00 to 18:00"),
        ("zh", [1, 2, 3, 4], "周二至周五 10:00 至 18:00"),
        ("zh", [0, 2, 4], "周一、周三、周五 10:00 至 18:00"),
    ],
)
def test_the_days_of_a_reward(tongue: str, days: list[int], said: str) -> None:
    with speaking(tongue):
        assert plain(window({"days": days, "from": "10:00", "until": "18:00"})) == said
