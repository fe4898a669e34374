"""Defects measured in Feast 0.67, each held down here: stored values as their definitions say, whoever asks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import penstock as ps
from penstock.cli.app import COMMANDS
from penstock.expr import TRADE, Column
from penstock.jobs.backfill import backfill
from penstock.jobs.feature_store import materialize
from penstock.ops import WindowMax, WindowMean, WindowMin, WindowMoments
from penstock.store.registry import registry as registry_module

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
BEGIN = 1_704_153_600_000_000_000
NOW = BEGIN + 30 * 24 * HOUR
PRICE = Column(TRADE, "price")
SOURCE = Path(ps.__file__).parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ps.FeatureStore]:
    with ps.FeatureStore(tmp_path / "store", clock=lambda: NOW) as made:
        made.apply([ps.Pushed("aged", [ps.Field("x")], key=("a", "b"), ttl="1h")])
        yield made


def row(ts: int, x: float, a: object = 1, b: object = 2) -> dict[str, object]:
    return {"a": a, "b": b, "event_timestamp": ts, "x": x}


def test_an_expired_value_is_not_present_online(store: ps.FeatureStore) -> None:
    store.push("aged", [row(NOW - HOUR - 1, 5.0)])
    answer = store.get_online_features(["aged:x"], [{"a": 1, "b": 2}])
    assert answer.to_dict()["x"] == [None]
    assert answer.statuses == [["OUTSIDE_MAX_AGE"]]


def test_an_entity_whose_value_expired_keeps_its_row(store: ps.FeatureStore) -> None:
    store.push("aged", [row(BEGIN, 5.0) | {"created": BEGIN}])
    asked = {"a": [1, 1], "b": [2, 2], "event_timestamp": [BEGIN + HOUR, BEGIN + HOUR + 1]}
    found = store.get_historical_features(asked, ["aged:x"], statuses=True)
    assert found["x"].to_list() == [5.0, None]
    assert found["x__status"].to_list() == ["PRESENT", "OUTSIDE_MAX_AGE"]


def test_composite_keys_do_not_run_into_each_other(store: ps.FeatureStore) -> None:
    store.push("aged", [row(NOW, 1.0, 1, 23), row(NOW, 2.0, 12, 3)])
    entities = [{"a": 1, "b": 23}, {"a": 12, "b": 3}, {"a": 123, "b": ""}]
    assert store.get_online_features(["aged:x"], entities).to_dict()["x"] == [1.0, 2.0, None]


def windows(tmp_path: Path, prices: np.ndarray, times: np.ndarray) -> pl.DataFrame:
    """Statistics of the last hour, every ten minutes, through a backfill."""
    moments = WindowMoments(PRICE, width="1h")
    columns = {
        "low": WindowMin(PRICE, width="1h"),
        "high": WindowMax(PRICE, width="1h"),
        "mean": WindowMean(PRICE, width="1h"),
        "std": moments["std"],
    }
    view = ps.View("windows", columns, on="every:10m")
    pl.DataFrame(
        {"symbol": "A", "time": times, "price": prices, "size": 1.0, "side": 1}
    ).write_parquet(tmp_path / "trades.parquet")
    with ps.FeatureStore(tmp_path / "store", clock=lambda: NOW) as store:
        store.apply([view])
        backfill(store, view, str(tmp_path / "trades.parquet"))
        return store.inner.lake.read(store.contents.schema("windows")).sort("ts").collect()


def test_windows_that_hop_have_exact_extremes_and_deviations(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    times = BEGIN + np.sort(rng.choice(12 * HOUR // SECOND, 3_000, replace=False)) * SECOND
    prices = 60_000 + 0.01 * rng.standard_normal(3_000)
    found = windows(tmp_path, prices, times)
    assert found.height > 60
    for ts, low, high, mean, std in found.select("ts", "low", "high", "mean", "std").iter_rows():
        inside = prices[(times >= ts - HOUR) & (times < ts)]
        if len(inside) < 2:
            continue
        exact = inside.astype(np.longdouble)
        assert (low, high) == (inside.min(), inside.max())
        assert abs(mean - float(exact.mean())) <= 1e-9
        assert abs(std / float(exact.std(ddof=1)) - 1) <= 1e-9


def test_the_mean_of_an_empty_window_is_null(tmp_path: Path) -> None:
    times = BEGIN + np.array([0, 1, 5 * HOUR // SECOND]) * SECOND
    found = windows(tmp_path, np.array([1.0, 3.0, 5.0]), times)
    means = dict(found.select("ts", "mean").iter_rows())
    assert means[BEGIN + HOUR // 6] == 2.0
    assert np.isnan(means[BEGIN + 3 * HOUR])


def test_the_registry_is_not_read_anew_for_each_request(
    store: ps.FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    monkeypatch.setattr(registry_module, "read", lambda *_: reads.append(1))
    first = store.inner.request(["aged:x"])
    for _ in range(100):
        store.get_online_features(["aged:x"], [{"a": 1, "b": 2}])
    assert store.inner.request(["aged:x"]) is first
    assert not reads


def test_history_is_put_online_in_parts(
    store: ps.FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(4):
        at = BEGIN + day * 24 * HOUR
        store.push("aged", [row(at + i, day, i, 0) for i in range(25)], to="offline")
    sizes = []
    put = store.inner.writes.put

    async def counted(schema, frame):
        sizes.append(frame.height)
        return await put(schema, frame)

    monkeypatch.setattr(store.inner.writes, "put", counted)
    monkeypatch.setattr(materialize, "ROWS", 10)
    assert store.materialize(feature_views=["aged"]) == {"aged@v1": 25}
    assert sizes == [10, 10, 5]


def test_errors_name_only_commands_that_there_are() -> None:
    named: dict[str, str] = {}
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Raise):
                texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
                for text in (t for t in texts if isinstance(t, str)):
                    for command in re.findall(r"\bpenstock ([a-z]+)\b", text):
                        named[command] = f"{file.name}: {text}"
    assert "apply" in named
    said = {"wrote", "understands", "reads", "has", "needs", "is", "was"}  # words of a sentence
    assert not {c: where for c, where in named.items() if c not in COMMANDS and c not in said}
