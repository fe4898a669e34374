"""A store with rows in it, and a server over it on a core of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from penstock.bench.servers import wait_for
from penstock.bench.serving.cores import cores
from penstock.core.time import duration
from penstock.declare import Checks, Field, Pushed
from penstock.jobs.feature_store import FeatureStore
from penstock.store.registry.api_keys import PUSH, READ

VIEW, KEY, FEATURES = "driver_stats", "driver_id", 50
NAMES = tuple(f"f{i}" for i in range(FEATURES))
REFS = tuple(f"{VIEW}:{name}" for name in NAMES)
BLOCK = 20_000  # rows of one push
TICKS = os.sysconf("SC_CLK_TCK")


def view() -> Pushed:
    """The view: 50 numbers of 8 bytes, each with a promised range, and two rules between them."""
    fields = tuple(Field(name, range=(-100, 100)) for name in NAMES)
    checks = Checks(rules=("f0 <= f1 + 200", "f2 <= f3 + 200"))
    return Pushed(VIEW, fields, key=(KEY,), ttl=duration("7d"), checks=checks)


def rows(count: int, seed: int = 1, start: int = 0) -> pl.DataFrame:
    """Rows of so many entities, of this second."""
    values = np.random.default_rng(seed).standard_normal((count, FEATURES))
    now = time.time_ns() // 10**9 * 10**9
    head = {KEY: np.arange(start, start + count), "event_timestamp": np.full(count, now)}
    return pl.DataFrame(head).hstack(pl.DataFrame(values, schema=list(NAMES)))


def pin(process: "subprocess.Popen[Any] | None", core: int) -> None:
    """Keep a process that has just been started on one core."""
    if process is not None:
        os.sched_setaffinity(process.pid, {core})


@dataclass
class Served:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    url: str
    key: str

    def get(self, path: str) -> Any:
        """What a path answers."""
        asked = urllib.request.Request(  # noqa: S310  (our own server)
            self.url + path, headers={"authorization": f"Bearer {self.key}"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What a body is answered with."""
        headers = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        asked = urllib.request.Request(  # noqa: S310  (our own server)
            self.url + path, json.dumps(body).encode(), headers
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def cpu(self) -> float:
        """Processor seconds so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident megabytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(x.split()[1]) / 1e3 for x in lines if x.startswith("VmRSS"))


@contextmanager
def serving_store(entities: int, *, online: str = "", serve: str = "") -> Generator[Served]:
    """A server over a store with rows of so many entities; keys are demanded.

    Parameters
    ----------
    entities
        How many: ``driver_id`` from 0 on.
    online, serve
        Lines of ``penstock.toml`` under [online] and [serve].
    """
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as place:
        folder = Path(place)
        settings = f"[online]\n{online}\n[serve]\nkeys = true\nport = 0\n{serve}\n"
        (folder / "penstock.toml").write_text(settings)
        with FeatureStore(folder) as store:
            store.apply([view()])
            for at in range(0, entities, BLOCK):
                store.push(VIEW, rows(min(BLOCK, entities - at), at + 1, at), to="online")
            now = time.time_ns()
            key = store.inner.registry.make_key([READ, PUSH], says="bench", by="bench", at=now)
        with _started(folder) as (process, url):
            served = Served(process, url, key)
            wait_for(lambda: _ready(served), "the feature server", 60)
            yield served


@contextmanager
def _started(folder: Path) -> Generator[tuple["subprocess.Popen[bytes]", str]]:
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  (our own program)
            [sys.executable, "-m", "penstock", "serve", str(folder)], stdout=out, stderr=out
        )
    try:
        pin(process, cores()[1])
        wait_for(lambda: b"://" in log.read_bytes() or process.poll() is not None, "its address")
        said = log.read_text()
        yield process, "http://" + said.partition("://")[2].split()[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.wait(30)


def _ready(served: Served) -> bool:
    try:
        return served.get("/ready")["ready"]
    except OSError:
        return False
