"""The rows of these families that are not built yet, and what each waits for."""

WAITING: tuple[tuple[str, str], ...] = (
    (
        "ratio.put_call_open_interest_ratio",
        "the open interest of every option contract of an underlying, which the levels pipeline keeps",
    ),
    *(
        (f"order_flow.{name}", "not built yet")
        for name in (
            "integrated_ofi",
            "vpin",
            "pin_probability",
            "trade_sign_memory_exponent",
            "signed_run_volume",
            "tick_imbalance_theta",
            "sweep_flag",
            "sweep_levels",
            "sweep_notional_rate",
            "iceberg_score",
            "iceberg_refill_count",
            "stacked_imbalance_count",
            "limit_add_rate",
            "cancel_rate",
            "cancel_to_trade_ratio",
            "add_cancel_imbalance",
            "hawkes_buy_sell_asymmetry",
            "depth_consumption_ratio",
            "propagator_impact",
        )
    ),
)
