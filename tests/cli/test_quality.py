"""What a run tells of bad input: on standard error, in its summary, and without secrets."""

import json

import polars as pl
import pytest

from penstock.cli import main
from penstock.cli.log import clean

HEAD = "time,symbol,price,size,side\n"
START = 1_704_119_400_000_000_000


def table(path, prices):
    lines = [f"{START + i * 10**9},ES,{price},1,1" for i, price in enumerate(prices)]
    path.write_text(HEAD + "\n".join(lines) + "\n")
    return path


def ran(tmp_path, *options, source):
    view = ["--features", "price.log_return", "--on", "bar:1s", "--source", str(source)]
    return main(["run", *view, "--out", str(tmp_path / "out.parquet"), *options])


def test_a_kind_of_problem_is_one_line(tmp_path, capsys):
    source = table(tmp_path / "bad.csv", [10, "nan", "nan", 11, -1])
    assert ran(tmp_path, "--log", "json", "--json", source=source) == 0
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert [line["event"] for line in lines] == ["started", "problem", "problem", "ended"]
    assert {(line["thing"], line["rule"], line["value"], line["count"]) for line in lines[1:3]} == {
        (str(source), "NaN price", "nan", 2),
        (str(source), "non-positive price", "-1.0", 1),
    }
    assert len({line["run"] for line in lines}) == 1
    assert json.loads(said.out)["quarantined"] == {"NaN price": 2, "non-positive price": 1}


def test_text_says_the_same_and_off_says_nothing(tmp_path, capsys):
    source = table(tmp_path / "bad.csv", [10, "nan", 11])
    assert ran(tmp_path, source=source) == 0
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "rule='NaN price'" in said
    assert "count=1" in said
    assert ran(tmp_path, "--log", "off", source=source) == 0
    assert capsys.readouterr().err == ""


def test_a_value_outside_its_range_is_counted_or_empty_or_stops(tmp_path, capsys):
    source = table(tmp_path / "spread.csv", [10, -50, -60, 13])
    view = ["--features", "volume.vwap", "--on", "bar:1s", "--source", str(source)]
    out = tmp_path / "o.parquet"
    run = ["run", *view, "--out", str(out), "--json", "--negative-prices"]
    assert main(run) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["outside"] == {"volume.vwap": 2}
    assert "count=2" in said.err
    assert pl.read_parquet(out)["volume.vwap"].to_list() == [10, -50, -60]
    assert main([*run, "--ranges", "null"]) == 0
    assert pl.read_parquet(out)["volume.vwap"].is_nan().to_list() == [False, True, True]
    assert main([*run, "--ranges", "stop"]) == 1
    assert "must stay within [0, inf], got -50.0" in capsys.readouterr().err


def test_a_source_that_turns_bad_is_left_out(tmp_path, capsys):
    source = table(tmp_path / "bad.csv", [10, "nan", "nan", "nan", 11, 12])
    options = ["--breaker", "0.3:4", "--json", "--log", "off"]
    assert ran(tmp_path, *options, source=source) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["skipped"] == {"circuit open": 3}
    assert report["rows"] == 0
    assert ran(tmp_path, "--breaker", "often", source=source) == 2
    assert "RATE or RATE:ROWS" in capsys.readouterr().err


def test_streams_that_contradict_each_other_are_in_the_summary(tmp_path, capsys):
    trades = table(tmp_path / "trades.csv", [10, 11, 30])
    quotes = tmp_path / "quotes.csv"
    quotes.write_text(
        "time,symbol,bid_price,bid_size,ask_price,ask_size\n" + f"{START - 1},ES,9,1,12,1\n"
    )
    options = ["--consistency", "trade_through", "--json"]
    out = ["--out", str(tmp_path / "o.parquet")]
    view = ["run", "--features", "price.log_return", "--on", "bar:1s"]
    assert main([*view, "--source", str(trades), str(quotes), *options, *out]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["inconsistent"] == {"trade_through: above the ask": 1}
    assert "a trade must be within the book that it met" in said.err
    assert main([*view, "--source", str(trades), *options, *out]) == 2
    assert "a stream of quote or book is needed" in capsys.readouterr().err


def test_live_tells_the_same_as_run(tmp_path, capsys):
    source = table(tmp_path / "bad.csv", [10, "nan", -50, 11, 12])
    view = ["--features", "volume.vwap", "--on", "bar:1s", "--source", str(source)]
    options = ["--negative-prices", "--log", "json", "--ranges", "null"]
    assert main(["run", *view, *options, "--out", str(tmp_path / "o.parquet")]) == 0
    ran = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[0] == "{"]
    assert main(["live", *view, *options, "--json"]) == 0
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.err.splitlines()]
    told = ("thing", "rule", "value", "count", "at")
    assert [[x[k] for k in told] for x in lines if x["event"] == "problem"] == [
        [x[k] for k in told] for x in ran if x["event"] == "problem"
    ]
    assert [json.loads(line)["volume.vwap"] for line in said.out.splitlines()] == [10, None, 11]


def test_a_feed_that_turns_bad_is_left_out(tmp_path, capsys, monkeypatch):
    source = table(tmp_path / "bad.csv", [10, 11, "nan", "nan", "nan", 12, 13])
    lines = iter([*source.read_bytes().splitlines(keepends=True), b""])
    monkeypatch.setattr("penstock.cli.feed.stdin", lambda: next(lines))
    view = ["--features", "price.log_return", "--on", "bar:1s", "--source", "-"]
    assert main(["live", *view, "--breaker", "0.5:3", "--json", "--log", "text"]) == 0
    said = capsys.readouterr()
    assert "circuit open" in said.err
    assert len(said.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://user:hunter2@host/0", "redis://***@host/0"),
        ("token=abc123&x=1", "token=***&x=1"),
        ('{"api_key": "abc123"}', '{"api_key": "***"}'),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("x" * 300, "x" * 200 + "…"),
        ("price 3", "price 3"),
    ],
)
def test_a_secret_is_never_written(text, shown):
    assert clean(None, "info", {"value": text, "count": 3}) == {"value": shown, "count": 3}
