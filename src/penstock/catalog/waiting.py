"""The rows of these families that are not built yet, and what each waits for."""

WAITING: tuple[tuple[str, str], ...] = (
    (
        "ratio.put_call_open_interest_ratio",
        "the open interest of every option contract of an underlying, which the levels pipeline keeps",
    ),
    *(
        (
            f"exchange.{name}",
            "the time at which an event was received: engines keep it, and expressions cannot read it yet",
        )
        for name in ("latency_differential", "feed_latency")
    ),
)
