"""Measurements in a process of their own: a peer may not be installed, or end the process."""

import json
import subprocess
import sys
import tempfile
from typing import Any

TIMEOUT = 300  # seconds


def child(module: str, *arguments: str) -> dict[str, Any]:
    """What ``penstock.bench.<module>`` prints as JSON, or why it could not; its home is empty.

    With an empty home nothing is in the cache: what the process runs it has compiled itself.
    """
    with tempfile.TemporaryDirectory() as home:
        command = [
            "env",
            f"HOME={home}",
            sys.executable,
            "-m",
            f"penstock.bench.{module}",
            *arguments,
        ]
        done = subprocess.run(  # noqa: S603  (our own module)
            command, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "Error" in line] or [
            "ended without a word"
        ]
        return {"absent": said[-1]}
    return json.loads(done.stdout.splitlines()[-1])
