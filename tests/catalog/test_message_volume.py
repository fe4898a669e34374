"""Volumes of messages as they were counted on Twitter, against what the published counts say."""

import csv
import gzip
import io

import numpy as np
import pandas as pd
import pytest
from tests.catalog.compute import compute
from tests.catalog.market import DATA, SECOND, Market

from penstock.events import Sentiment
from penstock.events.types import DEFAULTS
from penstock.streams import Stream

SLOT, FIRST = 300 * SECOND, 1_424_986_800 * SECOND
N = 288
NAMES = ("sentiment.message_count", "sentiment.message_volume_zscore")


def counts(symbol: str, rows: int) -> np.ndarray:
    """Messages in each five minutes."""
    path = DATA / "tweet_volume_nab" / f"Twitter_volume_{symbol}.csv.gz"
    if not path.exists():
        pytest.skip(f"../shared is absent: {path.name} is not read")
    text = gzip.decompress(path.read_bytes()).decode()
    return np.array([int(row["value"]) for row in csv.DictReader(io.StringIO(text))][:rows])


def messages(told: np.ndarray) -> Market:
    """So many messages somewhere in each slot, none of which has a score."""
    rng = np.random.default_rng(1)
    time = np.sort(
        np.repeat(FIRST + np.arange(len(told)) * SLOT, told) + rng.integers(0, SLOT, told.sum())
    )
    n = len(time)
    columns = {
        f.name: np.full(
            n, DEFAULTS["sentiment"].get(f.name, np.nan if f.dtype == "f8" else 7), f.dtype
        )
        for f in Sentiment.fields
    }
    return Market("told", others={Stream(Sentiment): {"time": time, **columns}})


@pytest.mark.parametrize("symbol", ["IBM", "FB"])
def test_a_slot_has_the_messages_that_were_counted_and_their_usual_number(symbol: str) -> None:
    told = counts(symbol, 700)
    at, got = compute(messages(told), NAMES, "every:5m")
    slots = (at - FIRST) // SLOT - 1
    np.testing.assert_array_equal(got[NAMES[0]], told[slots])
    x = pd.Series(np.log1p(told[slots[0] :]))
    wanted = ((x - x.rolling(N).mean()) / x.rolling(N).std()).to_numpy()[: len(at)]
    assert np.isfinite(wanted).sum() > 300
    np.testing.assert_allclose(got[NAMES[1]], wanted, atol=1e-9)
