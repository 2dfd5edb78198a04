"""A clock that moves only when a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class ManualClock:
    """Stands still at `START` until `advance` is called."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment the test has reached, aware UTC."""
        return self._now

    def advance(self, **duration: float) -> datetime:
        """Move forward by the arguments of `timedelta`; returns the new moment."""
        self._now += timedelta(**duration)
        return self._now
