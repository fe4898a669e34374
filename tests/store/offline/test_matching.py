"""Rows in order and times among them, against a sort of three keys and a search from the end."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from penstock.store.offline.matching import in_order, last_until

FAR = 2**62
TIMES = st.integers(0, 3) | st.integers(-FAR, FAR) | st.integers(0, 3).map(lambda i: FAR - i)
CODES = st.integers(0, 2) | st.integers(0, 2**32 - 1)


@given(st.lists(st.tuples(CODES, TIMES, TIMES), max_size=30))
def test_rows_are_in_order_however_far_apart_their_times_are(rows) -> None:
    code = np.array([row[0] for row in rows], np.uint32)
    when, created = (np.array([row[i] for row in rows], np.int64) for i in (1, 2))
    order = in_order(code, when, created)
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert [rows[i] for i in order] == sorted(rows)


@given(st.lists(st.integers(0, 9), max_size=12).map(sorted), st.data())
def test_a_time_is_found_between_two_places(times, data) -> None:
    place = st.integers(0, len(times))
    asked = data.draw(st.lists(st.tuples(st.integers(-1, 10), place, place), max_size=8))
    asked = [(at, min(a, b), max(a, b)) for at, a, b in asked]
    at, start, stop = (np.array([row[i] for row in asked], np.int64) for i in range(3))
    found = last_until(np.array(times, np.int64), at, start, stop)
    expected = [
        next((i for i in range(b - 1, a - 1, -1) if times[i] <= t), a - 1) for t, a, b in asked
    ]
    assert found.tolist() == expected
