"""Reads of rows that are in the server's memory, with API keys and counts."""

import numpy as np

from penstock.bench.serving.load import Result, Sizes, body, steady, warm
from penstock.bench.serving.place import VIEW, serving_store
from penstock.bench.serving.wrk import wrk
from penstock.bench.timing import figures


def measure_memory(sizes: Sizes) -> list[Result]:
    """One entity and a hundred, as fast as they are answered; and what a steady rate costs."""
    random = np.random.default_rng(7)
    ones = [body([i]) for i in random.permutation(sizes.entities).tolist()]
    batches = [body(random.integers(sizes.entities, size=100).tolist()) for _ in range(500)]
    paths = [f"/entities/{VIEW}/{i}" for i in range(sizes.entities)]
    with serving_store(sizes.entities) as served:
        key, seconds, url = served.key, sizes.seconds, served.url
        empty = served.memory()
        warm(served, sizes.entities)
        wrk(url, ones, connections=64, seconds=1, key=key)  # answers are made once
        wrk(url, batches, connections=16, seconds=1, key=key)
        made: list[Result] = [
            {"case": "l1_single", **wrk(url, ones, connections=64, seconds=seconds, key=key)},
            {"case": "l1_10k_a_second", **steady(served, ones, 10_000, seconds)},
            {"case": "batch_100", **wrk(url, batches, connections=16, seconds=seconds, key=key)},
        ]
        if not sizes.brief:
            many = wrk(url, ones, connections=256, seconds=seconds, key=key)
            get = wrk(url, paths, connections=64, seconds=seconds, key=key, get=True)
            made += [{"case": "l1_single_256", **many}, {"case": "l1_get", **get}]
        kept = served.get("/health")["memory"]["bytes"] / 1e6
        full = served.memory()
        megabytes = {
            "start_mb": empty,
            "end_mb": full,
            "rows_mb": kept,
            "besides_rows_mb": full - kept,
        }
        made.append({"case": "process", **{name: figures(x) for name, x in megabytes.items()}})
        return made
