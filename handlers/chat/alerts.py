"""The city's team looks after tills: what contradicts the registry, what waits, whom to invite."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery

from handlers.access import Access, allow
from handlers.buttons import DecideAlert, Go, ShowAlert, ShowCandidate, To
from handlers.chat.tills import said_of_place, till_line
from handlers.screen import Button, Screen
from handlers.texts import N_, Html, _, _n, day_and_clock, local
from handlers.turn import Turn
from services.cities import alerts, candidates
from services.cities.alerts import Alert, Decision, Kind
from services.cities.registering import PRINTED
from services.receipts.attribution import strangers

router = Router(name="alerts")

_LOOK_BACK = timedelta(days=90)

WHY = {
    Kind.OTHER_TILL: N_("A receipt shows this fiscal drive in another till."),
    Kind.OTHER_OWNER: N_("A receipt shows this till under another company."),
    Kind.MOVED: N_("By its receipts, this till stands at another venue of its company."),
    Kind.CLOSED: N_("A till that is out of use here goes on printing receipts."),
    Kind.CLAIMED: N_("An owner wanted to add a till that is registered at another place."),
}

DONE = {
    Decision.ACCEPT: N_(
        "Done: the till stands where its receipts say. Those that waited get their points."
    ),
    Decision.CLOSE: N_("Closed: receipts of this fiscal drive earn no points."),
    Decision.KEEP: N_("Done: all is as it was registered."),
}


@router.callback_query(To("tills"), flags=allow(Access.CITY))
async def overview(_query: CallbackQuery, turn: Turn) -> Screen:
    return await _overview(turn)


async def _overview(turn: Turn) -> Screen:
    open_alerts = await alerts.open_alerts(turn.tx, turn.city.id)
    waiting = await candidates.in_city(turn.tx, turn.city.id)
    lines = [_("<b>Tills of the partners</b>")]
    if open_alerts:
        lines.append(_n("⚠️ {n} to look into", "⚠️ {n} to look into", len(open_alerts)))
    if waiting:
        lines.append(
            _n(
                "❔ {n} waits for the partner's word",
                "❔ {n} wait for the partners' word",
                len(waiting),
            )
        )
    if not open_alerts and not waiting:
        lines.append(_("All is well."))
    return Screen(
        "\n".join(lines),
        [
            *([Button("⚠️ " + _name(each), ShowAlert(alert=each.id))] for each in open_alerts),
            *(
                [Button("❔ " + local(each.partner), ShowCandidate(candidate=each.id))]
                for each in waiting
            ),
            [Button(_("🤝 Whom to invite"), Go(to="strangers"))],
            [Button(_("« Back"), Go(to="staff"))],
        ],
    )


def _name(alert: Alert) -> Html:
    known = alert.seen.get("registered")
    if known:
        return local(known["venue"])
    return _("Fiscal drive {number} ({mark})", number=alert.drive, mark=PRINTED["drive"])


@router.callback_query(ShowAlert.filter(), flags=allow(Access.CITY))
async def alert(_query: CallbackQuery, callback_data: ShowAlert, turn: Turn) -> Screen:
    found = await alerts.alert_of(turn.tx, turn.city.id, callback_data.alert)
    sides = (
        (N_("<b>Registered</b>"), found.seen.get("registered")),
        (N_("<b>On the receipt</b>"), found.seen.get("receipt")),
        (N_("<b>Who asked</b>"), found.seen.get("claim")),
    )
    lines: list[str] = [
        _(WHY[found.kind]),
        _("Fiscal drive {number} ({mark})", number=found.drive, mark=PRINTED["drive"]),
        _("Noticed: {when}", when=day_and_clock(found.raised_at, turn.city.timezone)),
    ]
    for title, side in sides:
        if side:
            lines += ["", _(title), *_side(side)]
    if found.kind is not Kind.CLAIMED:
        lines += ["", _("Until you decide, receipts of this drive wait.")]
    buttons = [
        [Button(label, DecideAlert(alert=found.id, decision=decision))]
        for label, decision in _ways(found)
    ]
    return Screen("\n".join(lines), [*buttons, [Button(_("« Back"), Go(to="tills"))]])


def _side(side: Mapping[str, Any]) -> list[str]:
    """What one side says, a line each."""
    lines: list[str] = []
    for name in (side.get("venue"), side.get("owner")):
        if isinstance(name, Mapping):
            lines.append(local(name))
        elif name:
            lines.append(_("Seller: {name}", name=name))
    if side.get("registration"):
        lines.append(till_line(side["registration"]))
    lines.append(_("Tax number {number} ({mark})", number=side["inn"], mark=PRINTED["inn"]))
    lines += said_of_place(side.get("place"), side.get("address"))
    return list(dict.fromkeys(lines))


def _ways(found: Alert) -> list[tuple[str, Decision]]:
    if found.kind is Kind.CLAIMED:
        return [(_("👍 Noted, leave it as it is"), Decision.KEEP)]
    ways: list[tuple[str, Decision]] = []
    if found.can_accept:
        label = N_("✅ The till moved: accept")
        ways.append((_(N_("✅ It is in use again") if found.kind is Kind.CLOSED else label),
                     Decision.ACCEPT))  # fmt: skip
    if found.kind is not Kind.CLOSED and found.seen.get("registered"):
        ways.append((_("↩️ As registered is right"), Decision.KEEP))
    ways.append((_("🔒 Keep it closed"), Decision.CLOSE))
    return ways


@router.callback_query(DecideAlert.filter(), flags=allow(Access.CITY))
async def decide(_query: CallbackQuery, callback_data: DecideAlert, turn: Turn) -> Screen:
    if callback_data.decision not in set(Decision):
        return await _overview(turn)
    decision = Decision(callback_data.decision)
    in_pack = await alerts.decide(
        turn.tx,
        city_id=turn.city.id,
        alert_id=callback_data.alert,
        decision=decision,
        by=turn.me.id,
        now=turn.now,
    )
    lines = [_(DONE[decision])]
    if in_pack:
        lines.append(_("Please correct it in the city pack too: loading it again would undo this."))
    return Screen("\n".join(lines), [[Button(_("« Back"), Go(to="tills"))]])


@router.callback_query(To("strangers"), flags=allow(Access.CITY))
async def whom_to_invite(_query: CallbackQuery, turn: Turn) -> Screen:
    found = await strangers(turn.tx, turn.city.id, since=turn.now - _LOOK_BACK)
    lines = [_("<b>Where guests buy, though it takes no part</b>")]
    lines += [
        _(
            "{name}, {number} ({mark}): {receipts}",
            name=each.name or _("name not known"),
            number=each.inn,
            mark=PRINTED["inn"],
            receipts=_n("{n} receipt", "{n} receipts", each.receipts),
        )
        for each in found
    ]
    if not found:
        lines.append(_("No such receipts in the last three months."))
    return Screen("\n".join(lines), [[Button(_("« Back"), Go(to="tills"))]])


def raised(facts: dict[str, Any]) -> Screen:
    """Told to the city's team: a till needs a look."""
    return Screen(
        _("⚠️ A till needs your look.")
        + "\n"
        + _(WHY[Kind(facts["kind"])])
        + "\n"
        + _("Fiscal drive {number} ({mark})", number=facts["drive"], mark=PRINTED["drive"]),
        [[Button(_("Show"), ShowAlert(alert=facts["alert"]))]],
    )
