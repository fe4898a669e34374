"""The suite ``store``: history written, mirrored and read at points in time, and each backend of the online store."""

from collections.abc import Callable
from typing import Any

from penstock.bench.backends import measure_changes, measure_postgres, measure_redis, measure_sqlite
from penstock.bench.backfill import measure_backfill
from penstock.bench.history import measure_history
from penstock.bench.mirror import measure_mirror
from penstock.bench.servers import NotInstalledError

Result = dict[str, Any]


def store(*, quick: bool) -> list[Result]:
    """The cases of the suite."""
    parts: tuple[Callable[..., list[Result]], ...] = (
        measure_history, measure_backfill, measure_mirror, measure_sqlite, measure_redis, measure_postgres,
        measure_changes,
    )  # fmt: skip
    return [result for part in parts for result in measured(part, quick=quick)]


def measured(part: Callable[..., list[Result]], *, quick: bool) -> list[Result]:
    """The figures of a part, or why there are none."""
    try:
        return part(quick=quick)
    except NotInstalledError as missing:
        return [{"case": part.__name__.removeprefix("measure_"), "absent": str(missing)}]
