"""The rows of these families that are not built yet, and what each waits for."""

WAITING: tuple[tuple[str, str], ...] = (
    (
        "price.excess_return",
        "bars of a benchmark in a role that stand before the bars of one time that are compared to them, "
        "which the families of several symbols need too",
    ),
    (
        "ratio.put_call_open_interest_ratio",
        "the open interest of every option contract of an underlying, which the levels pipeline keeps",
    ),
)
