"""How reports are told of: states, reasons, and the card that everybody sees."""

from collections.abc import Mapping
from datetime import datetime

from handlers.screen import Picture, Screen
from handlers.texts import N_, Html, _, _n, day, days, local, number, verbatim
from handlers.turn import Turn
from services.cities import CityFacts
from services.civic.places import Spot, named_district
from services.reports import reasons
from services.reports.views import Public

STATES: Mapping[str, str] = {
    "draft": N_("✏️ Draft"),
    "submitted": N_("📨 Sent, a moderator is looking"),
    "clarify": N_("❓ A question to you"),
    "open": N_("📢 Published"),
    "assigned": N_("👤 Somebody is on it"),
    "in_progress": N_("🔧 In progress"),
    "scheduled": N_("🗓 Planned"),
    "fixed": N_("✅ Fixed, says the city"),
    "confirmed": N_("🎉 Fixed"),
    "reopened": N_("🔁 Opened again"),
    "referred": N_("➡️ Passed on"),
    "declined": N_("🚫 Declined"),
    "unfixable": N_("⛔ Cannot be fixed now"),
    "duplicate": N_("🔗 Joined with another report"),
    "promoted": N_("🚀 Became a project"),
    "withdrawn": N_("↩️ Taken back"),
}

REASONS: Mapping[str, str] = {
    "own_words": N_("said in person"),
    "no_answer": N_("there was no answer to our question"),
    "no_objection": N_("nobody said that it was not fixed"),
    "where_exactly": N_("where exactly is it?"),
    "what_exactly": N_("what exactly is wrong?"),
    "photo_unclear": N_("the photo does not show the problem clearly"),
    "personal_data": N_("faces, car plates or other personal details can be seen"),
    "not_a_problem": N_("this is not a problem for the city's services"),
    "not_in_city": N_("this place is not in the city"),
    "abuse": N_("rude words"),
    "advertising": N_("this is advertising"),
    "personal_data_shown": N_("it shows other people's personal details"),
    "private_ground": N_("this is private ground"),
    "nothing_there": N_("nothing of the kind was found there"),
    "same_place": N_("the same place and the same problem"),
    "same_event": N_("the same event"),
    "region": N_("the region is responsible"),
    "other_service": N_("another service is responsible"),
    "owner_of_ground": N_("the owner of the ground is responsible"),
    "transport_company": N_("the transport company is responsible"),
    "wrong_unit": N_("another department is responsible"),
    "not_the_same": N_("it is another problem after all"),
    "opened_by_mistake": N_("it was a mistake"),
    "colleague": N_("a colleague takes over"),
    "needs_more_hands": N_("more hands are needed"),
    "season": N_("it can only be done in season"),
    "in_the_plan": N_("it is in the plan of works"),
    "materials": N_("materials are on order"),
    "contractor": N_("a contractor is being chosen"),
    "no_ground_for_it": N_("there is no room for it"),
    "not_possible": N_("it is technically not possible"),
    "no_money": N_("there is no money for it this year"),
    "law_forbids": N_("the law does not allow it"),
    "needs_project": N_("this needs a whole project"),
    "several_places": N_("the same is wrong in several places"),
    "not_fixed": N_("it is not fixed"),
    "again": N_("it is there again"),
    "fixed_badly": N_("it was done badly"),
    "looked_again": N_("we have looked once more"),
    "please_look_again": N_("please look once more"),
}
"""By the keys of `services.reports.reasons`; anything else is somebody's own words."""

_CAPTION = 900
"""What surely fits under a photo; more follows in a message of its own."""


def state(name: str) -> Html:
    """The state of a report, with its sign."""
    return _(STATES[name])


def reason(key: str) -> Html:
    """Why something was decided: ready words in the reader's language, or somebody's own."""
    return _(REASONS[key]) if reasons.is_key(key) else verbatim(key)


def which(addresses: int) -> Html:
    """Asked above so many addresses that a typed one may mean."""
    if addresses > 1:
        return _("Which one do you mean?")
    if addresses:
        return _("Is this the place?")
    return _("I do not know this address. Shall I write it down as you typed it?")


def place(city: CityFacts, spot: Spot) -> Html:
    """A place in a line."""
    if spot.citywide:
        return _("the whole city")
    district = named_district(city, spot.district)
    where = local(district) if district else ""
    if spot.address:
        known = verbatim(spot.address)
        return Html(f"{known}, {where}") if where else known
    if spot.lat is not None and spot.lon is not None:
        point = f"{spot.lat:.4f}, {spot.lon:.4f}"
        return Html(f"{where} · {point}") if where else Html(point)
    return _("no place yet")


def distance(metres: int) -> Html:
    """How far away something is."""
    if metres < 1000:
        return _("{n} m", n=metres)
    return _("{n} km", n=f"{metres / 1000:.1f}")


def age(since: datetime, now: datetime) -> Html:
    """How long ago, in days."""
    gone = (now - since).days
    return days(gone) if gone else _("today")


def voices(up: int) -> Html:
    """How many support it."""
    return _n("{n} supports it", "{n} support it", up)


def card(turn: Turn, shown: Public) -> list[str]:
    """What everybody sees of a report, line by line; a draft's preview is the same."""
    zone = turn.city.timezone
    head = f"{shown.emoji} <b>{local(shown.theme)}</b>"
    if shown.number is not None:
        head += f" · № {shown.number}"
    if shown.state == "withdrawn":
        return [head, state(shown.state), _("Its author has taken it back, so there is no more.")]
    spot = Spot(shown.lat, shown.lon, shown.address, shown.district, shown.citywide)
    lines = [head, f"📍 {place(turn.city, spot)}"]
    if shown.text:
        lines += ["", verbatim(shown.text), ""]
    author: str = _("👤 {author}", author=shown.author or _("anonymous"))
    if shown.due_at is not None and shown.state in _RUNNING:
        due = day(shown.due_at, zone, turn.now)
        promised = (
            _("⏰ Was promised by {day}", day=due) if shown.overdue else _("⏰ By {day}", day=due)
        )
        author += f" · {promised}"
    unit: str = _("🏢 {unit}", unit=local(shown.unit))
    if len(shown.photos) > 1:
        unit += " · " + _n("📷 {n} photo", "📷 {n} photos", len(shown.photos))
    lines += [author, unit]
    if shown.number is not None:
        lines.append(state(shown.state))
    if shown.reason:
        lines.append(_("Why: {reason}", reason=reason(shown.reason)))
    if shown.duplicate_of is not None:
        lines.append(_("It continues as № {number}.", number=str(shown.duplicate_of)))
    if shown.up:
        lines.append(f"👍 {voices(shown.up)}" + _verified(shown))
    return lines


_RUNNING = frozenset(
    {"draft", "submitted", "clarify", "open", "assigned", "in_progress", "scheduled", "reopened"}
)


def _verified(shown: Public) -> str:
    if not shown.verified_up:
        return ""
    return " " + _("({n} with a verified phone)", n=number(shown.verified_up))


def once_more(text: str) -> str:
    """The question for other words than these."""
    if not text:
        return _("Please say in a few words what is wrong.")
    asked = _("Please write the text once more, the whole of it. Now it says:")
    return f"{asked}\n\n<blockquote>{verbatim(text)}</blockquote>"


def full(city: CityFacts) -> Html:
    """That a report has all the photos it takes."""
    return _n(
        "There is {n} photo already, which is all a report takes.",
        "There are {n} photos already, which is all a report takes.",
        city.rules.civic.photos,
    )


def pictured(screen: Screen, token: str | None) -> Screen:
    """The screen with a photo above it; long words follow in a message of their own."""
    if token is None:
        return screen
    picture = Picture("report_photo", {"token": token})
    if len(screen.text) <= _CAPTION:
        return Screen(
            screen.text, screen.buttons, picture=picture, fresh=screen.fresh,
            closes=screen.closes, toast=screen.toast, also=screen.also,
        )  # fmt: skip
    words = Screen(screen.text, screen.buttons)
    return Screen(
        picture=picture, fresh=True, closes=screen.closes, toast=screen.toast,
        also=[words, *screen.also],
    )  # fmt: skip
