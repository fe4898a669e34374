"""Features on recorded files as the readers give them, against the oracles on the same files read by pandas."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.catalog import cases, market
from tests.catalog.compute import by_symbol
from tests.catalog.market import Market
from tests.catalog.recorded import RECORDINGS, Recording, shared
from tests.catalog.test_features import Check, agree, checks

from penstock.events import Keys, Quarantine
from penstock.events.books.builder import BookBuilder
from penstock.events.readers import open_source

MBO = "futures_dbn/esh4-glbx-mdp3-20231225.mbo.dbn.zst"
STREAMS = ("trade", "quote", "book")
MOST = 2_500  # events of a symbol that the oracles are asked about
# what follows from one book alone
STATELESS = tuple(r for r in (*cases.QUOTES, *cases.BOOKS) if "microprice" not in r)


@cache
def recording(name: str, folder: Path) -> Recording:
    return RECORDINGS[name](folder)


@cache
def results(name: str, on: str, folder: Path) -> dict:
    """All columns of one view over a recording's files, computed once; no row is refused."""
    quarantine = Quarantine()
    sources = recording(name, folder).only(*([on] if on in STREAMS else STREAMS))
    found = by_symbol(sources, cases.RECORDED[name, on], on, quarantine)
    assert quarantine.total == 0
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("recorded")


def first(m: Market) -> Market:
    """The market without what comes after the first events of a stream."""
    cut = {
        name: {column: values[:MOST] for column, values in getattr(m, name).items()}
        for name in STREAMS
    }
    return Market(m.name, **cut)


@pytest.mark.parametrize(
    "check", checks(cases.RECORDED), ids=lambda check: f"{check.market}-{check.on}-{check.request}"
)
def test_a_feature_of_a_recorded_file_equals_its_oracle(check: Check, folder: Path) -> None:
    found = results(check.market, check.on, folder)
    markets = recording(check.market, folder).markets
    assert found.keys() == markets.keys()
    for symbol, whole in markets.items():
        events, (at, columns) = first(whole), found[symbol]
        if check.on in STREAMS:
            assert (at == getattr(whole, check.on)["time"]).all()
            rows = slice(0, len(getattr(events, check.on)["time"]))
        else:
            rows = slice(0, np.searchsorted(at, events.trade["time"][-1], side="right"))
            rows = slice(None) if len(whole.trade["time"]) <= MOST else rows
        agree(check.request, events, at[rows], columns[check.request][rows], cases.ORACLES)
    known = [np.isfinite(columns[check.request]).any() for _, columns in found.values()]
    assert any(known), "the recording is too short for this request: nothing was compared"


@cache
def built() -> tuple[np.ndarray, dict[str, np.ndarray], dict[bytes, int]]:
    """Times and features of the books built from ESH4's orders, and the row of each state."""
    source = BookBuilder(open_source(shared(MBO)))
    (found,) = by_symbol([source], STATELESS, "book").values()
    blocks = [chunk[1].columns for chunk in source.chunks(Keys(), Quarantine())]
    time = np.concatenate([block["time"] for block in blocks])
    levels = np.concatenate([block["levels"] for block in blocks])
    assert (time == found[0]).all()
    return *found, {state(*row): i for i, row in enumerate(zip(time, levels, strict=True))}


def state(time: np.int64, levels: np.ndarray) -> bytes:
    return time.tobytes() + levels.tobytes()


@pytest.mark.parametrize("request_", STATELESS)
def test_a_feature_of_books_built_from_orders_equals_its_oracle_on_the_derived_books(
    request_: str,
) -> None:
    at, columns, places = built()
    derived = market.es_futures()
    levels = np.ascontiguousarray(derived.book["levels"])
    keys = [state(*row) for row in zip(derived.book["time"], levels, strict=True)]
    shown = np.array([key in places for key in keys])
    assert shown.mean() > 0.9
    rows = np.array([places[key] for key in keys if key in places])
    book = {"time": derived.book["time"][shown], "levels": levels[shown]}
    events = market.with_quotes("built", {}, book)
    agree(request_, events, at[rows], columns[request_][rows], cases.ORACLES)
