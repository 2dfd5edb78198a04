"""What reaches the city's people without their asking."""

from datetime import UTC, datetime

import pytest

from handlers.chat.desk import buttons, notices
from handlers.chat.desk.words import EVENTS, QUESTIONS, VERBS
from handlers.notices import notice
from services.reports import telling, versions
from services.reports.reasons import TEMPLATES
from services.reports.states import PRIVATE, ROWS, Acting, State, Verb
from tests.house import House, speaking

ABOUT = {
    "report": 7,
    "number": 12,
    "emoji": "🕳",
    "theme": {"en": "Pothole"},
    "place": "Lenina 1 <b>",
    "reason": "not_fixed",
    "due": datetime(2026, 12, 2, 20, 59, tzinfo=UTC).isoformat(),
    "up": 20,
}
HEAD = "🕳 <b>Pothole</b> · № 12 · Lenina 1 &lt;b&gt;\n"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("desk_assigned", "📥 This has been given to your unit.\n⏰ By December 2"),
        ("desk_reopened", "🔁 It is open again: it is not fixed.\n⏰ By December 2"),
        ("desk_confirmed", "🎉 Citizens say that it is really fixed. Thank you!"),
        ("desk_submitted", "📨 Its author asks you to look once more: it is not fixed."),
        ("desk_due", "⏳ The promised day is near: December 2."),
        (
            "desk_overdue",
            "⏰ It was promised by December 2 and is not done yet. The author knows.",
        ),
        (
            "desk_head",
            "🔴 It was promised by December 2, and twice that time is over. Please see to it.",
        ),
        (
            "desk_flagged",
            "🚩 Members say that it should not be public. Until you look, nobody sees it.",
        ),
        ("desk_supported", "👍 More and more people care about it: 20."),
    ],
)
async def test_each_says_what_happened(house: House, kind: str, said: str) -> None:
    with speaking("en"):
        screen = notice(kind, ABOUT, house.city)
    assert screen.text == HEAD + said
    assert [[button.data for button in row] for row in screen.buttons] == [["mc:7:1"], ["go:desk"]]


async def test_the_days_digest_counts_only_what_waits(house: House) -> None:
    with speaking("en"):
        waits = {"submitted": 2, "flagged": 0, "photos": 1}
        waits |= {"receipts": 3, "claims": 0, "projects": 0, "refunds": 1}
        screen = notice(telling.QUEUE, waits, house.city)
    assert screen.text == (
        "☀️ <b>This waits for you today</b>\n📨 2 new reports\n🖼 1 new photo\n"
        "🔎 Receipts to check: 3\n↩️ Refunds: 1"
    )
    assert [[button.data for button in row] for row in screen.buttons] == [
        *(["mq:new:0"], ["mq:photo:0"], ["rv:0"], ["qr:0"])
    ]


def test_every_kind_for_the_desk_has_words() -> None:
    assert set(notices.KINDS) == {kind for kind in telling.KINDS if kind.startswith("desk_")}


def test_every_move_of_the_staff_has_a_button_and_a_question() -> None:
    for row in ROWS:
        if {Acting.MODERATOR, Acting.OFFICIAL} & set(row.roles):
            assert row.verb in VERBS
            if row.reason:
                assert row.verb in QUESTIONS
    besides = {"say", "undo", "hide", "show", "retheme", "redact", "remove_photos"}
    assert {*map(str, Verb), *besides} == set(EVENTS)


@pytest.mark.parametrize("verb", TEMPLATES)
def test_every_ready_reason_fits_on_a_button(verb: Verb) -> None:
    """Telegram takes 64 bytes."""
    most = 2**31 - 1
    for state in {row.before for row in ROWS if row.verb is verb} or set(State):
        seen = "m" * versions.LETTERS if state in PRIVATE else state
        for reason in TEMPLATES[verb]:
            data = buttons.Why(report=most, verb=verb, seen=seen, reason=reason, extra=most)
            assert len(data.pack().encode()) <= 64
