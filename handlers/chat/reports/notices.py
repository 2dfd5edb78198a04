"""What is told of reports to authors and followers: outbox kinds → screens."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from handlers.buttons import Go
from handlers.chat.reports import words
from handlers.chat.reports.buttons import (
    Mend,
    MyReport,
    MyReports,
    Resume,
    ShowReport,
    Support,
)
from handlers.chat.reports.fixed import fixed_or_not
from handlers.chat.reports.mine import look_again
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, day, local, verbatim
from services.cities import CityFacts
from services.reports import telling
from services.reports.states import State

_NEWS: Mapping[str, str] = {
    State.CLARIFY: N_("❓ A moderator has a question about your report: <b>{reason}</b>"),
    State.OPEN: N_("📢 Everybody can see this report now."),
    State.ASSIGNED: N_("👤 Somebody has taken it up."),
    State.SCHEDULED: N_("🗓 It is planned until {until}: {reason}."),
    State.FIXED: N_("✅ The city says that it is fixed. Is it?"),
    State.CONFIRMED: N_("🎉 It is fixed. Thank you for caring!"),
    State.REOPENED: N_("🔁 It is open again: {reason}."),
    State.REFERRED: N_("➡️ It was passed on: {reason}."),
    State.DECLINED: N_("🚫 It was declined: {reason}."),
    State.UNFIXABLE: N_("⛔ The city cannot fix it now: {reason}."),
    State.DUPLICATE: N_("🔗 It was reported before and continues as № {original}."),
    State.PROMOTED: N_("🚀 It has become a project: you hear of it from now on."),
    State.WITHDRAWN: N_(
        "↩️ Its author has taken it back, so nobody works on it. Is it still in your way? Then "
        "report it yourself."
    ),
}


def _head(facts: Mapping[str, Any]) -> Html:
    theme = local(facts["theme"]) if facts.get("theme") else _("Report")
    parts = [f"{facts.get('emoji') or '🏙'} <b>{theme}</b>"]
    if facts.get("number") is not None:
        parts.append(f"№ {facts['number']}")
    if facts.get("place"):
        parts.append(verbatim(facts["place"]))
    return Html(" · ".join(parts))


def _moved(state: State) -> Callable[[dict[str, Any], CityFacts], Screen]:
    def told(facts: dict[str, Any], city: CityFacts) -> Screen:
        until = facts.get("until")
        news = _(
            _NEWS[state],
            reason=words.reason(facts["reason"]) if facts.get("reason") else "…",
            until=day(datetime.fromisoformat(until), city.timezone) if until else "…",
            original=str(facts.get("original_number") or ""),
        )
        return Screen(f"{_head(facts)}\n{news}", _ways(state, facts))

    return told


def _ways(state: State, facts: Mapping[str, Any]) -> list[list[Button]]:
    report, mine = facts["report"], bool(facts.get("mine"))
    if state is State.CLARIFY:
        return [
            [Button(_("💬 Answer"), Mend(report=report, part="answer"))],
            [Button(_("Show it"), MyReport(report=report))],
        ]
    if state is State.FIXED:
        return [
            fixed_or_not(report),
            [Button(_("Show it"), ShowReport(report=report))],
        ]
    if state is State.WITHDRAWN:
        return [[Button(_("➕ New report"), Go(to="report"))]]
    if mine:
        show = [Button(_("Show it"), MyReport(report=report))]
        return [[look_again(report)], show] if state is State.DECLINED else [show]
    rows = [[Button(_("Show it"), ShowReport(report=report))]]
    if state is not State.PROMOTED:
        rows.append([Button(_("🔕 Hear no more of it"), Support(report=report, yes=False))])
    return rows


def _undone(facts: dict[str, Any], _city: CityFacts) -> Screen:
    news = _(
        "A moderator has taken a decision back. It is again: {state}",
        state=words.state(facts["state"]),
    )
    return Screen(
        f"{_head(facts)}\n{news}", [[Button(_("Show it"), MyReport(report=facts["report"]))]]
    )


def _draft(facts: dict[str, Any], city: CityFacts) -> Screen:
    return Screen(
        _(
            "You have begun a report and not sent it. It is kept for {n} days and is never sent by "
            "itself.",
            n=city.rules.civic.draft_days,
        ),
        [
            [Button(_("✏️ Go on"), Resume(draft=facts["draft"]))],
            [Button(_("📝 All drafts"), Go(to="report_drafts"))],
        ],
    )


def _late(facts: dict[str, Any], city: CityFacts) -> Screen:
    due = day(datetime.fromisoformat(facts["due"]), city.timezone)
    news = _(
        "⏰ It was promised by {day} and is not done yet. The head of the service has been told.",
        day=due,
    )
    return Screen(
        f"{_head(facts)}\n{news}",
        [
            [Button(_("Show it"), MyReport(report=facts["report"]))],
            [Button(_("📋 My reports"), MyReports(offset=0))],
        ],
    )


def _barred(facts: dict[str, Any], city: CityFacts) -> Screen:
    news = _(
        "⛔ Because of this report ({reason}) we ask you for a pause: you cannot send reports and "
        "ideas until <b>{day}</b>. Your drafts are kept, and your voices count. If it was a "
        "mistake, tell us: a moderator looks again.",
        reason=words.reason(facts["reason"]),
        day=day(datetime.fromisoformat(facts["until"]), city.timezone),
    )
    return Screen(
        f"{_head(facts)}\n{news}",
        [
            [look_again(facts["report"])],
            [Button(_("Show it"), MyReport(report=facts["report"]))],
        ],
    )


def _freed(facts: dict[str, Any], _city: CityFacts) -> Screen:
    news = _("✅ You can send reports and ideas again. Thank you for your patience!")
    return Screen(f"{_head(facts)}\n{news}", [[Button(_("➕ New report"), Go(to="report"))]])


KINDS: Mapping[str, Callable[[dict[str, Any], CityFacts], Screen]] = {
    **{kind: _moved(state) for state, kind in telling.MOVED.items()},
    telling.UNDONE: _undone,
    telling.DRAFT: _draft,
    telling.LATE: _late,
    telling.BARRED: _barred,
    telling.FREED: _freed,
}
