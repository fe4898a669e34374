"""The input columns that a feature's ``x`` names."""

from typing import Literal

from penstock.expr import Expr
from penstock.formulas.columns import CLOSE, HIGH, LOW, OPEN, PRICE, SIZE, VOLUME
from penstock.formulas.quotes import bid_ask_spread, mid_price
from penstock.formulas.returns import log_return

Input = Literal[
    "log_return", "open", "high", "low", "close", "volume", "price", "size", "mid", "spread"
]

INPUTS: dict[str, Expr] = {
    "log_return": log_return(),
    "open": OPEN,
    "high": HIGH,
    "low": LOW,
    "close": CLOSE,
    "volume": VOLUME,
    "price": PRICE,
    "size": SIZE,
    "mid": mid_price(),
    "spread": bid_ask_spread(),
}


def column(x: Input) -> Expr:
    """The column of that name."""
    return INPUTS[x]
