"""Routes and rules of the market, in a view's file and on the command line; columns that nobody reads."""

import json

import polars as pl
import pytest

import penstock as ps
from penstock.cli import feed
from penstock.events import Trade
from penstock.expr.columns import columns
from penstock.ops import AsOf
from penstock.streams import benchmark, pair

FILE = """
[view]
on = "every:1s"
routes = [{routes}]
[roles]
benchmark = "trade"
a = "trade"
b = "trade"
[columns]
index = "AsOf(benchmark.price)"
spread = "AsOf(a.price) - AsOf(b.price)"
[[source]]
file = "{source}"
"""
INDEX, A, B = (AsOf(columns(Trade, role).price) for role in ("benchmark", "a", "b"))


def rows(penstock, *given) -> pl.DataFrame:
    """What ``penstock live`` prints."""
    said = penstock("live", *given, "--json")
    assert said.status == 0, said.err
    return pl.DataFrame([json.loads(line) for line in said.out.splitlines()])


@pytest.fixture
def file(tmp_path, trades):
    def write(routes: str):
        path = tmp_path / "routed.toml"
        path.write_text(FILE.format(routes=routes, source=trades))
        return path

    return write


def wanted(trades, routes) -> pl.DataFrame:
    view = ps.View("v", {"index": INDEX, "spread": A - B}, on="every:1s", routes=routes)
    return ps.run(view, str(trades))


def test_routes_stand_in_a_file_or_on_the_command_line(penstock, file, trades, tmp_path):
    both = file('\'benchmark("AA")\', \'pair("AA", "BB")\'')
    out = tmp_path / "out.parquet"
    for given, routes in (
        ((), (*benchmark("AA"), *pair("AA", "BB"))),
        (("--routes", "benchmark(BB)", "pair(BB, AA)"), (*benchmark("BB"), *pair("BB", "AA"))),
    ):
        assert penstock("run", "--view", both, *given, "--out", out).status == 0
        stored, found = pl.read_parquet(out), wanted(trades, routes)
        assert stored.select(found.columns).equals(found)
        live = rows(penstock, "--view", both, *given).sort("symbol", "ts")
        live = live.with_columns(pl.col("index", "spread").cast(float).fill_null(float("nan")))
        assert live.select(found.columns).equals(found.sort("symbol", "ts"))
    checked = json.loads(penstock("view", "check", both, "--json").out)
    assert checked["routes"] == ['benchmark("AA")', 'pair("AA", "BB")']
    assert checked["roles"] == {}
    assert penstock("check", "--view", both, "--events", 300).status == 0


def test_routes_that_cannot_be_are_refused(penstock, file):
    path = file('\'benchmark("AA")\', \'pair("AA", "BB")\'')
    for given, says in (
        (("--view", path, "--routes", "bench(AA)"), "got 'bench(AA)'; did you mean 'benchmark'?"),
        (("--view", path, "--routes", "benchmark(AA, role=bnchmark)"), "did you mean 'benchmark'?"),
        (("--features", "volume.vwap", "--routes", "benchmark(AA)"), "a --view whose columns read"),
    ):
        said = penstock("explain", *given)
        assert said.status == 2
        assert says in said.err
    said = penstock("explain", "--view", file('"benchmark(AA)", "pair(AA)"'))
    assert said.status == 2
    assert "routed.toml:4: Route: benchmark(" in said.err


FIRST, DAY = 1_704_153_600_000_000_000, 86_400_000_000_000  # 2024-01-02
TABLE = "time,symbol,price,size,side,fee,venue\n" + "".join(
    f"{time},{symbol},{price},1,1,0,X\n"
    for time, symbol, price in (
        (FIRST - DAY, "A", 1), (FIRST, "A", 2), (FIRST + 1, "B", 3), (FIRST + 2, "Q", -4), (FIRST + 2 * DAY, "A", 5),
    )
)  # fmt: skip
KNOWN = {"time out of range": 2, "unknown symbol": 1}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


GIVEN = ("--symbols", "A, B", "--since", "2024-01-02", "--until", "2024-01-03T00:00:00Z")
ON = ("--features", "volume.trade_count", "--on", "trade")


def test_symbols_and_times_that_there_are_can_be_declared(penstock, table, tmp_path, monkeypatch):
    out = ("--out", tmp_path / "out.parquet", "--json")
    said = json.loads(penstock("run", *ON, "--source", table, *GIVEN, *out).out)
    assert said["quarantined"] == KNOWN
    assert said["rows"] == 2
    live = penstock("live", *ON, "--source", table, *GIVEN)
    assert "quarantined: 2 time out of range, 1 unknown symbol" in live.err
    monkeypatch.setattr(feed, "stdin", given_once(TABLE.encode()))
    live = penstock("live", *ON, "--type", "trade", "--source", "-", *GIVEN)
    assert "2 time out of range, 1 unknown symbol" in live.err
    said = json.loads(penstock("check", *ON, "--source", table, *GIVEN, "--json").out)
    assert said["events"] == 2


def given_once(data: bytes):
    pieces = [data]
    return lambda: pieces.pop() if pieces else b""


def test_a_file_declares_them_and_options_stand_above_it(penstock, table, tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(f"""
[view]
on = "trade"
features = ["volume.trade_count"]
[[source]]
file = "{table.name}"
[quality]
symbols = ["A", "B"]
since = 2024-01-02T00:00:00Z
until = "2024-01-03"
""")
    out = ("--out", tmp_path / "out.parquet", "--json")
    assert json.loads(penstock("run", "--view", path, *out).out)["quarantined"] == KNOWN
    more = ("--symbols", "A", "--until", "2025-01-01", "--negative-prices")
    found = json.loads(penstock("run", "--view", path, *more, *out).out)
    assert found["quarantined"] == {"time out of range": 1, "unknown symbol": 2}
    path.write_text(path.read_text().replace('"2024-01-03"', '"soon"'))
    said = penstock("run", "--view", path, *out)
    assert said.status == 2
    assert f"{path}:10: [quality] until: a time such as" in said.err
    said = penstock("run", *ON, "--source", table, "--since", "2025", *out)
    assert said.status == 2
    assert "--since: a time such as" in said.err
    said = penstock("run", *ON, "--source", table, "--since", "2025-01-01", "--until", "2024-01-01", *out)  # fmt: skip
    assert "--since: a time before --until is needed, got" in said.err


def test_columns_that_nobody_reads_are_named(penstock, table, tmp_path):
    given = (*ON, "--source", table)
    out = tmp_path / "out.parquet"
    said = penstock("run", *given, "--out", out)
    assert f"fee, venue of {table}" in said.out
    assert json.loads(penstock("run", *given, "--out", out, "--json").out)["unread"] == {
        str(table): ["fee", "venue"]
    }
    assert json.loads(penstock("show", out, "--json").out)["lineage"]["rows"]["unread"]
    assert f"columns not read: fee, venue of {table}" in penstock("live", *given).err
    table.write_text(TABLE.replace(",fee,venue", "").replace(",0,X", ""))
    assert "not read" not in penstock("run", *given, "--out", out).out
    assert "not read" not in penstock("live", *given).err
