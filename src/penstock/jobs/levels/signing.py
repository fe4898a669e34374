"""Who was the aggressor of a trade: by the quotes that it met, else by the prices before it."""

from collections.abc import Iterable

import polars as pl

RULES = ("given", "quote", "tick", "none")
RULE = pl.Enum(RULES)
QUOTES = {
    "ts": pl.Int64, "contract": pl.String, "bid_price": pl.Float64, "ask_price": pl.Float64,
}  # fmt: skip


def sign(trades: pl.DataFrame, quotes: Iterable[pl.DataFrame] = ()) -> pl.DataFrame:
    r"""Trades with ``side`` filled in, the rule that said it, and the middle of the quotes that they met.

    A side that the file gives stands (``given``). Else, with :math:`m` the middle of the contract's last bid and ask
    before the trade, a price above :math:`m` was paid by a buyer and one below it by a seller; at :math:`m` the
    aggressor is unknown (``quote``: a rule was applied, and says 0). With one side of the quotes alone a price at or
    beyond it says the same. Without usable quotes (none yet, none on that side, or a bid above the ask) the price is
    compared with the contract's last price that differs from it: above is a buyer, below a seller (``tick``). A
    contract's first price says nothing (``none``).

    Parameters
    ----------
    trades
        ``ts``, ``contract``, ``price`` and ``side`` (+1, -1, 0 unknown), in order of time.
    quotes
        Frames of the columns `QUOTES` in order of time, each frame after the one before; read one at a time.

    Returns
    -------
    polars.DataFrame
        ``trades`` with ``side``, ``signed_by`` (one of `RULES`), ``bid_price``, ``ask_price`` and ``mid`` (NaN where
        unknown).

    Notes
    -----
    A quote of the trade's own time stands after it, since a trade may have made it. Signing by ticks alone is weak for
    options, whose prices move with the underlying: the rule's column says which trades rest on it.

    References
    ----------
    Lee, C. and Ready, M. (1991). Inferring trade direction from intraday data. Journal of Finance 46(2), 733-746.
    Savickas, R. and Wilson, A. (2003). On inferring the direction of option trades. JFQA 38(4), 881-902.
    """
    met = _met(trades, quotes)
    bid, ask, price = pl.col("bid_price"), pl.col("ask_price"), pl.col("price")
    has_bid, has_ask = bid.is_finite() & (bid > 0.0), ask.is_finite()
    both = has_bid & has_ask & (bid <= ask)
    mid = (bid + ask) / 2.0
    by_quote = (
        pl.when(both).then((price - mid).sign())
        .when(has_ask & ~has_bid & (price >= ask)).then(1.0)
        .when(has_bid & ~has_ask & (price <= bid)).then(-1.0)
    )  # fmt: skip
    moved = price.diff().sign().replace(0.0, None).forward_fill().over("contract")
    said = met.with_columns(
        _quote=by_quote, _tick=moved, mid=pl.when(both).then(mid).otherwise(float("nan"))
    )
    given = pl.col("side") != 0
    side = (
        pl.when(given).then(pl.col("side"))
        .otherwise(pl.coalesce("_quote", "_tick", pl.lit(0.0)))
        .cast(pl.Int64)
    )  # fmt: skip
    rule = (
        pl.when(given).then(pl.lit("given"))
        .when(pl.col("_quote").is_not_null()).then(pl.lit("quote"))
        .when(pl.col("_tick").is_not_null()).then(pl.lit("tick"))
        .otherwise(pl.lit("none"))
        .cast(RULE)
    )  # fmt: skip
    return said.with_columns(side=side, signed_by=rule).drop("_quote", "_tick")


def _met(trades: pl.DataFrame, quotes: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Trades with the last bid and ask of their contract before them, in the order they came in."""
    left = trades.with_row_index("_row").sort("ts", maintain_order=True)
    last = pl.DataFrame(schema=QUOTES)
    found: list[pl.DataFrame] = []
    for frame in quotes:
        if not frame.height:
            continue
        known = pl.concat([last, frame.select(*QUOTES)]).sort("ts", maintain_order=True)
        until = frame["ts"][-1]
        found.append(_joined(left.filter(pl.col("ts") <= until), known))
        left = left.filter(pl.col("ts") > until)
        last = known.group_by("contract", maintain_order=True).last().select(*QUOTES).sort("ts")
    found.append(_joined(left, last))
    return pl.concat(found).sort("_row").drop("_row")


def _joined(trades: pl.DataFrame, quotes: pl.DataFrame) -> pl.DataFrame:
    joined = trades.join_asof(
        quotes, on="ts", by="contract", allow_exact_matches=False, check_sortedness=False
    )
    return joined.with_columns(pl.col("bid_price", "ask_price").fill_null(float("nan")))
