"""Words that stand for numbers in an event's whole columns."""

import numpy as np
import polars as pl

from penstock.core.schema import EventType, Field
from penstock.events.types import (
    ACCOUNTS,
    TAKERS,
    TOP_ACCOUNTS,
    TOP_POSITIONS,
    AccountRatio,
    Mbo,
    Text,
)

SIDES = {
    **dict.fromkeys(("b", "buy", "buyer", "bid", "bids", "1", "+1"), 1),
    **dict.fromkeys(("s", "sell", "seller", "a", "ask", "asks", "offer", "-1"), -1),
    **dict.fromkeys(("n", "none", "unknown", "0", ""), 0),
}
RIGHTS = {
    **dict.fromkeys(("c", "call", "calls", "1", "+1"), 1),
    **dict.fromkeys(("p", "put", "puts", "-1"), -1),
    **dict.fromkeys(("", "none", "0"), 0),
}
ACTIONS = {letter: ord(letter) for letter in "ACMTFRN"}
RATIOS = {
    "accounts": ACCOUNTS,
    "top accounts": TOP_ACCOUNTS,
    "top positions": TOP_POSITIONS,
    "takers": TAKERS,
}
EITHER = {"side": SIDES, "right": RIGHTS}  # in any type
WORDS = {(Mbo.name, "action"): ACTIONS, (AccountRatio.name, "kind"): RATIOS}


def words_of(type: EventType, field: Field) -> dict[str, int] | None:
    """The words of a type's field; None where it has none."""
    return EITHER.get(field.name) or WORDS.get((type.name, field.name))


def is_text(type: EventType, field: Field) -> bool:
    """Whether a field is given as text that has no number of its own."""
    return type is Text and field.dtype == "i8"


def encode(series: pl.Series) -> tuple[np.ndarray, list[str]]:
    """Each value's place among the distinct ones as text, in order of first appearance."""
    column = series.to_arrow(compat_level=pl.CompatLevel.oldest())
    encoded = column.dictionary_encode(null_encoding="encode")
    values = ["" if value is None else str(value) for value in encoded.dictionary.to_pylist()]
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), values


def codes(series: pl.Series, words: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Letters, words or numbers as codes, and which are none; a missing one is as an empty one."""
    if series.dtype.is_float():
        series = series.cast(pl.Int64, strict=False)
    known = words | {str(code): code for code in words.values()}
    places, values = encode(series)
    texts = [value.strip() if words is ACTIONS else value.strip().lower() for value in values]
    found = np.array([known.get(text, 0) for text in texts], np.int64)
    wrong = np.array([text not in known for text in texts], bool)
    return found[places], wrong[places]


def languages(series: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Two letters of ISO 639-1 as a number; a region after them is dropped, none is 0."""
    places, values = encode(series)
    texts = [value.strip().lower()[:2] for value in values]
    numbers = [256 * ord(t[0]) + ord(t[1]) if len(t) == 2 and t.isascii() else 0 for t in texts]
    wrong = np.array([bool(t) and not n for t, n in zip(texts, numbers, strict=True)], bool)
    return np.array(numbers, np.int64)[places], wrong[places]
