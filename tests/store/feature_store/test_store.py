"""The feature store as users touch it, embedded."""

import asyncio
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import penstock as ps
from penstock.cli import main
from penstock.core.errors import DataError, DefinitionError
from penstock.store.registry.registry import Registry

ROOT = Path(__file__).resolve().parents[3]
DAY = 86_400_000_000_000
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
NOW = int(NOON.timestamp()) * 10**9
TRIPS = ps.Pushed(
    "trips", [ps.Field("rate", range=(0, 1)), ps.Field("count", "i8"), ps.Field("city", "str")], key="driver", ttl="1h",
    checks=ps.Checks(rules=("rate <= 0.9",), fill={"count": 0}),
)  # fmt: skip
LIMITS = ps.Pushed("limits", [ps.Field("most")], key="driver")
LOAD = ps.OnDemand(
    "load", {"share": "n / most", "over": "asked > most"}, reads={"n": "trips:count", "most": "limits:most"},
    request={"asked": "1"},
)  # fmt: skip
ROW = {"driver": 7, "event_timestamp": NOON, "rate": 0.5, "count": 3, "city": "x"}


class Clock:
    """A time that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[ps.FeatureStore]:
    with ps.FeatureStore(tmp_path, clock=clock) as made:
        made.apply([TRIPS, LIMITS, LOAD, ps.Service("all", (TRIPS, LIMITS))])
        yield made


def test_what_is_pushed_is_read_online_and_in_history(store: ps.FeatureStore) -> None:
    done = store.push("trips", [ROW, ROW | {"driver": 8, "rate": None}])
    assert (done.accepted, done.newer, done.rejected, done.later) == (2, 2, {}, ())
    found = store.get_online_features("all", [{"driver": 7}, {"driver": 8}, {"driver": 9}])
    assert found.names == ["rate", "count", "city", "most"]
    assert found.to_dict()["rate"] == [0.5, None, None]
    assert found.statuses[0] == ["PRESENT", "NULL_VALUE", "NOT_FOUND"]
    assert found.stamps[0] == [NOW, NOW, None]
    frame = pd.DataFrame({"driver": [8, 7], "event_timestamp": [NOON, NOON], "label": [1, 0]})
    history = store.get_historical_features(frame, ["trips:rate", "trips:city"])
    assert history.columns == ["driver", "event_timestamp", "label", "rate", "city"]
    assert history["rate"].to_list() == [None, 0.5]


def test_the_same_age_counts_online_and_in_history(store: ps.FeatureStore, clock: Clock) -> None:
    store.push("trips", [ROW])
    clock.now = NOW + 3_600 * 10**9
    assert store.get_online_features(["trips:rate"], [{"driver": 7}]).statuses == [["PRESENT"]]
    clock.now += 1
    late = store.get_online_features(["trips:rate"], [{"driver": 7}])
    assert (late.values, late.statuses, late.stamps) == ([[None]], [["OUTSIDE_MAX_AGE"]], [[NOW]])
    ats = [NOW - 1, NOW, NOW + 3_600 * 10**9, NOW + 3_600 * 10**9 + 1]
    history = store.get_historical_features(
        {"driver": [7] * 4, "ts": ats}, ["trips:rate"], statuses=True
    )
    assert history["rate"].to_list() == [None, 0.5, 0.5, None]
    assert history["rate__status"].to_list() == [
        "NOT_FOUND",
        "PRESENT",
        "PRESENT",
        "OUTSIDE_MAX_AGE",
    ]


def test_rows_that_are_not_accepted_are_told_counted_and_kept_aside(
    store: ps.FeatureStore, tmp_path: Path
) -> None:
    rows = [
        ROW,
        ROW | {"rate": "x"},
        ROW | {"rate": 0.95},
        ROW | {"rate": float("inf")},
        ROW | {"count": None},
    ]
    done = store.push("trips", rows)
    assert done.accepted == 2
    assert {row: why.partition(": ")[2] for row, why in done.rejected.items()} == {
        1: "rate must be of kind f8, got 'x'", 2: "breaks the rule rate <= 0.9",
        3: "rate is infinite; breaks the rule rate <= 0.9",
    }  # fmt: skip
    assert done.flags == {("filled", "count"): 1, ("outside", "rate"): 1}
    assert store.inner.rejects.counts == {
        ("trips@v1", "kind"): 1, ("trips@v1", "rule"): 1, ("trips@v1", "infinite"): 1,
    }  # fmt: skip
    lines = (tmp_path / ".penstock/rejected/trips@v1.jsonl").read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    assert [line["row"] for line in kept] == [1, 2, 3]
    assert kept[1]["values"]["driver"] == "7"


def test_an_older_row_goes_into_history_and_not_online(store: ps.FeatureStore) -> None:
    store.push("trips", [ROW])
    done = store.push(
        "trips", [ROW | {"event_timestamp": NOW - DAY, "rate": 0.1, "created": NOW - DAY}]
    )
    assert (done.accepted, done.newer) == (1, 0)
    assert store.get_online_features(["trips:rate"], [{"driver": 7}]).values == [[0.5]]
    history = store.get_historical_features(
        {"driver": [7], "ts": [NOW - 1]}, ["trips:rate"], statuses=True
    )
    assert history["rate__status"].to_list() == ["OUTSIDE_MAX_AGE"]


def test_columns_on_demand_are_as_good_as_what_they_read(
    store: ps.FeatureStore, clock: Clock
) -> None:
    store.push("trips", [ROW, ROW | {"driver": 8}])
    store.push("limits", [{"driver": 7, "ts": NOW - 5, "most": 4.0}])
    asked = [{"driver": 7, "asked": 5}, {"driver": 8, "asked": 1}]
    found = store.get_online_features(["load:share", "trips:count", "load:over"], asked)
    assert found.names == ["share", "count", "over"]
    assert found.values == [[0.75, None], [3, 3], [1.0, None]]
    assert found.statuses[0] == ["PRESENT", "NOT_FOUND"]
    assert found.stamps[0][0] == NOW - 5
    history = store.get_historical_features(
        {"driver": [7, 8], "asked": [5, 1], "ts": [NOW, NOW]}, ["load:share", "load:over"]
    )
    assert history["share"].to_list() == [0.75, None]
    clock.now += 2 * 3_600 * 10**9
    assert store.get_online_features(["load:share"], asked[:1]).statuses == [["OUTSIDE_MAX_AGE"]]
    with pytest.raises(DefinitionError, match="the request must bring the number asked"):
        store.get_online_features(["load:share"], [{"driver": 7}])
    with pytest.raises(DefinitionError, match="a view with stored rows is needed"):
        store.push("load", [])


def test_versions_live_side_by_side(store: ps.FeatureStore) -> None:
    store.push("trips", [ROW])
    wider = ps.Pushed("trips", [ps.Field("rate"), ps.Field("tips")], key="driver", ttl="1h")
    assert "new version pushed trips@v2" in str(store.apply([wider]))
    store.push("trips", [{"driver": 7, "ts": NOW + 5, "rate": 0.25, "tips": 1.0}])
    both = store.get_online_features(["trips:tips", "trips@v1:rate"], [{"driver": 7}])
    assert both.values == [[1.0], [0.5]]
    asked = {"driver": [7, 7], "ts": [NOW, NOW + 6]}
    history = store.get_historical_features(asked, ["trips:rate", "trips:tips"], known=False)
    assert history["tips"].to_list() == [None, 1.0]
    assert history["rate"].to_list() == [0.5, 0.25]


def test_traffic_is_split_by_entity(
    store: ps.FeatureStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.apply([ps.Pushed("limits", [ps.Field("most"), ps.Field("least")], key="driver")])
    drivers = range(200)
    store.push("limits@v1", [{"driver": d, "ts": NOW, "most": 1.0} for d in drivers])
    store.push("limits@v2", [{"driver": d, "ts": NOW, "most": 2.0, "least": 0.0} for d in drivers])
    store.inner.registry.split("limits", {1: 75, 2: 25}, by="me", at=NOW)
    assert store.contents.view("limits").shares == {1: 75, 2: 25}
    asked = [{"driver": d} for d in drivers]
    (values,) = store.get_online_features(["limits:most"], asked).values
    assert 25 < values.count(2.0) < 80
    assert store.get_online_features(["limits:most"], asked).values == [values]
    assert store.get_online_features(["limits@v2:most"], asked).values == [[2.0] * 200]
    store.flush()
    lines = (tmp_path / ".penstock/exposures/limits.jsonl").read_text().splitlines()
    noted = {tuple(line["entity"]): line["version"] for line in map(json.loads, lines)}
    assert len(lines) == 200, "each entity and version stands there once"
    assert noted == {(str(d),): int(value) for d, value in zip(drivers, values, strict=True)}
    assert sum(store.inner.exposures.counts.values()) == 400
    assert main(["compare", "limits@v1", "limits@v2", "--store", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == {"only_one": 0, "only_two": 0, "both": 200}
    assert told["columns"]["most"]["difference"]["max"] == 1.0
    assert told["added"] == ["least"]


def test_deleted_entities_are_not_found_and_come_back_with_a_newer_row(
    store: ps.FeatureStore, clock: Clock
) -> None:
    store.push("trips", [ROW])
    store.delete("trips", [{"driver": 7}])
    assert store.get_online_features(["trips:rate"], [{"driver": 7}]).statuses == [["NOT_FOUND"]]
    clock.now += 10
    store.push("trips", [ROW | {"event_timestamp": NOW + 5}])
    assert store.get_online_features(["trips:rate"], [{"driver": 7}]).values == [[0.5]]


def test_a_view_is_deleted_with_its_values(store: ps.FeatureStore) -> None:
    store.push("limits", [{"driver": 7, "ts": NOW, "most": 1.0}])
    with pytest.raises(DefinitionError, match="got one of all"):
        store.delete_feature_view("limits")
    store.apply([TRIPS], delete=False)
    store.inner.registry.delete("service", "all", by="me", at=NOW)
    store.flush()
    store.delete_feature_view("limits")
    store.apply([LIMITS])
    assert store.get_online_features(["limits:most"], [{"driver": 7}]).statuses == [["NOT_FOUND"]]
    history = store.get_historical_features({"driver": [7], "ts": [NOW]}, ["limits:most"])
    assert history["most"].to_list() == [None]


def test_everything_is_there_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    with ps.FeatureStore(tmp_path, clock=clock) as store:
        store.apply([TRIPS])
        store.push("trips", [ROW])
    with ps.FeatureStore(tmp_path, clock=clock) as store:
        assert store.get_online_features(["trips:city"], [{"driver": 7}]).values == [["x"]]
        assert store.get_historical_features({"driver": [7], "ts": [NOW]}, ["trips:count"])[
            "count"
        ].to_list() == [3]


def test_what_is_wrong_is_told_with_the_nearest_name(store: ps.FeatureStore) -> None:
    with pytest.raises(DefinitionError, match="got 'trip'; did you mean 'trips'"):
        store.push("trip", [ROW])
    with pytest.raises(
        DefinitionError, match="to must be one of online, offline, online_and_offline"
    ):
        store.push("trips", [ROW], to="nowhere")
    with pytest.raises(DataError, match="driver must be a text, an integer or a truth, got None"):
        store.get_online_features(["trips:rate"], [{}])
    with pytest.raises(DataError, match="the columns driver, event_timestamp are needed, got ts"):
        store.get_historical_features({"ts": [1]}, ["trips:rate"])
    with pytest.raises(DataError, match="Entities: row 1: ts must be ISO text or ns"):
        store.get_historical_features({"driver": [1, 2], "ts": [1, None]}, ["trips:rate"])


def test_many_threads_read_and_write(store: ps.FeatureStore) -> None:
    failed: list[BaseException] = []

    def work(driver: int) -> None:
        try:
            for i in range(20):
                store.push("limits", [{"driver": driver, "ts": NOW + i, "most": float(i)}])
                assert store.get_online_features(["limits:most"], [{"driver": driver}]).values == [
                    [float(i)]
                ]
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work, args=(d,)) for d in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_caller_that_waits_asynchronously_has_the_same_words(
    tmp_path: Path, clock: Clock
) -> None:
    async def main() -> None:
        async with ps.AsyncFeatureStore(tmp_path, clock=clock) as store:
            store.apply([TRIPS])
            await store.push("trips", pl.DataFrame([ROW]))
            found = await store.get_online_features(["trips:*"], [{"driver": 7}])
            assert found.to_df().row(0) == (7, 0.5, 3, "x")
            history = await store.get_historical_features({"driver": [7], "ts": [NOW]}, ["trips:*"])
            assert history.row(0)[2:] == (0.5, 3, "x")

    asyncio.run(main())


def test_what_was_confirmed_before_a_kill_is_in_history_once(tmp_path: Path) -> None:
    body = f"""
import sys
sys.path[:0] = [{str(ROOT / "src")!r}, {str(ROOT)!r}]
from tests.store.feature_store.test_store import *
import penstock.jobs.feature_store.store as module
module.FLUSH = 0.05
store = ps.FeatureStore(sys.argv[1])
store.apply([LIMITS])
i = int(sys.argv[2])
while True:
    store.push("limits", [{{"driver": 7, "ts": NOW + i, "created": NOW + i, "most": float(i)}}])
    print(i, flush=True)
    i += 1
"""
    done = -1
    for turn in range(3):
        one = subprocess.Popen(
            [sys.executable, "-c", body, str(tmp_path), str(done + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert one.stdout is not None
        for line in one.stdout:
            done = int(line)
            if done % 60 == 59:
                break
        time.sleep(0.02 * turn)
        os.kill(one.pid, signal.SIGKILL)
        whole = [line for line in one.stdout if line.endswith("\n")]
        done = int(whole[-1]) if whole else done
        one.stdout.close()
        one.wait(10)
    with ps.FeatureStore(tmp_path) as store:
        (value,) = store.get_online_features(["limits:most"], [{"driver": 7}]).values[0]
        assert value >= done
        store.flush()
        schema = store.contents.schema("limits")
        stored = store.inner.lake.read(schema).collect()["most"].to_list()
        assert sorted(stored)[: done + 1] == [float(i) for i in range(done + 1)]
        assert len(stored) <= done + 4, "at most one push of each killed process was not confirmed"
        rows = sum(f.rows for f in store.inner.lake.files(schema))
        assert rows <= len(stored) + 2, (
            "only what was not confirmed was pushed again, and nothing moved twice"
        )


def test_a_registry_is_shared_by_stores(tmp_path: Path, clock: Clock) -> None:
    with ps.FeatureStore(tmp_path, clock=clock) as store:
        other = Registry(store.inner.config.registry)
        other.apply([TRIPS], by="other", at=NOW)
        other.close()
        assert store.list_feature_views() == ["trips"]
        assert store.get_feature_view("trips")["key"] == ["driver"]
        assert store.push("trips", [ROW]).accepted == 1
