"""Merging sources, against sorting everything at once."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.schema import EventType, Field
from penstock.events import Block, Keys
from penstock.events.quarantine import Quarantine
from penstock.streams.merge import merge

TYPES = tuple(
    EventType(name, "A number.", (Field("x", "1"),)) for name in ("first", "second", "third")
)


@dataclass
class Chunked:
    """Events of some types, in chunks; ``read`` counts the chunks that were asked for."""

    types: tuple[EventType, ...]
    parts: list[tuple[Block, ...]]
    read: int = field(default=0, init=False)
    name: str = "chunked"

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        for part in self.parts:
            self.read += 1
            yield part

    def content_hash(self) -> str:
        return "0" * 64


def block(type_: EventType, events: list[tuple[int, int]]) -> Block:
    return Block.of(type_, time=[t for t, _ in events], x=[x for _, x in events])


@st.composite
def sources(draw: st.DrawFn) -> tuple[list, list]:
    """Sources with the ranks of their types, and (time, rank, source, order, x) of all their events."""
    ranks = dict(zip(TYPES, draw(st.permutations([0, 1, 2])), strict=True))
    made, events, number = [], [], 0
    for source in range(draw(st.integers(1, 3))):
        types = tuple(draw(st.sets(st.sampled_from(range(3)), min_size=1)))
        parts, low = [], 0
        for _ in range(draw(st.integers(0, 6))):
            high = low + draw(st.integers(0, 4))
            blocks = []
            for kind in types:
                times = sorted(draw(st.lists(st.integers(low, high), max_size=6)))
                rows = [(time, number + i) for i, time in enumerate(times)]
                number += len(rows)
                blocks.append(block(TYPES[kind], rows))
                events += [(t, ranks[TYPES[kind]], source, x) for t, x in rows]
            parts.append(tuple(blocks))
            low = high
        used = {TYPES[kind]: ranks[TYPES[kind]] for kind in types}
        made.append((Chunked(tuple(used), parts), used))
    return made, events


def taken(merged) -> list[tuple[int, int, int]]:
    """(time, rank, x) of every element."""
    found = []
    for stream, row in zip(merged.streams.tolist(), merged.rows.tolist(), strict=True):
        columns = merged.blocks[stream].columns
        found.append((int(columns["time"][row]), stream, int(columns["x"][row])))
    return found


@given(sources(), st.integers(0, 20))
def test_a_merge_is_a_stable_sort_by_time_and_rank(given_, a_key):
    made, events = given_
    keys = Keys()
    keys.number(("A",))
    parts = [taken(merged) for merged in merge(made, keys, Quarantine(), a_key=a_key)]
    got = [element for part in parts for element in part]
    assert got == [(t, rank, x) for t, rank, _, x in sorted(events)]


@given(sources())
def test_no_time_is_split_between_two_parts_that_are_gathered(given_):
    made, _ = given_
    parts = [taken(merged) for merged in merge(made, Keys(), Quarantine(), a_key=1)]
    for one, two in itertools.pairwise(parts):
        assert one[-1][0] < two[0][0]


def test_blocks_of_distinct_times_are_handed_on_without_a_copy():
    books = [block(TYPES[1], [(10 * t + i, t) for i in range(10)]) for t in range(5)]
    trades = [block(TYPES[0], [(25 * t, t)]) for t in range(3)]
    ranks = [
        (Chunked(TYPES[1:2], [(each,) for each in books]), {TYPES[1]: 1}),
        (Chunked(TYPES[:1], [(each,) for each in trades]), {TYPES[0]: 0}),
    ]
    for merged in merge(ranks, Keys(), Quarantine()):
        if 1 in merged.blocks:
            given_ = merged.blocks[1].columns["x"]
            assert any(np.shares_memory(given_, each.columns["x"]) for each in books)


@given(sources())
def test_every_row_of_every_block_is_given_once(given_):
    made, _ = given_
    for merged in merge(made, Keys(), Quarantine()):
        for stream, part in merged.blocks.items():
            rows = np.sort(merged.rows[merged.streams == stream])
            assert rows.tolist() == list(range(len(part)))


def test_a_source_far_ahead_is_not_read_on():
    slow = Chunked(TYPES[:1], [(block(TYPES[0], [(t, t)]),) for t in range(100)])
    fast = Chunked(TYPES[1:2], [(block(TYPES[1], [(10 * t, t)]),) for t in range(100)])
    ranks = [(slow, {TYPES[0]: 0}), (fast, {TYPES[1]: 1})]
    for merged in merge(ranks, Keys(), Quarantine()):
        last = taken(merged)[-1][0]
        assert fast.read <= last // 10 + 3
        assert slow.read <= last + 3


def test_parts_have_so_many_events_of_each_key_but_for_the_last():
    one = Chunked(TYPES[:1], [(block(TYPES[0], [(t, t)]),) for t in range(100)])
    keys = Keys()
    keys.number_all([("A",), ("B",), ("C",)])
    parts = [taken(merged) for merged in merge([(one, {TYPES[0]: 0})], keys, Quarantine(), a_key=5)]
    # the latest event waits, since one of its time may follow
    assert [len(part) for part in parts] == [14] * 7 + [2]


def test_types_without_a_rank_are_left_out():
    both = Chunked(TYPES[:2], [(block(TYPES[0], [(1, 1)]), block(TYPES[1], [(2, 2)]))])
    (merged,) = merge([(both, {TYPES[1]: 0})], Keys(), Quarantine())
    assert taken(merged) == [(2, 0, 2)]


def test_sources_without_events_give_nothing():
    empty = Chunked(TYPES[:1], [(block(TYPES[0], []),)] * 3)
    nothing = Chunked(TYPES[:1], [])
    assert (
        list(merge([(empty, {TYPES[0]: 0}), (nothing, {TYPES[0]: 0})], Keys(), Quarantine())) == []
    )
    assert list(merge([], Keys(), Quarantine())) == []
