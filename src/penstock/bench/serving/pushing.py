"""How long it takes until what was pushed can be read."""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from penstock.bench.serving.load import Result, Sizes
from penstock.bench.serving.place import KEY, NAMES, REFS, VIEW, Served, serving_store
from penstock.bench.serving.tiers import behind
from penstock.bench.timing import figures


def measure_pushes(sizes: Sizes) -> list[Result]:
    """One row after the other over HTTP, with all checks: the embedded store, then Redis and PostgreSQL."""
    with serving_store(100) as served:
        made = _pushes(served, "push_to_readable", sizes.pushes)
    if sizes.brief:
        return made
    with behind() as online, serving_store(100, online=online) as served:
        return made + _pushes(served, "push_to_readable_redis_postgres", sizes.pushes)


def _pushes(served: Served, case: str, count: int) -> list[Result]:
    place = urlsplit(served.url)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    head = {"authorization": f"Bearer {served.key}", "content-type": "application/json"}

    def ask(path: str, body: dict[str, Any]) -> Any:
        line.request("POST", path, json.dumps(body), head)
        return json.loads(line.getresponse().read())

    random, pushed, readable = np.random.default_rng(3), list[float](), list[float]()
    for i in range(count):
        values = dict(zip(NAMES, random.standard_normal((len(NAMES), 1)).tolist(), strict=True))
        row = {KEY: [i % 100], "event_timestamp": [time.time_ns()]}
        start = time.perf_counter()
        ask("/push", {"push_source_name": VIEW, "df": row | values, "to": "online"})
        pushed.append(time.perf_counter() - start)
        read: list[float] = []
        while read != values["f0"]:
            found = ask(
                "/get-online-features", {"features": REFS[:1], "entities": {KEY: [i % 100]}}
            )
            read = found["results"][0]["values"]
        readable.append(time.perf_counter() - start)
    line.close()
    figures_of = (("push", pushed), ("readable", readable))
    return [{"case": case, "rows": count, **dict(x for pair in figures_of for x in _spent(*pair))}]


def _spent(name: str, seconds: list[float]) -> list[tuple[str, float]]:
    p50, p99 = np.percentile(np.array(seconds) * 1e3, [50, 99])
    return [(f"{name}_p50_ms", figures(p50)), (f"{name}_p99_ms", figures(p99))]
