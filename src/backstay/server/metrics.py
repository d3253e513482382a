"""Counters in the text format of Prometheus.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import Final

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram, in seconds."""

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What one process has answered. Used from the event loop alone."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self.in_flight = 0

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. `route` is the template of its path, so that there are few."""
        self._requests[method, route, status] += 1
        counts = self._buckets.setdefault(route, [0] * (len(BUCKETS) + 1))
        counts[bisect_left(BUCKETS, seconds)] += 1
        self._seconds[route] += seconds  # type: ignore[assignment]

    def failed(self, reason: str) -> None:
        """Count a request that was refused, by its reason code."""
        self._failures[reason] += 1

    def text(self) -> str:
        """All of it."""
        lines = [
            *_heading("requests_total", "counter", "Requests answered."),
            *(
                f'backstay_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}'
                for (method, route, status), count in sorted(self._requests.items())
            ),
            *_heading("request_seconds", "histogram", "Time from a request to its answer."),
            *(line for route in sorted(self._buckets) for line in self._histogram(route)),
            *_heading("failures_total", "counter", "Requests refused, by reason."),
            *(
                f'backstay_failures_total{{reason="{reason}"}} {count}'
                for reason, count in sorted(self._failures.items())
            ),
            *_heading("requests_in_flight", "gauge", "Requests that are being answered."),
            f"backstay_requests_in_flight {self.in_flight}",
        ]
        return "\n".join(lines) + "\n"

    def _histogram(self, route: str) -> list[str]:
        lines, total = [], 0
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self._buckets[route], strict=True):
            total += count
            lines.append(f'backstay_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}')
        lines.append(f'backstay_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}')
        lines.append(f'backstay_request_seconds_count{{route="{route}"}} {total}')
        return lines


def _heading(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP backstay_{name} {text}", f"# TYPE backstay_{name} {kind}"
