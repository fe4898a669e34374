"""The event types, declared once.

Their order is that of equal times: what holds from a moment on (an instrument's terms, its trading state, how many
contracts of an option are open) stands before what happens then, and a trade before the book that it leaves.
"""

import numpy as np

from penstock.core.schema import EventType
from penstock.events.types.llm import (
    LLM_TYPES,
    LlmBudget,
    LlmCompletion,
    LlmDecision,
    LlmFeedback,
    LlmFirstToken,
    LlmModel,
    LlmOutcome,
    LlmProbe,
    LlmProfile,
    LlmPrompt,
    LlmQuota,
    LlmReply,
    LlmRequest,
    LlmReward,
    LlmSelection,
    SystemSample,
)
from penstock.events.types.market import LEVELS, Bar, Book, Depth, Mbo, Quote, Trade
from penstock.events.types.option import OptionInterest, OptionQuote, OptionTrade
from penstock.events.types.perpetual import (
    ACCOUNTS,
    TAKERS,
    TOP_ACCOUNTS,
    TOP_POSITIONS,
    AccountRatio,
    Funding,
    Fx,
    IndexPrice,
    InsuranceFund,
    Liquidation,
    MarkPrice,
    OpenInterest,
    PredictedFunding,
)
from penstock.events.types.text import Sentiment, Text
from penstock.events.types.venue import Imbalance, Instrument, Statistic, Status

EVENT_TYPES = (
    Instrument, Status, OptionInterest,
    Trade, Quote, Book, Bar, Mbo, Depth,
    Liquidation, Funding, PredictedFunding, OpenInterest, MarkPrice, IndexPrice, AccountRatio, InsuranceFund, Fx,
    OptionTrade, OptionQuote, Imbalance, Statistic, Text, Sentiment,
    *LLM_TYPES,
)  # fmt: skip


def _absent(type_: EventType, *names: str) -> dict[str, float]:
    """NaN, or 0 in a whole column."""
    return {name: np.nan if type_.field(name).dtype == "f8" else 0 for name in names}


# what stands for a field that a source does not have: unknown, uncounted, a group of its own
DEFAULTS: dict[str, dict[str, float]] = {
    Trade.name: {"side": 0},
    Bar.name: {"trades": np.nan},
    Mbo.name: {"flags": 128, "sequence": 0},
    Funding.name: _absent(Funding, "interval", "mark"),
    PredictedFunding.name: _absent(PredictedFunding, "due", "premium"),
    OpenInterest.name: _absent(OpenInterest, "contracts", "value"),
    AccountRatio.name: _absent(AccountRatio, "long", "short") | {"kind": ACCOUNTS},
    OptionTrade.name: _absent(OptionTrade, "side", "underlying", "iv", "mid"),
    OptionQuote.name: _absent(OptionQuote, *(f.name for f in OptionQuote.fields[7:])),
    Instrument.name: _absent(Instrument, *(f.name for f in Instrument.fields)),
    Status.name: _absent(Status, *(f.name for f in Status.fields[1:])),
    Statistic.name: _absent(Statistic, "reference", "flags") | {"action": 1},
    Imbalance.name: _absent(Imbalance, "continuous_price", "auction_price", "due"),
    Text.name: _absent(Text, *(f.name for f in Text.fields[1:])),
    Sentiment.name: _absent(
        Sentiment,
        *(f.name for f in Sentiment.fields if f.name not in ("text", "scorer", "compound")),
    ),
    LlmModel.name: _absent(LlmModel, *(f.name for f in LlmModel.fields)) | {"capabilities": -1},
    LlmQuota.name: _absent(LlmQuota, *(f.name for f in LlmQuota.fields[2:])),
    SystemSample.name: _absent(SystemSample, *(f.name for f in SystemSample.fields[1:])),
    LlmRequest.name: _absent(LlmRequest, "session", *(f.name for f in LlmRequest.fields[4:])),
    LlmSelection.name: _absent(LlmSelection, "propensity", "version"),
    LlmCompletion.name: _absent(LlmCompletion, "user", "task", "first_token", "cost")
    | {"attempt": 1},
    LlmFeedback.name: _absent(LlmFeedback, "user", "model", "delay"),
    LlmOutcome.name: _absent(LlmOutcome, "user", "model"),
    LlmReply.name: _absent(LlmReply, "user", "model"),
    LlmPrompt.name: _absent(LlmPrompt, "user", "task", "encoder", "vector"),
    LlmDecision.name: _absent(LlmDecision, "user", "propensity", "version", "policy"),
    LlmProfile.name: _absent(LlmProfile, "user", "pace"),
    LlmReward.name: _absent(LlmReward, "user", *(f.name for f in LlmReward.fields[4:])),
}

__all__ = [
    "ACCOUNTS",
    "DEFAULTS",
    "EVENT_TYPES",
    "LEVELS",
    "LLM_TYPES",
    "TAKERS",
    "TOP_ACCOUNTS",
    "TOP_POSITIONS",
    "AccountRatio",
    "Bar",
    "Book",
    "Depth",
    "Funding",
    "Fx",
    "Imbalance",
    "IndexPrice",
    "Instrument",
    "InsuranceFund",
    "Liquidation",
    "LlmBudget",
    "LlmCompletion",
    "LlmDecision",
    "LlmFeedback",
    "LlmFirstToken",
    "LlmModel",
    "LlmOutcome",
    "LlmProbe",
    "LlmProfile",
    "LlmPrompt",
    "LlmQuota",
    "LlmReply",
    "LlmRequest",
    "LlmReward",
    "LlmSelection",
    "MarkPrice",
    "Mbo",
    "OpenInterest",
    "OptionInterest",
    "OptionQuote",
    "OptionTrade",
    "PredictedFunding",
    "Quote",
    "Sentiment",
    "Statistic",
    "Status",
    "SystemSample",
    "Text",
    "Trade",
]
