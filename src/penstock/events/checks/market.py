"""Checks of trades, quotes, books, bars and orders."""

from collections.abc import Iterator

import numpy as np

from penstock.events.checks.marks import Rules
from penstock.events.checks.values import Columns, Failure, prices, sizes, touch


def trade(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """A price and a size."""
    yield from prices(columns["price"], rules, absent=False)
    yield from sizes(columns["size"])


def quote(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """Prices and sizes where there are any, the bid below the ask."""
    for side in ("bid", "ask"):
        yield from prices(columns[f"{side}_price"], rules, absent=True)
        yield from sizes(columns[f"{side}_size"])
    yield from touch(columns["bid_price"], columns["ask_price"], rules)


def levels(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """The same for every level, and the best bid below the best ask."""
    levels = columns["levels"]
    if levels.min() > 0.0 and levels.max() < np.inf:
        yield from touch(levels[:, 0], levels[:, 2], rules)  # every level is there
        return
    yield from prices(levels[:, 0::2], rules, absent=True)
    yield from sizes(levels[:, 1::2])
    yield from touch(levels[:, 0], levels[:, 2], rules)


def bar(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """Prices in order, a volume, a count."""
    for name in ("open", "high", "low", "close"):
        yield from prices(columns[name], rules, absent=False)
    yield from sizes(columns["volume"])
    trades = columns["trades"]
    if (trades < 0.0).any():
        yield "negative size", trades < 0.0, trades
    first, last = columns["open"], columns["close"]
    high, low = columns["high"], columns["low"]
    wrong = (high < np.maximum(np.maximum(first, last), low)) | (low > np.minimum(first, last))
    if wrong.any():
        yield (
            "high below low",
            wrong,
            np.array([f"{h} / {w}" for h, w in zip(high, low, strict=True)]),
        )


# a cancel or a clear may come without a price; what rests in the book or trades may not
_PRICED = np.zeros(256, bool)
_PRICED[[ord(action) for action in "AMTF"]] = True
_KNOWN = np.zeros(256, bool)
_KNOWN[[ord(action) for action in "ACMTFRN"]] = True


def mbo(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """A known action; a price where the order rests or trades."""
    price, action = columns["price"], columns["action"]
    code = np.where((action >= 0) & (action < 256), action, 0)
    known = _KNOWN[code]
    if not known.all():
        yield "unknown action", ~known, action
    if np.isnan(price.min()):
        yield "NaN price", np.isnan(price) & _PRICED[code], price
    yield from prices(price, rules, absent=True)
    yield from sizes(columns["size"])


def depth(columns: Columns, rules: Rules) -> Iterator[Failure]:
    """A price and a size; a row without a side carries flags alone."""
    price, bare = columns["price"], columns["side"] == 0
    if np.isnan(price.min()):
        yield "NaN price", np.isnan(price) & ~bare, price
    yield from prices(price, rules, absent=True)
    yield from sizes(columns["size"])
