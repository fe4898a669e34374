"""Admission: the watermark, waiting for stragglers, silence and the end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import DefinitionError
from penstock.events import Event, Trade
from penstock.streams.admission import BEGINNING, Admission


def event(time: int) -> Event:
    return Event.of(Trade, time=time, price=1.0, size=1.0, side=1)


def times(given_: object) -> list[tuple[int, int]]:
    if given_ is None:
        return []
    return [(rank, int(one["time"])) for rank, one in given_]  # type: ignore[attr-defined]


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.integers(0, 2), st.integers(0, 60)),
        st.tuples(st.just("idle"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("advance"), st.just(0), st.integers(0, 60)),
    ),
    max_size=40,
)


class ByDefinition:
    """What the docstring of the module says, over lists of everything that happened."""

    def __init__(self, streams: int, lateness: int, silences: list) -> None:
        self.streams, self.lateness, self.silences = streams, lateness, silences
        self.taken: list[tuple[int, int]] = []  # rank and time of what was not late
        self.quiet: set[int] = set()
        self.said: list[int] = []
        self.waiting: list[tuple[int, int, int]] = []
        self.arrivals = self.late = 0
        self.marks = [BEGINNING]

    def of(self, rank: int) -> list[int]:
        return [time for one, time in self.taken if one == rank]

    def silent(self, rank: int) -> bool:
        if rank in self.quiet:
            return True
        limit = self.silences[rank]
        if limit is None or not self.taken:
            return False
        newest = max(time for _, time in self.taken)
        return newest - max([*self.of(rank), self.taken[0][1]]) >= limit

    @property
    def watermark(self) -> int:
        loud = [rank for rank in range(self.streams) if not self.silent(rank)]
        if loud:
            known = [max(self.of(rank), default=None) for rank in loud]
            low = None if None in known else min(known)
        else:
            low = max((time for _, time in self.taken), default=None)
        now = max(self.said, default=BEGINNING)
        self.marks.append(now if low is None else max(now, low - self.lateness))
        return max(self.marks)

    def release(self, until: float) -> list[tuple[int, int]]:
        ready = sorted(item for item in self.waiting if item[0] < until)
        self.waiting = [item for item in self.waiting if item[0] >= until]
        return [(rank, time) for time, rank, _ in ready]

    def offer(self, rank: int, time: int) -> list[tuple[int, int]]:
        floor = max(self.said, default=BEGINNING)
        late = time < (self.watermark if self.lateness else floor)
        self.quiet.discard(rank)
        if late:
            self.late += 1
            return []
        self.taken.append((rank, time))
        if self.lateness == 0:
            return [(rank, time)]
        self.waiting.append((time, rank, self.arrivals))
        self.arrivals += 1
        return self.release(self.watermark)

    def idle(self, rank: int) -> list[tuple[int, int]]:
        self.quiet.add(rank)
        return self.release(self.watermark)

    def advance(self, time: int) -> list[tuple[int, int]]:
        self.said.append(time)
        return self.release(self.watermark)


SILENCES = st.lists(st.sampled_from([None, 1, 5, 20]), min_size=3, max_size=3)


@given(ACTIONS, st.sampled_from([0, 1, 10]), st.integers(1, 3), SILENCES, st.integers(0, 40))
def test_admission_follows_its_definition(actions, lateness, streams, silences, cut):
    silences = silences[:streams]
    made, wanted = (
        Admission(streams, lateness, silences),
        ByDefinition(streams, lateness, silences),
    )
    reached = BEGINNING
    for i, (action, rank, time) in enumerate(actions):
        if rank >= streams:
            continue
        if action == "offer":
            late = wanted.late
            got = made.offer(rank, event(time))
            assert times(got) == wanted.offer(rank, time)
            assert (got is None) == (wanted.late > late)
        elif action == "idle":
            assert times(made.idle(rank)) == wanted.idle(rank)
        else:
            assert times(made.advance(time)) == wanted.advance(time)
        assert made.watermark == wanted.watermark >= reached
        reached = made.watermark
        assert (made.late, len(made)) == (wanted.late, len(wanted.waiting))
        if i == cut:  # another one goes on from there
            state, waiting = json.loads(json.dumps(made.state())), made.waiting
            made = Admission(streams, lateness, silences)
            made.restore(state, waiting)
    assert times(made.close()) == wanted.release(float("inf"))
    assert len(made) == 0


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), max_size=40))
def test_stragglers_within_the_lateness_leave_in_order(jitter):
    # each event comes at most 9 after the latest of its stream
    made, admitted, offered, now = Admission(2, 10), [], 0, 100
    for rank, back in jitter:
        now += 3
        offered += 1
        admitted += times(made.offer(rank, event(now - back)))
    admitted += times(made.close())
    assert len(admitted) + made.late == offered
    if made.late == 0:
        assert admitted == sorted(admitted, key=lambda item: (item[1], item[0]))


def test_without_lateness_an_event_enters_at_once():
    made = Admission(2)
    assert times(made.offer(1, event(5))) == [(1, 5)]
    assert times(made.offer(0, event(3))) == [(0, 3)]
    assert (made.watermark, made.latest) == (3, 5)


def test_the_watermark_waits_for_a_stream_that_has_said_nothing():
    made = Admission(2, 1)
    assert times(made.offer(0, event(5))) == []
    assert made.watermark == BEGINNING
    assert times(made.idle(1)) == []
    assert made.watermark == 4
    assert times(made.offer(0, event(9))) == [(0, 5)]


def test_nothing_is_known_before_the_first_event():
    made = Admission(1, "1s")
    assert (made.latest, made.watermark, len(made)) == (None, BEGINNING, 0)
    assert times(made.close()) == []


def test_a_negative_lateness_is_refused():
    with pytest.raises(DefinitionError, match="lateness must not be negative, got -1"):
        Admission(1, -1)


def test_one_silent_stream_does_not_hold_the_others():
    made = Admission(2, 1, [None, 10])
    assert times(made.offer(1, event(100))) == []
    assert times(made.offer(0, event(103))) == []
    # the second stream is silent from 110 on, and heard again after
    assert times(made.offer(0, event(109))) == []
    assert times(made.offer(0, event(112))) == [(1, 100), (0, 103), (0, 109)]
    assert times(made.offer(1, event(111))) == []
    assert made.watermark == 111
    assert made.offer(1, event(110)) is None


def test_a_silence_must_be_positive():
    with pytest.raises(DefinitionError, match="idle_after must be positive, got 0"):
        Admission(1, 0, [0])
