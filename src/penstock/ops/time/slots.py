"""Slots of a day or a week, for kernels and by name."""

from typing import Literal, get_args

from penstock.core.jit import jit
from penstock.ops.time.civil import DAY

Slot = Literal["minute_of_day", "hour_of_day", "day_of_week", "hour_of_week"]
NAMES: tuple[str, ...] = get_args(Slot)
MINUTE, HOUR = 60_000_000_000, 3_600_000_000_000
WEEK = 7 * DAY
MONDAY = 3 * DAY  # 1970-01-01 was a Thursday: so much of its week had gone
# by name: the length of a slot, how many there are until they begin again, and the days that takes
LENGTHS = {"minute_of_day": MINUTE, "hour_of_day": HOUR, "day_of_week": DAY, "hour_of_week": HOUR}
COUNTS = {"minute_of_day": 1_440, "hour_of_day": 24, "day_of_week": 7, "hour_of_week": 168}
CYCLES = {"minute_of_day": 1, "hour_of_day": 1, "day_of_week": 7, "hour_of_week": 7}


@jit
def slot_of(local: int, length: int, count: int) -> tuple[int, int]:
    """The slot of a local time, and the number of the cycle that it is in.

    A bar that ends with a slot is in it, so the moment before counts.
    """
    number = (local - 1 + MONDAY) // length
    return number % count, number // count
