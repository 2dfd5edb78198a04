"""Kaluga with the numbers the tests count with, whatever the city decides."""

from functools import cache

from services.cities.pack import Pack, find_pack, read_pack
from services.cities.rules import Rules

PRICES = {
    "orbita-cookie": 30,
    "orbita-raf": 120,
    "milky-way-dough": 150,
    "constellation-badge": 100,
}
RULES = Rules.model_validate(
    {
        "earning": {
            "points": 5,
            "per_kop": 10_000,
            "kind_percent": {"tour": 150},
            "min_sum_kop": 10_000,
            "auto_max_kop": 1_500_000,
            "now_share": 20,
            "now_cap_per_day": 300,
            "matures_after_days": 7,
            "expires_after_days": 365,
            "warn_before_days": 14,
        },
        "limits": {
            "max_age_hours": 72,
            "hard_max_age_days": 14,
            "future_minutes": 15,
            "per_day_per_guest": 5,
            "per_venue_per_day": 1,
            "minutes_between": 30,
            "before_card_hours": 24 * 90,
            "unreadable": {"count": 3, "window_minutes": 10, "pause_minutes": 10},
        },
        "redemption": {
            "code_minutes": 15,
            "undo_minutes": 5,
            "wrong_codes": {"count": 5, "window_minutes": 10, "pause_minutes": 10},
            "grace_days": 3,
        },
        # What looks odd is tested by itself; here guests may send what they like.
        "suspicion": {"hold_at": 1000},
        "test_drives": ("9999",),
    }
)


@cache
def kaluga() -> Pack:
    """The pack, read once a test process."""
    return read_pack(find_pack("kaluga"))
