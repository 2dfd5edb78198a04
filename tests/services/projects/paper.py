"""Facts of projects that exist on paper only, for rules that need no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.cities.rules import CivicRules
from services.projects.facts import ChallengeFacts, Facts

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CIVIC = CivicRules()


def project(stage: str = "evaluation", kind: str = "social", **changes: Any) -> Facts:
    """A project that has everything any gate could ask for, changed as said."""
    return replace(
        Facts(
            id=1, city_id=1, kind=kind, stage=stage, status="active", title="Benches",
            text="x" * 80, author_id=1, anonymous=False, lead_id=2, mentor_id=3, adoptable=False,
            challenge_id=None, practice_id=None, origin="idea", lat=None, lon=None, address=None,
            district=None, citywide=True, similar_shown=True, verdict="ok", hidden=False,
            closed_reason=None, paused_by=None, appeal_until=None, appealed=False, created_at=NOW,
            updated_at=NOW, stage_at=NOW, due_at=None, published_at=NOW, up=100, down=0,
            verified_up=100, verified_down=0, city_voices=100, opinions=2, opinion_total=40,
            vetoes=0, team=3, estimate=1, schedule=1, legal_scheme=1, owner_consent=1, agreement=1,
            mentor_checklist=1, photo_after=1, lines=1, budget=1000, funding_gap=0, milestones=1,
            open_milestones=0, residents=5, company=0,
        ),
        **changes,
    )  # fmt: skip


def challenge(**changes: Any) -> ChallengeFacts:
    """A request that can be opened, changed as said."""
    return replace(
        ChallengeFacts(
            id=1, city_id=1, owner_id=1, venue_id=None, title="Shade", brief="Shade for the square",
            prize="", state="draft", ends_at=NOW + timedelta(days=30), criteria_list=("cheap",),
            owner=1, term=1, criteria=1, approved=1,
        ),
        **changes,
    )  # fmt: skip
