"""The files of a date, by their names."""

import datetime as dt

import pytest
from tests.jobs.levels.hand import empty

from penstock.core.errors import DataError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.inputs import find

DAY = dt.date(2025, 12, 16)


def test_files_are_found_by_date_and_schema_wherever_they_lie(tmp_path):
    empty(
        tmp_path, "es/glbx-mdp3-20251216.trades.dbn.zst", "es/glbx-mdp3-20251216.mbp-10.dbn.zst",
        "bronze/spy_options_2025-12-16.parquet", "bronze/spy_option_quotes_2025-12-16.parquet",
        "bronze/spy_open_interest_2025-12-16.parquet", "spy_quotes_20251216.tbbo.dbn.zst",
        "spy_trades_20251216.parquet", "glbx-mdp3-20251217.mbo.dbn", "readme.txt",
        "es.mbo.dbn.zst", "opra-pillar-20251216.trades.dbn.zst",
    )  # fmt: skip
    first, second = find(tmp_path)
    assert (first.date, second.date) == (DAY, dt.date(2025, 12, 17))
    assert {role: [p.name for p in paths] for role, paths in first.paths.items()} == {
        "trades": ["glbx-mdp3-20251216.trades.dbn.zst"],
        "books": ["glbx-mdp3-20251216.mbp-10.dbn.zst"],
        "options": ["spy_options_2025-12-16.parquet"],
        "option_quotes": ["spy_option_quotes_2025-12-16.parquet"],
        "open_interest": ["spy_open_interest_2025-12-16.parquet"],
        "spy_quotes": ["spy_quotes_20251216.tbbo.dbn.zst"],
        "spy_trades": ["spy_trades_20251216.parquet"],
    }
    assert second.kind == "mbo"
    assert second.trades == second.books  # single orders' messages hold the trades
    assert first.missing == [] == second.missing
    assert [lack.partition(":")[0] for lack in second.lacking(Parameters())] == [
        "no option trades", "no quotes of the underlying",
    ]  # fmt: skip


def test_one_kind_of_book_is_read_and_the_other_is_said(tmp_path):
    empty(tmp_path, "es-20251216.mbp-10.dbn.zst", "es-20251216.mbo.dbn.zst")
    (found,) = find(tmp_path)
    assert (found.kind, [path.name for path, _ in found.unused]) == (
        "mbp-10",
        ["es-20251216.mbo.dbn.zst"],
    )
    (other,) = find(tmp_path, book="mbo")
    assert (other.kind, [path.name for path in other.books]) == ("mbo", ["es-20251216.mbo.dbn.zst"])


def test_the_first_directory_wins(tmp_path):
    name = "spy_options_2025-12-16.parquet"
    empty(tmp_path, f"a/{name}", f"b/{name}")
    (found,) = find(tmp_path / "a", tmp_path / "b")
    assert found.options == (tmp_path / "a" / name,)


def test_what_a_date_lacks_is_said(tmp_path):
    names = (
        "options_2025-12-17",
        "quotes_2025-12-18",
        "trades_2025-12-19",
        "open_interest_2025-12-22",
    )
    empty(tmp_path, "es-20251216.trades.dbn.zst", *(f"spy_{name}.parquet" for name in names))
    found = find(tmp_path)
    assert [each.missing for each in found] == [
        *[[]] * 4,
        ["trades of futures or options, nor the underlying's"],
    ]
    assert [each.priced_by for each in found] == [
        "trades", "options", "spy_quotes", "spy_trades", "",
    ]  # fmt: skip
    said = [[lack.partition(":")[0] for lack in each.lacking(Parameters())] for each in found[:4]]
    assert said == [
        ["no order book", "no option trades", "no quotes of the underlying"],
        ["no futures", "no option quotes"],
        ["no futures", "no option trades"],
        ["no futures", "no option trades"],
    ]


def test_a_date_may_be_seen_without_its_futures(tmp_path):
    empty(
        tmp_path, "es-20251216.trades.dbn", "es-20251216.mbo.dbn", "spy_trades_2025-12-16.parquet"
    )
    (found,) = find(tmp_path)
    alone = found.without_futures()
    assert (found.priced_by, alone.priced_by) == ("trades", "spy_trades")
    assert (alone.trades, alone.books) == ((), ())
    assert [path.name for path, _ in alone.unused] == [
        "es-20251216.trades.dbn",
        "es-20251216.mbo.dbn",
    ]


@pytest.mark.parametrize(
    ("parameters", "null"),
    [
        (Parameters(), None),
        (Parameters(wall_mode="oi"), "walls"),
        (Parameters(flip_from="oi"), "the gamma flip"),
        (Parameters(wall_mode="oi", flip_from="oi"), "walls and the gamma flip"),
    ],
    ids=["neither", "walls", "flip", "both"],
)
def test_open_interest_is_lacking_only_where_it_is_read(tmp_path, parameters, null):
    names = (
        "es-20251216.mbp-10.dbn.zst",
        "spy_options_20251216.parquet",
        "spy_quotes_20251216.parquet",
    )
    (found,) = find(empty(tmp_path, *names))
    told = [lack for lack in found.lacking(parameters) if "open interest" in lack]
    assert told == ([] if null is None else [f"no open interest of options: {null} by it are null"])
    (whole,) = find(empty(tmp_path, "spy_open_interest_20251216.parquet"))
    assert not any("open interest" in lack for lack in whole.lacking(parameters))


def test_a_directory_that_is_none_is_refused(tmp_path):
    with pytest.raises(DataError, match="must be a directory"):
        find(tmp_path / "nowhere")
