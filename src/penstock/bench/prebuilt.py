"""The first start with a cache that ``penstock compile`` made; part of the suite ``startup``."""

import json
import subprocess
import tempfile
from collections.abc import Callable
from typing import Any

from penstock.bench.child import TIMEOUT, command
from penstock.bench.timing import figures, median

Result = dict[str, Any]
Run = Callable[..., Result]


def prebuilt_start(
    first_row: Run, on: str, features: tuple[str, ...], cold: Result, repeats: int
) -> Result:
    """To the first row in a home without a cache: all that it runs is prebuilt."""
    with tempfile.TemporaryDirectory() as place:
        with tempfile.TemporaryDirectory() as home:
            built = subprocess.run(  # noqa: S603  (our own program)
                command(
                    home, "-m", "penstock", "compile", "--features", ",".join(features), "--on", on,
                    "--out", place, "--json",
                ),
                capture_output=True, text=True, timeout=TIMEOUT, check=True,
            )  # fmt: skip
        runs = []
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as home:
                runs.append(first_row(home, on, features, prebuilt=place))
    made = json.loads(built.stdout)
    spent = median([run["seconds"] for run in runs])
    return {
        "case": "prebuilt_start",
        "features": len(features),
        "seconds": figures(spent),
        "seconds_without": figures(cold["seconds"]),
        "seconds_saved": figures(cold["seconds"] - spent),
        "wrappers": runs[-1]["prebuilt"],
        "wrappers_compiled": runs[-1]["misses"],
        "build_seconds": made["seconds"],
        "entries": made["entries"],
        "bytes": made["bytes"],
    }
