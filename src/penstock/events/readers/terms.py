"""The records of DBN about instruments: definitions, states, statistics and auctions, by version."""

import numpy as np

from penstock.events.readers.layouts import HEAD, SIDES, Layout, Part, price
from penstock.events.types import DEFAULTS, Imbalance, Instrument, Statistic, Status

_NEVER = 2**64 - 1  # an undefined stamp
_NONE = 2**31 - 1  # an undefined whole number
_RIGHTS = np.zeros(256, np.int64)
_RIGHTS[ord("C")], _RIGHTS[ord("P")] = 1, -1
_SAID = np.zeros(256, np.int64)
_SAID[ord("Y")], _SAID[ord("N")] = 1, -1

_DEFINED = (*HEAD, ("ts_recv", "<u8"), ("tick", "<i8"), ("_factor", "V8"), ("expiry", "<u8"))
_DEFINITIONS = {
    1: (
        *_DEFINED, ("_1", "V40"), ("unit_quantity", "<i8"), ("_2", "V52"), ("lot", "<i4"), ("_3", "V8"),
        ("multiplier", "<i4"), ("_4", "V161"), ("class", "u1"), ("_5", "V2"), ("strike", "<i8"), ("_6", "V24"),
    ),
    2: (
        *_DEFINED, ("_1", "V40"), ("unit_quantity", "<i8"), ("_2", "V16"), ("strike", "<i8"), ("_3", "V36"),
        ("lot", "<i4"), ("_4", "V4"), ("multiplier", "<i4"), ("_5", "V206"), ("class", "u1"), ("_6", "V25"),
    ),
    3: (
        *_DEFINED, ("_1", "V32"), ("unit_quantity", "<i8"), ("_2", "V16"), ("strike", "<i8"), ("_3", "V56"),
        ("lot", "<i4"), ("_4", "V4"), ("multiplier", "<i4"), ("_5", "V307"), ("class", "u1"), ("_6", "V32"),
    ),
}  # fmt: skip


def _statistics(quantity: str, rest: int) -> tuple[tuple[str, str], ...]:
    return (
        *HEAD, ("ts_recv", "<u8"), ("reference", "<u8"), ("price", "<i8"), ("quantity", quantity),
        ("sequence", "<u4"), ("ts_in_delta", "<i4"), ("kind", "<u2"), ("channel_id", "<u2"), ("action", "u1"),
        ("flags", "u1"), ("_1", f"V{rest}"),
    )  # fmt: skip


_STATUS = (
    *HEAD, ("ts_recv", "<u8"), ("state", "<u2"), ("reason", "<u2"), ("event", "<u2"), ("trading", "u1"),
    ("quoting", "u1"), ("short_restricted", "u1"), ("_1", "V7"),
)  # fmt: skip
_IMBALANCE = (
    *HEAD, ("ts_recv", "<u8"), ("reference_price", "<i8"), ("due", "<u8"), ("continuous_price", "<i8"),
    ("auction_price", "<i8"), ("_1", "V8"), ("match_price", "<i8"), ("_2", "V16"), ("paired", "<u4"),
    ("imbalance", "<u4"), ("_3", "V8"), ("auction", "u1"), ("side", "u1"), ("_4", "V6"),
)  # fmt: skip


def _whole(raw: np.ndarray) -> np.ndarray:
    """Counts as floats; one that is undefined, or zero where nothing can be zero, is NaN."""
    return np.where((raw == _NONE) | (raw <= 0), np.nan, raw.astype(np.float64))


def _stamp(raw: np.ndarray) -> np.ndarray:
    return np.where(raw == _NEVER, 0, raw).view(np.int64)


def _positive(raw: np.ndarray) -> np.ndarray:
    """Prices of which zero says that there is none."""
    return np.where(raw == 0, np.nan, price(raw))


def _definition(records: np.ndarray) -> tuple[Part, ...]:
    quantity = _positive(records["unit_quantity"])  # what one contract stands for
    multiplier = _whole(records["multiplier"])
    right = _RIGHTS[records["class"]]
    said = {
        "tick": _positive(records["tick"]),
        "lot": _whole(records["lot"]),
        "multiplier": np.where(np.isnan(multiplier), quantity, multiplier),
        "expiry": _stamp(records["expiry"]),
        "strike": np.where(right == 0, np.nan, price(records["strike"])),
        "right": right,
    }
    unsaid = {
        field.name: np.full(records.size, DEFAULTS[Instrument.name][field.name], field.dtype)
        for field in Instrument.fields
        if field.name not in said
    }
    return (Part(None, said | unsaid),)


def _statistic(records: np.ndarray) -> tuple[Part, ...]:
    quantity = records["quantity"]
    absent = np.iinfo(quantity.dtype).max
    columns = {
        "kind": records["kind"].astype(np.int64),
        "price": price(records["price"]),
        "quantity": np.where(quantity == absent, np.nan, quantity.astype(np.float64)),
        "reference": _stamp(records["reference"]),
        "action": records["action"].astype(np.int64),
        "flags": records["flags"].astype(np.int64),
    }
    return (Part(None, columns),)


def _status(records: np.ndarray) -> tuple[Part, ...]:
    codes = {name: records[name].astype(np.int64) for name in ("state", "reason", "event")}
    signs = {name: _SAID[records[name]] for name in ("trading", "quoting", "short_restricted")}
    return (Part(None, codes | signs),)


def _imbalance(records: np.ndarray) -> tuple[Part, ...]:
    names = ("reference_price", "continuous_price", "auction_price", "match_price")
    columns = {name: _positive(records[name]) for name in names}
    columns |= {name: records[name].astype(np.float64) for name in ("paired", "imbalance")}
    columns["side"] = SIDES[records["side"]]
    columns["auction"] = records["auction"].astype(np.int64)
    columns["due"] = _stamp(records["due"])
    return (Part(None, columns),)


def terms(schema: str, version: int) -> Layout | None:
    """The layout of a schema that says something of instruments; None where it is no such schema."""
    if schema == "definition" and version in _DEFINITIONS:
        return Layout(0x13, _DEFINITIONS[version], (Instrument,), _definition, sampled=True)
    if schema == "statistics":
        fields = _statistics("<i8", 18) if version >= 3 else _statistics("<i4", 6)
        return Layout(0x18, fields, (Statistic,), _statistic)
    if schema == "status":
        return Layout(0x12, _STATUS, (Status,), _status)
    if schema == "imbalance":
        return Layout(0x14, _IMBALANCE, (Imbalance,), _imbalance)
    return None


TERMS = ("definition", "statistics", "status", "imbalance")
