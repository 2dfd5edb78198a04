"""What a gate asks for, in words: the same in a refusal and on the passport."""

from collections.abc import Callable, Mapping

from handlers.texts import N_, Html, _, _n, money


def _said(text: str) -> Callable[[float, int], Html]:
    return lambda have, want: _(text, have=_short(have), want=want)


def _lacking(said: Callable[..., Html]) -> Callable[[float, int], Html]:
    """For what is counted: `said` is asked how many are missing (`n`), with `have` and `want`."""
    return lambda have, want: said(max(1, want - int(have)), have=int(have), want=want)


def _short(have: float) -> str:
    return f"{have:.1f}".rstrip("0").rstrip(".")


NEEDS: Mapping[str, Callable[[float, int], Html]] = {
    "owner": _said(N_("Somebody who answers for the request")),
    "term": _said(N_("The day until which ideas are taken")),
    "criteria": _said(N_("Criteria by which ideas are chosen")),
    "approved": _said(N_("The city’s approval of the request")),
    "letters": _lacking(
        lambda n, **of: _n(
            "{n} more letter: tell a little more about the idea",
            "{n} more letters: tell a little more about the idea",
            n,
            **of,
        )
    ),
    "placed": _said(N_("The place, or “the whole city”")),
    "similar_seen": _said(N_("A look at similar ideas")),
    "verdict": _said(N_("The moderator’s word")),
    "personal_data": _said(N_("The text without phones, addresses and names of people")),
    "support": _lacking(
        lambda n, **of: _n(
            "{n} more verified voice ({have} of {want})",
            "{n} more verified voices ({have} of {want})",
            n,
            **of,
        )
    ),
    "percent_up": _said(N_("{want} percent of the voices for it (now {have})")),
    "opinions": _lacking(
        lambda n, **of: _n(
            "{n} more expert’s opinion ({have} of {want})",
            "{n} more experts’ opinions ({have} of {want})",
            n,
            **of,
        )
    ),
    "opinion_mean": _said(N_("An average mark of {want} from the experts (now {have})")),
    "vetoes": _said(N_("An answer to the experts’ objection")),
    "lead": _said(N_("A head of the team")),
    "team": _lacking(
        lambda n, **of: _n(
            "{n} more person in the team ({have} of {want})",
            "{n} more people in the team ({have} of {want})",
            n,
            **of,
        )
    ),
    "estimate": _said(N_("An accepted estimate of costs")),
    "schedule": _said(N_("An accepted schedule")),
    "legal_scheme": _said(N_("An accepted legal scheme")),
    "owner_consent": _said(N_("The consent of the owner of the place")),
    "mentor": _said(N_("A mentor")),
    "checklist": _said(N_("The mentor’s checklist")),
    "budget": _said(N_("A list of what is needed, with the money")),
    "funding_gap": lambda have, want: _("{sum} not yet signed", sum=money(int(have))),
    "agreement": _said(N_("The agreement of the city and the business")),
    "milestones": _said(N_("A plan of the work, step by step")),
    "open_milestones": lambda have, want: _n(
        "{n} step of the work to finish", "{n} steps of the work to finish", int(have)
    ),
    "photo_after": _said(N_("A photo of the result")),
    "residents": _lacking(
        lambda n, **of: _n(
            "{n} more resident who has seen it ({have} of {want})",
            "{n} more residents who have seen it ({have} of {want})",
            n,
            **of,
        )
    ),
}


def needed(label: str, have: float, want: int) -> Html:
    """One line of what is missing: `have` of `want`."""
    return NEEDS[label](have, want)
