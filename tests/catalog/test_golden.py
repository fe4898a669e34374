"""The features on the golden extract: expected values are in files, and the oracles still say them."""

import numpy as np
import pandas as pd
import pytest
from tests.catalog import cases, golden
from tests.catalog.compute import compute
from tests.catalog.test_features import same

CLOCKS = [on for _, on in golden.REQUESTS]


@pytest.mark.parametrize("on", CLOCKS)
def test_the_features_give_what_the_golden_files_say(on: str) -> None:
    wanted = pd.read_csv(golden.file(on))
    requests = golden.REQUESTS["golden", on]
    market = golden.read()
    streams = {"bar": ("bar",), "every:100ms": ("trade", "quote", "book")}.get(on, (on,))
    at, got = compute(market.only(*streams), requests, on)
    assert (at == wanted["ts"]).all()
    for request in requests:
        tolerance = cases.TOLERANCE.get(request.partition("(")[0], (1e-9, ""))[0]
        same(got[request], wanted[request].to_numpy(float), tolerance)


@pytest.mark.parametrize("on", CLOCKS)
def test_the_oracles_still_say_what_the_golden_files_hold(on: str) -> None:
    wanted, market = pd.read_csv(golden.file(on)), golden.read()
    for request, values in golden.expected(market, on, wanted["ts"].to_numpy()):
        same(values, wanted[request].to_numpy(float), 1e-7 if "roll_spread" in request else 1e-9)
        assert np.isfinite(values).any(), f"{request} says nothing on the extract"
