"""``penstock run`` through its entry."""

import hashlib
import json
import signal
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

import penstock as ps

FEATURES = "microstructure.mid_price,microstructure.depth_imbalance(L=3),volume.volume"
NAMES = ["microstructure.mid_price", "microstructure.depth_imbalance(L=3)", "volume.volume"]
KEPT = "microstructure.mid_price"


def bits(frame):
    values = frame.select(NAMES).to_numpy()
    return np.where(np.isnan(values), np.nan, values).view(np.uint64)


def ordered(frame):
    return frame.with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", maintain_order=True)


@pytest.fixture
def expected(market):
    view = ps.View("expected", NAMES, on="every:1s")
    return ordered(ps.run(view, ps.open_source(market)))


def run(penstock, market, out, *more):
    return penstock(
        "run", "--features", FEATURES, "--source", market, "--on", "every:1s", "--out", out, *more
    )


def test_a_file_holds_the_bits_of_the_python_call(penstock, market, tmp_path, expected):
    out = tmp_path / "features.parquet"
    assert run(penstock, market, out).status == 0
    frame = pl.read_parquet(out)
    assert frame.columns == ["symbol", "ts", *NAMES]
    assert frame.schema["ts"] == pl.Int64
    frame = ordered(frame)
    assert frame.select("symbol", "ts").equals(expected.select("symbol", "ts"))
    assert np.array_equal(bits(frame), bits(expected))


def test_a_directory_is_partitioned_by_key_and_date(penstock, market, tmp_path, expected):
    out = tmp_path / "features"
    assert run(penstock, market, out).status == 0
    files = sorted(str(path.relative_to(out)) for path in out.glob("**/*.parquet"))
    assert files == [f"symbol={s}/date=2024-01-01/part.parquet" for s in ("AA", "BB")]
    frame = ordered(pl.read_parquet(out))
    assert np.array_equal(bits(frame), bits(expected))
    assert frame["ts"].equals(expected["ts"])
    assert pq.read_table(out).num_rows == expected.height


def test_metadata_says_where_rows_come_from(penstock, market, tmp_path):
    out = tmp_path / "features.parquet"
    said = run(penstock, market, out, "--json")
    lineage = json.loads(pq.read_metadata(out).metadata[b"penstock"])
    assert lineage["complete"]
    assert [feature["column"] for feature in lineage["features"]] == NAMES
    assert lineage["features"][1]["params"] == {"L": 3}
    assert all(feature["version"] and feature["fingerprint"] for feature in lineage["features"])
    (source,) = lineage["sources"]
    assert source["sha256"] == hashlib.sha256(market.read_bytes()).hexdigest()
    assert lineage["rows"]["admitted"] == json.loads(said.out)["events"]
    assert lineage["penstock"] == ps.__version__
    assert lineage["platform"]
    assert "microstructure.mid_price = %" in lineage["plan"]


def test_json_has_the_figures_of_the_run(penstock, market, tmp_path):
    found = json.loads(run(penstock, market, tmp_path / "out.parquet", "--json").out)
    assert found["features"] == 3
    assert found["rows"] > 300
    assert found["events"] == found["read"] - sum(found["skipped"].values())
    assert found["quarantined"] == {}
    assert found["late"] == 0
    assert found["events_per_second"] > 0


def test_end_makes_timed_rows_up_to_it(penstock, market, tmp_path):
    out = tmp_path / "out.parquet"
    assert run(penstock, market, out, "--end", "2024-01-01T14:35:00Z").status == 0
    assert pl.read_parquet(out)["ts"].max() == 1_704_119_700 * 10**9


@pytest.mark.parametrize(
    ("features", "clock"),
    [
        ("microstructure.mid_price", "book"),
        ("streaming_stats.time_decayed_mean", "trade"),
        ("microstructure.mid_price,microstructure.effective_spread", "trade"),
        ("price.log_return,microstructure.mid_price", "bar:1m(trade)"),
    ],
)
def test_a_clock_that_fits_is_the_default(penstock, market, tmp_path, features, clock):
    said = penstock(
        "run", "--features", features, "--source", market, "--out", tmp_path / "o.parquet", "--json"
    )
    assert json.loads(said.out)["on"] == clock


@pytest.mark.parametrize(
    "mapping",
    [
        ["px=price*0.5", "when=time:us:UTC", "qty=size", "sym=symbol"],
        ["price=px*0.5", "time=when:us:UTC", "size=qty", "symbol=sym"],
    ],
)
def test_a_table_is_mapped_to_fields(penstock, tmp_path, mapping):
    source, out = tmp_path / "ticks.csv", tmp_path / "out.parquet"
    source.write_text("when,px,qty,sym\n1000,10,1,A\n2000,12,3,A\n")
    said = penstock(
        "run", "--features", "volume.dollar_volume", "--source", source, "--out", out, "--on",
        "trade", "--map", *mapping,
    )  # fmt: skip
    assert said.status == 0, said.err
    frame = pl.read_parquet(out)
    assert frame["symbol"].to_list() == ["A", "A"]
    assert frame["ts"].to_list() == [1_000_000, 2_000_000]
    assert frame["volume.dollar_volume"].to_list()[0] == 5.0


def test_composite_keys_have_a_column_each(penstock, tmp_path):
    source, out = tmp_path / "ticks.csv", tmp_path / "out"
    source.write_text("time,price,size,symbol,venue\n1000,10,1,A,X\n2000,12,3,A,Y/Z\n")
    said = penstock(
        "run", "--features", "volume.trade_count", "--source", source, "--out", out, "--key",
        "symbol,venue", "--on", "trade",
    )  # fmt: skip
    assert said.status == 0, said.err
    frame = pl.read_parquet(out).sort("ts")
    assert frame.select("symbol", "venue").cast(pl.String).rows() == [("A", "X"), ("A", "Y/Z")]
    assert (out / "symbol=A" / "venue=Y%2FZ" / "date=1970-01-01" / "part.parquet").exists()


def test_orders_give_the_books_built_from_them(penstock, market, tmp_path):
    from penstock.events.simulator import Simulator
    from penstock.events.writers import write_dbn

    orders = tmp_path / "orders.mbo.dbn.zst"
    write_dbn(orders, Simulator(("AA", "BB"), seconds=180))
    outs = tmp_path / "orders.parquet", tmp_path / "books.parquet"
    for source, out in zip((orders, market), outs, strict=True):
        assert run(penstock, source, out).status == 0
    one, two = (ordered(pl.read_parquet(out)) for out in outs)
    assert np.array_equal(bits(one), bits(two))


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        ("microstructure.mid_prise", "did you mean 'microstructure.mid_price'?"),
        ("mid_price", "did you mean 'microstructure.mid_price'?"),
        ("microstructure.depth_imbalance(K=3)", "a parameter must be one of L, got 'K'"),
        ("microstructure.depth_imbalance(L=x)", "got 'x'"),
        ("microstructure.mid_price(", "NAME or NAME(parameter=value"),
    ],
)
def test_a_wrong_feature_is_one_line_and_says_the_nearest(
    penstock, market, tmp_path, feature, says
):
    out = tmp_path / "o.parquet"
    said = penstock("run", "--features", feature, "--source", market, "--out", out)
    assert said.status == 2
    assert said.err.startswith("error: ")
    assert says in said.err
    assert said.err.count("\n") == 1
    assert not out.exists()


def test_what_is_no_file_of_events_is_refused_in_one_line(penstock, market, tmp_path):
    empty, other = tmp_path / "empty.csv", tmp_path / "notes.md"
    empty.write_text("")
    other.write_text("hello")
    for source, status, says in (
        (tmp_path / "absent.csv", 2, "got no such file"),
        (tmp_path, 2, "got a directory"),
        (empty, 1, "got an empty file"),
        (other, 2, "the extension must be one of"),
        (market.with_name("market.mbp-10.dbn.zs"), 2, "did you mean 'market.mbp-10.dbn.zst'?"),
    ):
        said = penstock("run", "--features", KEPT, "--source", source, "--out", tmp_path / "o")
        assert said.status == status
        assert says in said.err
        assert said.err.count("\n") == 1


def test_a_truncated_file_is_read_to_its_last_whole_row(penstock, market, tmp_path):
    source, out, aside = tmp_path / "cut.dbn.zst", tmp_path / "o.parquet", tmp_path / "bad.arrow"
    source.write_bytes(market.read_bytes()[:-2_000])
    said = run(penstock, source, out, "--quarantine", aside, "--json")
    found = json.loads(said.out)
    assert said.status == 0
    assert found["quarantined"] == {"truncated": 1}
    assert found["rows"] > 0
    kept = json.loads(penstock("show", aside, "--json").out)
    assert kept["reasons"] == {"truncated": 1}


def test_a_policy_stops_a_run_and_nothing_is_left_behind(penstock, market, tmp_path):
    source, out = tmp_path / "cut.dbn.zst", tmp_path / "o"
    source.write_bytes(market.read_bytes()[:-2_000])
    said = run(penstock, source, out, "--policy", "stop")
    assert said.status == 1
    assert "truncated" in said.err
    assert list(tmp_path.iterdir()) == [source]


def test_an_output_is_never_a_source(penstock, market):
    before = market.read_bytes()
    said = penstock("run", "--features", KEPT, "--source", market, "--out", market)
    assert said.status == 2
    assert market.read_bytes() == before


def test_a_wrong_option_says_the_nearest_and_where_to_look(penstock):
    said = penstock("run", "--featurs", "x", "--out", "y")
    assert said.status == 2
    assert "--features" in said.err
    assert "See penstock run --help." in said.err


def test_debug_shows_where_an_error_was_raised(capsys):
    from penstock.cli import main

    assert main(["show", "absent.parquet", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_control_c_stops_cleanly(tmp_path):
    source, out = tmp_path / "long.parquet", tmp_path / "o.parquet"
    count = 6_000_000
    columns = {
        "time": pl.int_range(count, eager=True) * 1_000_000,
        "symbol": pl.repeat("A", count, eager=True),
        "price": pl.int_range(count, eager=True) % 7 + 1.0,
        "size": pl.repeat(1.0, count, eager=True),
    }
    pl.DataFrame(columns).write_parquet(source)
    features = "streaming_stats.time_decayed_mean,streaming_stats.tdigest_quantile"
    command = [sys.executable, "-m", "penstock", "run", "--features", features, "--source", source,
               "--out", out, "--on", "trade"]  # fmt: skip
    process = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not list(tmp_path.glob(".o.parquet.*")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert err == "interrupted: nothing half-written was left behind\n"
    assert list(tmp_path.iterdir()) == [source]


def test_the_entry_answers_without_the_heavy_libraries():
    code = (
        "import sys; from penstock.cli import main; main(['--help']); "
        "print(sorted({'numba', 'polars', 'pyarrow', 'numpy'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.rstrip().endswith("[]")
    assert "Compute features over files" in said.stdout


def test_every_command_has_help(penstock):
    from penstock.cli.app import COMMANDS

    for name in COMMANDS:
        said = penstock(name, "--help")
        assert said.status == 0
        assert f"Usage: penstock {name}" in said.out


def test_the_version_is_the_packages(penstock):
    assert penstock("--version").out.strip() == ps.__version__
