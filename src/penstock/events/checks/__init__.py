"""What makes a row bad: one mask per reason, nothing allocated while all rows are good.

A row is kept aside under the first reason that it fails:

===================  ======================================================================
wrong type           a cell is not of the column's type (readers of text and tables)
NaN price            a price is missing where the event needs one
infinite price       a price is not finite
NaN value            a rate, a ratio or a balance is missing
infinite value       one of them is not finite
out of range         beyond what can be: a funding rate above 1, a right that is neither call nor put
empty text           a message without words
empty id             a request, or what came of one, without an id
non-positive price   a price is zero or below, unless `Rules.negative_prices`
NaN size             a size is missing or not finite
negative size        a size is below zero
crossed book         best bid above best ask, unless `Rules.crossed`
locked book          best bid equal to best ask, unless `Rules.crossed`
high below low       a bar's high is below, or its low above, one of its other prices
unknown action       an order message does none of A C M T F R N
duplicate sequence   an order message that was delivered before (`Sequences`)
unknown symbol       none of `Rules.symbols`, where those are declared
time out of range    before 1970 or after 2116 (an undefined stamp), or outside what `Rules` say
time jump            ahead of both rows that follow, which go on from the rows before
time going back      before a row that was delivered
===================  ======================================================================
"""

from collections.abc import Callable, Iterator

import numpy as np

from penstock.core.schema import EventType
from penstock.events.checks import llm, market, others
from penstock.events.checks.marks import Marks, Rules
from penstock.events.checks.times import Times
from penstock.events.checks.values import Columns, Failure

LATEST = Rules().until

CHECKS: dict[str, Callable[[Columns, Rules], Iterator[Failure]]] = {
    "trade": market.trade,
    "quote": market.quote,
    "book": market.levels,
    "bar": market.bar,
    "mbo": market.mbo,
    "depth": market.depth,
    "liquidation": market.trade,
    "funding": others.funding,
    "predicted_funding": others.predicted_funding,
    "open_interest": others.open_interest,
    "mark_price": others.price,
    "index_price": others.price,
    "account_ratio": others.account_ratio,
    "insurance_fund": others.insurance_fund,
    "fx": others.fx,
    "option_interest": others.option_interest,
    "option_trade": others.option_trade,
    "option_quote": others.option_quote,
    "imbalance": others.imbalance,
    "statistic": others.statistic,
    "status": others.status,
    "instrument": others.instrument,
    "text": others.text,
    "sentiment": others.sentiment,
    "llm_model": llm.model,
    "llm_budget": llm.budget,
    "llm_quota": llm.quota,
    "llm_probe": llm.probe,
    "system_sample": llm.sample,
    "llm_request": llm.request,
    "llm_selection": llm.selection,
    "llm_first_token": llm.first_token,
    "llm_completion": llm.completion,
    "llm_feedback": llm.feedback,
    "llm_reply": llm.reply,
    "llm_outcome": llm.outcome,
    "llm_prompt": llm.prompt,
    "llm_decision": llm.decision,
    "llm_reward": llm.reward,
    "llm_profile": llm.profile,
}


def check(
    type: EventType,
    columns: Columns,
    rules: Rules,
    marks: Marks,
    rows: np.ndarray | None = None,
) -> None:
    """Mark the bad rows of one type's columns; ``rows`` are their positions in the chunk."""
    find = CHECKS.get(type.name)  # a type of a user's own has none
    if find is None or not len(next(iter(columns.values()))):
        return
    for reason, mask, values in find(columns, rules):
        places = np.flatnonzero(mask)
        if places.size:
            marks.mark(reason, places if rows is None else rows[places], values[places])


__all__ = ["CHECKS", "LATEST", "Columns", "Failure", "Marks", "Rules", "Times", "check"]
