"""Two versions of a view side by side."""

import numpy as np
import polars as pl
import pytest

from penstock.core.errors import DefinitionError
from penstock.jobs.feature_store.comparison import compare

ROWS = pl.DataFrame(
    {
        "k": ["a", "a", "b", "b", "c"], "ts": [1, 2, 1, 2, 1], "created": [9] * 5,
        "x": [1.0, 2.0, None, 4.0, float("nan")], "gone": [0.0] * 5, "word": ["u", None, "v", "w", "u"],
    }
)  # fmt: skip


def test_equal_versions_are_equal_in_every_row() -> None:
    found = compare("v@v1", "v@v2", ROWS, ROWS.with_columns(created=pl.lit(5)), ["k"])
    assert found.rows == {"only_one": 0, "only_two": 0, "both": 5}
    assert {name: c.equal for name, c in found.columns.items()} == {"x": 5, "gone": 5, "word": 5}
    assert found.columns["x"].difference["max"] == 0
    assert found.to_df().height == 3
    assert found.latency["v@v2"] == pytest.approx(
        {"p50": 4e-6, "p95": 4e-6, "p99": 4e-6, "max": 4e-6}
    )


def test_what_differs_is_told_by_column() -> None:
    other = (
        ROWS.head(4)
        .drop("gone")
        .with_columns(
            x=pl.Series([1.0, 2.5, 3.0, 4.0]), more=pl.lit(1), word=pl.Series(["u", "t", None, "w"])
        )
    )
    found = compare("v@v1", "v@v2", ROWS, other, ["k"])
    assert found.rows == {"only_one": 1, "only_two": 0, "both": 4}
    assert (found.added, found.removed) == (("more",), ("gone",))
    x = found.columns["x"]
    assert (x.rows, x.equal, x.only_one, x.only_two) == (4, 2, 0, 1)
    assert x.difference["max"] == 0.5
    assert x.difference["p50"] == 0.0
    first, second = np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.5, 4.0])
    assert x.shift == pytest.approx((second.mean() - first.mean()) / first.std())
    assert x.correlation == pytest.approx(np.corrcoef(first, second)[0, 1])
    word = found.columns["word"]
    assert (word.equal, word.only_one, word.only_two) == (2, 1, 1)


def test_versions_without_rows_in_common_have_nothing_to_say() -> None:
    found = compare("v@v1", "v@v2", ROWS, ROWS.clear(), ["k"])
    assert found.rows == {"only_one": 5, "only_two": 0, "both": 0}
    assert found.columns["x"].difference == {}
    assert found.columns["x"].correlation is None


def test_rows_without_a_key_are_refused() -> None:
    with pytest.raises(DefinitionError, match=r"v@v2 must have the columns k, ts, got none of k"):
        compare("v@v1", "v@v2", ROWS, ROWS.drop("k"), ["k"])
