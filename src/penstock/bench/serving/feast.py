"""Feast's server beside ours: the same requests to the same number of rows, in its own environment."""

import contextlib
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from penstock.bench.servers import NotInstalledError, RedisServer, free_port, wait_for
from penstock.bench.serving.cores import cores
from penstock.bench.serving.load import Result, Sizes, body
from penstock.bench.serving.place import FEATURES, KEY, VIEW, pin
from penstock.bench.serving.wrk import wrk

VERSION = "feast[redis]==0.67.0"
MINUTES = 10  # that its installation may take

STORE = """
project: bench
provider: local
registry: registry.db
online_store: {{type: redis, connection_string: "127.0.0.1:{port}"}}
offline_store: {{type: dask}}
entity_key_serialization_version: 3
"""
DEFINE = """
import sys, datetime, numpy as np, pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import Float64
view, key, features, rows = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
names = ["f%d" % i for i in range(features)]
now = pd.Timestamp.now("UTC").floor("s")
frame = pd.DataFrame(np.random.default_rng(1).standard_normal((rows, features)), columns=names)
frame[key], frame["event_timestamp"], frame["created"] = np.arange(rows), now, now
frame.to_parquet("rows.parquet")
entity = Entity(name="driver", join_keys=[key], value_type=ValueType.INT64)
source = FileSource(path="rows.parquet", timestamp_field="event_timestamp", created_timestamp_column="created")
fields = [Field(name=name, dtype=Float64) for name in names]
store = FeatureStore(".")
week = datetime.timedelta(days=7)
made = FeatureView(name=view, entities=[entity], ttl=week, schema=fields, source=source)
store.apply([entity, made])
store.write_to_online_store(view, df=frame)
"""


def measure_feast(sizes: Sizes) -> list[Result]:
    """One entity and a hundred; its rows are in Redis. Left out of a quick run: it takes minutes to install."""
    if sizes.pushes < 100:
        raise NotInstalledError("Feast is measured in a full run only")
    ones = [body([i]) for i in range(sizes.entities)]
    batches = [body(range(i, i + 100)) for i in range(0, sizes.entities - 100, 50)]
    with _feast(sizes.entities) as url:
        wrk(url, ones, connections=4, seconds=1)
        return [
            {"case": "feast_single", **wrk(url, ones, connections=64, seconds=sizes.seconds)},
            {"case": "feast_batch_100", **wrk(url, batches, connections=16, seconds=sizes.seconds)},
        ]


@contextmanager
def _feast(entities: int) -> Generator[str]:
    with tempfile.TemporaryDirectory(prefix="penstock-feast-") as place:
        folder, port = Path(place), free_port()
        python = _installed(folder)
        redis = RedisServer()
        with contextlib.closing(redis):
            redis.start()
            pin(redis.process, cores()[0])
            (folder / "feature_store.yaml").write_text(STORE.format(port=redis.port))
            given = [str(python), "-c", DEFINE, VIEW, KEY, str(FEATURES), str(entities)]
            _run(given, folder)
            command = [str(python.with_name("feast")), "serve", "-h", "127.0.0.1", "-p", str(port)]
            command += ["--no-access-log", "--workers", "1"]
            with (folder / "log").open("wb") as log:
                process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)  # noqa: S603
            try:
                pin(process, cores()[1])
                url = f"http://127.0.0.1:{port}"
                wait_for(lambda: _answers(url), "Feast's server", 60)
                yield url
            finally:
                process.terminate()
                process.wait(30)


def _installed(folder: Path) -> Path:
    """The Python of a new environment with Feast in it."""
    _run([sys.executable, "-m", "venv", str(folder / "venv")], folder)
    python = folder / "venv" / "bin" / "python"
    _run([str(python), "-m", "pip", "install", "-q", VERSION], folder)
    return python


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603  (words of ours)
            command, cwd=folder, capture_output=True, text=True, timeout=60 * MINUTES, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise NotInstalledError(f"Feast was not installed within {MINUTES} minutes") from late
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise NotInstalledError(f"Feast could not be started: {said}")


def _answers(url: str) -> bool:
    asked = urllib.request.Request(  # noqa: S310  (on loopback)
        f"{url}/get-online-features", body([1]).encode(), {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return json.load(answer)["results"][-1]["statuses"] == ["PRESENT"]
    except OSError:
        return False
