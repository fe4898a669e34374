"""The events that the engine suite feeds: seeded, a book and a trade by turns."""

from collections.abc import Iterator

import numpy as np

from penstock.events import Block, Book, Event, Trade
from penstock.events.types import LEVELS

START = 1_700_000_000_000_000_000
GAP = 50_000_000  # ns between two events, on average
TICK = 0.25


def books(time: np.ndarray, key: np.ndarray, best: np.ndarray, rng: np.random.Generator) -> Block:
    """Books of ten levels a tick apart, with random sizes."""
    levels = np.empty((time.size, LEVELS, 4))
    steps = TICK * np.arange(LEVELS)
    levels[:, :, 0], levels[:, :, 2] = best[:, None] - steps, best[:, None] + TICK + steps
    levels[:, :, 1::2] = rng.integers(1, 200, (time.size, LEVELS, 2))
    return Block.of(Book, time=time, key=key, levels=levels.reshape(time.size, -1))


def trades(time: np.ndarray, key: np.ndarray, best: np.ndarray, rng: np.random.Generator) -> Block:
    """Trades at the bid or at the ask."""
    side = rng.choice([-1, 1], time.size)
    return Block.of(
        Trade,
        time=time,
        key=key,
        price=best + TICK * (side > 0),
        size=rng.integers(1, 50, time.size).astype(float),
        side=side,
    )


def walk(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Best bids that walk on the price grid, along the first axis."""
    return 5_000.0 + TICK * np.cumsum(rng.integers(-2, 3, shape), axis=0)


def one_symbol(count: int, seed: int = 1) -> tuple[Block, Block]:
    """Books and trades of one symbol, ``count`` events in all, by turns."""
    rng = np.random.default_rng(seed)
    time = START + np.cumsum(rng.integers(1, 2 * GAP, count))
    best, key = walk((count,), rng), np.zeros(count, np.int64)
    even, odd = slice(0, None, 2), slice(1, None, 2)
    return books(time[even], key[even], best[even], rng), trades(
        time[odd], key[odd], best[odd], rng
    )


def many_symbols(keys: int, rounds: int, seed: int = 2) -> Iterator[Block]:
    """One event of each symbol a round, in an order of its own: books and trades by turns."""
    rng = np.random.default_rng(seed)
    best = np.full(keys, 5_000.0)
    for turn in range(rounds):
        best += TICK * rng.integers(-2, 3, keys)
        key = rng.permutation(keys)
        time = START + GAP * turn + np.arange(keys)
        yield (trades if turn % 2 else books)(time, key, best[key], rng)


def interleaved(first: Block, second: Block) -> list[Event]:
    """The events of two blocks by turns."""
    return [event for pair in zip(first, second, strict=False) for event in pair]
