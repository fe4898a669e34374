"""The rows of these families that are not built yet, and what each waits for."""

WAITING: tuple[tuple[str, str], ...] = (
    (
        "ratio.put_call_open_interest_ratio",
        "the open interest of every option contract of an underlying, which the levels pipeline keeps",
    ),
)
