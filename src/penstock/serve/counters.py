"""What the server counts: plain numbers on the way, families of Prometheus when somebody looks."""

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from penstock.jobs.feature_store import AsyncFeatureStore

BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
STATES = {"closed": 0, "half_open": 1, "open": 2}


class Latency:
    """A histogram of seconds."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts, self.total = [0] * (len(BOUNDS) + 1), 0.0

    def add(self, seconds: float) -> None:
        """Count a request."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Upper bounds with the requests up to each."""
        made, count = [], 0
        for bound, more in zip((*BOUNDS, float("inf")), self.counts, strict=True):
            count += more
            made.append(("+Inf" if bound == float("inf") else str(bound), float(count)))
        return made


class Counters:
    """Requests by route and status, and the seconds that they took."""

    def __init__(self) -> None:
        self.latencies: dict[str, Latency] = {}
        self.statuses: dict[tuple[str, int], int] = {}
        self.entities = 0

    def latency(self, route: str) -> Latency:
        """The histogram of a route."""
        found = self.latencies.get(route)
        if found is None:
            found = self.latencies[route] = Latency()
        return found

    def add(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self.latency(route).add(seconds)
        name = route, status
        self.statuses[name] = self.statuses.get(name, 0) + 1


class StoreCollector(Collector):
    """What Prometheus reads of a server and its store."""

    def __init__(self, store: AsyncFeatureStore, counters: Counters) -> None:
        self._store, self._counters = store, counters

    def collect(self) -> Iterator[Metric]:
        """The families."""
        yield from self._requests()
        yield from self._tiers()
        yield from self._rows()

    def _requests(self) -> Iterator[Metric]:
        seconds = HistogramMetricFamily(
            "penstock_request_seconds", "Seconds that requests took.", labels=["route"]
        )
        for route, latency in self._counters.latencies.items():
            seconds.add_metric([route], latency.buckets(), latency.total)
        yield seconds
        requests = CounterMetricFamily(
            "penstock_requests", "Requests by route and status.", labels=["route", "status"]
        )
        for (route, status), count in self._counters.statuses.items():
            requests.add_metric([route, str(status)], count)
        yield requests
        yield CounterMetricFamily(
            "penstock_entities", "Entities that were asked for.", value=self._counters.entities
        )

    def _tiers(self) -> Iterator[Metric]:
        status = self._store.online.status()
        reads = CounterMetricFamily(
            "penstock_tier_reads", "Rows by tier and outcome.", labels=["tier", "outcome"]
        )
        memory = status["memory"]
        for outcome in ("hits", "misses", "stale", "joined", "evicted"):
            reads.add_metric(["memory", outcome], memory[outcome])
        state = GaugeMetricFamily(
            "penstock_tier_state", "0 closed, 1 half open, 2 open.", labels=["tier"]
        )
        hints = GaugeMetricFamily(
            "penstock_tier_hints", "Writes that wait for a tier.", labels=["tier"]
        )
        away = GaugeMetricFamily(
            "penstock_tier_parts_away",
            "Slots of a cluster that are left alone.",
            labels=["tier"],
        )
        for name, tier in status["tiers"].items():
            for outcome in ("hits", "misses", "errors"):
                reads.add_metric([name, outcome], tier[outcome])
            state.add_metric([name], STATES[tier["state"]])
            hints.add_metric([name], tier["hints"])
            away.add_metric([name], tier["parts_away"])
        yield from (reads, state, hints, away)
        yield GaugeMetricFamily(
            "penstock_memory_bytes", "Bytes of rows in memory.", value=memory["bytes"]
        )

    def _rows(self) -> Iterator[Metric]:
        rejects = CounterMetricFamily(
            "penstock_rejected_rows", "Rows that were not accepted.", labels=["view", "reason"]
        )
        for (view, reason), count in self._store.rejects.counts.items():
            rejects.add_metric([view, reason], count)
        flags = CounterMetricFamily(
            "penstock_flagged_values",
            "Values flagged, filled or made null.",
            labels=["view", "reason", "column"],
        )
        for view, validator in self._store.writes.validators.items():
            for (reason, column), count in validator.flagged.items():
                flags.add_metric([view, reason, column], count)
        fresh = GaugeMetricFamily(
            "penstock_view_age_seconds", "Age of the newest row that was pushed.", labels=["view"]
        )
        now = self._store.clock()
        for view, newest in self._store.writes.newest.items():
            fresh.add_metric([view], (now - newest) / 1e9)
        waiting = GaugeMetricFamily(
            "penstock_spool_rows", "Rows on their way to the lake.", labels=["view"]
        )
        for view, count in self._store.spool.waiting().items():
            waiting.add_metric([view], count)
        behind = GaugeMetricFamily(
            "penstock_mirror_failed", "Views whose table does not follow the lake.", labels=["view"]
        )
        for view in self._store.mirror.failed if self._store.mirror else ():
            behind.add_metric([view], 1)
        yield from (rejects, flags, fresh, waiting, behind)
