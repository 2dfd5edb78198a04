"""The city's queues beside those of reports, each as a button with how much waits in it."""

from collections.abc import Mapping

from handlers.buttons import Go, Review, ReviewClaims, ReviewRefunds
from handlers.screen import Button
from handlers.texts import _


def buttons(waits: Mapping[str, int]) -> list[list[Button]]:
    """Those of `services.morning.beside_reports` in which something waits, a row each."""
    rows = (
        ("receipts", _("🔎 Receipts to check: {n}", n=waits["receipts"]), Review(after=0)),
        ("claims", _("⚖️ Claims: {n}", n=waits["claims"]), ReviewClaims(after=0)),
        ("projects", _("💡 Ideas and projects: {n}", n=waits["projects"]), Go(to="ideas_desk")),
        ("refunds", _("↩️ Refunds: {n}", n=waits["refunds"]), ReviewRefunds(after=0)),
    )
    return [[Button(label, press)] for name, label, press in rows if waits[name]]
