"""Threads that stay on a processor."""

import os

import numpy as np
import pytest
from tests.engine.feeds import assert_bits, by_key, feed
from tests.engine.test_eviction import BOTH, EVENTS, engine

from penstock.core.errors import DefinitionError

ALLOWED = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
two = pytest.mark.skipif(len(ALLOWED) < 2, reason="two processors of Linux are needed")


@two
def test_each_thread_stays_on_its_processor_and_bits_are_the_same():
    pinned = engine(threads=2, affinity=ALLOWED[:2], capacity=64)
    rows = by_key(feed(pinned, EVENTS))
    assert_bits(rows, by_key(feed(engine(BOTH, capacity=64), EVENTS)))
    where = list(pinned._pool.map(lambda _: os.sched_getaffinity(0), range(8)))
    assert all(len(places) == 1 and places <= set(ALLOWED[:2]) for places in where)
    assert np.array_equal(sorted(os.sched_getaffinity(0)), ALLOWED)


@pytest.mark.parametrize(
    "options",
    [{"affinity": (0,)}, {"threads": 2, "affinity": (0,)}, {"threads": 2, "affinity": (0, 9_999)}],
)
def test_processors_that_do_not_fit_are_refused(options):
    with pytest.raises(DefinitionError, match="affinity"):
        engine(**options)
