"""Fits in threads: the bits of fits that are done at once, however long they take."""

import threading

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import assert_bits, by_key, join
from tests.engine.test_refit import BLOCK, CALM, MOMENTS, PRICE, SIZE, cells, engine

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.core.model import Model
from penstock.events import Block, Event, Keys, Trade
from penstock.ops import AsOf, Cell, Fitted, WindowSum

COLUMNS = {
    **cells(Fitted(PRICE, MOMENTS, window=50, every=10, delay=35)),
    "calm": Fitted(SIZE, CALM, window=20, every=7, delay=3),
    "slow": Cell(Fitted(Fitted(PRICE, CALM, window=5, every=5), MOMENTS, window=9, every=3), 1),
    "sum": WindowSum(SIZE, "2s"),
}
SOME = BLOCK.take(slice(0, 700))
WHOLE = by_key(engine(COLUMNS).push_block(SOME))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("capacity", [1, 7, 1_024])
def test_fits_in_threads_have_the_bits_of_fits_at_once(capacity, threads):
    made = engine(COLUMNS, capacity=capacity, refit_threads=threads)
    assert_bits(by_key(made.push_block(SOME)), WHOLE)
    pushed = feeds.push(engine(COLUMNS, refit_threads=threads), SOME)
    assert_bits(pushed, WHOLE)
    assert made.snapshot() == finished(capacity).snapshot()


def finished(capacity: int):
    made = engine(COLUMNS, capacity=capacity)
    made.push_block(SOME)
    return made


class Held:
    """A fit that does not end until it is let go, and says how often the engine had to wait for one."""

    def __init__(self) -> None:
        self.go, self.began, self.threads = threading.Event(), 0, set()
        self.model = Model("held.v1", 1, self.fit)

    def fit(self, window: np.ndarray) -> np.ndarray:
        self.began += 1
        self.threads.add(threading.current_thread().name)
        assert self.go.wait(60)
        return np.array([window.mean()])


def test_the_feed_goes_on_while_a_fit_runs_and_waits_where_it_holds():
    held = Held()
    node = Fitted(PRICE, held.model, window=10, every=100, delay=20)
    made = engine({"p": node}, refit_threads=1)
    events = list(BLOCK.take(slice(0, 130)))
    for event in events[:119]:  # the fit of tick 100 holds from tick 120 on
        made.push(event)
    assert held.began == 1
    assert held.threads == {"refit_0"}
    timer = threading.Timer(0.2, held.go.set)
    timer.start()
    row = made.push(events[119])
    assert held.go.is_set()
    assert row[0] == BLOCK.columns["price"][90:100].mean()
    timer.join()


def test_a_snapshot_a_twin_and_a_reload_wait_for_what_is_under_way():
    node = Fitted(PRICE, MOMENTS, window=50, every=10, delay=130)
    columns = cells(node)
    wanted = by_key(engine(columns).push_block(SOME))
    for cut in (49, 55, 200, 333):
        first = engine(columns, refit_threads=2)
        rows = by_key(first.push_block(SOME.take(slice(0, cut))))
        plain = engine(columns)
        plain.push_block(SOME.take(slice(0, cut)))
        assert first.snapshot() == plain.snapshot()
        ahead = first.peek(Event(SOME, cut))
        second = engine(columns, refit_threads=1, capacity=7)
        second.restore(first.snapshot())
        rest = SOME.take(slice(cut, None))
        after = by_key(second.push_block(rest))
        assert np.array_equal(after[0][1][0], ahead, equal_nan=True)
        assert_bits(join(rows, after), wanted)
        first.reload(engine({**columns, "sum": WindowSum(SIZE, "2s")}).plan)
        went_on = by_key(first.push_block(rest))
        assert np.array_equal(went_on[0][1][:, :2], after[0][1], equal_nan=True)


def test_keys_that_grow_are_evicted_or_run_in_threads_keep_their_fits():
    both = Block(Trade, {**SOME.columns, "key": np.arange(len(SOME)) % 3})
    columns = cells(Fitted(PRICE, MOMENTS, window=50, every=10, delay=40)) | {
        "long": WindowSum(SIZE, "1h")
    }
    wanted = by_key(engine(columns).push_block(both))
    for options in (
        {"threads": 2, "capacity": 64},
        {"maximum_keys": 2, "on_keys": "evict", "spill": {}},
        {},
    ):
        assert_bits(by_key(engine(columns, refit_threads=2, **options).push_block(both)), wanted)


def test_a_fault_of_a_fit_reaches_the_caller_where_it_holds():
    def broken(window: np.ndarray) -> np.ndarray:
        raise ZeroDivisionError

    node = Fitted(PRICE, Model("broken.v1", 1, broken), window=5, every=5, delay=3)
    made = engine(cells(node), refit_threads=1)
    with pytest.raises(ZeroDivisionError):
        made.push_block(BLOCK)


def test_a_profile_keeps_the_threads():
    made = engine(COLUMNS, refit_threads=1)
    with made.profile() as profile:
        rows = by_key(made.push_block(SOME.take(slice(0, 300))))
    assert profile.report()
    assert_bits(join(rows, by_key(made.push_block(SOME.take(slice(300, None))))), WHOLE)


def test_history_live_replay_and_parity_agree_with_fits_in_threads(tmp_path):
    node = Fitted(PRICE, MOMENTS, window=50, every=10, delay=4)
    view = ps.View("refits", {"mean": AsOf(Cell(node, 0)), "sum": WindowSum(SIZE, "2s")}, on="every:1s")  # fmt: skip
    source = feeds.Memory((SOME,), size=300)
    frame = ps.run(view, source)
    keys = Keys()
    keys.number(("A",))
    live = ps.live(
        view, list(SOME), keys=keys, rules=None, refit_threads=2, journal=tmp_path / "journal"
    )
    rows = [(row.ts, row.values.copy()) for row in live]
    assert [ts for ts, _ in rows] == frame["ts"].to_list()
    got = np.stack([values for _, values in rows])
    assert np.array_equal(got, frame.select("mean", "sum").to_numpy(), equal_nan=True)
    keys = Keys()
    keys.number(("A",))
    found = ps.parity(view, tmp_path / "journal", source, keys=keys, rules=None, refit_threads=1)
    assert found, found
    assert found.rows == len(rows)


def test_a_negative_number_of_threads_is_refused():
    with pytest.raises(DefinitionError, match="refit_threads must not be negative, got -1"):
        engine(COLUMNS, refit_threads=-1)
