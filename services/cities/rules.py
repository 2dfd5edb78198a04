"""The rules of a city's programme: what a receipt earns, what is limited, how points are spent.

Every amount is an integer: kopecks, points, percent, minutes, hours or days, as its name says.
The bounds only catch slips of the hand; what is generous is the city's to decide.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

VenueKind = Literal["cafe", "restaurant", "bakery", "hotel", "shop", "tour", "museum", "other"]

Minutes = Annotated[int, Field(ge=1, le=24 * 60)]
Days = Annotated[int, Field(ge=1, le=3650)]


def fault(field: str, message: str) -> PydanticCustomError:
    """What a check over several fields raises, naming the field to be corrected."""
    return PydanticCustomError("fault", "{message}", {"field": field, "message": message})


def written_like(example: str, pattern: str) -> AfterValidator:
    """Text of this shape; `example` is shown to whoever wrote another."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text} is not written as it should be, like {example}")
        return text

    return AfterValidator(check)


class Strict(BaseModel):
    """Frozen, no unknown fields, no conversions: "5" is not 5."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Earning(Strict):
    """A purchase brings `points` for every `per_kop` kopecks, times the venue kind's percent.

    `now_share` percent of it can be spent at once, up to `now_cap_per_day` points a guest and
    day, and up to `now_cap_first_visit` in all until the guest has come a second time; the rest
    matures. A sum under `min_sum_kop` earns nothing; one over `auto_max_kop`
    waits for a person.
    """

    points: Annotated[int, Field(ge=1, le=1000)]
    per_kop: Annotated[int, Field(ge=100, le=10_000_000)]
    kind_percent: dict[VenueKind, Annotated[int, Field(ge=0, le=1000)]] = {}
    min_sum_kop: Annotated[int, Field(ge=0, le=100_000_000)]
    auto_max_kop: Annotated[int, Field(ge=100, le=1_000_000_000)]
    now_share: Annotated[int, Field(ge=0, le=100)]
    now_cap_per_day: Annotated[int, Field(ge=0, le=100_000)]
    now_cap_first_visit: Annotated[int, Field(ge=0, le=100_000)] = 500
    matures_after_days: Annotated[int, Field(ge=0, le=90)]
    expires_after_days: Days
    warn_before_days: Days

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.auto_max_kop <= self.min_sum_kop:
            raise fault("auto_max_kop", "must be more than min_sum_kop")
        if self.warn_before_days >= self.expires_after_days:
            raise fault("warn_before_days", "must be less than expires_after_days")
        return self

    def points_for(self, base_kop: int, kind: str) -> int:
        """Points for a purchase of `base_kop` kopecks at a venue of this kind, rounded down.

        The limits `min_sum_kop` and `auto_max_kop` are the caller's to ask.
        """
        percent = next((p for k, p in self.kind_percent.items() if k == kind), 100)
        return base_kop * self.points * percent // (self.per_kop * 100)

    def at_once(self, points: int, given_today: int, given_first: int | None) -> int:
        """How many of `points` can be spent now, when `given_today` already were today.

        `given_first` were in all on the guest's first visit; None: they have come again since.
        """
        left = [points * self.now_share // 100, self.now_cap_per_day - given_today]
        if given_first is not None:
            left.append(self.now_cap_first_visit - given_first)
        return max(0, min(left))


class Strikes(Strict):
    """`count` failed tries within the window bring a pause."""

    count: Annotated[int, Field(ge=1, le=100)]
    window_minutes: Minutes
    pause_minutes: Minutes


class Limits(Strict):
    """How old, how often, how close together; counted a guest.

    A receipt older than `max_age_hours` when it is sent is refused; one from a till that nobody
    knows waits `hard_max_age_days` for its venue. A purchase made more than `before_card_hours`
    before the guest had a card is refused. `points_per_month` is all that receipts may bring a
    guest in a calendar month; None: no limit.
    """

    max_age_hours: Annotated[int, Field(ge=1, le=24 * 90)]
    hard_max_age_days: Annotated[int, Field(ge=1, le=90)]
    future_minutes: Annotated[int, Field(ge=0, le=24 * 60)]
    per_day_per_guest: Annotated[int, Field(ge=1, le=100)]
    per_venue_per_day: Annotated[int, Field(ge=1, le=100)]
    minutes_between: Annotated[int, Field(ge=0, le=24 * 60)]
    before_card_hours: Annotated[int, Field(ge=0, le=24 * 90)] = 24
    points_per_month: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    unreadable: Strikes

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.hard_max_age_days * 24 < self.max_age_hours:
            raise fault("hard_max_age_days", "must not be shorter than max_age_hours")
        return self


class Exclusions(Strict):
    """What of a receipt earns nothing: goods by their type (tag 1212) and by words in their names.

    Cigarettes are often sold as ordinary goods, so the names are looked at too: a word is found
    at the beginning of any word of the name, whatever the case.
    """

    product_types: tuple[Annotated[int, Field(ge=1, le=99)], ...] = ()
    words: tuple[Annotated[str, Field(min_length=3, max_length=40)], ...] = ()


Weight = Annotated[int, Field(ge=0, le=100)]


class Weights(Strict):
    """How much each thing that looks odd about a receipt counts; 0 leaves it out.

    Alone, only what tills cannot do should reach `Suspicion.hold_at`. Habits (the same coffee
    every morning) weigh least, and of `same_sum`, `concentration` and `one_till` only the one that
    weighs most counts, so that a faithful guest is not held for being one.
    """

    order: Weight = 4
    speed: Weight = 4
    hours: Weight = 2
    neighbours: Weight = 2
    even_intervals: Weight = 2
    same_sum: Weight = 1
    concentration: Weight = 1
    one_till: Weight = 1
    quick: Weight = 2
    unusual_drive: Weight = 1
    staff_near: Weight = 2


class Suspicion(Strict):
    """What is odd about a receipt, and when it is held for a person to look at; never more.

    A receipt whose weights add up to `hold_at` waits. What each threshold belongs to stands in
    `services.receipts.signals.Signal`.
    """

    hold_at: Annotated[int, Field(ge=1, le=1000)] = 4
    weights: Weights = Weights()
    clock_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 5
    documents_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 20
    closed_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 60
    neighbour_documents: Annotated[int, Field(ge=1, le=1000)] = 3
    neighbour_minutes: Minutes = 60
    even_count: Annotated[int, Field(ge=3, le=10)] = 5
    even_percent: Annotated[int, Field(ge=0, le=50)] = 5
    same_sum_count: Annotated[int, Field(ge=2, le=10)] = 3
    concentration_count: Annotated[int, Field(ge=2, le=1000)] = 8
    concentration_percent: Annotated[int, Field(ge=1, le=99)] = 70
    one_till_count: Annotated[int, Field(ge=1, le=100)] = 3
    quick_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    quick_count: Annotated[int, Field(ge=1, le=10)] = 3


class RedemptionRules(Strict):
    """A code lives `code_minutes`; a confirmation can be undone for `undo_minutes`.

    Points whose time ran out while they were held come back for `grace_days` more.
    """

    code_minutes: Minutes
    undo_minutes: Annotated[int, Field(ge=0, le=24 * 60)]
    wrong_codes: Strikes
    grace_days: Annotated[int, Field(ge=0, le=90)]


class CivicRules(Strict):
    """How reports and projects go. Every number has its neutral default; a city may set its own.

    Whoever abuses the reports may not send any for `bar_days`, nor ideas.

    `support` voices within `support_days` carry an idea, `support_by_kind` for some kinds more,
    with at least `support_percent` of them for it. `private_metres` rounds private places.
    Officials are reminded of the plan `plan_remind_days` before a quarter ends.
    """

    photos: Annotated[int, Field(ge=1, le=10)] = 5
    clarify_days: Annotated[int, Field(ge=1, le=30)] = 3
    confirm_days: Annotated[int, Field(ge=1, le=60)] = 15
    edit_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 15
    draft_days: Annotated[int, Field(ge=1, le=90)] = 30
    draft_reminder_hours: Annotated[int, Field(ge=1, le=240)] = 24
    again_days: Annotated[int, Field(ge=0, le=90)] = 14
    flags_hide: Annotated[int, Field(ge=1, le=100)] = 3
    bar_days: Annotated[int, Field(ge=1, le=365)] = 30
    reports_per_day: Annotated[int, Field(ge=1, le=1000)] = 20
    claim_minutes: Minutes = 30
    warn_days_before: Annotated[int, Field(ge=0, le=30)] = 2
    cluster_count: Annotated[int, Field(ge=2, le=100)] = 3
    cluster_metres: Annotated[int, Field(ge=10, le=5000)] = 150
    cluster_days: Annotated[int, Field(ge=1, le=365)] = 60
    private_metres: Annotated[int, Field(ge=50, le=5000)] = 300
    idea_letters: Annotated[int, Field(ge=1, le=1000)] = 80
    support: Annotated[int, Field(ge=1, le=100_000)] = 30
    support_by_kind: dict[str, Annotated[int, Field(ge=1, le=100_000)]] = {"urban": 100}
    support_percent: Annotated[int, Field(ge=1, le=100)] = 60
    opinions: Annotated[int, Field(ge=1, le=20)] = 2
    opinion_mean: Annotated[int, Field(ge=1, le=5)] = 3
    team_roles: Annotated[int, Field(ge=0, le=20)] = 3
    residents: Annotated[int, Field(ge=0, le=1000)] = 5
    appeal_days: Annotated[int, Field(ge=1, le=90)] = 30
    merits_per_day: Annotated[int, Field(ge=0, le=10_000)] = 20
    quiet_from: Annotated[int, Field(ge=0, le=23)] = 22
    quiet_until: Annotated[int, Field(ge=0, le=23)] = 8
    plan_remind_days: Annotated[int, Field(ge=0, le=60)] = 10


class Rules(Strict):
    """The whole of rules.yaml. `test_drives` are beginnings of fiscal drive numbers that only
    training tills have. `receipt_forms` are those that can earn here; see `Slip.adapter`."""

    earning: Earning
    limits: Limits
    redemption: RedemptionRules
    excluded: Exclusions = Exclusions()
    suspicion: Suspicion = Suspicion()
    civic: CivicRules = CivicRules()
    receipt_forms: tuple[Literal["ru54", "npd", "rs"], ...] = ("ru54",)
    test_drives: tuple[Annotated[str, written_like("9999", "[0-9]{1,16}")], ...] = ()
