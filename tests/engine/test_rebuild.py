"""Late events that are put in their place: rows and state are those of an orderly feed, in bits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import SECOND, STREAMS
from tests.engine.test_random_views import VOLUME, views

import penstock as ps
from penstock.core.errors import CapacityError, DataError, DefinitionError
from penstock.core.model import Model
from penstock.engine.group import members_stream
from penstock.events import Event, Keys, Quarantine, Trade
from penstock.expr import BOOK, TRADE, Column
from penstock.ops import (
    AsOf,
    Cell,
    CorrelationMatrix,
    Ema,
    Fitted,
    Level,
    Ohlcv,
    RollingMedian,
    WindowMax,
    WindowSum,
)
from penstock.streams import AnyOf, Every, TimeBars
from penstock.streams.journal import read_journal

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
BID = Level(Column(BOOK, "levels"), level=0, field="bid_price")
TYPES = tuple(stream.type for stream in STREAMS)
EVENTS = feeds.market(120, keys=3, seed=33)
ORDERLY = feeds.events(EVENTS)
NAMES = (("A",), ("B",), ("C",))
MIXED = {
    "ema": AsOf(Ema(PRICE, 4.0)),
    "median": AsOf(RollingMedian(PRICE, 5)),
    "sum": WindowSum(SIZE, "3s"),
    "high": WindowMax(PRICE, "60s"),
    "bid": AsOf(BID),
}


def mean_and_spread(window: np.ndarray) -> np.ndarray:
    return np.array([window.mean(), window.std()])


FIT = Fitted(PRICE, Model("mean_and_spread.v1", 2, mean_and_spread), window=10, every=5)
VIEWS = {
    "trades": ps.View("trades", {"ema": Ema(PRICE, 4.0), "bid": AsOf(BID, on=TRADE)}, on=TRADE),
    "any": ps.View("any", MIXED, on=AnyOf((TRADE, BOOK))),
    "every": ps.View("every", MIXED, on=Every("1s")),
    "bars": ps.View(
        "bars", {"high": AsOf(Ohlcv(PRICE, SIZE, reset=TimeBars("7s", TRADE))["high"])},
        on=TimeBars("7s", TRADE),
    ),
    "volume": ps.View("volume", {"last": AsOf(PRICE), "ema": AsOf(Ema(PRICE, 9.0))}, on=VOLUME),
    "refit": ps.View("refit", {"fit": AsOf(Cell(FIT, 1))}, on=Every("2s")),
}  # fmt: skip


def keys() -> Keys:
    made = Keys()
    for name in NAMES:
        made.number(name)
    return made


def live(view: ps.View, **options) -> ps.Live:
    given = {"on_late": "rebuild", "rebuild_horizon": "1d", "rebuild_every": 7, "rules": None}
    return ps.Live(view, streams=TYPES, **{"keys": keys()} | given | options)


def said(rows) -> list[tuple]:
    """Rows as they were given out."""
    return [
        (r.key, r.ts, r.number, r.revision, r.withdrawn, feeds.canonical(r.values).tobytes())
        for r in rows
    ]


def offered(engine: ps.Live, events) -> list[tuple]:
    return [row for event in events for row in said(engine.offer(event))]


def table(rows: list[tuple]) -> dict[tuple, bytes]:
    """What stands in the end, once every row that came again replaced the one before it."""
    found: dict[tuple, bytes] = {}
    revisions: dict[tuple, int] = {}
    for key, ts, number, revision, withdrawn, values in rows:
        spot = (key, ts, number)
        assert revision == revisions.get(spot, -1) + 1
        revisions[spot] = revision
        # only rows whose bits changed come again
        assert found.get(spot) != (None if withdrawn else values)
        if withdrawn:
            assert found.pop(spot)
        else:
            found[spot] = values
    return found


def orderly(view: ps.View, events) -> tuple[dict[tuple, bytes], bytes]:
    """The rows of an orderly feed, and the state that it leaves."""
    ranked = {type_: rank for rank, type_ in enumerate(TYPES)}
    engine = ps.Live(view, streams=TYPES, keys=keys(), rules=None)
    rows, last = {}, {}
    events = sorted(events, key=lambda e: (e["time"], ranked[e.type]))
    made = [row for e in events for row in said(engine.offer(e))] + said(engine.close())
    for key, ts, *_, values in made:
        number = last[key][1] + 1 if last.get(key, (None,))[0] == ts else 0
        last[key] = ts, number
        rows[key, ts, number] = values
    assert engine.late == 0
    return rows, engine.engine.snapshot()


def disorder(seed: int, spread: float) -> list[Event]:
    """The events of the market, each up to so many places late."""
    rng = np.random.default_rng(seed)
    order = np.arange(len(ORDERLY)) + rng.choice([0.0, 0.0, 1.0], len(ORDERLY)) * rng.uniform(
        0, spread, len(ORDERLY)
    )
    return [ORDERLY[i] for i in np.argsort(order, kind="stable").tolist()]


seeds = st.integers(0, 1_000)
spreads = st.sampled_from([2.0, 5.0, 40.0, 400.0])
everies = st.sampled_from([1, 7, 1_000, "500ms", "20s"])


@pytest.mark.parametrize("name", VIEWS)
@settings(max_examples=5)
@given(seed=seeds, spread=spreads, every=everies)
def test_the_rows_and_the_state_are_those_of_an_orderly_feed(name, seed, spread, every):
    events = disorder(seed, spread)
    engine = live(VIEWS[name], rebuild_every=every)
    rows = offered(engine, events) + said(engine.close())
    wanted, state = orderly(VIEWS[name], events)
    assert table(rows) == wanted
    assert engine.engine.snapshot() == state
    assert engine.late == 0


@settings(max_examples=8)
@given(plan=views(), seed=seeds, spread=spreads, every=everies)
def test_whatever_the_view_late_events_find_their_place(plan, seed, spread, every):
    view = ps.View("any", dict(plan.outputs), on=plan.on)
    events = disorder(seed, spread)
    engine = live(view, rebuild_every=every)
    rows = offered(engine, events) + said(engine.close())
    wanted, state = orderly(view, events)
    assert table(rows) == wanted
    assert engine.engine.snapshot() == state


@settings(max_examples=4)
@given(seed=seeds, spread=spreads, lateness=st.sampled_from(["0ns", "250ms", "3s"]))
@pytest.mark.parametrize("name", ["any", "every"])
def test_what_comes_later_than_it_is_waited_for_finds_its_place_too(name, seed, spread, lateness):
    events = disorder(seed, spread)
    engine = live(VIEWS[name], lateness=lateness)
    rows = offered(engine, events) + said(engine.close())
    assert table(rows) == orderly(VIEWS[name], events)[0]
    assert engine.late == 0


@settings(max_examples=5)
@given(seed=seeds, cut=st.integers(0, 120), every=everies)
@pytest.mark.parametrize("name", ["any", "every", "volume"])
def test_a_snapshot_in_between_changes_nothing(name, seed, cut, every):
    events = disorder(seed, 40.0)
    whole = live(VIEWS[name], rebuild_every=every)
    wanted = offered(whole, events) + said(whole.close())
    one = live(VIEWS[name], rebuild_every=every)
    rows = offered(one, events[:cut])
    two = live(VIEWS[name], rebuild_every=every, snapshot=one.snapshot())
    rows += offered(two, events[cut:]) + said(two.close())
    assert rows == wanted
    assert (two.rebuilt, two.late) == (whole.rebuilt, whole.late)


@pytest.mark.parametrize("horizon", ["0ns", "5s", "1d"])
@pytest.mark.parametrize("name", ["any", "every", "volume"])
def test_a_replayed_journal_gives_the_rows_and_revisions(tmp_path, name, horizon):
    events = disorder(3, 40.0)
    aside = Quarantine()
    engine = live(VIEWS[name], rebuild_horizon=horizon, journal=tmp_path / "j", quarantine=aside)
    rows = offered(engine, events) + said(engine.close())
    again = live(VIEWS[name], rebuild_horizon=horizon)
    entries = list(read_journal(tmp_path / "j", [s.type for s in again.streams], again.keys))
    assert [row for entry in entries for row in said(again.take(entry))] == rows
    taken = [entry.event for entry in entries if entry.kind in ("event", "rebuilt")]
    assert table(rows) == orderly(VIEWS[name], taken)[0]
    read = sum(event.type in [stream.type for stream in engine.streams] for event in events)
    assert engine.late == read - len(taken) == aside.total == again.late
    assert (engine.late == 0) == (horizon == "1d")
    # with a horizon of nothing it is events of one time that came in the wrong order of ranks
    assert engine.rebuilt > 1 or horizon == "0ns"
    if engine.late:
        assert {reason for _, reason in aside.counts} == {"too late"}


def test_only_the_key_that_was_hit_is_run_again():
    engine = live(VIEWS["every"])
    offered(engine, ORDERLY[:100])
    registry = engine.engine.registry
    before = {key: (id(arena), arena.cells.copy()) for key, arena in registry.arenas.items()}
    event = Event.of(Trade, time=ORDERLY[50]["time"], key=1, price=99.0, size=3.0, side=1)
    rows = engine.offer(event)
    assert {row.key for row in rows} == {("B",)}
    assert all(row.revision == 1 for row in rows)
    for key in (0, 2):
        assert id(registry.arenas[key]) == before[key][0]
        assert np.array_equal(registry.arenas[key].cells, before[key][1])


def test_an_event_of_a_key_that_nobody_knew_makes_its_rows_from_then_on():
    engine = live(VIEWS["every"])
    start = 1_000 * SECOND
    make = [
        Event.of(Trade, time=start + t, key=key, price=1.0, size=1.0, side=1)
        for t, key in ((1, 0), (5 * SECOND, 0), (2 * SECOND + 1, 1))
    ]
    offered(engine, make[:2])
    engine.advance(start + 5 * SECOND)
    rows = engine.offer(make[2])
    assert [(row.key, row.ts // SECOND - 1_000, row.revision) for row in rows] == [
        (("B",), 3, 0),
        (("B",), 4, 0),
        (("B",), 5, 0),
    ]


def test_a_bar_that_a_late_event_closed_earlier_is_withdrawn_where_it_was():
    view = ps.View("volume", {"last": AsOf(PRICE)}, on="volume:10")
    engine = live(view)
    given_ = ((1, 4.0), (2, 4.0), (4, 4.0), (5, 4.0), (6, 4.0))
    make = [Event.of(Trade, time=t, price=float(t), size=s, side=1) for t, s in given_]
    assert [(row.ts, row.revision) for e in make for row in engine.offer(e)] == [(4, 0)]
    late = Event.of(Trade, time=3, price=3.0, size=4.0, side=1)
    rows = [(row.ts, row.revision, row.withdrawn) for row in engine.offer(late)]
    assert rows == [(3, 0, False), (4, 1, True), (6, 0, False)]


def test_what_is_held_is_bounded_by_the_horizon_and_by_memory():
    events = feeds.events(feeds.market(1_500, keys=3, seed=4))
    short = live(VIEWS["any"], rebuild_horizon="5s", rebuild_every=20)
    peak = 0
    for event in events:
        short.offer(event)
        peak = max(peak, short.rebuild.held)
    longer = live(VIEWS["any"], rebuild_every=20)
    offered(longer, events)
    assert peak < longer.rebuild.held / 4
    small = live(VIEWS["any"], rebuild_every=20, rebuild_memory=150_000)
    for event in events:
        small.offer(event)
        assert small.rebuild.held <= 150_000
    assert longer.rebuild.held > 500_000
    for engine in (short, longer, small):
        assert engine.rebuild.held == sum(h.held for h in engine.rebuild.histories.values())


@settings(max_examples=5)
@given(seed=seeds, spread=spreads)
def test_with_little_memory_what_was_taken_still_stands_in_its_place(
    tmp_path_factory, seed, spread
):
    path = tmp_path_factory.mktemp("j") / "j"
    events = disorder(seed, spread)
    engine = live(VIEWS["any"], rebuild_memory=40_000, journal=path)
    rows = offered(engine, events) + said(engine.close())
    entries = list(read_journal(path, TYPES, keys()))
    taken = [entry.event for entry in entries if entry.kind in ("event", "rebuilt")]
    assert table(rows) == orderly(VIEWS["any"], taken)[0]
    assert len(taken) + engine.late == len(events)


def test_a_point_of_each_key_must_fit():
    engine = live(VIEWS["any"], rebuild_memory=5_000)
    with pytest.raises(CapacityError, match=r"5000 bytes must hold a point of each of \d keys"):
        offered(engine, ORDERLY)


def test_a_history_begins_with_the_state_that_was_restored():
    before = ps.Live(VIEWS["any"], streams=TYPES, keys=keys(), rules=None)
    offered(before, ORDERLY[:60])
    engine = live(VIEWS["any"], snapshot=before.snapshot())
    after = [e for e in ORDERLY[60:] if e["time"] > ORDERLY[59]["time"]]
    after = [*reversed(after[:20]), *after[20:]]
    rows = offered(engine, after)
    assert engine.late == 0
    assert engine.rebuilt > 5
    assert engine.offer(ORDERLY[0]) == []
    assert engine.late == 1
    stands = table(rows)
    whole, _ = orderly(VIEWS["any"], [*ORDERLY[:60], *after])
    assert stands == {spot: whole[spot] for spot in stands}


def test_what_cannot_be_is_refused():
    served = ps.View("shown", MIXED, on=Every("1s"), served=True)
    with pytest.raises(DefinitionError, match="is for views that are not served, got 'shown'"):
        live(served)
    with pytest.raises(DefinitionError, match="every and memory must be positive"):
        live(VIEWS["any"], rebuild_every=0)


def test_a_journal_with_events_in_their_place_needs_a_rebuild_that_reaches_them(tmp_path):
    engine = live(VIEWS["any"], journal=tmp_path / "j")
    offered(engine, disorder(3, 40.0))
    engine.close()
    entries = list(read_journal(tmp_path / "j", TYPES, keys()))
    for options, error in (
        ({"on_late": "count"}, DefinitionError),
        ({"rebuild_horizon": 0}, DataError),
    ):
        again = live(VIEWS["any"], **options)
        with pytest.raises(error, match=r"must be .* journal"):
            [again.take(entry) for entry in entries]


def test_a_view_over_the_values_of_a_groups_members_is_put_right_too():
    seen = members_stream({"price": PRICE}, 3)
    prices = Column(seen, "price")
    matrix = CorrelationMatrix(prices, window=6)
    view = ps.View("group", {"ema": Ema(Cell(prices, 0), 3.0), "tied": Cell(matrix, 1)}, on=seen)
    rng = np.random.default_rng(4)
    make = [
        Event.of(seen.type, time=start * SECOND, price=rng.normal(100, 1, 3).tolist())
        for start in range(40)
    ]
    given_ = {"streams": [seen.type], "rules": None}
    engine = ps.Live(view, on_late="rebuild", rebuild_horizon="1d", rebuild_every=5, **given_)
    rows = offered(engine, [make[i] for i in np.argsort(np.arange(40) + rng.uniform(0, 9, 40))])
    plain = ps.Live(view, **given_)
    wanted = {(row[0], row[1], 0): row[-1] for row in offered(plain, make)}
    assert engine.rebuilt > 5
    assert table(rows) == wanted
    assert engine.engine.snapshot() == plain.engine.snapshot()


@pytest.mark.slow
def test_a_hundred_thousand_events_out_of_order_find_their_place():
    events = feeds.events(feeds.market(100_000, keys=20, seed=6, gap=SECOND // 50))
    rng = np.random.default_rng(2)
    places = np.arange(len(events)) + rng.choice([0.0, 1.0], len(events), p=[0.99, 0.01]) * 300.0
    feed = [events[i] for i in np.argsort(places, kind="stable").tolist()]
    view = ps.View("any", {"ema": AsOf(Ema(PRICE, 9.0)), "bid": AsOf(BID)}, on=AnyOf((TRADE, BOOK)))
    engine = live(view, keys=Keys(), rebuild_every=200, rebuild_horizon="2m")
    stands: dict = {}
    peak = 0
    for event in feed:
        for row in engine.offer(event):
            stands[row.key, row.ts, row.number] = feeds.canonical(row.values).tobytes()
        peak = max(peak, engine.rebuild.held)
    assert engine.late == 0
    assert engine.rebuilt > 500
    assert peak < 20_000_000
    plain = ps.Live(view, streams=TYPES, keys=Keys(), rules=None)
    wanted, last = {}, {}
    ranked = sorted(feed, key=lambda e: (e["time"], TYPES.index(e.type)))
    for event in ranked:
        for row in plain.offer(event):
            number = last[row.key][1] + 1 if last.get(row.key, (None,))[0] == row.ts else 0
            last[row.key] = row.ts, number
            wanted[row.key, row.ts, number] = feeds.canonical(row.values).tobytes()
    assert stands == wanted
    assert engine.engine.snapshot() == plain.engine.snapshot()
