"""A server in a process of its own, for tests."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import penstock as ps

NOW = time.time_ns() // 10**9 * 10**9
RATES = ps.Pushed(
    "rates",
    [ps.Field("x"), ps.Field("n", "i8"), ps.Field("word", "str"), ps.Field("on", "bool")],
    key="id",
    ttl="1h",
)
SIDES = ps.Pushed("sides", [ps.Field("y")], key=("id", "side"))
SUM = ps.OnDemand("sum", {"total": "x + more"}, reads={"x": "rates:x"}, request={"more": "1"})
ALL = [RATES, SIDES, SUM, ps.Service("both", (RATES, SIDES))]


def rows(*names: Any, at: int = NOW, **given: Any) -> list[dict[str, Any]]:
    row = {"x": 0.5, "n": 3, "word": "w", "on": True} | given
    return [{"id": name, "event_timestamp": at, **row} for name in names]


@contextmanager
def running(
    folder: Path, *options: str, settings: str = "", seconds: float = 30.0
) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """A client of a server over the store in a folder; it ends with the block."""
    (folder / "penstock.toml").write_text(settings)
    command = [sys.executable, "-m", "penstock", "serve", str(folder), "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        url = ""
        for line in process.stderr:
            if "serving" in line:
                url = line.split()[-1]
                break
        if not url:
            pytest.fail(f"the server did not start: {process.wait(10)}")
        with httpx.Client(base_url=url, timeout=10.0, verify=False, trust_env=False) as client:  # noqa: S501
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                try:
                    if client.get("/ready").status_code in (200, 401):
                        break
                except httpx.HTTPError:
                    time.sleep(0.02)
            yield client, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        process.stderr.close()


def read(client: httpx.Client, features: Any, **entities: Any) -> Any:
    asked = {"feature_service": features} if isinstance(features, str) else {"features": features}
    return client.post("/get-online-features", json=asked | {"entities": entities})
