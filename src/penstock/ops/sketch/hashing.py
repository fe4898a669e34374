"""Hashes of integers: the same bits compiled and interpreted, in every process."""

from penstock.core.jit import jit

LOW = 0xFFFFFFFF


@jit
def mix(h: int) -> int:
    """Mix 32 bits; no product leaves 63 bits, so integers of any kind agree."""
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & LOW
    h = ((h ^ (h >> 12)) * 0x297A2D39) & LOW
    return h ^ (h >> 15)


@jit
def hashed(number: int, salt: int) -> int:
    """32 bits of a number, others for each salt."""
    h = mix((number & LOW) ^ mix(salt ^ 0x3C6EF372))
    return mix(h ^ ((number >> 32) & LOW))


def plain(number: int, salt: int) -> int:
    """The same for oracles, from the words of the number and in unbounded integers."""

    def step(h: int) -> int:
        for shift, factor in ((15, 0x2C1B3C6D), (12, 0x297A2D39)):
            h = (h ^ h >> shift) * factor % 2**32
        return h ^ h >> 15

    high, low = divmod(number % 2**64, 2**32)
    return step(step(low ^ step(salt ^ 0x3C6EF372)) ^ high)
