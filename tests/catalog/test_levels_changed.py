"""Columns of the levels pipeline with other parameters than the defaults, against the day worked out by hand."""

import numpy as np
import pytest
from tests.catalog import oracles
from tests.catalog.cases import ORACLES
from tests.catalog.compute import compute
from tests.catalog.levels_day import holiday, session_day
from tests.catalog.test_features import agree

REQUESTS = oracles.listed("CHANGED")


@pytest.fixture(scope="module")
def computed() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    return compute(session_day(), REQUESTS, "every:61s")


@pytest.mark.slow
@pytest.mark.parametrize("request_", REQUESTS)
def test_a_column_with_other_parameters_equals_its_oracle(request_: str, computed) -> None:
    at, columns = computed
    agree(request_, session_day(), at, columns[request_], ORACLES)


def test_a_holiday_on_which_futures_trade_is_no_day_of_a_mean() -> None:
    means = ("levels.level_sma_200(ratio=10)", "levels.level_sma_400(ratio=10)")
    at, columns = compute(holiday(), means, "every:61s")
    for name in means:
        assert np.isfinite(columns[name]).sum() > 30
        agree(name, holiday(), at, columns[name], ORACLES)
