"""The ring between a writer and a reader: nothing is lost unseen, and nothing is read in pieces."""

import multiprocessing
import threading
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.core.errors import DefinitionError
from penstock.core.native import available
from penstock.streams.ring import TAIL, Ring

RECORDS = 10_000_000 if available() else 20_000
WIDTH = 5


def records(start: int, count: int, width: int = WIDTH) -> np.ndarray:
    """Records in which every cell follows from the number: a torn one shows."""
    numbers = np.arange(start, start + count)
    return numbers[:, None] * (1 + np.arange(width))


@settings(max_examples=60)
@given(
    slots=st.sampled_from([2, 4, 16]),
    full=st.sampled_from(["wait", "drop"]),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=40),
)
def test_one_after_the_other_it_is_a_queue_with_a_limit(slots, full, steps):
    ring, queue, written, lost = Ring(slots, WIDTH, full=full), [], 0, 0
    for push, count in steps:
        if push:
            taken = ring.push(records(written, count))
            free = slots - len(queue)
            assert taken == (min(count, free) if full == "wait" else count)
            queue += range(written, written + taken)
            written += taken
            lost += max(len(queue) - slots, 0)
            queue = queue[-slots:]
        else:
            got = ring.pop(count)
            want, queue = queue[:count], queue[count:]
            np.testing.assert_array_equal(
                got, np.array([records(n, 1)[0] for n in want]).reshape(-1, WIDTH)
            )
    assert len(ring) == len(queue)
    assert ring.pushed == written
    ring.pop(slots)
    assert ring.lost == lost


def produce(ring: Ring, total: int, seed: int) -> None:
    rng, start = np.random.default_rng(seed), 0
    while start < total:
        count = min(int(rng.integers(1, 3 * ring.slots)), total - start)
        assert ring.put(records(start, count)) == count
        start += count
    ring.close()


def consume(ring: Ring, seed: int) -> tuple[np.ndarray, bool]:
    """The numbers read, and whether every record was whole."""
    rng, found, whole = np.random.default_rng(seed), [], True
    while not ring.ended:
        got = ring.pop(int(rng.integers(1, 2 * ring.slots)))
        whole &= bool((got == got[:, :1] * (1 + np.arange(WIDTH))).all())
        found.append(got[:, 0].copy())
    return np.concatenate(found), whole


@pytest.mark.parametrize("slots", [64, 4096])
def test_two_threads_lose_nothing_when_the_writer_waits(slots):
    total = RECORDS if slots == 4096 else RECORDS // 40
    ring = Ring(slots, WIDTH)
    writer = threading.Thread(target=produce, args=(ring, total, 1))
    writer.start()
    numbers, whole = consume(ring, 2)
    writer.join()
    assert whole
    assert np.array_equal(numbers, np.arange(total))
    assert ring.lost == 0


@pytest.mark.parametrize("slots", [64, 4096])
def test_two_threads_count_exactly_what_was_dropped(slots):
    ring = Ring(slots, WIDTH, full="drop")
    writer = threading.Thread(target=produce, args=(ring, RECORDS // 2, 3))
    writer.start()
    numbers, whole = consume(ring, 4)
    writer.join()
    assert whole
    assert (np.diff(numbers) > 0).all()
    assert len(numbers) + ring.lost == RECORDS // 2
    assert numbers[-1] == RECORDS // 2 - 1


def from_another_process(name: str, size: int, total: int) -> None:
    memory = SharedMemory(name)
    cells = np.ndarray(size, np.int64, memory.buf)
    produce(Ring.attach(cells), total, 5)
    del cells
    memory.close()


def test_a_writer_in_another_process_loses_nothing():
    size, total = Ring.size(1024, WIDTH), 200_000 if available() else 2_000
    memory = SharedMemory(create=True, size=8 * size)
    ring = Ring(1024, WIDTH, cells=np.ndarray(size, np.int64, memory.buf))
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=from_another_process, args=(memory.name, size, total))
    writer.start()
    numbers, whole = consume(ring, 6)
    writer.join()
    assert writer.exitcode == 0
    assert whole
    assert np.array_equal(numbers, np.arange(total))
    del ring
    memory.close()
    memory.unlink()


def test_a_record_that_is_being_overwritten_is_not_read():
    """The writer has begun on slot 0 and not ended: its stamp is odd."""
    ring = Ring(4, 1, full="drop")
    ring.push(np.arange(4).reshape(4, 1))
    ring._cells[48] = 2 * 4 + 1
    ring._cells[49] = 99
    assert ring.pop(4).ravel().tolist() == [1, 2, 3]
    assert ring.lost == 1
    assert ring._cells[TAIL] == 4


def test_a_writer_that_is_told_to_stop_gives_up_waiting():
    ring = Ring(4, 1)
    assert ring.put(np.arange(9).reshape(9, 1), stop=lambda: True) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slots": 6, "width": 1}, "slots must be a power of two from 2 up, got 6"),
        ({"slots": 4, "width": 0}, "width must be at least 1, got 0"),
        ({"slots": 4, "width": 1, "full": "panic"}, "full must be 'wait' or 'drop', got 'panic'"),
        (
            {"slots": 4, "width": 1, "cells": np.zeros(3, np.int64)},
            "cells of int64 are needed, got 3",
        ),
    ],
)
def test_a_ring_that_cannot_be_is_refused(options, message):
    with pytest.raises(DefinitionError, match=message):
        Ring(**options)


def test_records_of_another_width_are_refused():
    with pytest.raises(DefinitionError, match="must be int64 of 2 cells"):
        Ring(4, 2).push(np.zeros((1, 3), np.int64))
    with pytest.raises(DefinitionError, match="in which a ring was made"):
        Ring.attach(np.zeros(100, np.int64))
