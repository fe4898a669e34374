"""The clock of a view whose features were asked for without one."""

from collections.abc import Sequence

FIRST = ("trade", "quote", "book", "bar", "mbo", "depth")


def default_clock(read: Sequence[str], have: Sequence[str]) -> str:
    """When there is a row, where the options do not say.

    Examples
    --------
    >>> default_clock(["book", "trade"], ["trade", "book"]), default_clock(["bar"], ["trade"])
    ('trade', 'bar:1m')
    >>> default_clock(["quote"], ["trade", "book"]), default_clock([], ["bar"])
    ('book', 'bar')
    """
    if "bar" in read and "bar" not in have and "trade" in have:
        return "bar:1m"
    wanted = {"book" if name == "quote" and "quote" not in have else name for name in read}
    for name in (*FIRST, *read):
        if name in wanted and name in have:
            return name
    return next((name for name in (*FIRST, *have) if name in have), "trade")
