"""The gold tables: what is written is read back with its types, and no label can become a feature."""

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from tests.jobs.levels.hand import outcomes, touches

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.events import Trade
from penstock.events.readers import Mapping, ParquetSource, Time
from penstock.jobs.levels import gold
from penstock.jobs.levels.columns import COLUMNS, DOCUMENTED, EVENT_ID, LABELS

DAY = dt.date(2025, 12, 16)


def test_the_document_has_51_columns_and_4_labels_and_each_has_a_unit():
    assert len(DOCUMENTED) == 51
    assert [column.name for column in LABELS] == [
        "outcome", "future_price_5min", "excursion_max", "excursion_min",
    ]  # fmt: skip
    names = [column.name for column in (*COLUMNS, *LABELS)]
    assert len(set(names)) == len(names)
    assert all(column.unit and column.says for column in (*COLUMNS, *LABELS))


def test_a_date_is_read_back_with_its_types_units_and_lineage(tmp_path):
    signals = touches(
        2, level_kind=["PM_HIGH", "ROUND"], direction=["UP", "DOWN"], spot=[600.5, float("nan")]
    )
    paths = gold.write_date(tmp_path, DAY, (signals, outcomes(signals, "BREAK", None)), {"a": 1})
    found, labels = gold.read_date(tmp_path, DAY)
    assert found.schema == {column.name: column.dtype for column in COLUMNS}
    assert labels.schema == {column.name: column.dtype for column in (EVENT_ID, *LABELS)}
    assert found["spot"].to_list() == [600.5, None]
    assert found["level_kind"].to_list() == ["PM_HIGH", "ROUND"]
    assert labels["outcome"].to_list() == ["BREAK", None]
    schema = pq.read_schema(paths[0])
    assert json.loads(schema.metadata[b"penstock"]) == {"a": 1}
    assert schema.field("churn").metadata[b"unit"] == b"contracts"
    assert pq.ParquetFile(paths[0]).metadata.row_group(0).column(0).compression == "ZSTD"


def test_no_touches_are_a_table_without_rows(tmp_path):
    gold.write_date(tmp_path, DAY, (touches(0), outcomes(touches(0))), {})
    assert gold.read_date(tmp_path, DAY)[0].height == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.drop("spot"), "'spot'"),
        (lambda s: s.with_columns(extra=1), "'extra'"),
        (lambda s: s.with_columns(direction=pl.lit("LEFT")), "LEFT"),
        (lambda s: s.with_columns(event_id=pl.lit("same")), "once"),
        (lambda s: s.with_columns(event_id=pl.col("event_id") + "x"), "one row"),
    ],
)
def test_rows_that_are_none_are_refused_and_nothing_is_written(tmp_path, change, says):
    signals = touches(2, direction=["UP", "DOWN"])
    with pytest.raises(DefinitionError, match=says):
        gold.write_date(tmp_path, DAY, (change(signals), outcomes(signals)), {})
    assert list(tmp_path.rglob("*.parquet*")) == []


def test_dates_are_joined_with_their_labels(tmp_path):
    for day, outcome in ((17, "BOUNCE"), (16, "BREAK")):
        date = dt.date(2025, 12, day)
        signals = touches(1, str(date))
        gold.write_date(tmp_path, date, (signals, outcomes(signals, outcome)), {})
    path, rows = gold.aggregate(tmp_path, [dt.date(2025, 12, 17), DAY], {})
    found = pl.read_parquet(path)
    assert rows == 2
    assert found["date"].to_list() == ["2025-12-16", "2025-12-17"]
    assert found["outcome"].to_list() == ["BREAK", "BOUNCE"]
    assert found.columns == [column.name for column in (*COLUMNS, *LABELS)]


def test_no_feature_can_be_made_of_a_file_with_labels(tmp_path):
    signals = touches(1, spot=[600.0])
    touched, labels = gold.write_date(tmp_path, DAY, (signals, outcomes(signals, "BREAK")), {})
    joined, _ = gold.aggregate(tmp_path, [DAY], {})
    as_trades = Mapping(
        Trade,
        columns={"price": "spot", "size": "spot"},
        time=Time("ts_event_ns", "ns", "UTC"),
    )
    assert ParquetSource(touched, as_trades).types == (Trade,)
    for path in (labels, joined):
        with pytest.raises(DefinitionError, match=r"no labels, got .*outcome"):
            ParquetSource(path, as_trades)
    view = ps.View("leak", {"price": ps.trade.price}, on="trade")
    with pytest.raises(DefinitionError, match="no labels"):
        ps.run(
            view,
            ps.open_source(
                joined, type="trade", mapping=["time=ts_event_ns", "price=spot", "size=churn"]
            ),
        )


def test_the_page_says_of_each_column_its_unit_and_meaning():
    page = (Path(__file__).resolve().parents[3] / "docs/howto/levels.md").read_text()
    lines = [f" | {c.unit} | {c.says} |" for c in (*COLUMNS, *LABELS)]
    missing = [c.name for c, line in zip((*COLUMNS, *LABELS), lines, strict=True)
               if not any(x.startswith(f"| `{c.name}` |") and x.endswith(line) for x in page.splitlines())]  # fmt: skip
    assert missing == []
