"""``penstock live`` through its entry."""

import io
import json
import select
import signal
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from penstock.cli import feed

NAMES = ["price.log_return", "volume.volume"]
FEATURES = ",".join(NAMES)
LINE = '{"type": "trade", "time": %d, "symbol": "A", "price": %s, "size": 1}\n'


@pytest.fixture
def stdin(monkeypatch):
    """Give text to the next command, a few bytes at a time."""

    def give(text: str) -> None:
        pieces = io.BytesIO(text.encode())
        monkeypatch.setattr(feed, "stdin", lambda: pieces.read(50))

    return give


def rows(said):
    return [json.loads(line) for line in said.out.splitlines()]


def bits(values):
    numbers = np.array([np.nan if value is None else value for value in values], float)
    return np.where(np.isnan(numbers), np.nan, numbers).view(np.uint64)


def test_live_rows_have_the_bits_of_a_run(penstock, trades, tmp_path):
    out = tmp_path / "run.parquet"
    given = ("--features", FEATURES, "--source", trades, "--on", "bar:1m")
    assert penstock("run", *given, "--out", out).status == 0
    live = sorted(rows(penstock("live", *given, "--json")), key=lambda row: row["symbol"])
    stored = pl.read_parquet(out).sort("symbol", maintain_order=True)
    assert [row["ts"] for row in live] == stored["ts"].to_list()
    for name in NAMES:
        assert np.array_equal(bits([row[name] for row in live]), bits(stored[name].to_list()))


def test_rows_are_csv_where_there_is_no_terminal(penstock, trades):
    said = penstock("live", "--features", FEATURES, "--source", trades, "--on", "bar:1m")
    frame = pl.read_csv(io.StringIO(said.out))
    assert frame.columns == ["symbol", "ts", *NAMES]
    assert "events, 0 late, quarantined: none" in said.err


def test_json_lines_come_in_by_standard_input(penstock, stdin):
    stdin(LINE % (1, 10) + LINE % (2, 12.5))
    said = penstock("live", "--features", "volume.trade_count", "--source", "-", "--on", "trade",
                    "--json")  # fmt: skip
    assert rows(said) == [
        {"symbol": "A", "ts": 1, "volume.trade_count": 1.0},
        {"symbol": "A", "ts": 2, "volume.trade_count": 1.0},
    ]


def test_a_feed_may_have_several_types(penstock, stdin):
    quote = '{"type": "quote", "time": 3, "symbol": "A", "bid_price": 9, "bid_size": 1, '
    quote += '"ask_price": 11, "ask_size": 1}\n'
    stdin(LINE % (1, 10) + quote + LINE % (4, 10))
    said = penstock("live", "--features", "microstructure.mid_price", "--source", "-", "--type",
                    "trade,quote", "--on", "any(trade,quote)", "--json")  # fmt: skip
    assert [row["microstructure.mid_price"] for row in rows(said)] == [None, 10.0, 10.0]


def test_events_of_several_types_come_in_the_order_of_their_lines(penstock, stdin, monkeypatch):
    quote = '{"type": "quote", "time": %d, "symbol": "A", "bid_price": %s, "bid_size": 1, '
    quote += '"ask_price": 99, "ask_size": 1}\n'
    text = "".join(
        (LINE % (i, 10 + i)) if i % 3 else quote % (i, i if i % 2 else -1) for i in range(1, 40)
    )
    given = ("live", "--features", "microstructure.mid_price", "--source", "-", "--type",
             "trade,quote", "--on", "any(trade,quote)", "--json")  # fmt: skip
    stdin(text)
    one_by_one = penstock(*given)
    assert len(rows(one_by_one)) == 39 - 6
    pieces = io.BytesIO(text.encode())
    monkeypatch.setattr(feed, "stdin", lambda: pieces.read(1 << 16))
    at_once = penstock(*given)
    assert at_once.out == one_by_one.out
    assert "count=6 rule='non-positive price'" in at_once.err


def test_csv_comes_in_by_standard_input_with_its_columns_mapped(penstock, stdin):
    stdin("when,sym,px,qty\n1,A,10,1\n2,A,12,1\n2,A\n")
    said = penstock(
        "live", "--features", "volume.trade_count", "--source", "-", "--on", "trade", "--map",
        "when=time:s:UTC", "sym=symbol", "px=price", "qty=size",
    )  # fmt: skip
    assert [line.split(",")[1] for line in said.out.splitlines()[1:]] == [
        "1000000000",
        "2000000000",
    ]
    assert "quarantined: 1 wrong number of cells" in said.err


def test_bad_lines_are_counted_and_the_feed_goes_on(penstock, stdin, tmp_path):
    aside = tmp_path / "bad.arrow"
    stdin(LINE % (1, 10) + "what?\n" + LINE % (2, -3) + LINE % (3, 11))
    said = penstock("live", "--features", "volume.trade_count", "--source", "-", "--on", "trade",
                    "--quarantine", aside)  # fmt: skip
    assert len(said.out.splitlines()) == 3
    assert "quarantined: 1 non-positive price, 1 wrong JSON" in said.err
    kept = json.loads(penstock("show", aside, "--json").out)
    assert bytes.fromhex(kept["head"][0]["raw"]) == b"what?"


def test_nothing_on_standard_input_is_an_error(penstock, stdin):
    stdin("")
    said = penstock("live", "--features", FEATURES, "--source", "-")
    assert said.status == 1
    assert said.err == "error: stdin: a feed must hold events, got none\n"


def test_a_snapshot_is_gone_on_from(penstock, trades, tmp_path):
    lines = trades.read_text().splitlines(keepends=True)
    first, state = tmp_path / "first.csv", tmp_path / "state"
    first.write_text("".join(lines[: len(lines) // 2]))
    given = ("--features", "volume.twap", "--on", "trade", "--json")
    whole = penstock("live", *given, "--source", trades)
    one = penstock("live", *given, "--source", first, "--snapshot", state, "--every", 10)
    two = penstock("live", *given, "--source", trades, "--snapshot", state)
    assert one.out + two.out == whole.out
    other = penstock("live", "--features", "volume.vwap", "--on", "trade", "--source", trades,
                     "--snapshot", state)  # fmt: skip
    assert other.status == 0
    assert "thing=volume.vwap value='it begins anew'" in other.err
    assert "begins anew" not in two.err


def test_a_snapshot_of_something_else_is_refused_and_left_alone(penstock, trades, tmp_path):
    state = tmp_path / "state"
    state.write_text("my notes")
    said = penstock("live", "--features", FEATURES, "--source", trades, "--snapshot", state)
    assert said.status == 1
    assert "must be a file that penstock live wrote" in said.err
    assert state.read_text() == "my notes"


def test_a_journal_is_written(penstock, trades, tmp_path):
    journal = tmp_path / "journal"
    penstock("live", "--features", FEATURES, "--source", trades, "--journal", journal)
    assert journal.stat().st_size > 100


def test_a_replay_at_any_speed_gives_the_same_bits(penstock, trades):
    given = ("live", "--features", FEATURES, "--source", trades, "--on", "bar:1m", "--json")
    wanted = penstock(*given).out
    assert wanted
    for speed in ("max", "1e6", "2000"):
        assert penstock(*given, "--replay", speed).out == wanted
    said = penstock(*given, "--replay", "0")
    assert said.status == 2
    assert "speed must be a positive number or 'max', got '0'" in said.err


def test_standard_input_has_its_own_pace(penstock, stdin):
    stdin(LINE % (1, 10))
    said = penstock("live", "--features", FEATURES, "--source", "-", "--replay", "1")
    assert said.status == 2
    assert "files are needed, got standard input" in said.err


def test_a_run_is_compared_with_history(penstock, trades, tmp_path):
    given = ("live", "--features", FEATURES, "--source", trades, "--on", "bar:1m", "--verify")
    said = penstock(*given, "--journal", tmp_path / "j")
    assert said.status == 0
    assert "bits equal:" in said.err
    assert penstock(*given).status == 2


def test_late_lines_are_put_in_their_place_or_refused_by_name(penstock, stdin, tmp_path):
    feed = "".join(LINE % pair for pair in ((1, 10), (3, 12), (2, 11), (4, 14)))
    given = ("live", "--features", "volume.twap", "--on", "trade", "--source", "-", "--verify")
    stdin(feed)
    said = penstock(*given, "--on-late", "rebuild", "--journal", tmp_path / "one", "--json")
    assert [(row["ts"], row["revision"]) for row in rows(said)] == [
        (1, 0), (3, 0), (2, 0), (3, 1), (4, 0)
    ]  # fmt: skip
    assert "bits equal: 4 rows of 4 events, 1 of them put in their place, 0 refused" in said.err
    stdin(feed)
    said = penstock(*given, "--journal", tmp_path / "two")
    assert said.status == 0
    assert "1 late" in said.err
    assert "refused: a trade of A at 2" in said.err
    stdin(feed)
    said = penstock(*given, "--journal", tmp_path / "three", "--on-late", "error")
    assert said.status == 1
    assert "events of a key must not go back in time, got a trade of A at 2" in said.err


def test_control_c_in_a_replay_leaves_a_snapshot_and_a_journal_to_go_on_from(
    penstock, trades, tmp_path
):
    state, journal = tmp_path / "state", tmp_path / "journal"
    given = ["live", "--features", "volume.twap", "--on", "trade", "--source", str(trades)]
    whole = penstock(*given, "--json", "--journal", tmp_path / "whole").out
    given += ["--json", "--snapshot", str(state), "--journal", str(journal)]
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock", *given, "--replay", "5"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    first = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, err
    rest = penstock(*given, "--verify")
    assert rest.status == 0
    assert "bits equal: 460 rows of 460 events" in rest.err
    assert (b"".join(first) + out).decode() + rest.out == whole


def test_control_c_ends_a_live_feed_and_keeps_its_state(tmp_path):
    state = tmp_path / "state"
    command = [sys.executable, "-m", "penstock", "live", "--features", "volume.trade_count",
               "--source", "-", "--on", "trade", "--json", "--snapshot", str(state)]  # fmt: skip
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    process.stdin.write((LINE % (1, 10)).encode())
    process.stdin.flush()
    select.select([process.stdout], [], [], 120)
    assert json.loads(process.stdout.readline())["ts"] == 1
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert err == b"interrupted: nothing half-written was left behind\n"
    assert state.exists()


def test_keys_come_and_go(penstock, stdin, tmp_path):
    line = LINE.replace('"A"', '"%s"')
    times = ((1, "A"), (2, "B"), (3, "C"), (4, "A"), (90, "B"), (91, "A"))
    feed = "".join(line % (time * 10**9, key, 10) for time, key in times)
    given = ("live", "--features", "volume.twap", "--on", "trade", "--source", "-", "--json")
    stdin(feed)
    plain = penstock(*given)
    stdin(feed)
    spill = ("--ttl", "10s", "--maximum-keys", "2", "--on-keys", "evict", "--spill")
    made = penstock(*given, *spill, tmp_path / "spill", "--journal", tmp_path / "j", "--verify")
    assert made.out == plain.out
    assert "bits equal: 6 rows of 6 events" in made.err
    stdin(feed)
    few = penstock(*given, "--maximum-keys", "2", "--journal", tmp_path / "k", "--verify")
    assert [row["symbol"] for row in rows(few)] == ["A", "B", "A", "B", "A"]
    assert "rule='too many keys'" in few.err
    assert "refused: a trade of C at 3000000000" in few.err
    (tmp_path / "notes").write_text("my notes")
    stdin(feed)
    said = penstock(*given, *spill, tmp_path / "notes")
    assert said.status == 2
    assert "--spill: a new file or one of SQLite is needed, got" in said.err
    assert (tmp_path / "notes").read_text() == "my notes"


def test_a_run_forgets_silent_keys_as_live_does(penstock, trades, tmp_path):
    given = ("--features", "volume.trade_count", "--source", trades, "--on", "every:1s", "--ttl")
    live = sorted(rows(penstock("live", *given, "2s", "--json")), key=lambda row: row["symbol"])
    assert penstock("run", *given, "2s", "--out", tmp_path / "run.parquet").status == 0
    stored = pl.read_parquet(tmp_path / "run.parquet").sort("symbol", maintain_order=True)
    assert [row["ts"] for row in live] == stored["ts"].to_list()
    assert penstock("run", *given, "9m", "--out", tmp_path / "all.parquet").status == 0
    assert len(pl.read_parquet(tmp_path / "all.parquet")) > len(stored)
