"""Rows of one view as events of other keys."""

import numpy as np
import polars as pl
import pytest
from tests.engine import feeds
from tests.engine.feeds import Memory, assert_bits

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field
from penstock.engine import Engine
from penstock.events import Block, Keys, Trade
from penstock.events.quarantine import Quarantine
from penstock.expr import TRADE, Column, When
from penstock.expr.columns import columns
from penstock.jobs.wiring import plan_of
from penstock.ops import AsOf, CumulativeSum, Ema, WindowSum
from penstock.streams import Every, Stream, benchmark

SECOND = feeds.SECOND
PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
EVENTS = feeds.market(300, keys=3)

REQUEST = Stream(
    EventType(
        "request",
        "A request of a user to a model.",
        (Field("user", "id", "i8"), Field("tokens", "1")),
    )
)
USER, TOKENS = Column(REQUEST, "user"), Column(REQUEST, "tokens")


def requests(size: int = 200) -> Block:
    rng = np.random.default_rng(6)
    return Block.of(
        REQUEST.type,
        time=feeds.START + np.cumsum(rng.integers(0, 3, size)) * SECOND // 3,
        key=rng.integers(0, 2, size),
        user=rng.integers(0, 5, size),
        tokens=rng.integers(1, 100, size),
    )


BLOCK = requests()
MODELS = (("small",), ("large",))


def source(size: int = 30) -> Memory:
    return Memory((BLOCK,), names=MODELS, size=size)


def per_request() -> ps.View:
    return ps.View("asked", [("user", USER), ("tokens", TOKENS)], key=("model",), on=REQUEST)


def by_user(rekeyed: ps.Rekey) -> ps.View:
    tokens = Column(Stream(rekeyed.type), "tokens")
    return ps.View(
        "users", [("sum", CumulativeSum(tokens))], key=("user",), on=Stream(rekeyed.type)
    )


@pytest.mark.parametrize("latency", [0, 5 * SECOND])
@pytest.mark.parametrize("size", [7, 1_000])
def test_requests_of_models_become_events_of_users(latency, size):
    rekeyed = ps.Rekey(per_request(), source(size), by=("user",), latency=latency)
    frame = ps.run(by_user(rekeyed), rekeyed)
    totals: dict[int, float] = {}
    wanted = []
    for row in range(len(BLOCK)):
        time, user, tokens = (BLOCK.columns[name][row] for name in ("time", "user", "tokens"))
        totals[user] = totals.get(user, 0.0) + tokens
        wanted.append((f"{user}", int(time) + latency, totals[user]))
    assert sorted(frame.rows()) == sorted(wanted)
    assert frame["ts"].is_sorted()


def test_the_new_key_may_be_made_of_several_parts():
    rekeyed = ps.Rekey(per_request(), source(), by=("user", "model"))
    tokens = Column(Stream(rekeyed.type), "tokens")
    view = ps.View(
        "pairs", [("sum", CumulativeSum(tokens))], key=("user", "model"), on=Stream(rekeyed.type)
    )
    frame = ps.run(view, rekeyed).group_by("user", "model").agg(pl.col("sum").last())
    columns, wanted = BLOCK.columns, {}
    for user, key, tokens_ in zip(columns["user"], columns["key"], columns["tokens"], strict=True):
        name = f"{user}", MODELS[key][0]
        wanted[name] = wanted.get(name, 0.0) + tokens_
    assert {(user, model): total for user, model, total in frame.rows()} == wanted


def test_rows_whose_key_is_no_whole_number_are_counted_and_left_out():
    block = Block(
        REQUEST.type,
        {
            **BLOCK.columns,
            "tokens": np.where(np.arange(len(BLOCK)) % 4, BLOCK.columns["tokens"], np.nan),
        },
    )
    block.columns["tokens"][1], block.columns["tokens"][2] = np.inf, 1.5
    rekeyed = ps.Rekey(per_request(), Memory((block,), names=MODELS), by=("tokens",))
    keys = Keys(("tokens",))
    made = [part for (part,) in rekeyed.chunks(keys, Quarantine())]
    tokens = block.columns["tokens"]
    known = np.isfinite(tokens) & (tokens == np.round(tokens))
    assert sum(len(part) for part in made) == known.sum()
    assert rekeyed.unkeyed == (~known).sum()
    assert {name[0] for name in keys.names} == {f"{int(x)}" for x in tokens[known]}


def test_rows_of_timed_ticks_come_in_order_of_time():
    view = ps.View(
        "mids", [("ema", AsOf(Ema(PRICE, 3.0))), ("sum", WindowSum(SIZE, "2s"))], on="every:1s"
    )
    rekeyed = ps.Rekey(view, Memory(EVENTS, size=20), by=("symbol",))
    keys = Keys()
    blocks = [block for (block,) in rekeyed.chunks(keys, Quarantine())]
    times = np.concatenate([block.columns["time"] for block in blocks])
    assert (np.diff(times) >= 0).all()
    whole = feeds.bits_of_frame(ps.run(view, Memory(EVENTS)), view)
    found = {}
    for name, (stamps, _) in whole.items():
        number = keys.number(name)
        parts = [block.take(block.columns["key"] == number) for block in blocks]
        found[name] = (
            np.concatenate([part.columns["time"] for part in parts]),
            np.concatenate([np.stack([p.columns["ema"], p.columns["sum"]], axis=1) for p in parts]),
        )
        assert len(stamps) == len(found[name][0])
    assert_bits(found, whole)


PLACE = AsOf(CumulativeSum(SIZE))


@pytest.mark.parametrize("size", [9, 1_000])
@pytest.mark.parametrize(
    ("on", "routes"),
    [
        ("trade", ()),
        ("book", ()),
        ("any(trade,book)", ()),
        ("tick:3", ()),
        ("volume:60", ()),
        ("trade", benchmark("A")),
        ("any(trade,book)", benchmark("A")),
    ],
)
def test_rows_of_one_time_come_in_order_of_admission(on, routes, size):
    index = AsOf(columns(Trade, "benchmark").price)
    features = {"place": PLACE} | ({"index": index} if routes else {})
    view = ps.View("places", features, on=on, routes=routes)
    names = (("A",), ("B",), ("C",))
    rekeyed = ps.Rekey(view, Memory(EVENTS, names=names, size=size), by=("symbol",))
    keys = Keys()
    made = [block.columns for (block,) in rekeyed.chunks(keys, Quarantine())]
    found = [
        (int(time), keys.names[key], place)
        for block in made
        for time, key, place in zip(block["time"], block["key"], block["place"], strict=True)
    ]

    plan, ranked = plan_of(view, Memory(EVENTS, names=names))
    numbers, wanted = Keys(), []
    for name in names:
        numbers.number(name)
    engine = Engine(plan, numbers)
    for event in feeds.events(EVENTS):
        row = engine.push(event)
        rows = engine.emitted.take()
        some = zip(rows.times().tolist(), rows.keys().tolist(), rows.values(), strict=True)
        if rows.count:
            wanted += [(time, numbers.names[key], values[0]) for time, key, values in some]
        elif row is not None:
            wanted.append((int(event["time"]), numbers.names[int(event["key"])], row[0]))
    assert len(ranked) == 1
    assert len(found) > 20
    assert len({time for time, _, _ in found}) < len(found)
    assert np.array_equal([place for _, _, place in found], [p for _, _, p in wanted], True)
    assert [row[:2] for row in found] == [row[:2] for row in wanted]


def test_rows_of_timed_ticks_of_one_time_come_by_key():
    for on in ("every:1s", When(AsOf(CumulativeSum(SIZE), on=Every("1s")) > 40.0)):
        rekeyed = ps.Rekey(
            ps.View("sums", {"sum": AsOf(CumulativeSum(SIZE))}, on=on),
            Memory(EVENTS, size=20),
            by=("symbol",),
        )
        keys = Keys()
        made = [block.columns for (block,) in rekeyed.chunks(keys, Quarantine())]
        times, numbers = (np.concatenate([part[name] for part in made]) for name in ("time", "key"))
        places = np.array([Memory.names.index(name) for name in keys.names])
        assert (np.lexsort((places[numbers], times)) == np.arange(len(times))).all()
        assert len(times) > len(set(times.tolist())) > 20


def test_a_view_over_rows_and_their_source_sees_rows_only_after_their_latency():
    view = ps.View("slow", [("last", PRICE)], on="trade")
    rekeyed = ps.Rekey(view, Memory(EVENTS), by=("symbol",), latency="10s")
    last = Column(Stream(rekeyed.type), "last")
    both = ps.View("both", [("now", AsOf(PRICE)), ("then", AsOf(last))], on="every:1s")
    frame = ps.run(both, [Memory(EVENTS), rekeyed])
    assert frame.height > 100
    for name, rows in frame.group_by("symbol", maintain_order=True):
        key = Memory(EVENTS).names.index(name)
        trades = EVENTS[0].take(EVENTS[0].columns["key"] == key).columns
        for ts, now, then in rows.select("ts", "now", "then").rows():
            for got, edge in ((now, ts), (then, ts - 10 * SECOND)):
                seen = trades["price"][trades["time"] < edge]
                wanted = seen[-1] if len(seen) else np.nan
                assert np.array_equal(got, wanted, equal_nan=True)


def test_a_new_key_that_the_view_does_not_have_is_refused():
    with pytest.raises(
        DefinitionError, match="a key column or a column of asked is needed, got 'usr'"
    ):
        ps.Rekey(per_request(), source(), by=("usr",))


def test_the_same_definitions_over_the_same_source_have_one_hash():
    one, two, other = (
        ps.Rekey(per_request(), source(), by=("user",), latency=latency) for latency in (0, 0, 1)
    )
    assert one.content_hash() == two.content_hash() != other.content_hash()
