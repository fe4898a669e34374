"""The event types: declared whole, checked, and read under their own names."""

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.engine.feeds import Memory

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field
from penstock.core.units import factors
from penstock.declare.clock_text import STREAMS
from penstock.events import EVENT_TYPES, Block, Keys, Quarantine
from penstock.events.checks import CHECKS, Marks, Rules, check
from penstock.events.readers import CsvSource, Mapping, ParquetSource, infer_type
from penstock.events.types import (
    DEFAULTS,
    Funding,
    IndexPrice,
    Instrument,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Trade,
)
from penstock.expr import columns
from penstock.ops import AsOf
from penstock.streams import Stream

DAY = 1_700_000_000_000_000_000
# what a good event of each type holds; the rest is its default
GOOD = {
    "instrument": {"tick": 0.25, "multiplier": 50.0},
    "status": {"state": 7},
    "trade": {"price": 10.0, "size": 2.0, "side": 1},
    "quote": {"bid_price": 9.0, "bid_size": 1.0, "ask_price": 10.0, "ask_size": 1.0},
    "bar": {"open": 1.0, "high": 2.0, "low": 1.0, "close": 2.0, "volume": 3.0},
    "mbo": {"order": 1, "price": 10.0, "size": 1.0, "action": 65, "side": 1},
    "depth": {"price": 10.0, "size": 1.0, "side": 1, "flags": 128},
    "liquidation": {"price": 10.0, "size": 2.0, "side": -1},
    "funding": {"rate": -0.0001, "interval": 28_800_000_000_000},
    "predicted_funding": {"rate": 0.0001, "due": DAY},
    "open_interest": {"contracts": 5.0, "value": 1e6},
    "mark_price": {"price": 10.0},
    "index_price": {"price": 10.0},
    "account_ratio": {"ratio": 1.5, "long": 0.6, "short": 0.4, "kind": 1},
    "insurance_fund": {"balance": 1e9},
    "fx": {"bid": 1.1, "ask": 1.1},
    "option_interest": {"contracts": 0.0, "strike": 100.0, "expiry": DAY, "right": 1},
    "option_trade": {"price": 1.0, "size": 3.0, "strike": 100.0, "expiry": DAY, "right": 1},
    "option_quote": {
        "bid_price": 1.0, "bid_size": 1.0, "ask_price": 1.1, "ask_size": 1.0,
        "strike": 100.0, "expiry": DAY, "right": -1, "delta": -0.4, "theta": -0.1,
    },
    "imbalance": {
        "reference_price": 10.0, "match_price": 10.0, "paired": 5.0, "imbalance": 1.0, "side": 1, "auction": 79,
    },
    "statistic": {"kind": 3, "price": -2.5, "quantity": math.nan},
    "text": {"text": 7, "likes": 3.0},
    "sentiment": {"text": 7, "scorer": 9, "compound": -0.5, "negative": 0.6},
    "llm_model": {"context_length": 128_000.0, "input_cost": 0.001},
    "llm_budget": {"limit": 100.0, "spent": 2.0, "start": 1, "reset": DAY},
    "llm_quota": {"minute_requests": 5.0, "minute_requests_limit": 60.0},
    "llm_probe": {"healthy": 1},
    "system_sample": {"cpu": 0.5},
    "llm_request": {"request": 7, "user": 8, "tokens": 120.0, "tokenizer": 0},
    "llm_selection": {"request": 7, "model": 9},
    "llm_first_token": {"request": 7, "wait": 200.0},
    "llm_completion": {
        "request": 7, "model": 9, "status": 0, "latency": 900.0, "input_tokens": 120.0, "output_tokens": 50.0,
    },
    "llm_feedback": {"request": 7, "kind": 1, "value": 4.0},
    "llm_reply": {"request": 7, "after": 12.0},
    "llm_outcome": {"request": 7, "kind": 2, "happened": 0.0},
    "llm_prompt": {"request": 7, "vector": [0.125] * 64},
    "llm_decision": {"request": 7, "model": 9, "chosen": 1, "propensity": 0.5},
    "llm_profile": {
        "request": 7, "sessions": 2.0, "requests": 3.5, "length": 80.0, "rated": 0.5, "again": 0.0, "abandoned": 1.0,
    },
    "llm_reward": {"request": 7, "model": 9, "value": -0.5, "propensity": 0.5, "delay": 600.0},
}  # fmt: skip

# one bad value each, and the reason it is kept aside for
BAD = [
    ("liquidation", {"price": 0.0}, "non-positive price"),
    ("liquidation", {"size": -1.0}, "negative size"),
    ("funding", {"rate": math.nan}, "NaN value"),
    ("funding", {"rate": math.inf}, "infinite value"),
    ("funding", {"rate": 1.5}, "out of range"),
    ("funding", {"interval": -1}, "out of range"),
    ("funding", {"mark": -3.0}, "non-positive price"),
    ("predicted_funding", {"premium": math.inf}, "infinite value"),
    ("open_interest", {"contracts": math.nan, "value": math.nan}, "NaN size"),
    ("open_interest", {"value": -1.0}, "negative size"),
    ("mark_price", {"price": math.nan}, "NaN price"),
    ("index_price", {"price": math.inf}, "infinite price"),
    ("account_ratio", {"ratio": -0.1}, "out of range"),
    ("account_ratio", {"kind": 9}, "out of range"),
    ("insurance_fund", {"balance": math.nan}, "NaN value"),
    ("fx", {"bid": 1.2}, "crossed book"),
    ("option_interest", {"contracts": math.nan}, "NaN size"),
    ("option_interest", {"contracts": -1.0}, "negative size"),
    ("option_interest", {"right": 0}, "out of range"),
    ("option_trade", {"strike": math.nan}, "NaN price"),
    ("option_trade", {"right": 0}, "out of range"),
    ("option_trade", {"expiry": 0}, "out of range"),
    ("option_trade", {"iv": 2_000.0}, "out of range"),
    ("option_trade", {"mid": 0.0}, "non-positive price"),
    ("option_trade", {"mid": math.inf}, "infinite price"),
    ("option_quote", {"bid_price": 1.2}, "crossed book"),
    ("option_quote", {"delta": -40.0}, "out of range"),
    ("option_quote", {"gamma": math.inf}, "infinite value"),
    ("imbalance", {"paired": -1.0}, "negative size"),
    ("statistic", {"price": math.inf}, "infinite value"),
    ("statistic", {"kind": 0}, "out of range"),
    ("status", {"trading": 2}, "out of range"),
    ("instrument", {"tick": 0.0}, "non-positive price"),
    ("instrument", {"taker_fee": 4.0}, "out of range"),
    ("text", {"text": 0}, "empty text"),
    ("text", {"likes": -1.0}, "negative size"),
    ("sentiment", {"compound": -1.1}, "out of range"),
    ("sentiment", {"negative": 1.1}, "out of range"),
    ("sentiment", {"valence": math.inf}, "infinite value"),
    ("sentiment", {"words": -1.0}, "negative size"),
    ("llm_model", {"context_length": 0.0}, "out of range"),
    ("llm_model", {"input_cost": -1.0}, "negative size"),
    ("llm_model", {"coding": 2.0}, "out of range"),
    ("llm_budget", {"limit": math.nan}, "NaN value"),
    ("llm_budget", {"reset": 1}, "out of range"),
    ("llm_quota", {"day_requests": -1.0}, "negative size"),
    ("llm_probe", {"healthy": 2}, "out of range"),
    ("system_sample", {"cpu": 50.0}, "out of range"),
    ("llm_request", {"request": 0}, "empty id"),
    ("llm_request", {"words": -1.0}, "negative size"),
    ("llm_request", {"needs": 64}, "out of range"),
    ("llm_selection", {"propensity": 1.5}, "out of range"),
    ("llm_first_token", {"wait": -1.0}, "negative size"),
    ("llm_completion", {"status": 9}, "out of range"),
    ("llm_completion", {"first_token": 1_000.0}, "out of range"),
    ("llm_feedback", {"value": 9.0}, "out of range"),
    ("llm_feedback", {"kind": 2, "value": 0.5}, "out of range"),
    ("llm_reply", {"after": -1.0}, "out of range"),
    ("llm_outcome", {"happened": math.nan}, "NaN value"),
    ("llm_prompt", {"request": 0}, "empty id"),
    ("llm_prompt", {"vector": [math.inf] * 64}, "infinite value"),
    ("llm_decision", {"chosen": 2}, "out of range"),
    ("llm_decision", {"propensity": 1.5}, "out of range"),
    ("llm_decision", {"propensity": 0.0}, "out of range"),
    ("llm_reward", {"value": math.nan}, "NaN value"),
    ("llm_reward", {"delay": -1.0}, "out of range"),
    ("llm_profile", {"requests": math.nan}, "NaN value"),
    ("llm_profile", {"length": -1.0}, "negative size"),
    ("llm_profile", {"again": 2.0}, "out of range"),
    ("llm_reward", {"words": -1.0}, "negative size"),
]
TYPES = {type_.name: type_ for type_ in EVENT_TYPES}


def found(name, values):
    """The first reason that a good event with these values is bad for; None where it is good."""
    type_ = TYPES[name]
    values = DEFAULTS.get(name, {}) | GOOD[name] | values
    columns = {f.name: np.array([values[f.name]], f.dtype) for f in type_.fields}
    marks = Marks(1)
    check(type_, columns, Rules(), marks)
    return marks.found[0][0] if marks.found else None


def test_every_type_is_checked_and_is_a_clock():
    assert set(CHECKS) == set(TYPES) == set(STREAMS)


@pytest.mark.parametrize("type_", EVENT_TYPES, ids=lambda type_: type_.name)
def test_a_type_is_declared_whole(type_):
    names = [field.name for field in type_.fields]
    assert len(set(names)) == len(names)
    assert not {"time", "receive", "key"} & set(names)
    assert set(DEFAULTS.get(type_.name, {})) <= set(names)
    for field in type_.fields:
        assert factors(field.unit) is not None
        default = DEFAULTS.get(type_.name, {}).get(field.name, 0)
        assert field.dtype == "f8" or default == int(default)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_event_is_good(name):
    assert found(name, {}) is None


@pytest.mark.parametrize(("name", "values", "reason"), BAD, ids=str)
def test_a_bad_event_is_kept_aside_for_its_reason(name, values, reason):
    assert found(name, values) == reason


@pytest.mark.parametrize(
    ("helper", "text"),
    [
        (ps.funding.rate, "funding.rate"),
        (ps.predicted_funding.rate, "predicted_funding.rate"),
        (ps.open_interest.value, "open_interest.value"),
        (ps.liquidation.side, "liquidation.side"),
        (ps.mark_price.price, "mark_price.price"),
        (ps.index_price.price, "index_price.price"),
        (ps.account_ratio.ratio, "account_ratio.ratio"),
        (ps.insurance_fund.balance, "insurance_fund.balance"),
        (ps.fx.bid, "fx.bid"),
        (ps.option_interest.contracts, "option_interest.contracts"),
        (ps.option_trade.strike, "option_trade.strike"),
        (ps.option_quote.iv, "option_quote.iv"),
        (ps.instrument.multiplier, "instrument.multiplier"),
        (ps.status.state, "status.state"),
        (ps.statistic.quantity, "statistic.quantity"),
        (ps.imbalance.paired, "imbalance.paired"),
        (ps.texts.likes, "text.likes"),
        (ps.sentiment.compound, "sentiment.compound"),
        (ps.llm_completion.latency, "llm_completion.latency"),
        (ps.system_sample.queue, "system_sample.queue"),
    ],
)
def test_columns_have_helpers(helper, text):
    assert repr(helper) == text


@pytest.mark.parametrize("type_", EVENT_TYPES, ids=lambda type_: type_.name)
def test_a_whole_table_of_a_type_is_known_by_its_columns(type_):
    names = [field.name for field in type_.fields]
    if type_.name == "book":
        names = [f"{cell}_0" for cell in ("bid_price", "bid_size", "ask_price", "ask_size")]
    shared = {Liquidation: "trade", MarkPrice: None, IndexPrice: None}
    wanted = shared.get(type_, type_.name)
    if wanted is None:
        with pytest.raises(DefinitionError, match="must be given"):
            infer_type(names, "table")
    else:
        assert infer_type(["time", "symbol", *names], "table").name == wanted


def test_a_view_reads_a_new_stream_beside_trades():
    """At one time terms stand before a trade, a funding payment after it."""
    price = {"price": [1.0, 2.0], "size": [1.0, 1.0], "side": [1, 1]}
    trades = Block.of(Trade, time=[5, 10], **price)
    rates = Block.of(Funding, time=[5], rate=[0.01], interval=[0], mark=[math.nan])
    terms = {field.name: [DEFAULTS["instrument"][field.name]] for field in Instrument.fields}
    changes = Block.of(Instrument, time=[5], **(terms | {"tick": [0.5]}))
    columns = [("rate", AsOf(ps.funding.rate)), ("tick", AsOf(ps.instrument.tick))]
    view = ps.View("costs", columns, on="trade")
    frame = ps.run(view, [Memory((block,)) for block in (rates, trades, changes)])
    assert frame["tick"].to_list() == [0.5, 0.5]
    assert math.isnan(frame["rate"][0])
    assert frame["rate"][1] == 0.01


def test_a_table_of_open_interest_in_money_alone_has_no_contracts(tmp_path):
    path = tmp_path / "oi.parquet"
    pl.DataFrame({"time": [DAY], "symbol": ["BTC"], "oi_usd": [5e9]}).write_parquet(path)
    source = ParquetSource(path, Mapping(OpenInterest, columns={"value": "oi_usd"}))
    ((block,),) = source.chunks(Keys(), Quarantine(policy="stop"))
    assert block.columns["value"].tolist() == [5e9]
    assert math.isnan(block.columns["contracts"][0])


def test_a_type_of_ones_own_is_read_and_is_a_stream(tmp_path):
    weather = EventType(
        "weather", "Degrees.", (Field("degrees", "K"), Field("station", "id", "i8"))
    )
    path = tmp_path / "w.csv"
    path.write_text("time,symbol,degrees,station\n5,X,280.5,1\n6,X,281,1\n")
    source = CsvSource(path, Mapping(weather))
    view = ps.View("hot", [("degrees", columns(weather).degrees)], on=Stream(weather))
    assert ps.run(view, source)["degrees"].to_list() == [280.5, 281.0]


def test_the_page_of_files_lists_every_type_and_field():
    text = (Path(__file__).resolve().parents[2] / "docs/howto/files.md").read_text()
    for type_ in EVENT_TYPES:
        fields = ", ".join(f"`{field.name}`" for field in type_.fields)
        assert f"| `{type_.name}` | {fields} |" in text
