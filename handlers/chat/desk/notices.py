"""What is told of reports to the city's people: outbox kinds → screens."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from handlers.buttons import Go
from handlers.chat import queues
from handlers.chat.desk.buttons import Case, Queue
from handlers.chat.reports import words
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, day, local, verbatim
from services.cities import CityFacts
from services.reports import telling
from services.reports.states import State

_NEWS: Mapping[str, str] = {
    telling.TO_DESK[State.ASSIGNED]: N_("📥 This has been given to your unit."),
    telling.TO_DESK[State.REOPENED]: N_("🔁 It is open again: {reason}."),
    telling.TO_DESK[State.CONFIRMED]: N_("🎉 Citizens say that it is really fixed. Thank you!"),
    telling.TO_DESK[State.SUBMITTED]: N_("📨 Its author asks you to look once more: {reason}."),
    telling.DUE_SOON: N_("⏳ The promised day is near: {due}."),
    telling.OVERDUE: N_("⏰ It was promised by {due} and is not done yet. The author knows."),
    telling.HEAD: N_("🔴 It was promised by {due}, and twice that time is over. Please see to it."),
    telling.FLAGGED: N_(
        "🚩 Members say that it should not be public. Until you look, nobody sees it."
    ),
    telling.POPULAR: N_("👍 More and more people care about it: {up}."),
}


def _head(facts: Mapping[str, Any]) -> Html:
    parts = [f"{facts.get('emoji') or '🏙'} <b>{local(facts['theme'])}</b>"]
    parts.append(f"№ {facts['number']}")
    if facts.get("place"):
        parts.append(verbatim(facts["place"]))
    return Html(" · ".join(parts))


def _about(kind: str) -> Callable[[dict[str, Any], CityFacts], Screen]:
    def told(facts: dict[str, Any], city: CityFacts) -> Screen:
        due = facts.get("due")
        news = _(
            _NEWS[kind],
            reason=words.reason(facts["reason"]) if facts.get("reason") else "…",
            due=day(datetime.fromisoformat(due), city.timezone) if due else "…",
            up=facts.get("up", 0),
        )
        lines: list[str] = [_head(facts), news]
        if due and kind in {telling.TO_DESK[State.ASSIGNED], telling.TO_DESK[State.REOPENED]}:
            by = day(datetime.fromisoformat(due), city.timezone)
            lines.append(_("⏰ By {day}", day=by))
        show = Case(report=facts["report"], photos=True)
        return Screen(
            "\n".join(lines),
            [[Button(_("Show it"), show)], [Button(_("« Desk"), Go(to="desk"))]],
        )

    return told


def _queue(facts: dict[str, Any], _city: CityFacts) -> Screen:
    """Once a day: what waits for a moderator."""
    rows = []
    lines: list[str] = [_("☀️ <b>This waits for you today</b>")]
    for what, count in (
        ("new", facts["submitted"]),
        ("flagged", facts["flagged"]),
        ("photo", facts["photos"]),
    ):
        if count:
            label = waiting(what, count)
            lines.append(label)
            rows.append([Button(label, Queue(what=what, after=0))])
    for row in queues.buttons(facts):
        lines.append(row[0].label)
        rows.append(row)
    return Screen("\n".join(lines), rows)


def waiting(what: str, count: int) -> Html:
    """How much waits in a queue of the moderators."""
    if what == "flagged":
        return _n("🚩 {n} flagged report", "🚩 {n} flagged reports", count)
    if what == "photo":
        return _n("🖼 {n} new photo", "🖼 {n} new photos", count)
    return _n("📨 {n} new report", "📨 {n} new reports", count)


KINDS: Mapping[str, Callable[[dict[str, Any], CityFacts], Screen]] = {
    **{kind: _about(kind) for kind in _NEWS},
    telling.QUEUE: _queue,
}
