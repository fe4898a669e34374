"""What the cases of the suite ``serving`` should reach."""

from collections.abc import Mapping

from penstock.bench.serving.load import Result

LEAST = (
    "_per_s",
    "_per_second",
)  # ends of the names of figures with a lower bound; others have an upper one
TARGETS: Mapping[str, Mapping[str, float]] = {
    "l1_single": {"requests_per_second": 50_000, "p99_ms": 5},
    "batch_100": {"requests_per_second": 5_000},
    "process": {"besides_rows_mb": 250},
    "l2": {"answered_per_s": 19_900, "p99_ms": 5},
    "l3": {"p99_ms": 50},
    "l3_sqlite": {"p99_ms": 50},
    "zipf": {"p99_ms": 5},
    "zipf_not_waiting": {"p99_ms": 5},
    "push_to_readable": {"readable_p50_ms": 2},
    "push_to_readable_redis_postgres": {"readable_p50_ms": 2},
}


def judged(result: Result) -> Result:
    """A result with its targets and whether it meets them; an error meets none.

    Examples
    --------
    >>> judged({"case": "batch_100", "requests_per_second": 6_000.0, "errors": 0})["met"]
    True
    """
    target = TARGETS.get(result["case"])
    if target is None:
        return result
    met = not result.get("errors", 0) and all(
        result[name] >= bound if name.endswith(LEAST) else result[name] <= bound
        for name, bound in target.items()
    )
    return {**result, "target": dict(target), "met": met}
