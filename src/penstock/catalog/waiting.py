"""The rows of these families that are not built yet, and what each waits for."""

WAITING: tuple[tuple[str, str], ...] = (
    (
        "ratio.put_call_open_interest_ratio",
        "the open interest of every option contract of an underlying, which the levels pipeline keeps",
    ),
    *(
        (f"microstructure.{name}", "not built yet")
        for name in (
            "time_weighted_spread",
            "edge_spread",
            "effective_tick",
            "fht_spread",
            "order_book_convexity",
            "order_book_center_of_mass",
            "depth_concentration_hhi",
            "book_gap_average",
            "first_gap_size",
        )
    ),
)
