"""Measurements in a process of their own: a peer may not be installed, or end the process."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TIMEOUT = 300  # seconds


def command(home: str | Path, *arguments: str) -> list[str]:
    """Python with some arguments, as a user whose home is another directory."""
    return ["env", f"HOME={home}", sys.executable, *arguments]


def child(module: str, *arguments: str) -> dict[str, Any]:
    """What ``penstock.bench.<module>`` prints as JSON, or why it could not; its home is empty.

    With an empty home nothing is in the cache: what the process runs it has compiled itself.
    """
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(  # noqa: S603  (our own module)
            command(home, "-m", f"penstock.bench.{module}", *arguments),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    if done.returncode:
        return {"absent": reason(done.stderr.splitlines())}
    return json.loads(done.stdout.splitlines()[-1])


def reason(said: list[str]) -> str:
    """The line that names the error; a peer in C++ prints more after it."""
    named = [line for line in said if "Error:" in line or "No module" in line]
    return next(reversed(named or said), "it ended without a word")
