"""What each signal says and does not say, at the borders of its thresholds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.cities.pack import PACKS, read_pack
from services.cities.rules import Suspicion, Weights
from services.receipts.evidence import Evidence, Sent, Signal, read
from services.receipts.signals import suspicious
from tests.services.pinned import RULES

NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)
LIMITS = Suspicion()
DEFAULTS = RULES.model_copy(update={"suspicion": LIMITS})
MINUTE = timedelta(minutes=1)
PLAIN = Evidence(
    document=1000,
    total=35_000,
    venue_id=1,
    bought=datetime(2026, 11, 22, 11, 50),  # noqa: DTZ001 - a till's clock
    purchased_at=NOON - 10 * MINUTE,
    now=NOON,
)


def sent(
    ago: float, *, lag: float | None = 600, total: int | None = 1, venue: int | None = 1
) -> Sent:
    """A receipt of so many minutes ago, sent `lag` seconds after its purchase."""
    at = NOON - timedelta(minutes=ago)
    return Sent(total, venue, None if lag is None else at - timedelta(seconds=lag), at)


def test_an_ordinary_receipt_says_nothing() -> None:
    assert read(PLAIN, LIMITS) == ()
    assert read(replace(PLAIN, document=None, total=None, venue_id=None), LIMITS) == ()


@pytest.mark.parametrize(
    ("document", "minutes", "expected"),
    [
        (999, 0, ()),
        (999, 5, ()),
        (999, 6, (Signal.ORDER,)),
        (999, -600, ()),
        (1001, 0, ()),
        (1001, -5, ()),
        (1001, -6, (Signal.ORDER,)),
        (1001, 600, ()),
        (1020, 0, ()),
        (1021, 0, (Signal.SPEED,)),
        (1040, 1, ()),
        (1041, 1, (Signal.SPEED,)),
        (980, 0, ()),
        (979, 0, (Signal.SPEED,)),
        (940, -2, ()),
        (939, -2, (Signal.SPEED,)),
        (1_000_000, -60, (Signal.ORDER, Signal.SPEED)),
    ],
)
def test_documents_of_a_drive(document: int, minutes: int, expected: tuple[Signal, ...]) -> None:
    """A credited receipt of another number, bought so many minutes after this one."""
    beside = [(document, PLAIN.purchased_at + minutes * MINUTE)]
    assert read(replace(PLAIN, beside=beside), LIMITS) == expected


def test_either_neighbour_in_the_drive_tells() -> None:
    fine, odd = (999, PLAIN.purchased_at - MINUTE), (1001, PLAIN.purchased_at - 6 * MINUTE)
    assert read(replace(PLAIN, beside=[fine]), LIMITS) == ()
    assert read(replace(PLAIN, beside=[fine, odd]), LIMITS) == (Signal.ORDER,)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({"sun": [["12:50", "18:00"]]}, ()),
        ({"sun": [["12:51", "18:00"]]}, (Signal.HOURS,)),
        ({"mon": [["00:00", "24:00"]]}, (Signal.HOURS,)),
        (None, ()),
    ],
)
def test_hours(hours: dict[str, list[list[str]]] | None, expected: tuple[Signal, ...]) -> None:
    assert read(replace(PLAIN, opening=hours), LIMITS) == expected


@pytest.mark.parametrize(
    ("minutes_ago", "expected"),
    [
        ((60, 120, 180, 240), True),
        ((60, 120, 180), False),
        ((61, 120, 181, 240), True),
        ((62, 120, 182, 240), False),
        ((1190, 2380, 3570, 4760), True),
        ((1193, 2380, 3570, 4760), False),
        # A coffee at the same minute of every day.
        ((1440, 2880, 4320, 5760), False),
        ((1, 2, 3, 4), True),
        ((1, 2, 3, 4.1), False),
        ((60, 120, 180, 240, 900), True),
        ((10, 90, 900, 1000), False),
    ],
)
def test_even_intervals(minutes_ago: Sequence[float], expected: bool) -> None:
    seen = replace(PLAIN, recent=[sent(ago) for ago in minutes_ago])
    assert (Signal.EVEN_INTERVALS in read(seen, LIMITS)) is expected


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        ([(35_000, 1), (35_000, 1)], True),
        ([(35_000, 1), (1, 1), (1, 2), (35_000, 1)], True),
        ([(35_000, 1)], False),
        ([(35_000, 1), (35_000, 2)], False),
        ([(35_000, 1), (35_001, 1)], False),
        ([(35_000, 1), (None, 1), (35_000, None)], False),
    ],
)
def test_the_same_sum(recent: list[tuple[int | None, int | None]], expected: bool) -> None:
    ago = iter((11, 23, 47, 95))
    seen = replace(PLAIN, recent=[sent(next(ago), total=t, venue=v) for t, v in recent])
    assert (Signal.SAME_SUM in read(seen, LIMITS)) is expected
    assert Signal.SAME_SUM not in read(replace(seen, venue_id=None), LIMITS)
    assert Signal.SAME_SUM not in read(replace(seen, total=None), LIMITS)


@pytest.mark.parametrize(
    ("month", "here", "expected"),
    [(6, 6, False), (7, 7, True), (7, 5, True), (7, 4, False), (9, 6, False), (9, 7, True)],
)
def test_concentration(month: int, here: int, expected: bool) -> None:
    seen = replace(PLAIN, month=month, month_here=here)
    assert (Signal.CONCENTRATION in read(seen, LIMITS)) is expected
    assert read(replace(seen, venue_id=None), LIMITS) == ()


@pytest.mark.parametrize(("others", "expected"), [(2, False), (3, True)])
def test_more_than_three_a_week_at_one_till(others: int, expected: bool) -> None:
    seen = replace(PLAIN, week_of_drive=others)
    assert (Signal.ONE_TILL in read(seen, LIMITS)) is expected
    assert Signal.ONE_TILL not in read(seen, LIMITS.model_copy(update={"one_till_count": 4}))


@pytest.mark.parametrize(
    ("lag", "before", "expected"),
    [
        (60, (60, 0), True),
        (0, (30, 30), True),
        (60, (60,), False),
        (61, (10, 10, 10), False),
        (30, (61, 30), False),
        (30, (-1, 30), False),
        (-1, (10, 10), False),
        (30, (None, 30), False),
        (30, (600, 30, 3600, 30), True),
    ],
)
def test_quick(lag: int, before: Sequence[float | None], expected: bool) -> None:
    """Seconds between the till's time and ours, now and before; a clock ahead says nothing."""
    ago = iter((11, 23, 47, 95))
    seen = replace(
        PLAIN,
        purchased_at=NOON - timedelta(seconds=lag),
        recent=[sent(next(ago), lag=each) for each in before],
    )
    assert (Signal.QUICK in read(seen, LIMITS)) is expected


def test_what_is_seen_at_once() -> None:
    assert read(replace(PLAIN, neighbours=True), LIMITS) == (Signal.NEIGHBOURS,)
    assert read(replace(PLAIN, staff_near=True), LIMITS) == (Signal.STAFF_NEAR,)
    assert read(replace(PLAIN, usual_drive=False), LIMITS) == (Signal.UNUSUAL_DRIVE,)


def test_every_signal_has_a_weight_and_the_other_way_round() -> None:
    assert list(Weights.model_fields) == [signal.value for signal in Signal]
    assert read_pack(PACKS / "kaluga").rules.suspicion == Suspicion()


def test_only_the_impossible_holds_alone() -> None:
    assert {signal for signal in Signal if suspicious([signal], DEFAULTS)} == {
        Signal.ORDER,
        Signal.SPEED,
    }


def test_who_drinks_the_same_coffee_every_day_is_not_held() -> None:
    habits = (Signal.SAME_SUM, Signal.CONCENTRATION, Signal.ONE_TILL)
    assert not suspicious(habits, DEFAULTS)
    assert not suspicious((*habits, Signal.UNUSUAL_DRIVE), DEFAULTS)
    assert not suspicious((*habits, Signal.QUICK), DEFAULTS)
    assert suspicious((*habits, Signal.QUICK, Signal.UNUSUAL_DRIVE), DEFAULTS)
    assert suspicious((*habits, Signal.QUICK, Signal.NEIGHBOURS), DEFAULTS)
    assert suspicious((Signal.QUICK, Signal.STAFF_NEAR), DEFAULTS)
    assert suspicious((Signal.HOURS, Signal.NEIGHBOURS), DEFAULTS)


def test_of_habits_the_heaviest_counts() -> None:
    weights = Weights(same_sum=1, concentration=3, one_till=2)
    rules = RULES.model_copy(update={"suspicion": Suspicion(hold_at=4, weights=weights)})
    assert not suspicious([Signal.SAME_SUM, Signal.CONCENTRATION, Signal.ONE_TILL], rules)
    assert not suspicious([Signal.SAME_SUM, Signal.ONE_TILL, Signal.UNUSUAL_DRIVE], rules)
    assert suspicious([Signal.SAME_SUM, Signal.CONCENTRATION, Signal.UNUSUAL_DRIVE], rules)


def test_a_city_weighs_for_itself() -> None:
    rules = RULES.model_copy(
        update={"suspicion": Suspicion(hold_at=3, weights=Weights(order=0, same_sum=3))}
    )
    assert not suspicious([Signal.ORDER], rules)
    assert suspicious([Signal.SAME_SUM], rules)
    with pytest.raises(ValidationError):
        Suspicion.model_validate({"weights": {"oder": 1}})
    with pytest.raises(ValidationError):
        Suspicion.model_validate({"hold_at": 0})


SIGNALS = st.lists(st.sampled_from(Signal), unique=True)


@given(SIGNALS, SIGNALS)
def test_more_signals_never_set_free(some: list[Signal], others: list[Signal]) -> None:
    if suspicious(some, DEFAULTS):
        assert suspicious(list({*some, *others}), DEFAULTS)


MOMENTS = st.integers(0, 60 * 24 * 30).map(lambda minutes: NOON - minutes * MINUTE)
TILLS = st.lists(st.tuples(st.integers(1, 20), st.integers(1, 600)), min_size=2, max_size=30)


@given(TILLS, st.data())
def test_an_honest_till_is_never_out_of_order_or_too_fast(
    steps: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Documents that a till printed, at most twenty a minute, asked about in any order."""
    printed, document, moment = [], 0, NOON - timedelta(days=30)
    for documents, minutes in steps:
        document += documents
        moment += max(minutes, 1) * MINUTE
        printed.append((document, moment))
    at = data.draw(st.integers(0, len(printed) - 1))
    known = data.draw(st.sets(st.sampled_from(printed))) - {printed[at]}
    below = [pair for pair in known if pair[0] < printed[at][0]]
    above = [pair for pair in known if pair[0] > printed[at][0]]
    beside = ([max(below)] if below else []) + ([min(above)] if above else [])
    seen = replace(PLAIN, document=printed[at][0], purchased_at=printed[at][1], beside=beside)
    assert {Signal.ORDER, Signal.SPEED}.isdisjoint(read(seen, LIMITS))


SENT = st.builds(
    Sent,
    total=st.none() | st.integers(1, 3),
    venue_id=st.none() | st.integers(1, 2),
    purchased_at=st.none() | MOMENTS,
    submitted_at=MOMENTS,
)


@given(
    st.lists(SENT, max_size=9),
    st.lists(st.tuples(st.integers(1, 2**32), MOMENTS), max_size=2),
    st.none() | st.integers(1, 2**32),
    MOMENTS,
    st.integers(0, 200),
)
def test_any_evidence_is_read_the_same_way_twice(
    recent: list[Sent],
    beside: list[tuple[int, datetime]],
    document: int | None,
    purchased_at: datetime,
    month: int,
) -> None:
    ordered = sorted(recent, key=lambda each: each.submitted_at, reverse=True)
    seen = replace(
        PLAIN, recent=ordered, beside=beside if document else (), document=document,
        purchased_at=purchased_at, month=month, month_here=month // 2,
    )  # fmt: skip
    found = read(seen, LIMITS)
    assert found == read(seen, LIMITS)
    assert list(found) == [signal for signal in Signal if signal in found]
