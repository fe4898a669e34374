"""The proleptic Gregorian calendar in whole numbers, for kernels; a day is counted from 1970-01-01."""

from penstock.core.arrays import I8
from penstock.core.jit import jit

DAY = 86_400_000_000_000


@jit
def stretch(starts: I8, k: int, at: int) -> int:
    """The last of some rising times that is not after `at`, -1 before the first; ``k`` is a guess."""
    if (k >= 0) & (k < starts.size):
        later = k + 1
        if starts[k] <= at and (later == starts.size or at < starts[later]):
            return k
    low, high = 0, starts.size
    while low < high:
        middle = (low + high) // 2
        if starts[middle] <= at:
            low = middle + 1
        else:
            high = middle
    return low - 1


@jit
def year_of(day: int) -> tuple[int, int]:
    """The year of a day that is counted from 1970-01-01, and the day that the year began on."""
    # counted from 0000-03-01, so that a leap day is the last of its year
    shifted = day + 719_468
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    years = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    march = years + era * 400
    from_march = of_era - (365 * years + years // 4 - years // 100)
    year = march + 1 if from_march >= 306 else march
    return year, begins(year)


@jit
def begins(year: int) -> int:
    """The day, counted from 1970-01-01, that a year begins on."""
    before = year - 1
    return 365 * year + before // 4 - before // 100 + before // 400 - 719_527


@jit
def month_of(of_year: int, leap: int) -> tuple[int, int]:
    """Month and day of a day of the year, both from 1."""
    late = of_year if of_year < 59 + leap else of_year + 2 - leap  # as if February had 30 days
    month = (late * 12 + 6) // 367
    return month + 1, late - (367 * month + 5) // 12 + 1


@jit
def week_of(day: int, year: int, first: int) -> int:
    """The ISO week: that of the Thursday."""
    thursday = day - (day + 3) % 7 + 3
    start = first
    if thursday < first:
        start = begins(year - 1)
    elif thursday >= begins(year + 1):
        start = begins(year + 1)
    return (thursday - start) // 7 + 1
