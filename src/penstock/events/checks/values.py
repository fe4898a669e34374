"""What may be wrong with the cells of a column; nothing is allocated while all are good."""

from collections.abc import Iterator

import numpy as np

from penstock.events.checks.marks import Rules

Columns = dict[str, np.ndarray]
Failure = tuple[str, np.ndarray, np.ndarray]  # reason, mask, the values that fail


def prices(price: np.ndarray, rules: Rules, *, absent: bool) -> Iterator[Failure]:
    """Prices, one per row or one column per level; ``absent`` allows NaN."""
    low, high = np.fmin.reduce(price, axis=None), np.fmax.reduce(price, axis=None)
    if not absent and np.isnan(price.min()):
        yield "NaN price", np.isnan(price), price
    if high == np.inf or low == -np.inf:
        yield "infinite price", *rows_of(np.isinf(price), price)
    if low <= 0.0 and not rules.negative_prices:
        yield "non-positive price", *rows_of(price <= 0.0, price)


def sizes(size: np.ndarray) -> Iterator[Failure]:
    """Sizes, all there."""
    low = size.min()
    if not low >= 0.0 or size.max() == np.inf:
        yield "NaN size", *rows_of(~np.isfinite(size), size)
        yield "negative size", *rows_of(size < 0.0, size)


def rows_of(mask: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One mask and one value per row: of several levels the first that fails."""
    if mask.ndim == 1:
        return mask, values
    first = mask.argmax(axis=1)
    return mask.max(axis=1), values[np.arange(len(values)), first]


def touch(bid: np.ndarray, ask: np.ndarray, rules: Rules) -> Iterator[Failure]:
    """A best bid below the best ask."""
    if rules.crossed:
        return
    wrong = bid >= ask  # False where a side is absent
    if wrong.any():
        text = np.array([f"{b} / {a}" for b, a in zip(bid[wrong], ask[wrong], strict=True)], object)
        values = np.full(len(bid), "", object)
        values[wrong] = text
        yield "crossed book", bid > ask, values
        yield "locked book", bid == ask, values


def numbers(
    values: np.ndarray, *, absent: bool, low: float = -np.inf, high: float = np.inf
) -> Iterator[Failure]:
    """Plain numbers within bounds; ``absent`` allows NaN."""
    if not absent and np.isnan(values.min()):
        yield "NaN value", np.isnan(values), values
    if np.fmax.reduce(values) == np.inf or np.fmin.reduce(values) == -np.inf:
        yield "infinite value", np.isinf(values), values
    wrong = (values < low) | (values > high)
    if wrong.any():
        yield "out of range", wrong, values


def whole(values: np.ndarray, low: int, high: int) -> Iterator[Failure]:
    """Whole numbers within bounds, both included."""
    if values.min() < low or values.max() > high:
        yield "out of range", (values < low) | (values > high), values


def amounts(size: np.ndarray) -> Iterator[Failure]:
    """Sizes that a source may leave out."""
    yield from numbers(size, absent=True)
    if np.fmin.reduce(size) < 0.0:
        yield "negative size", size < 0.0, size
