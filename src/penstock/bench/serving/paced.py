"""Requests at a steady rate, whatever the server does: latencies count from when a request was due.

A client that waits for answers asks less while a server is slow, and so measures its best moments (coordinated
omission: Tene, How not to measure latency, 2013). Here requests are due every so often, in groups of a millisecond, and
wait for a free connection if need be.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from penstock.bench.serving.cores import cores
from penstock.bench.timing import figures

CLIENT = Path(__file__).with_name("steady_client.py")


def paced(
    url: str, bodies: Sequence[str], *, rate: float, seconds: float, key: str, connections: int = 64
) -> tuple[dict[str, Any], float]:
    """Figures of requests at a steady rate, and the seconds until the last answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(bodies))
        file.flush()
        given = [url, file.name, key, str(rate), str(seconds), str(connections), str(cores()[0])]
        done = subprocess.run(  # noqa: S603  (our own program)
            [sys.executable, str(CLIENT), *given], capture_output=True, check=True, text=True,
            timeout=seconds + 60,
        )  # fmt: skip
    found = json.loads(done.stdout)
    return {
        "asked_per_s": float(rate),
        "answered_per_s": figures(found["answered"] / found["took_s"]),
        "p50_ms": figures(found["p50_ms"]),
        "p99_ms": figures(found["p99_ms"]),
        "errors": found["errors"],
    }, found["took_s"]
