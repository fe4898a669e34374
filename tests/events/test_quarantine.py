"""Bad rows are counted, kept with their bytes, and stop a run when that is declared."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import DataError, DefinitionError
from penstock.events import Quarantine, read_quarantine


def test_rows_are_counted_by_source_and_reason():
    quarantine = Quarantine()
    quarantine.add("a", "NaN price", [1, 2], [b"x", b"y"], ["nan", "nan"])
    quarantine.add("a", "negative size", [3], [b"z"], ["-1"])
    quarantine.add("b", "NaN price", [1], [b"x"], ["nan"])
    assert quarantine.counts == {
        ("a", "NaN price"): 2,
        ("a", "negative size"): 1,
        ("b", "NaN price"): 1,
    }
    assert (quarantine.total, quarantine.bad("a")) == (4, 3)


@given(
    st.lists(
        st.tuples(st.text(max_size=5), st.integers(0, 2**62), st.binary(max_size=20)), max_size=30
    )
)
def test_the_file_gives_every_row_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("quarantine") / "bad.arrow"
    with Quarantine(path) as quarantine:
        for reason, row, raw in rows:
            quarantine.add("s", reason, [row], [raw], [reason])
    kept = read_quarantine(path).to_pylist()
    assert [(r["reason"], r["row"], r["raw"]) for r in kept] == rows


def test_a_killed_writer_leaves_a_file_that_reads_up_to_its_last_batch(tmp_path):
    path = tmp_path / "bad.arrow"
    quarantine = Quarantine(path)
    for row in range(3):
        quarantine.add("s", "NaN price", [row], [b"bytes"], ["nan"])
    data = path.read_bytes()
    assert read_quarantine(path).num_rows == 3
    path.write_bytes(data[:-5])
    assert read_quarantine(path)["row"].to_pylist() == [0, 1]
    quarantine.close()


def test_the_policy_stop_keeps_the_row_and_raises(tmp_path):
    path = tmp_path / "bad.arrow"
    with (
        pytest.raises(DataError, match="s: row 7 must be good, got negative size: -3"),
        Quarantine(path, policy="stop") as quarantine,
    ):
        quarantine.add("s", "negative size", [7], [b"bytes"], ["-3"])
    assert read_quarantine(path)["row"].to_pylist() == [7]


def test_a_rate_stops_above_its_share_of_a_sources_rows():
    quarantine = Quarantine(policy=0.01)
    quarantine.add("s", "NaN price", [1] * 10, [b""] * 10, ["nan"] * 10)
    quarantine.saw("s", 1_000)
    quarantine.add("s", "NaN price", [1], [b""], ["nan"])
    with pytest.raises(DataError, match=r"at most 1.00% .* got 11 of 1001 \(NaN price 11\)"):
        quarantine.saw("s", 1)


def test_one_bad_row_of_a_short_source_is_below_any_rate():
    quarantine = Quarantine(policy=0.01)
    quarantine.add("s", "NaN price", [1], [b""], ["nan"])
    quarantine.saw("s", 2)
    quarantine.ended("s")


def test_a_rate_judges_a_short_source_at_its_end():
    quarantine = Quarantine(policy=0.5)
    quarantine.add("s", "NaN price", [1, 2, 3], [b""] * 3, ["nan"] * 3)
    quarantine.saw("s", 4)
    with pytest.raises(DataError, match="got 3 of 4"):
        quarantine.ended("s")


@pytest.mark.parametrize("policy", ["stopp", 0.0, 1.0, -1.0])
def test_an_unknown_policy_is_refused(policy):
    with pytest.raises(DefinitionError, match="Quarantine"):
        Quarantine(policy=policy)


def test_memory_does_not_grow_with_the_rows_kept(tmp_path):
    with Quarantine(tmp_path / "bad.arrow") as quarantine:
        quarantine.add("s", "NaN price", [0], [b"x" * 1_000], ["nan"])
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for row in range(2_000):
            quarantine.add("s", "NaN price", [row], [b"x" * 1_000], ["nan"])
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    assert grown < 100_000
