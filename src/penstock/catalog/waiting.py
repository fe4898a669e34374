"""The rows of these families that are not built yet, and what each waits for."""

WAITING: tuple[tuple[str, str], ...] = (
    ("microstructure.realized_spread", "the Delay clock: the mid some time after each trade"),
    ("microstructure.price_impact_spread", "the Delay clock: the mid some time after each trade"),
)
