"""Names that other systems use for features, each with what it means here."""

ALIASES: dict[str, str] = {
    "price_momentum_1m": "price.simple_return(k=1, tf=1m)",
    "price_momentum_5m": "price.simple_return(k=5, tf=1m)",
    "price_momentum_15m": "price.simple_return(k=15, tf=1m)",
    "rsi_14": "indicators.rsi(w=14, tf=1m)",
    "market_hour": "time.hour_of_day",
    "day_of_week": "time.day_of_week",
    "volume_profile": "volume_profile.volume_at_price_share(W=session)",
    "spread_pct": "microstructure.relative_spread(unit=percent)",
    "spread": "microstructure.bid_ask_spread",
    "imbalance_ratio": "microstructure.depth_imbalance(L=10)",
    "imbalance_L1": "microstructure.queue_imbalance",
    "imbalance_L3": "microstructure.depth_imbalance(L=3)",
    "imbalance_L5": "microstructure.depth_imbalance(L=5)",
    "imbalance_L10": "microstructure.depth_imbalance(L=10)",
    "bid_volume": "microstructure.total_depth(L=10, side=bid)",
    "ask_volume": "microstructure.total_depth(L=10, side=ask)",
    "weighted_mid": "microstructure.weighted_mid_price",
    "buy_volume_est": "order_flow.bulk_buy_fraction",
    "sell_volume_est": "order_flow.bulk_buy_fraction(side=sell)",
    "vpin": "order_flow.vpin(n=50)",
}
