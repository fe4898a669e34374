"""Groups in lock step with their members, against plain Python."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine import feeds
from tests.engine.feeds import assert_bits, by_key, join

from penstock.core.errors import DefinitionError, SnapshotError
from penstock.engine.group import Group, group_stream, members_stream
from penstock.events import Block, Keys, Trade
from penstock.expr import TRADE, Column, Expr
from penstock.ops import AsOf, Cell, CorrelationMatrix, Ema, WindowSum
from penstock.streams import Every

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
SECOND = feeds.SECOND
HOP = Every("2s")
NAMES = (("A",), ("B",), ("C",))
HALF = 0.5


def market(size: int = 300, seed: int = 2) -> Block:
    rng = np.random.default_rng(seed)
    steps = rng.choice([0, 0, 1, 1, 2, 4, 9], size)
    return Block.of(
        Trade,
        time=feeds.START + np.cumsum(steps) * SECOND // 2,
        key=rng.choice([0, 1, 2, 2, 3], size),
        price=100 + np.cumsum(rng.integers(-2, 3, size)),
        size=rng.integers(1, 9, size),
        side=np.zeros(size),
    )


BLOCK = market()


def keys() -> Keys:
    made = Keys()
    for name in (*NAMES, ("stranger",)):
        made.number(name)
    return made


def definition() -> tuple[dict[str, Expr], dict[str, Expr]]:
    """Members report price and volume and read the group's mean back; the group averages prices."""
    own: dict[str, Expr] = {"price": AsOf(PRICE), "volume": WindowSum(SIZE, "4s")}
    seen = members_stream({"price": PRICE, "volume": SIZE, "gap": PRICE}, 3)
    price = Column(seen, "price")
    mean = (Cell(price, 0) + Cell(price, 1) + Cell(price, 2)) / 3.0
    over: dict[str, Expr] = {"mean": mean, "smooth": Ema(mean, 3.0)}
    back = group_stream(over)
    own["gap"] = AsOf(PRICE) - AsOf(Column(back, "mean"))
    return own, over


def group(capacity: int = 1) -> Group:
    own, over = definition()
    streams = (group_stream(over), TRADE)
    return Group(own, over, HOP, NAMES, streams, keys=keys(), capacity=capacity)


def push(made: Group, sizes: tuple[int, ...] = ()) -> tuple[feeds.Bits, feeds.Bits]:
    members, groups, start = {}, {}, 0
    for size in (*sizes, len(BLOCK)):
        part = made.push_block(BLOCK.take(slice(start, start + size)))
        members, groups = join(members, by_key(part[0])), join(groups, by_key(part[1]))
        start += size
    part = made.advance(feeds.end((BLOCK,)))
    return join(members, by_key(part[0])), join(groups, by_key(part[1]))


def by_hand() -> tuple[dict, list]:
    """The same in plain Python: one tick after the other, all members, then the group."""
    columns = BLOCK.columns
    trades = [
        (int(t), int(k), float(p), float(s))
        for t, k, p, s in zip(
            columns["time"], columns["key"], columns["price"], columns["size"], strict=True
        )
        if k < 3
    ]
    hop, last = HOP.hop, int(columns["time"][-1])
    first = trades[0][0]
    ticks = range((first // hop + 1) * hop, last + 1, hop)
    members: dict[int, list] = {0: [], 1: [], 2: []}
    groups: list = []
    mean = smooth = math.nan
    for tick in ticks:
        prices = []
        for key in range(3):
            mine = [trade for trade in trades if trade[1] == key and trade[0] < tick]
            # a member ticks once it has had an event: its own, or the group's
            started = bool(mine) or bool(groups)
            price = mine[-1][2] if mine else math.nan
            volume = sum(s for t, _, _, s in mine if t >= tick - 4 * SECOND)
            prices.append(price)
            if started:
                members[key].append((tick, price, volume, price - mean))
        mean = (prices[0] + prices[1] + prices[2]) / 3.0
        if not math.isnan(mean):
            smooth = mean if math.isnan(smooth) else smooth + HALF * (mean - smooth)
        groups.append((tick, mean, smooth))
    return members, groups


@pytest.mark.parametrize("capacity", [1, 7, 1024])
def test_a_group_that_is_read_back_is_in_lock_step(capacity):
    members, groups = push(group(capacity))
    wanted, whole = by_hand()
    assert sorted(members) == [0, 1, 2]
    for key, rows in wanted.items():
        assert members[key][0].tolist() == [row[0] for row in rows]
        np.testing.assert_allclose(members[key][1], np.array([row[1:] for row in rows]), 1e-12)
    assert groups[0][0].tolist() == [row[0] for row in whole]
    np.testing.assert_allclose(groups[0][1], np.array([row[1:] for row in whole]), 1e-12)
    assert np.isfinite(groups[0][1]).any(axis=0).all()


@settings(max_examples=15)
@given(sizes=st.lists(st.integers(0, 80), max_size=8))
def test_the_sizes_of_blocks_do_not_matter_to_a_group(sizes):
    members, groups = push(group(), tuple(sizes))
    wanted, whole = push(group(7))
    assert_bits(members, wanted)
    assert_bits(groups, whole)


def test_what_comes_later_does_not_change_what_a_group_was():
    members, groups = push(group())
    for cut in (1, 40, 150, 299):
        part = group().push_block(BLOCK.take(slice(0, cut)))
        for made, whole in ((by_key(part[0]), members), (by_key(part[1]), groups)):
            for key, (times, values) in made.items():
                assert_bits(
                    {key: (times, values)}, {key: tuple(x[: len(times)] for x in whole[key])}
                )


def test_advancing_a_group_twice_gives_nothing_new():
    made = group()
    push(made)
    until = feeds.end((BLOCK,)) + 10 * SECOND
    assert made.advance(until)[1].count == 5
    assert [rows.count for rows in made.advance(until)] == [0, 0]


def test_a_group_without_events_makes_no_rows():
    assert [rows.count for rows in group().advance(10**15)] == [0, 0]


@pytest.mark.parametrize("cut", [0, 1, 40, 150, 299])
def test_a_group_goes_on_from_a_snapshot_with_every_bit(cut):
    members, groups = push(group())
    first, second = group(), group(7)
    early = first.push_block(BLOCK.take(slice(0, cut)))
    second.restore(first.snapshot())
    late = second.push_block(BLOCK.take(slice(cut, None)))
    end = second.advance(feeds.end((BLOCK,)))
    for i, whole in enumerate((members, groups)):
        assert_bits(join(join(by_key(early[i]), by_key(late[i])), by_key(end[i])), whole)


def test_a_snapshot_of_a_group_that_is_damaged_or_of_others_is_refused_and_changes_nothing():
    made = group()
    made.push_block(BLOCK.take(slice(0, 100)))
    whole, other = made.snapshot(), group()
    other.push_block(BLOCK.take(slice(0, 50)))
    before = other.snapshot()
    for damaged in (
        whole[:5],
        whole[:30],
        whole[:-1],
        b"x" + whole,
        whole[:20] + b"?" + whole[21:],
    ):
        with pytest.raises(SnapshotError):
            other.restore(damaged)
    own, over = definition()
    streams = (group_stream(over), TRADE)
    reverse = Group(own, over, HOP, NAMES[::-1], streams, keys=keys())
    with pytest.raises(SnapshotError, match="members must be"):
        reverse.restore(whole)
    assert other.snapshot() == before


def test_a_correlation_matrix_is_one_wide_column_of_all_pairs():
    own: dict[str, Expr] = {"price": AsOf(PRICE)}
    price = Column(members_stream({"price": PRICE}, 3), "price")
    matrix = CorrelationMatrix(price, window=5)
    over: dict[str, Expr] = {f"c{i}": Cell(matrix, i) for i in range(9)}
    made = Group(own, over, HOP, NAMES, (TRADE,), keys=keys())
    members, groups = push(made)
    times = groups[0][0]
    prices = np.full((len(times), 3), np.nan)
    for key in range(3):
        prices[np.searchsorted(times, members[key][0]), key] = members[key][1][:, 0]
    checked = 0
    for t in range(len(times)):
        window = prices[max(t - 4, 0) : t + 1]
        if len(window) < 5 or np.isnan(window).any() or (window.std(axis=0) == 0).any():
            continue
        np.testing.assert_allclose(
            groups[0][1][t].reshape(3, 3), np.corrcoef(window.T), 1e-9, atol=1e-12
        )
        checked += 1
    assert checked > 10


def test_one_member_is_no_group():
    with pytest.raises(DefinitionError, match="at least two members are needed, got 1"):
        Group({"price": AsOf(PRICE)}, {"x": PRICE}, HOP, (("A",),), (TRADE,))
