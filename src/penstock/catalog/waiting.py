"""The rows of these families that are not built yet, and what each waits for: none."""

WAITING: tuple[tuple[str, str], ...] = ()
