"""Penstock: features on event streams, the same bits in backfill, replay and live.

Names load what they need when they are first used, so that importing the package stays fast.
"""

import importlib
from typing import TYPE_CHECKING, Any

from penstock.core.version import __version__

if TYPE_CHECKING:
    from penstock.core.cache import use_prebuilt
    from penstock.declare import Checks, Entity, Feature, Field, OnDemand, Pushed, Service, View
    from penstock.engine import Engine
    from penstock.events import Block, Event, Keys
    from penstock.events.readers import open_source
    from penstock.expr import (
        account_ratio,
        bar,
        book,
        funding,
        fx,
        imbalance,
        index_price,
        instrument,
        insurance_fund,
        liquidation,
        llm_budget,
        llm_completion,
        llm_decision,
        llm_feedback,
        llm_first_token,
        llm_model,
        llm_outcome,
        llm_probe,
        llm_profile,
        llm_prompt,
        llm_quota,
        llm_reply,
        llm_request,
        llm_reward,
        llm_selection,
        mark_price,
        open_interest,
        option_interest,
        option_quote,
        option_trade,
        predicted_funding,
        quote,
        sentiment,
        statistic,
        status,
        system_sample,
        texts,
        trade,
    )
    from penstock.jobs.derived import Rekey
    from penstock.jobs.feature_store import AsyncFeatureStore, FeatureStore
    from penstock.jobs.feature_store.remote import RemoteFeatureStore
    from penstock.jobs.feeds import Feeds
    from penstock.jobs.levels import run as levels
    from penstock.jobs.live import Live, live
    from penstock.jobs.live.parity import parity
    from penstock.jobs.live.replay import replay
    from penstock.jobs.lookahead import check_lookahead
    from penstock.jobs.run import run
    from penstock.jobs.write import write_view
    from penstock.ops.laws import check_operator

COLUMNS = (
    "account_ratio",
    "bar",
    "book",
    "funding",
    "fx",
    "imbalance",
    "index_price",
    "instrument",
    "insurance_fund",
    "liquidation",
    "llm_budget",
    "llm_completion",
    "llm_decision",
    "llm_feedback",
    "llm_first_token",
    "llm_model",
    "llm_outcome",
    "llm_probe",
    "llm_profile",
    "llm_prompt",
    "llm_quota",
    "llm_reply",
    "llm_request",
    "llm_reward",
    "llm_selection",
    "system_sample",
    "mark_price",
    "open_interest",
    "option_interest",
    "option_quote",
    "option_trade",
    "predicted_funding",
    "quote",
    "sentiment",
    "statistic",
    "status",
    "texts",
    "trade",
)
_HOMES = {
    **dict.fromkeys(COLUMNS, "penstock.expr"),
    "AsyncFeatureStore": "penstock.jobs.feature_store",
    "Block": "penstock.events",
    "check_lookahead": "penstock.jobs.lookahead",
    "check_operator": "penstock.ops.laws",
    "Checks": "penstock.declare",
    "Engine": "penstock.engine",
    "Entity": "penstock.declare",
    "Event": "penstock.events",
    "Feature": "penstock.declare",
    "FeatureStore": "penstock.jobs.feature_store",
    "Feeds": "penstock.jobs.feeds",
    "Field": "penstock.declare",
    "Keys": "penstock.events",
    "Live": "penstock.jobs.live",
    "live": "penstock.jobs.live",
    "OnDemand": "penstock.declare",
    "open_source": "penstock.events.readers",
    "parity": "penstock.jobs.live.parity",
    "Pushed": "penstock.declare",
    "Rekey": "penstock.jobs.derived",
    "RemoteFeatureStore": "penstock.jobs.feature_store.remote",
    "replay": "penstock.jobs.live.replay",
    "run": "penstock.jobs.run",
    "Service": "penstock.declare",
    "use_prebuilt": "penstock.core.cache",
    "View": "penstock.catalog",
    "write_view": "penstock.jobs.write",
}

__all__ = [
    "AsyncFeatureStore",
    "Block",
    "Checks",
    "Engine",
    "Entity",
    "Event",
    "Feature",
    "FeatureStore",
    "Feeds",
    "Field",
    "Keys",
    "Live",
    "OnDemand",
    "Pushed",
    "Rekey",
    "RemoteFeatureStore",
    "Service",
    "View",
    "__version__",
    "account_ratio",
    "bar",
    "book",
    "check_lookahead",
    "check_operator",
    "funding",
    "fx",
    "imbalance",
    "index_price",
    "instrument",
    "insurance_fund",
    "levels",
    "liquidation",
    "live",
    "llm_budget",
    "llm_completion",
    "llm_decision",
    "llm_feedback",
    "llm_first_token",
    "llm_model",
    "llm_outcome",
    "llm_probe",
    "llm_profile",
    "llm_prompt",
    "llm_quota",
    "llm_reply",
    "llm_request",
    "llm_reward",
    "llm_selection",
    "mark_price",
    "open_interest",
    "open_source",
    "option_interest",
    "option_quote",
    "option_trade",
    "parity",
    "predicted_funding",
    "quote",
    "replay",
    "run",
    "sentiment",
    "statistic",
    "status",
    "system_sample",
    "texts",
    "trade",
    "use_prebuilt",
    "write_view",
]


def __getattr__(name: str) -> Any:
    if name == "levels":
        return importlib.import_module("penstock.jobs.levels.run")
    if name not in _HOMES:
        raise AttributeError(f"module 'penstock' has no attribute {name!r}")
    if name in COLUMNS:
        importlib.import_module("penstock.ops.signs")  # what the signs on columns build
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
