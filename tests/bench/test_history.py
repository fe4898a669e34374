"""The figures of history have their shape, and the joins that are measured beside each other give the same."""

import pytest

from penstock.bench.history import AT, FEW, asked, measure_history, rows, schema, wanted
from penstock.bench.mirror import measure_mirror
from penstock.bench.servers import NotInstalledError
from penstock.bench.store import measured
from penstock.store.offline.history import read_history
from penstock.store.offline.lake import Lake


def test_history_is_measured_in_writes_joins_and_memory():
    write, join, out_of_core = measure_history(quick=True)
    assert [write["case"], join["case"]] == ["parquet_write", "history_join"]
    assert join["peers"]["duckdb"]["rows"] == join["entities"]
    assert out_of_core["case"] == "history_out_of_core"
    assert out_of_core["peak_bytes"] > 0
    for peer in out_of_core["peers"].values():
        assert "absent" in peer or (peer["rows"], peer["peak_bytes"] > 0) == (500, True)


def test_the_mirror_is_measured_with_new_rows_and_corrected_ones():
    (found,) = measured(measure_mirror, quick=True)
    if "absent" in found:
        pytest.skip(found["absent"])
    assert found["case"] == "postgres_history_write"
    assert min(found["rows_per_second"], found["corrected_rows_per_second"]) > 0


def test_the_joins_that_are_compared_agree(tmp_path):
    lake, view, frame, entities = Lake(tmp_path), schema(FEW), rows(3_000, FEW, 2), asked(400, 2)
    lake.write(view, frame)
    ours = read_history(lake, entities, [wanted(view)], known=False)
    order = entities.with_row_index("row").sort(AT)
    theirs = order.join_asof(
        frame.sort("ts"), left_on=AT, right_on="ts", by="driver", check_sortedness=False
    )
    assert ours.equals(theirs.sort("row").select(view.names))
    assert 0 < ours["f0"].null_count() < entities.height


def test_what_is_not_installed_is_said_and_not_measured():
    def measure_something(*, quick: bool) -> list[dict[str, object]]:
        raise NotInstalledError("no server")

    assert measured(measure_something, quick=True) == [{"case": "something", "absent": "no server"}]
