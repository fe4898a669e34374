"""``penstock levels live --feed -``: what a feed says is what a replay of the same events says."""

import datetime as dt
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from penstock.cli import feed, levels_feed
from penstock.core.time import time_of
from penstock.events import Book, Keys, OptionInterest, OptionTrade, Quarantine, Quote, Trade
from penstock.events.checks import Rules
from penstock.events.writers.table import frame
from penstock.jobs.levels.day import ROLES
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.simulated import simulate_dates
from penstock.jobs.levels.sources import source_of
from penstock.jobs.wiring import by_rank
from penstock.streams.journal import read_journal
from penstock.streams.merge import merge

BEFORE, DATE = dt.date(2025, 12, 16), dt.date(2025, 12, 17)
ELEVEN = time_of("2025-12-17T16:00:00Z", "eleven")
SECOND = 1_000_000_000
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    """Two simulated dates with few quotes of the underlying: most of what a feed of them has."""
    folder = tmp_path_factory.mktemp("raw")
    simulate_dates(folder, (BEFORE, DATE), trades=2_000, books=4_000, options=500, seed=3)
    for path in folder.glob("spy_quotes_*.parquet"):
        pl.read_parquet(path).gather_every(20).write_parquet(path)
    return folder


def sent(folder: Path, date: dt.date = DATE, *, interest: bool = False) -> list[str]:
    """A date's events in order as lines of JSON."""
    (inputs,) = (each for each in find(folder) if each.date == date)
    given = (
        (OptionInterest, inputs.open_interest if interest else ()), (Trade, inputs.trades),
        (Quote, inputs.spy_quotes), (Book, inputs.books), (OptionTrade, inputs.options),
    )  # fmt: skip
    keys, lines = Keys(), []
    sources = [
        (source_of(path, type_, Rules(crossed=True)), {type_: place})
        for place, (type_, paths) in enumerate(given)
        for path in paths
    ]
    for merged in merge(sources, keys, Quarantine()):
        tables = {
            place: frame(block, keys).with_columns(type=pl.lit(block.type.name)).write_ndjson()
            for place, block in merged.blocks.items()
        }
        texts = {place: table.splitlines(keepends=True) for place, table in tables.items()}
        rows = zip(merged.streams.tolist(), merged.rows.tolist(), strict=True)
        lines += [texts[place][row] for place, row in rows]
    return lines


@pytest.fixture(scope="module")
def lines(raw) -> list[str]:
    return sent(raw)


@pytest.fixture
def follow(penstock, monkeypatch, raw, tmp_path):
    """Follow a feed of these lines."""

    def call(lines, *words: object, piece: int = 1 << 16, date=DATE):
        given = io.BytesIO("".join(lines).encode())
        monkeypatch.setattr(feed, "stdin", lambda: given.read(piece))
        place = ("--source", raw, "--out", tmp_path / "out")
        if "--date" not in words and date is not None:
            place = (*place, "--date", date)
        return penstock("levels", "live", *place, "--json", "--feed", "-", *words)

    return call


@pytest.fixture
def replay(penstock, raw, tmp_path):
    """Replay the date's files."""

    def call(*words: object, source: Path = raw):
        place = ("--source", source, "--out", tmp_path / f"out of {source.name}", "--date", DATE)
        said = penstock("levels", "live", *place, "--json", *words)
        assert said.status == 0, said.err
        return said

    return call


def time_in(line: str) -> int:
    return json.loads(line)["time"]


@pytest.mark.parametrize("mode", ["tick", "bar"])
def test_a_feed_says_the_lines_of_a_replay(follow, replay, lines, mode):
    words = ("--labels", "--mode", mode)
    wanted = replay(*words)
    said = follow(lines, *words, piece=1_000)
    assert said.status == 0, said.err
    assert len(wanted.out.splitlines()) > 100
    assert said.out == wanted.out
    assert f"{len(lines):,} events" in said.err
    assert "no option quotes" not in said.err  # which is said of files


def test_a_feed_of_open_interest_has_the_walls_of_a_replay(follow, replay, raw):
    words = ("--set", "wall_mode=oi", "--set", "flip_from=oi")
    wanted = replay(*words)
    types = "option_interest,trade,book,option_trade,quote"
    said = follow(sent(raw, interest=True), "--type", types, *words)
    assert said.status == 0, said.err
    assert said.out == wanted.out
    walls = [json.loads(line)["level_call_wall"] for line in said.out.splitlines()]
    assert len([wall for wall in walls if wall is not None]) > 10
    assert said.out != follow(sent(raw), *words).out  # a feed without it has none


def test_bad_late_and_foreign_events_change_nothing_and_are_counted(
    follow, replay, penstock, lines, tmp_path
):
    aside, dirty = tmp_path / "aside.arrow", list(lines)
    at = len(dirty) // 2
    trade = next(line for line in dirty[at:] if '"type":"trade"' in line)
    quote = next(line for line in dirty[at:] if '"type":"quote"' in line)
    late = next(line for line in dirty[at - 100 :] if '"type":"book"' in line)
    dirty[at + 200 : at + 200] = [
        late,
        "what?\n",
        trade.replace('"price":', '"price":-'),
        trade.replace("ESZ5", "ESH6"),
        quote.replace("SPY", "QQQ"),
        '{"type": "mark_price", "time": 1, "symbol": "ESZ5", "price": 6000}\n',
    ]
    said = follow(dirty, "--quarantine", aside)
    assert said.out == replay().out
    for words in (
        "1 late", "1 wrong JSON", "1 non-positive price", "1 of other contracts", "1 of other symbols",
        "1 of types that are not followed",
    ):  # fmt: skip
        assert words in said.err
    kept = json.loads(penstock("show", aside, "--json").out)["head"]
    assert {row["reason"] for row in kept} == {"late", "wrong JSON", "non-positive price"}
    stopped = follow(dirty, "--on-late", "error")
    assert stopped.status == 1
    assert "events of a key must not go back in time, got a book of ESZ5" in stopped.err


def test_stragglers_are_waited_for(follow, replay, lines):
    rng = np.random.default_rng(7)
    stamps = np.array([time_in(line) for line in lines])
    order = np.argsort(stamps + rng.integers(0, SECOND, stamps.size), kind="stable")
    mixed = [lines[i] for i in order]
    assert mixed != lines
    said = follow(mixed, "--lateness", "2s", "--idle-after", "10s")
    assert said.out == replay().out
    assert "late" not in said.err
    assert " late" in follow(mixed).err


def test_a_feed_that_begins_in_the_middle_of_the_day(follow, replay, raw, lines, tmp_path):
    part = tmp_path / "part"
    part.mkdir()
    for path in raw.iterdir():
        if BEFORE.strftime("%Y%m%d") in path.name.replace("-", ""):
            (part / path.name).symlink_to(path)
    rest = [line for line in lines if time_in(line) >= ELEVEN]
    tables: dict[str, list[dict]] = {}
    for line in rest:
        row = json.loads(line)
        tables.setdefault(row.pop("type"), []).append(row)
    names = {
        "trade": "es.trades",
        "book": "es.mbp-10",
        "quote": "spy_quotes",
        "option_trade": "spy_options",
    }
    for name, rows in tables.items():
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(
            part / f"{names[name]}.{DATE}.parquet".replace("spy_quotes.", "spy_quotes_")
        )
    (part / f"spy_options.{DATE}.parquet").rename(part / f"spy_options_{DATE}.parquet")
    said = follow(rest)
    assert said.out == replay(source=part).out
    first = json.loads(said.out.splitlines()[0])
    assert first["ts_event_ns"] >= ELEVEN
    assert first["level_or_high"] is None  # nothing is known of what was before


def test_what_is_not_over_is_not_said(follow, lines):
    whole = follow(lines, "--labels").out.splitlines(keepends=True)
    part = follow([line for line in lines if time_in(line) < ELEVEN], "--labels").out
    assert whole[: part.count("\n")] == part.splitlines(keepends=True)
    touches = sum('"kind": "touch"' in line for line in part.splitlines())
    assert 0 < part.count("\n") - touches < touches  # horizons that had not ended


def test_a_span_of_a_replay_and_of_a_feed(follow, replay, lines):
    words = ("--from", "2025-12-17T15:00:00Z", "--until", str(ELEVEN), "--labels")
    first, last = time_of("2025-12-17T15:00:00Z", "first"), ELEVEN
    whole = [json.loads(line) for line in replay("--labels").out.splitlines()]
    inside = {
        row["event_id"]
        for row in whole
        if row["kind"] == "touch" and first <= row["ts_event_ns"] <= last
    }
    said = replay(*words)
    assert follow(lines, *words).out == said.out
    found = [json.loads(line) for line in said.out.splitlines()]
    assert {row["event_id"] for row in found if row["kind"] == "touch"} == inside != set()
    after = {row["event_id"] for row in found if row["kind"] == "labels"}
    assert after < inside  # of touches that were said, and whose horizon ended
    assert [row for row in whole if (row["kind"], row["event_id"]) in
            {(one["kind"], one["event_id"]) for one in found}] == found  # fmt: skip


def test_no_events_are_an_error_and_a_feed_of_another_date_is_one(follow, raw):
    empty = follow([])
    assert (empty.status, empty.err.splitlines()[-1]) == (
        1, "error: stdin: a feed must hold events, got none",
    )  # fmt: skip
    old = follow(sent(raw, BEFORE)[:3], "--date", "2025-12-19")
    assert "feed: events of 2025-12-19 or of the evening before are needed, got one of" in old.err
    over = follow([*sent(raw, BEFORE), *sent(raw)[:1]], "--date", str(BEFORE))
    assert over.status == 0
    assert f"{len(sent(raw, BEFORE)):,} events" in over.err  # the next date's is not of this one


def test_options_of_a_feed_and_of_files_do_not_mix(follow, replay, penstock, raw, tmp_path):
    place = ("levels", "live", "--source", raw, "--out", tmp_path)
    assert "--feed is needed" in penstock(*place, "--date", DATE, "--journal", tmp_path / "j").err
    assert "tail -f x.jsonl |" in penstock(*place, "--feed", "x.jsonl").err
    assert "has its own pace" in penstock(*place, "--feed", "-", "--speed", "2").err
    assert "--date" in penstock(*place).err
    assert (
        "trade or mbo is needed"
        in penstock(*place, "--feed", "-", "--date", DATE, "--type", "book").err
    )
    wrong = penstock(*place, "--feed", "-", "--date", DATE, "--type", "trades").err
    assert "got 'trades'; did you mean 'trade'" in wrong
    assert "bars of" not in wrong  # said before anything is read


def test_the_date_of_a_feed_is_that_of_today_at_the_exchange(follow, lines, monkeypatch):
    late = time_of("2025-12-18T03:00:00Z", "late")  # 22:00 in New York
    monkeypatch.setattr(levels_feed.time, "time_ns", lambda: late)
    assert follow(lines[:500], date=None).out == follow(lines[:500]).out
    monkeypatch.setattr(levels_feed.time, "time_ns", lambda: late + 30 * 3_600 * SECOND)
    assert "events of 2025-12-19 or of the evening before" in follow(lines[:5], date=None).err


def test_a_journal_is_of_one_date_and_one_contract(follow, raw, lines, tmp_path):
    words = ("--journal", tmp_path / "journal")
    assert follow(lines[:500], *words).status == 0
    other = follow(lines[:500], *words, "--contract", "ESH6")
    assert "a journal of 2025-12-17 and of ESH6 is needed, got one with ESZ5" in other.err
    day = follow(sent(raw, BEFORE)[:5], *words, "--date", str(BEFORE))
    assert "a journal of 2025-12-16 and of" in day.err
    assert (other.status, day.status) == (1, 1)


def test_control_c_ends_a_feed_with_a_summary_and_a_whole_journal(follow, raw, lines, tmp_path):
    command, journal, cut = run(raw, tmp_path), tmp_path / "journal", len(lines) // 2
    out, err = tmp_path / "out.txt", tmp_path / "err.txt"  # a pipe that nobody reads would be full
    with out.open("wb") as said, err.open("wb") as told:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=told)
        with process:
            assert process.stdin is not None
            process.stdin.write("".join(lines[:cut]).encode())
            process.stdin.flush()
            deadline = time.monotonic() + 300
            while held(journal) < cut and time.monotonic() < deadline:
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            process.wait(60)
    assert process.returncode == 0, err.read_text()
    assert f"{cut:,} events, " in err.read_text()
    rest = follow(lines[cut:], "--labels", "--journal", journal, "--record", tmp_path / "record")
    assert out.read_text() + rest.out == follow(lines, "--labels").out


def run(raw: Path, folder: Path, *words: object) -> list[str]:
    """The command that follows standard input."""
    begin = [
        sys.executable,
        "-m",
        "penstock",
        "levels",
        "live",
        "--source",
        raw,
        "--out",
        folder / "out",
    ]
    own = ["--date", DATE, "--json", "--labels", "--feed", "-", "--journal", folder / "journal",
           "--record", folder / "record"]  # fmt: skip
    return [str(word) for word in (*begin, *own, *words)]


def held(journal: Path) -> int:
    """Events that a journal has."""
    if not journal.exists() or journal.stat().st_size < 100:
        return 0
    types = [stream.type for stream in by_rank(ROLES.values())]
    return sum(entry.kind == "event" for entry in read_journal(journal, types, Keys()))


def killed(command: list[str], lines: list[str], journal: Path, *, after: int) -> None:
    """Send lines, and kill what follows them once its journal has so many events."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write("".join(lines).encode())
        process.stdin.flush()
        deadline = time.monotonic() + 300
        while held(journal) < after and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("again", [True, False], ids=["begins anew", "goes on"])
def test_a_kill_loses_no_line_and_says_none_twice(follow, raw, lines, tmp_path, again):
    whole = follow(lines, "--labels", "--record", tmp_path / "plain")
    assert whole.status == 0, whole.err
    cut = len(lines) // 2
    command, journal = run(raw, tmp_path), tmp_path / "journal"
    killed(command, lines[:cut], journal, after=cut - 1_000 if again else cut)
    if again:
        with journal.open("r+b") as file:  # a frame that was being written
            file.truncate(journal.stat().st_size - 7)
    before = (tmp_path / "record").read_bytes()
    assert 0 < len(before) < (tmp_path / "plain").stat().st_size
    rest = subprocess.run(
        command,
        input="".join(lines if again else lines[cut:]).encode(),
        capture_output=True,
        check=False,
    )
    assert rest.returncode == 0, rest.stderr
    assert (tmp_path / "record").read_bytes() == (tmp_path / "plain").read_bytes()
    assert b"sent again" in rest.stderr if again else b"sent again" not in rest.stderr
    assert (
        (tmp_path / "record").read_bytes().endswith(before.splitlines()[-1] + b"\n" + rest.stdout)
    )
