"""Backfill: history and online are what one run over all events gives, whatever is done again, killed or corrected."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import penstock as ps
from penstock.core.errors import DefinitionError, StoreError
from penstock.declare import Checks
from penstock.expr import TRADE, Column
from penstock.jobs.backfill import backfill, computing, served_parity
from penstock.jobs.feature_store import FeatureStore
from penstock.ops.ema import Ema
from penstock.store.offline.chunks import chunks_of
from penstock.streams import Stream, benchmark

PRICE = Column(TRADE, "price")
HOUR = 3_600_000_000_000
DAY = 24 * HOUR
BEGIN = 1_704_153_600_000_000_000  # 2024-01-02
NOW = BEGIN + 400 * DAY
COLUMNS = ["fast", "slow"]


def view(on="trade", **more):
    columns = [("fast", Ema(PRICE, span=3)), ("slow", Ema(PRICE, span=50))]
    return ps.View("emas", columns, on=on, **more)


def trades(days=(0, 1, 2, 4), symbols="ABCDEF", a_day=40, seed=5):
    """Trades in order of time, some at one time, none of some keys on some days."""
    rng = np.random.default_rng(seed)
    frames = []
    for day in days:
        n = a_day * len(symbols)
        times = np.sort(rng.integers(0, DAY // HOUR * 100, n)) * (HOUR // 100)
        who = rng.choice(list(symbols)[: max(1, len(symbols) - day)], n)
        frames.append(
            pl.DataFrame(
                {"symbol": who, "time": BEGIN + day * DAY + times, "price": 100 + rng.normal(0, 1, n).cumsum() / 10}
            )
        )  # fmt: skip
    whole = pl.concat(frames)
    return whole.with_columns(pl.lit(1.0).alias("size"), pl.lit(1).alias("side"))


def source(folder: Path, frame: pl.DataFrame) -> str:
    path = folder / "trades.parquet"
    frame.write_parquet(path)
    return str(path)


def opened(folder: Path, *views, now=NOW) -> FeatureStore:
    store = FeatureStore(folder / "store", clock=lambda: now)
    store.apply(list(views))
    return store


def expected(one, path, end=None) -> pl.DataFrame:
    """One run over everything: of each key and time the last row."""
    frame = ps.run(one, path, end=end)
    return frame.unique([*one.key, "ts"], keep="last", maintain_order=True).sort(*one.key, "ts")


def history(store: FeatureStore, one=None) -> pl.DataFrame:
    """What stands in history, of each key and time what was made known last."""
    schema = store.contents.schema((one or view()).name)
    rows = store.inner.lake.read(schema).collect().sort(*schema.key, "ts", "created")
    return rows.unique([*schema.key, "ts"], keep="last", maintain_order=True)


def stored_rows(store: FeatureStore) -> int:
    """Rows in the files, doubles counted."""
    return sum(file.rows for file in store.inner.lake.files(store.contents.schema("emas")))


def assert_same_bits(one: pl.DataFrame, two: pl.DataFrame, key=("symbol",)) -> None:
    assert one.select(*key, "ts").equals(two.select(*key, "ts"))
    for name in COLUMNS:
        left, right = (
            np.nan_to_num(f[name].to_numpy(), nan=-7.0).view(np.int64) for f in (one, two)
        )
        assert (left == right).all(), name


@pytest.mark.parametrize("on", ["trade", "every:1h", "bar:30m"])
@pytest.mark.parametrize("shards", [1, 3])
def test_history_and_online_are_what_one_run_gives(tmp_path: Path, on: str, shards: int) -> None:
    path = source(tmp_path, trades())
    with opened(tmp_path, view(on)) as store:
        found = backfill(store, view(on), path, shards=shards)
        want = expected(view(on), path)
        have = history(store)
        assert_same_bits(have, want)
        assert (have["created"] == have["ts"]).all()
        assert found.rows == found.fresh == want.height == stored_rows(store)
        assert (found.computed, found.unchanged, found.days) == (4 * shards, 0, 4)
        last = want.unique("symbol", keep="last", maintain_order=True)
        entities = [{"symbol": s} for s in last["symbol"]]
        answer = store.get_online_features([f"emas:{n}" for n in COLUMNS], entities).to_dict()
        assert answer["fast"] == last["fast"].to_list()
        assert answer["slow"] == last["slow"].to_list()


def test_days_that_are_done_are_read_not_computed(tmp_path: Path) -> None:
    one, frame = view("every:1h"), trades()
    split = BEGIN + 4 * DAY + 5 * HOUR
    with opened(tmp_path, one) as store:
        path = source(tmp_path, frame.filter(pl.col("time") < split))
        backfill(store, one, path)
        again = backfill(store, one, path)
        assert (again.computed, again.unchanged, again.rows) == (0, 16, 0)
        path = source(tmp_path, frame)  # the last day goes on
        more = backfill(store, one, path)
        assert (more.computed, more.unchanged) == (4, 12)
        assert_same_bits(history(store), expected(one, path))
        path = source(tmp_path, pl.concat([frame, trades(days=(7, 8), seed=6)]))
        backfill(store, one, path)
        want = expected(one, path)
        assert_same_bits(history(store), want)
        assert stored_rows(store) == want.height, "nothing is in twice"
        forced = backfill(store, one, path, force=True)
        assert (forced.unchanged, forced.fresh, forced.same) == (0, 0, want.height)
        assert stored_rows(store) == want.height


def test_a_corrected_event_keeps_what_was_known_before(tmp_path: Path) -> None:
    one, frame = view(), trades()
    with opened(tmp_path, one) as store:
        backfill(store, one, source(tmp_path, frame))
        before = history(store)
    wrong = frame.with_row_index().filter(
        (pl.col("symbol") == "A") & (pl.col("time") > BEGIN + 2 * DAY)
    )["index"][3]
    moment = frame["time"][wrong]
    fixed = frame.filter(pl.int_range(pl.len()) != wrong)
    path = source(tmp_path, fixed)
    with opened(tmp_path, one, now=NOW + DAY) as store:
        found = backfill(store, one, path)
        assert 0 < found.computed < 8, "only the shard of A, and only from that day on"
        assert found.gone == 1
        assert found.changed > 0
        assert found.fresh == 0
        have = history(store).filter(~pl.all_horizontal(pl.col(n).is_nan() for n in COLUMNS))
        assert_same_bits(have, expected(one, path))
        row = {"symbol": ["A"], "event_timestamp": [NOW]}
        asked = store.get_historical_features(row, ["emas:fast"], known=True)
        assert asked["fast"].to_list() == before.filter(symbol="A")["fast"][-1:].to_list()
        row = {"symbol": ["A"], "event_timestamp": [NOW + 2 * DAY]}
        asked = store.get_historical_features(row, ["emas:fast"])
        assert asked["fast"].to_list() == have.filter(symbol="A")["fast"][-1:].to_list()
        row = {"symbol": ["A"], "event_timestamp": [moment]}
        late = store.get_historical_features(row, ["emas:fast"], known=False, statuses=True)
        assert late["fast__status"].to_list() == ["NULL_VALUE"], "the withdrawn row is null"
        assert store.get_online_features(["emas:fast"], [{"symbol": "A"}]).to_dict()["fast"] == (
            have.filter(symbol="A")["fast"][-1:].to_list()
        )


def test_a_read_at_a_tick_s_time_has_its_row_and_one_before_does_not(tmp_path: Path) -> None:
    one, path = view("every:1h"), source(tmp_path, trades())
    with opened(tmp_path, one) as store:
        backfill(store, one, path)
        rows = history(store).filter(symbol="A")
        ticks = rows["ts"].to_list()[5:20]
        for moved, first in ((0, 5), (-1, 4), (1, 5)):
            asked = {"symbol": ["A"] * 15, "event_timestamp": [ts + moved for ts in ticks]}
            found = store.get_historical_features(asked, ["emas:fast"])
            assert found["fast"].to_list() == rows["fast"].to_list()[first : first + 15], moved


def test_days_that_history_is_not_kept_for_are_told(tmp_path: Path) -> None:
    path = source(tmp_path, trades())
    with opened(tmp_path, view()) as store:
        assert backfill(store, view(), path).expiring == 4
        kept = view(retention="3650d")
        store.apply([kept])
        assert backfill(store, kept, path).expiring == 0


def test_other_keys_than_those_of_the_sources_stay(tmp_path: Path) -> None:
    one, frame = view(), trades()
    with opened(tmp_path, one) as store:
        for symbol in "AB":
            found = backfill(store, one, source(tmp_path, frame.filter(symbol=symbol)))
            assert found.gone == 0
            assert found.changed == 0
        path = source(tmp_path, frame.filter(pl.col("symbol").is_in(["A", "B"])))
        assert_same_bits(history(store), expected(one, path))


def test_a_day_of_very_many_rows_is_handed_over_in_parts(tmp_path: Path, monkeypatch) -> None:
    one = view()
    path = source(tmp_path, trades(a_day=400))
    monkeypatch.setattr(computing, "CELLS", 50)
    monkeypatch.setattr(computing, "A_KEY", 8)
    monkeypatch.setattr("penstock.streams.merge.CHUNK", 100)
    parts = []
    whole = computing._Shard.chunk

    def counted(self, *words, **named):
        parts.append(named["whole"])
        return whole(self, *words, **named)

    monkeypatch.setattr(computing._Shard, "chunk", counted)
    with opened(tmp_path, one) as store:
        backfill(store, one, path)
        want = expected(one, path)
        assert parts.count(False) > 5
        assert_same_bits(history(store), want)
        assert stored_rows(store) == want.height


def test_events_that_go_from_key_to_key_are_computed_in_one_shard(tmp_path: Path) -> None:
    market = Column(Stream(TRADE.type, "benchmark"), "price")
    columns = [("fast", Ema(PRICE, span=3)), ("slow", Ema(market, span=5))]
    one = ps.View("emas", columns, on="trade", routes=benchmark("A"))
    path = source(tmp_path, trades())
    with opened(tmp_path, one) as store:
        found = backfill(store, one, path)
        assert found.computed == found.days
        assert_same_bits(history(store, one), expected(one, path))


def test_timed_rows_go_on_to_an_end(tmp_path: Path) -> None:
    one = view("every:1h")
    path, end = source(tmp_path, trades()), BEGIN + 6 * DAY + 1
    with opened(tmp_path, one) as store:
        backfill(store, one, path, end=end)
        assert_same_bits(history(store), expected(one, path, end))


FILL = """
import sys
from penstock.jobs.backfill import backfill
from penstock.jobs.feature_store import FeatureStore
sys.path.insert(0, {tests!r})
from test_backfill import NOW, view
with FeatureStore({store!r}, clock=lambda: NOW) as store:
    print("open", flush=True)
    backfill(store, view("every:1h"), {path!r}, progress=lambda *_: print("chunk", flush=True))
"""


def test_whoever_is_killed_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    one = view("every:1h")
    path = source(tmp_path, trades(days=tuple(range(12)), a_day=6))
    with opened(tmp_path, one):
        pass
    told = {"tests": str(Path(__file__).parent), "store": str(tmp_path / "store"), "path": path}
    rng, killed = np.random.default_rng(3), 0
    for after in (1, 9, 25):  # chunks of 48
        with subprocess.Popen(
            [sys.executable, "-c", FILL.format(**told)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            seen = 0
            for line in child.stdout:
                seen += line == "chunk\n"
                if seen >= after:
                    time.sleep(rng.random() * 0.02)
                    os.kill(child.pid, signal.SIGKILL)
                    killed += 1
                    break
    assert killed >= 2
    with FeatureStore(tmp_path / "store", clock=lambda: NOW) as store:
        found = backfill(store, one, path)
        assert found.unchanged > 0, "it went on from what was done"
        want = expected(one, path)
        assert_same_bits(history(store), want)
        assert stored_rows(store) == want.height
        assert served_parity(store, one, path)


def test_one_process_at_a_time_fills_a_version(tmp_path: Path) -> None:
    one, path = view(), source(tmp_path, trades())
    with opened(tmp_path, one) as store:
        with (
            chunks_of(store.inner.lake, store.contents.schema("emas")),
            pytest.raises(StoreError, match=r"emas@v1: one backfill at a time .* wait for it"),
        ):
            backfill(store, one, path)
        assert backfill(store, one, path).computed


def test_a_view_that_is_deleted_is_filled_anew(tmp_path: Path) -> None:
    one, path = view(), source(tmp_path, trades())
    with opened(tmp_path, one) as store:
        rows = backfill(store, one, path).fresh
        store.delete_feature_view("emas")
        store.apply([one])
        assert backfill(store, one, path).fresh == rows


def test_what_is_refused_is_kept_aside(tmp_path: Path) -> None:
    one = view(checks=Checks(rules=("fast <= slow",)))
    path = source(tmp_path, trades())
    with opened(tmp_path, one) as store:
        found = backfill(store, one, path)
        want = expected(one, path).filter(~(pl.col("fast") > pl.col("slow")))
        assert 0 < found.refused == found.rows - want.height
        assert_same_bits(history(store), want)
        assert served_parity(store, one, path)


def test_definitions_that_cannot_be_filled_are_refused(tmp_path: Path) -> None:
    path = source(tmp_path, trades())
    with opened(tmp_path, view(checks=Checks(fill={"fast": "mean"}))) as store:
        with pytest.raises(DefinitionError, match="with a number, got 'mean' for fast"):
            backfill(store, view(), path)
        with pytest.raises(DefinitionError, match=r"as it is defined, got .* none of emas@v1"):
            backfill(store, view("every:1h"), path)
        with pytest.raises(DefinitionError, match="other: the view must be registered"):
            backfill(store, replace(view(), name="other"), path)


def test_materialize_puts_the_latest_rows_of_history_online(tmp_path: Path) -> None:
    one, path = view("every:1h"), source(tmp_path, trades())
    with opened(tmp_path, one) as store:
        backfill(store, one, path, to="offline")
        want = history(store).unique("symbol", keep="last", maintain_order=True)
        entities = [{"symbol": s} for s in want["symbol"]]
        assert store.get_online_features(["emas:fast"], entities).to_dict()["fast"] == [None] * 6
        middle = BEGIN + 2 * DAY + 7 * HOUR
        assert store.materialize("2024-01-02T00:00:00Z", str(middle)) == {"emas@v1": 6}
        past = (
            history(store)
            .filter(pl.col("ts") < middle)
            .unique("symbol", keep="last", maintain_order=True)
        )
        got = store.get_online_features(["emas:fast"], entities).to_dict()["fast"]
        assert got == past["fast"].to_list()
        assert store.materialize(feature_views=["emas"]) == {"emas@v1": 6}
        assert store.materialize() == {"emas@v1": 0}
        got = store.get_online_features(["emas:fast"], entities).to_dict()["fast"]
        assert got == want["fast"].to_list()


def test_a_value_online_that_differs_in_its_sign_of_zero_alone_is_put_right(tmp_path: Path) -> None:
    flat = trades().with_columns(pl.lit(1.0).alias("price"))
    columns = [("fast", PRICE - PRICE), ("slow", Ema(PRICE, span=5))]
    one, path = ps.View("emas", columns, on="trade"), source(tmp_path, flat)
    with opened(tmp_path, one) as store:
        backfill(store, one, path)
        last = history(store).filter(symbol="A").row(-1, named=True)
        store.push(
            "emas", [{"symbol": "A", "ts": last["ts"], "fast": -0.0, "slow": 1.0}], to="online"
        )
        assert served_parity(store, one, path).differing == 1
        backfill(store, one, path, force=True)
        assert served_parity(store, one, path)


def test_parity_names_each_value_that_was_served_in_other_bits(tmp_path: Path) -> None:
    one, path = view(), source(tmp_path, trades())
    with opened(tmp_path, one) as store:
        backfill(store, one, path)
        same = served_parity(store, one, path)
        assert same
        assert same.history == same.computed
        assert same.online == 6
        assert not same.mismatches
        have = history(store)
        row = have.filter(symbol="B").row(11, named=True)
        value = float(np.nextafter(row["fast"], 1e9))
        bad = {"symbol": "B", "ts": row["ts"], "fast": value, "slow": row["slow"]}
        store.push("emas", [bad | {"created": row["ts"] + 5}], to="offline")
        last = have.filter(symbol="C").row(-1, named=True)
        wrong = {"symbol": "C", "ts": last["ts"], "fast": 1.0, "slow": last["slow"]}
        store.push("emas", [wrong], to="online")
        store.push("emas", [bad | {"ts": BEGIN + DAY + 1}], to="offline")
        found = served_parity(store, one, path)
        assert not found
        assert (found.differing, found.extra, found.corrected) == (2, 1, 0)
        spots = {(m.where, m.column, m.key, m.ts, m.served) for m in found.mismatches}
        assert ("history", "fast", ("B",), row["ts"], value) in spots
        assert ("online", "fast", ("C",), last["ts"], 1.0) in spots
        assert ("history", "fast", ("B",), BEGIN + DAY + 1, value) in spots
        assert len(spots) == 4
        assert "of B at 2024" in str(found.mismatches[0])
        backfill(store, one, path, force=True)
        after = served_parity(store, one, path)
        assert after
        assert after.corrected == 2
        assert all(m.corrected for m in after.mismatches)
