"""Prometheus figures of one application: its own registry, nothing global."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

__all__ = ["Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Requests, live clients, and gauges read from the city when asked."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.requests = Counter(
            "wangge_requests_total",
            "Requests answered, by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "wangge_request_seconds",
            "Time to the end of the answer, by route.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        tiles = Counter(
            "wangge_tiles",
            "Tiles sent, by whether they came from the cache.",
            ("cache",),
            registry=self.registry,
        )
        self._hits, self._misses = tiles.labels("hit"), tiles.labels("miss")
        self.live_clients = Gauge(
            "wangge_live_clients", "Open live connections.", registry=self.registry
        )
        self.live_dropped = Counter(
            "wangge_live_dropped_total",
            "Live connections closed because the client read too slowly.",
            registry=self.registry,
        )

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = method, route, status
        found = self._children.get(key)
        if found is None:
            found = self.requests.labels(method, route, str(status)), self.seconds.labels(route)
            self._children[key] = found
        found[0].inc()
        found[1].observe(seconds)

    def count_tile(self, is_cached: bool) -> None:  # noqa: FBT001 (called by position)
        """Count one tile sent."""
        (self._hits if is_cached else self._misses).inc()

    def add_readings(self, gauges: Callable[[], dict[str, tuple[str, float]]]) -> None:
        """Read figures when scraped: the function gives name to (help, value)."""
        self.registry.register(_Readings(gauges))

    def text(self) -> bytes:
        """The figures in Prometheus' text format."""
        return generate_latest(self.registry)


class _Readings(Collector):
    """Figures that exist elsewhere and are only read when scraped."""

    def __init__(self, gauges: Callable[[], dict[str, tuple[str, float]]]) -> None:
        self._gauges = gauges

    def collect(self) -> list[Metric]:
        """One family per reading."""
        return [
            GaugeMetricFamily(name, text, value=value)
            for name, (text, value) in self._gauges().items()
        ]

    def describe(self) -> list[Metric]:
        """Nothing in advance: the city may not be open yet."""
        return []
