"""What the process counts, for Prometheus. No label ever names a person."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """One registry per process, so that tests can have their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._updates = Counter(
            "guestcard_updates", "Updates served", ("channel", "outcome"), registry=self.registry
        )
        self._seconds = Histogram(
            "guestcard_handler_seconds",
            "Time from arrival to answer",
            ("handler",),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self._receipts = Counter(
            "guestcard_receipts", "Receipts by outcome", ("outcome",), registry=self.registry
        )
        self._checks = Counter(
            "guestcard_checks",
            "Answers of the services that know receipts",
            ("service", "answer"),
            registry=self.registry,
        )
        self._deliveries = Counter(
            "guestcard_deliveries",
            "Outbox messages by result",
            ("channel", "result"),
            registry=self.registry,
        )
        self.outbox_depth = Gauge(
            "guestcard_outbox_depth", "Messages waiting to be delivered", registry=self.registry
        )

    def update(self, channel: str, handler: str, outcome: str, started: float) -> None:
        """Count one update; `started` is a `time.perf_counter` reading."""
        self._updates.labels(channel, outcome).inc()
        self._seconds.labels(handler).observe(time.perf_counter() - started)

    def noted(self, pairs: list[tuple[str, str]]) -> None:
        """Count what a committed turn noted."""
        for name, outcome in pairs:
            if name == "receipt":
                self._receipts.labels(outcome).inc()

    def asked(self, service: str, answer: str) -> None:
        """Count one answer about a receipt."""
        self._checks.labels(service, answer).inc()

    def delivered(self, channel: str, result: str) -> None:
        """Count one outbox message."""
        self._deliveries.labels(channel, result).inc()

    def exposition(self) -> bytes:
        """The text format Prometheus reads."""
        return generate_latest(self.registry)
