"""The rows of these families that are no features: keys of a table's rows, and labels, which no view may read."""

_KEY = "a key of the gold tables of `penstock levels`: a feature is a number"
_LABEL = "a label of the gold tables of `penstock levels`, known only after the touch: no view may read it"

OUTSIDE: tuple[tuple[str, str], ...] = (
    *(
        (f"spymaster.{name}", _KEY)
        for name in ("event_id", "ts_event_ns", "trade_date", "symbol", "level_id")
    ),
    *(
        (f"spymaster.{name}", _LABEL)
        for name in ("outcome", "future_price_5min", "excursion_max", "excursion_min")
    ),
)
