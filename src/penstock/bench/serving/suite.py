"""The cases of the suite ``serving``: 50 features; API keys, counts and checks are in every figure of ours.

The server has a core of its own; clients, Redis and PostgreSQL share the other. A figure of a steady rate counts from
when a request was due (`paced`), the others are of a closed loop (`wrk`).
"""

from collections.abc import Callable

from penstock.bench.servers import NotInstalledError
from penstock.bench.serving.alone import measure_alone
from penstock.bench.serving.feast import measure_feast
from penstock.bench.serving.load import FULL, QUICK, Result, Sizes
from penstock.bench.serving.memory import measure_memory
from penstock.bench.serving.pushing import measure_pushes
from penstock.bench.serving.targets import judged
from penstock.bench.serving.tiers import measure_tiers
from penstock.bench.serving.views import measure_views


def serving(*, quick: bool) -> list[Result]:
    """The cases of the suite."""
    sizes = QUICK if quick else FULL
    parts: tuple[Callable[[Sizes], list[Result]], ...] = (
        measure_memory, measure_tiers, measure_views, measure_pushes, measure_alone, measure_feast,
    )  # fmt: skip
    return [result for part in parts for result in measured(part, sizes)]


def measured(part: Callable[[Sizes], list[Result]], sizes: Sizes) -> list[Result]:
    """The figures of a part, or why there are none."""
    try:
        return [judged(result) for result in part(sizes)]
    except NotInstalledError as missing:
        return [{"case": part.__name__.removeprefix("measure_"), "absent": str(missing)}]
