"""Checks of what is neither trade, quote, book, bar nor order."""

from collections.abc import Iterator

import numpy as np

from penstock.events.checks import market
from penstock.events.checks.marks import Rules
from penstock.events.checks.values import (
    Columns,
    Failure,
    amounts,
    numbers,
    prices,
    sizes,
    touch,
    whole,
)

LATEST = 2**63 - 1
MOST_IV = 100.0  # 10,000 % a year: beyond it a percent was taken for a fraction


def funding(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """A rate below 100 % of an interval."""
    yield from numbers(columns["rate"], absent=False, low=-1.0, high=1.0)
    yield from whole(columns["interval"], 0, LATEST)
    yield from prices(columns["mark"], rules, absent=True)


def predicted_funding(columns: Columns, _: Rules) -> Iterator[Failure]:
    """A rate below 100 % of an interval."""
    yield from numbers(columns["rate"], absent=False, low=-1.0, high=1.0)
    yield from whole(columns["due"], 0, LATEST)
    yield from numbers(columns["premium"], absent=True)


def open_interest(columns: Columns, _: Rules) -> Iterator[Failure]:
    """Contracts, value or both."""
    contracts, value = columns["contracts"], columns["value"]
    missing = np.isnan(contracts) & np.isnan(value)
    if missing.any():
        yield "NaN size", missing, contracts
    yield from amounts(contracts)
    yield from amounts(value)


def price(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """A price."""
    yield from prices(columns["price"], rules, absent=False)


def account_ratio(columns: Columns, _: Rules) -> Iterator[Failure]:
    """A ratio of a known kind."""
    yield from numbers(columns["ratio"], absent=False, low=0.0)
    yield from amounts(columns["long"])
    yield from amounts(columns["short"])
    yield from whole(columns["kind"], 1, 4)


def insurance_fund(columns: Columns, _: Rules) -> Iterator[Failure]:
    """A balance of zero or more."""
    yield from numbers(columns["balance"], absent=False, low=0.0)


def fx(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """Two rates, the bid not above the ask."""
    bid, ask = columns["bid"], columns["ask"]
    yield from prices(bid, rules, absent=False)
    yield from prices(ask, rules, absent=False)
    if not rules.crossed and (bid > ask).any():
        yield "crossed book", bid > ask, bid


def _terms(columns: Columns, rules: Rules) -> Iterator[Failure]:
    yield from prices(columns["strike"], rules, absent=False)
    yield from whole(columns["expiry"], 1, LATEST)
    yield from whole(columns["right"], -1, 1)
    if (columns["right"] == 0).any():
        yield "out of range", columns["right"] == 0, columns["right"]


def _contract(columns: Columns, rules: Rules) -> Iterator[Failure]:
    yield from _terms(columns, rules)
    yield from prices(columns["underlying"], rules, absent=True)
    yield from numbers(columns["iv"], absent=True, low=0.0, high=MOST_IV)


def option_interest(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """A number of contracts, which may be none, of a whole contract."""
    yield from sizes(columns["contracts"])
    yield from _terms(columns, rules)


def option_trade(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """A trade of a whole contract."""
    yield from market.trade(columns, rules)
    yield from _contract(columns, rules)
    yield from prices(columns["mid"], rules, absent=True)


def option_quote(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """A quote of a whole contract; deltas within one."""
    for side in ("bid", "ask"):
        yield from prices(columns[f"{side}_price"], rules, absent=True)
        yield from sizes(columns[f"{side}_size"])
    yield from touch(columns["bid_price"], columns["ask_price"], rules)
    yield from _contract(columns, rules)
    for name in ("mark", "volume", "open_interest"):
        yield from amounts(columns[name])
    yield from numbers(columns["delta"], absent=True, low=-1.0, high=1.0)
    for name in ("gamma", "vega", "theta"):
        yield from numbers(columns[name], absent=True)


def imbalance(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """Prices where there are any, sizes."""
    for name in ("reference_price", "continuous_price", "auction_price", "match_price"):
        yield from prices(columns[name], rules, absent=True)
    yield from sizes(columns["paired"])
    yield from sizes(columns["imbalance"])
    yield from whole(columns["auction"], 0, 255)


def statistic(columns: Columns, _: Rules) -> Iterator[Failure]:
    """A known kind of number."""
    yield from numbers(columns["price"], absent=True)  # a spread settles below zero
    yield from numbers(columns["quantity"], absent=True)
    yield from whole(columns["kind"], 1, 65_535)


def status(columns: Columns, _: Rules) -> Iterator[Failure]:
    """Codes and signs."""
    for name in ("state", "reason", "event"):
        yield from whole(columns[name], 0, 65_535)
    for name in ("trading", "quoting", "short_restricted"):
        yield from whole(columns[name], -1, 1)


def instrument(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """Terms, each where it is said."""
    yield from prices(columns["tick"], rules, absent=True)
    for name in ("lot", "multiplier", "supply", "initial_margin", "maintenance_margin"):
        yield from amounts(columns[name])
    for name in ("maker_fee", "taker_fee"):
        yield from numbers(columns[name], absent=True, low=-1.0, high=1.0)
    yield from prices(columns["strike"], rules, absent=True)
    yield from whole(columns["expiry"], 0, LATEST)
    yield from whole(columns["right"], -1, 1)


def text(columns: Columns, _: Rules) -> Iterator[Failure]:
    """Words, and counters where there are any."""
    missing = columns["text"] == 0
    if missing.any():
        yield "empty text", missing, columns["text"]
    for name in ("weight", "likes", "reposts"):
        yield from amounts(columns[name])


def sentiment(columns: Columns, _: Rules) -> Iterator[Failure]:
    """Shares, a score and counts where there are any; a text without a score is an event too."""
    for name in ("positive", "negative", "neutral", "novelty"):
        yield from numbers(columns[name], absent=True, low=0.0, high=1.0)
    yield from numbers(columns["compound"], absent=True, low=-1.0, high=1.0)
    yield from numbers(columns["valence"], absent=True)
    for name in ("tokens", "limit", "characters", "words", "sentences", "syllables"):
        yield from amounts(columns[name])
    for name in ("weight", "likes", "reposts"):
        yield from amounts(columns[name])
    for name in ("published", "horizon"):
        yield from whole(columns[name], 0, LATEST)
