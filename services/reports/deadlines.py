"""By when the city promises to be done."""

from datetime import datetime, timedelta

from services.cities import CityFacts
from services.civic import calendar

_CEILING = timedelta(days=30)


def promised(city: CityFacts, sla_days: int, now: datetime) -> datetime:
    """The end of the theme's last working day, at most thirty days from now."""
    by_theme = calendar.due(city.calendar, now, sla_days, city.timezone)
    ceiling = calendar.due(city.calendar, now + _CEILING, 0, city.timezone)
    return min(by_theme, ceiling)
