"""Words: the one place where a text is translated, filled in and escaped.

Msgids are English and may use Telegram's HTML; every value put into one is escaped here, so a
guest called `<b>` stays a name. The language is the member's, set by the boundary.
"""

import gettext
import html
import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_day_names
from babel.numbers import format_decimal

LANGUAGES = ("ru", "en", "zh")
_DOMAIN = "guestcard"
_TAG = re.compile(r"<[^>]+>")

language: ContextVar[str] = ContextVar("language", default="en")


class Html(str):
    """A text that is already safe to show and is put into another one as it is."""

    __slots__ = ()


@cache
def _catalogue(tongue: str) -> gettext.NullTranslations:
    folder = Path(str(files("locales")))
    return gettext.translation(_DOMAIN, folder, [tongue], fallback=tongue == "en")


def _fill(template: str, facts: Mapping[str, object]) -> Html:
    return Html(template.format_map({name: _shown(value) for name, value in facts.items()}))


def _shown(value: object) -> str:
    if isinstance(value, Html):
        return value
    if isinstance(value, int):
        return number(value)
    return html.escape(str(value), quote=False)


def _(message: str, /, **facts: object) -> Html:
    """The message in the member's language, with `facts` filled in and escaped."""
    return _fill(_catalogue(language.get()).gettext(message), facts)


def _n(one: str, many: str, n: int, /, **facts: object) -> Html:
    """The form of the message that goes with `n`, which is also the fact `n`."""
    return _fill(_catalogue(language.get()).ngettext(one, many, n), {"n": n, **facts})


def language_name(tongue: str) -> str:
    """A language in its own words."""
    return (Locale(tongue).get_display_name(tongue) or tongue).capitalize()


def N_(message: str) -> str:  # noqa: N802 - the name xgettext looks for
    """Mark a message for the catalogues where it is declared; translate it with `_` later."""
    return message


def local(text: Mapping[str, str]) -> Html:
    """A text of the city pack in the member's language, escaped."""
    tongue = language.get()
    return Html(html.escape(text.get(tongue) or next(iter(text.values())), quote=False))


def verbatim(text: str) -> Html:
    """Somebody's own words, escaped."""
    return Html(html.escape(text, quote=False))


def plain(text: str) -> str:
    """The text without markup, for labels, captions in pictures and file names."""
    return html.unescape(_TAG.sub("", text))


def number(value: int) -> str:
    """A whole number with the language's own grouping."""
    return format_decimal(value, locale=language.get()) if abs(value) >= 1000 else str(value)


def money(kopecks: int) -> str:
    """A sum in rubles; kopecks only when there are some."""
    pattern = "#,##0.00" if kopecks % 100 else "#,##0"
    return f"{format_decimal(Decimal(kopecks) / 100, pattern, locale=language.get())} ₽"


def day(moment: datetime | date, zone: ZoneInfo, now: datetime | None = None) -> str:
    """A date in the city's zone: "November 22", and with `now` also the year when it differs."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(zone).date()
    patterns = {"ru": "d MMMM", "en": "MMMM d", "zh": "M月d日"}
    if now is not None and moment.year != now.astimezone(zone).year:
        patterns = {"ru": "d MMMM y", "en": "MMMM d, y", "zh": "y年M月d日"}
    return format_date(moment, patterns[language.get()], locale=language.get())


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """The hour and minute in the city's zone."""
    return format_time(_local_time(moment, zone), "HH:mm", locale=language.get())


def _local_time(moment: datetime, zone: ZoneInfo) -> time:
    return moment.astimezone(zone).time()


def day_and_clock(moment: datetime, zone: ZoneInfo) -> str:
    """A date with the hour and minute."""
    skeletons = {"ru": "d MMM, HH:mm", "en": "MMM d, HH:mm", "zh": "M月d日 HH:mm"}
    tongue = language.get()
    return format_datetime(moment.astimezone(zone), skeletons[tongue], locale=tongue)


def weekdays(numbers: Sequence[int]) -> str:
    """Days of the week, Monday is 0: a range where they follow one another, else a list."""
    names = get_day_names("abbreviated", locale=language.get())
    to, comma = ("至", "、") if language.get() == "zh" else ("–", ", ")
    chosen = set(numbers)
    first = next((n for n in sorted(chosen) if (n - 1) % 7 not in chosen), 0)
    run = [(first + step) % 7 for step in range(len(chosen))]
    if len(chosen) > 2 and set(run) == chosen:
        return f"{names[run[0]]}{to}{names[run[-1]]}"
    return comma.join(names[n] for n in sorted(chosen))


def window(hours: Mapping[str, Any]) -> Html:
    """The hours of a reward in words."""
    hours_of_day = {"start": hours["from"], "end": hours["until"]}
    if hours["days"] == [0, 1, 2, 3, 4]:
        return _("Weekdays, {start} to {end}", **hours_of_day)
    if hours["days"] == [5, 6]:
        return _("Weekends, {start} to {end}", **hours_of_day)
    if len(hours["days"]) == 7:
        return _("Daily, {start} to {end}", **hours_of_day)
    return _("{days}: {start} to {end}", days=weekdays(hours["days"]), **hours_of_day)


def days(n: int) -> Html:
    """A span of days."""
    return _n("{n} day", "{n} days", n)


def points(amount: int) -> Html:
    """ "5 points"."""
    return _n("{n} point", "{n} points", amount)


def merits(amount: int) -> Html:
    """ "5 merits"."""
    return _n("{n} merit", "{n} merits", amount)


def price(amount: int, currency: str) -> Html:
    """An amount of points or merits."""
    return merits(amount) if currency == "merits" else points(amount)
