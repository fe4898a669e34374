"""``penstock live --view FILE`` while the file changes."""

import io
import json

import numpy as np
import pytest

from penstock.cli import changed, feed, live_rows
from penstock.jobs.live import replay

LINE = '{"type": "trade", "time": %d, "symbol": "A", "price": %s, "size": 1}\n'
PRICE = '[view]\non = "trade"\n\n[columns]\nema = "Ema(trade.price, span=5)"\n'
SLOW = PRICE + 'slow = "Ema(trade.price, span=50)"\n'
OTHER = '[view]\non = "trade"\n\n[columns]\nslow = "Ema(trade.price, span=50)"\n'
BROKEN = PRICE + 'slow = "Emma(trade.price, span=50)"\n'


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Look at the file at each event."""
    monkeypatch.setattr(changed, "EVERY", 1)


@pytest.fixture
def view(tmp_path):
    path = tmp_path / "view.toml"
    path.write_text(PRICE)
    return path


@pytest.fixture
def stdin(monkeypatch):
    """Give lines to the next command, one at a time; what stands between them is called."""

    def give(*items) -> None:
        left = iter(items)

        def read() -> bytes:
            for item in left:
                if isinstance(item, str):
                    return item.encode()
                item()
            return b""

        monkeypatch.setattr(feed, "stdin", read)

    return give


@pytest.fixture
def at(monkeypatch):
    """Do something when so many events of files were read."""

    whole = replay.recorded

    def plan(**steps) -> None:
        def recorded(*given):
            for i, event in enumerate(whole(*given)):
                if f"e{i}" in steps:
                    steps[f"e{i}"]()
                yield event

        monkeypatch.setattr(replay, "recorded", recorded)

    return plan


def lines(start: int, stop: int) -> list[str]:
    return [LINE % (i + 1, 100 + i % 7) for i in range(start, stop)]


def rows(said) -> list[dict]:
    return [json.loads(line) for line in said.out.splitlines()]


def bits(values) -> list[int]:
    return np.array([np.nan if v is None else v for v in values], float).view(np.uint64).tolist()


def column(found: list[dict], name: str) -> list[int]:
    return bits([row.get(name) for row in found])


def test_a_new_column_appears_and_the_kept_one_has_the_same_bits(penstock, stdin, view):
    given = ("live", "--view", view, "--source", "-", "--json")
    stdin(*lines(0, 60))
    plain = rows(penstock(*given))
    stdin(*lines(0, 30), lambda: view.write_text(SLOW), *lines(30, 60))
    said = penstock(*given)
    found = rows(said)
    assert column(found, "ema") == column(plain, "ema")
    assert ["slow" in row for row in found] == [False] * 30 + [True] * 30
    assert "thing=slow value='it begins anew'" in said.err
    assert "at=30" in said.err
    stdin(*lines(30, 60))  # it began at the reload
    assert column(found[30:], "slow") == column(rows(penstock(*given)), "slow")


@pytest.mark.parametrize("options", [(), ("--breaker", "0.5"), ("--lateness", "2s")])
def test_what_is_new_is_warmed_from_the_files_of_the_feed(penstock, at, trades, view, options):
    given = ("live", "--view", view, "--source", trades, "--json", *options)
    plain = rows(penstock(*given))
    view.write_text(SLOW)
    whole = rows(penstock(*given))
    view.write_text(PRICE)
    half = len(plain) // 2
    at(**{f"e{half}": lambda: view.write_text(SLOW)})
    said = penstock(*given)
    found = rows(said)
    since = next(i for i, row in enumerate(found) if "slow" in row)
    assert 0 < since <= half
    assert (since == half) == (
        "--lateness" not in options
    )  # some wait, and are rows of the new view
    assert column(found, "ema") == column(plain, "ema")
    assert column(found[since:], "slow") == column(whole[since:], "slow")
    assert "begins anew" not in said.err


def test_events_of_one_time_are_warmed_as_far_as_they_are_in(penstock, at, tmp_path, view):
    ties = tmp_path / "ties.csv"
    body = [f"{i // 4 + 1},{100 + i % 7},1,1,A" for i in range(40)]
    ties.write_text("\n".join(["time,price,size,side,symbol", *body]) + "\n")
    given = ("live", "--view", view, "--source", ties, "--json")
    view.write_text(SLOW)
    whole = rows(penstock(*given))
    for cut in (21, 22, 24):
        view.write_text(PRICE)
        at(**{f"e{cut}": lambda: view.write_text(SLOW)})
        found = rows(penstock(*given))
        assert ["slow" in row for row in found] == [False] * cut + [True] * (40 - cut)
        assert column(found[cut:], "slow") == column(whole[cut:], "slow")


COLUMNS = {
    "bid": 'bid = "AsOf(quote.bid_price, on=view)"',
    "mid": 'mid = "AsOf(Ema((quote.bid_price + quote.ask_price) / 2, span=9), on=view)"',
    "ema": 'ema = "AsOf(Ema(trade.price, span=5), on=view)"',
    "slow": 'slow = "AsOf(Ema(trade.price, span=20), on=view)"',
}


@pytest.mark.parametrize(
    ("before", "after"), [("bid", "bid mid"), ("bid ema", "ema slow"), ("ema bid", "mid bid")]
)
def test_quotes_of_books_are_warmed_too_and_streams_may_fall_away(
    penstock, at, market, view, before, after
):
    old, new = (
        "\n".join(
            ['[view]\non = "every:1s"\n\n[columns]', *(COLUMNS[n] for n in names.split()), ""]
        )
        for names in (before, after)
    )
    given = ("live", "--view", view, "--source", market, "--json")
    view.write_text(new)
    whole = rows(penstock(*given))
    view.write_text(old)
    plain = rows(penstock(*given))
    at(e2000=lambda: view.write_text(new))
    said = penstock(*given)
    assert "begins anew" not in said.err
    (fresh,) = set(after.split()) - set(before.split())
    (kept,) = set(after.split()) & set(before.split())
    for symbol in ("AA", "BB"):  # what was due of a silent key comes with the reload
        one, two, found = (
            [row for row in some if row["symbol"] == symbol] for some in (plain, whole, rows(said))
        )
        since = next(i for i, row in enumerate(found) if fresh in row)
        assert 0 < since < len(found)
        assert column(found, "ts") == column(one, "ts")
        assert column(found, kept) == column(one, kept)
        assert column(found[since:], fresh) == column(two, fresh)[since - len(found) :]


def test_streams_in_roles_are_warmed_each_from_its_own_file(penstock, at, trades, tmp_path):
    other, file = tmp_path / "perp.csv", tmp_path / "pair.toml"
    head, *body = trades.read_text().splitlines(keepends=True)
    other.write_text("".join([head, *body[::2]]))
    old = (
        '[view]\non = "AnyOf((spot, perp))"\n[roles]\nspot = "trade"\nperp = "trade"\n'
        f'[[source]]\nfile = "{trades}"\nrole = "spot"\n[[source]]\nfile = "{other}"\nrole = "perp"\n'
        '[columns]\nbasis = "AsOf(perp.price, on=view) - AsOf(spot.price, on=view)"\n'
    )
    new = old + 'ema = "AsOf(Ema(perp.price, span=9), on=view)"\n'
    given = ("live", "--view", file, "--json")
    file.write_text(new)
    whole = rows(penstock(*given))
    file.write_text(old)
    at(e301=lambda: file.write_text(new))
    said = penstock(*given)
    found = rows(said)
    assert ["ema" in row for row in found] == [False] * 301 + [True] * (len(found) - 301)
    assert column(found, "basis") == column(whole, "basis")
    assert column(found[301:], "ema") == column(whole[301:], "ema")
    assert "begins anew" not in said.err


def test_a_broken_file_is_told_once_and_the_old_view_goes_on(penstock, stdin, view):
    given = ("live", "--view", view, "--source", "-", "--json")
    stdin(*lines(0, 40))
    plain = penstock(*given)
    stdin(*lines(0, 10), lambda: view.write_text(BROKEN), *lines(10, 40))
    said = penstock(*given)
    assert said.status == 0
    assert said.out == plain.out
    told = [line for line in said.err.splitlines() if "view.toml" in line]
    assert len(told) == 1, said.err
    assert f"{view}:6" in told[0]
    assert "Emma" in told[0]
    stdin(
        *lines(0, 10), lambda: view.write_text(PRICE + "broken"), *lines(10, 20), view.unlink,
        *lines(20, 30), lambda: view.write_text(SLOW), *lines(30, 40),
    )  # fmt: skip
    view.write_text(PRICE)
    said = penstock(*given)
    assert column(rows(said), "ema") == column(rows(plain), "ema")
    assert ["slow" in row for row in rows(said)] == [False] * 30 + [True] * 10
    told = [line for line in said.err.splitlines() if "view.toml" in line]
    assert len(told) == 2
    assert "got no such file" not in told[0]
    assert "no such file" in told[1]


def test_a_view_that_needs_another_stream_is_told_and_the_old_one_goes_on(penstock, stdin, view):
    given = ("live", "--view", view, "--source", "-", "--json", "--log", "json")
    quotes = PRICE.replace("[columns]", '[columns]\nbid = "AsOf(quote.bid_price)"')
    stdin(*lines(0, 10), lambda: view.write_text(quotes), *lines(10, 20))
    said = penstock(*given)
    assert said.status == 0
    assert all(set(row) == {"symbol", "ts", "ema"} for row in rows(said))
    (told,) = [entry for entry in map(json.loads, filter(None, said.err.splitlines()))
               if entry["event"] == "problem"]  # fmt: skip
    assert told["thing"] == str(view)
    assert told["value"].startswith("one of quote too")


def test_csv_has_a_new_header_where_the_columns_become_others(penstock, stdin, view):
    stdin(*lines(0, 3), lambda: view.write_text(OTHER), *lines(3, 5))
    said = penstock("live", "--view", view, "--source", "-").out.splitlines()
    assert [said[0], said[4]] == ["symbol,ts,ema", "symbol,ts,slow"]
    assert [line.split(",")[1] for line in said[1:4] + said[5:]] == ["1", "2", "3", "4", "5"]


def test_a_file_that_says_the_same_in_other_words_changes_nothing(penstock, stdin, view):
    given = ("live", "--view", view, "--source", "-")
    stdin(*lines(0, 10))
    plain = penstock(*given).out
    again = "# a remark\n" + PRICE + "\n[quality]\ncrossed = true\n"
    stdin(*lines(0, 5), lambda: view.write_text(again), *lines(5, 10))
    said = penstock(*given)
    assert said.out == plain
    assert "sources, roles and quality of a running view are those that it began with" in said.err


def test_a_run_that_is_compared_with_history_keeps_its_view(penstock, stdin, view, tmp_path):
    stdin(*lines(0, 5), lambda: view.write_text(SLOW), *lines(5, 10))
    said = penstock("live", "--view", view, "--source", "-", "--json", "--verify", "--journal",
                    tmp_path / "j")  # fmt: skip
    assert said.status == 0
    assert all("slow" not in row for row in rows(said))
    assert "bits equal: 10 rows" in said.err


def test_the_table_begins_anew_with_other_columns():
    drawn = []
    table = live_rows.Latest(("symbol",), drawn.append)
    table.columns(("a",))
    table(live_rows_row("A", 1.0))
    table.columns(("b", "c"))
    table(live_rows_row("B", 2.0, 3.0))
    table.draw()
    assert [column.header for column in drawn[-1].columns] == ["symbol", "time (UTC)", "b", "c"]
    assert list(drawn[-1].columns[0].cells) == ["B"]


def live_rows_row(key: str, *values: float):
    from penstock.jobs.live import Row

    return Row((key,), 10**18, np.array(values))


def test_the_file_is_looked_at_every_so_many_events_or_seconds(monkeypatch, view):
    monkeypatch.setattr(changed, "EVERY", 4)
    clock = io.StringIO()
    clock.time = 10.0
    watch = changed.ViewFileWatch(view, now=lambda: clock.time)
    assert [watch.changed() for _ in range(10)] == [False] * 10
    view.write_text(SLOW)
    assert [watch.changed() for _ in range(8)] == [False, True, *[False] * 6]
    view.write_text(PRICE)
    clock.time += changed.SECONDS
    assert watch.changed()
    assert not changed.ViewFileWatch(None).changed()
