"""Features on captures of exchanges: history equals live in bits, from Python and from the command line."""

from itertools import islice

import numpy as np
import polars as pl
import pytest
from tests.engine import feeds
from tests.events.capture_files import diffs_of, lines_of, shared, written

import penstock as ps
from penstock.catalog import microstructure
from penstock.cli import main
from penstock.declare.facts import streams
from penstock.engine import Engine
from penstock.events import Keys, Quarantine
from penstock.jobs.wiring import plan_of
from penstock.streams.merge import merge

SPOT = "crypto_l2/spot_btcusdt_20240808.gz"
FUTURES = "crypto_l2/usdm_btcusdt_20240808.gz"
REQUEST = "microstructure.depth_imbalance"
GIVEN = {"trade", "quote", "book"}  # what a capture of Binance spot has
REQUESTS = tuple(
    feature.name for feature in microstructure.FEATURES if set(streams(feature.expr())) <= GIVEN
)


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The start of a real capture with a gap in it, and no snapshot after it."""
    lines = lines_of(shared(SPOT))[:6_000]
    del lines[diffs_of(lines)[len(diffs_of(lines)) // 2]]
    return written(tmp_path_factory.mktemp("capture") / "gap.gz", lines)


def both(path, requests, on):
    """Rows of a view in history and live."""
    view = ps.View("capture", requests, on=on)
    keys = Keys(view.key)
    plan, ranked = plan_of(view, [ps.open_source(path)])
    merged = list(islice(merge(ranked, keys, Quarantine()), 2))
    engine, history = Engine(plan, keys, capacity=64), {}
    for part in merged:
        made = engine.push_merged(part.blocks, part.streams, part.rows)
        history = feeds.join(history, feeds.by_key(made))
    feed = (
        ps.Event(part.blocks[stream], row)
        for part in merged
        for stream, row in zip(part.streams.tolist(), part.rows.tolist(), strict=True)
    )
    types = [stream.type for stream in plan.streams]
    rows = [(row.ts, row.values.copy()) for row in ps.live(view, feed, streams=types, keys=keys)]
    return history, rows


@pytest.mark.parametrize("on", ["book", "trade"])
def test_history_and_live_give_the_same_bits_on_a_capture_with_a_gap(broken, on):
    requests = (
        "microstructure.mid_price",
        "microstructure.depth_imbalance",
        "microstructure.spread",
    )
    requests = tuple(r for r in requests if r in REQUESTS) or REQUESTS[:3]
    history, rows = both(broken, requests, on)
    ((times, values),) = history.values()
    assert [ts for ts, _ in rows] == times.tolist()
    np.testing.assert_array_equal(np.array([v for _, v in rows]), values)
    assert np.isnan(values[-1]).any()  # after the gap nothing is known of the book
    assert np.isfinite(values[len(values) // 4]).any()


def test_the_command_line_runs_features_over_a_capture(broken, tmp_path, capsys):
    out = tmp_path / "mid.parquet"
    words = f"run --features {REQUEST} --source {broken} --on book --out {out} --json"
    code = main(words.split())
    assert code in (0, None)
    assert "sequence gap" in capsys.readouterr().out
    found = pl.read_parquet(out)[REQUEST].to_numpy()
    expected = ps.run(ps.View("same", [REQUEST], on="book"), ps.open_source(broken))
    np.testing.assert_array_equal(found, expected[REQUEST].to_numpy())
    books = [chunk[2] for chunk in ps.open_source(broken).chunks(Keys(), Quarantine())]
    assert found.size == sum(map(len, books))
    assert np.isnan(found[-1])
    assert np.isfinite(found[:-1]).all()


def test_every_microstructure_feature_runs_over_a_capture(broken):
    assert len(REQUESTS) > 10
    frame = ps.run(ps.View("all", REQUESTS, on="trade"), ps.open_source(broken))
    assert frame.height > 500
    known = [name for name in frame.columns[2:] if frame[name].is_finite().any()]
    assert len(known) > len(REQUESTS) // 2
