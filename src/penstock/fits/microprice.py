"""The table of the micro-price: what the mid is expected to move to, by imbalance and spread."""

import functools

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model

WORST = 1e10  # condition of a system whose solution still has six digits
STILL = 1e-6  # ticks: the rounding of a mid that did not move


def fit_microprice(window: np.ndarray, imbalances: int = 10, spreads: int = 3) -> np.ndarray:
    r"""Adjustment of the mid price in every state of imbalance and spread.

    .. math::

        g^* = \sum_{i \ge 0} B^i G_1, \quad G_1 = (I - Q)^{-1} R K, \quad B = (I - Q)^{-1} T

    where Q are the probabilities of going from state to state while the mid stands, T those of
    going there while it moves, and R those of each move in K.

    Parameters
    ----------
    window
        Quotes, oldest first: bid price, bid size, ask price and ask size are the first columns.
    imbalances
        Equal intervals of bid size over both sizes.
    spreads
        Spreads of 1, 2, … ticks; wider ones count as the last.

    Returns
    -------
    numpy.ndarray
        The tick size, then the adjustments in price by spread and, within it, by imbalance; NaN in
        states that the window does not leave. ``MicropriceAdjustment`` reads it.

    Raises
    ------
    FitError
        Where the mid never moves, or some states never reach a move or the other states.

    Notes
    -----
    Every transition counts once as it is and once mirrored (bid and ask exchanged, the move with
    the other sign), which is what makes the sum converge. The tick is the smallest positive
    spread. Quotes with an empty side, or crossed or locked, cut the sequence.

    References
    ----------
    Stoikov, S. (2018). The micro-price: a high-frequency estimator of future prices. Quantitative
    Finance 18(12), 1959-1966.
    """
    bid, bid_size, ask, ask_size = window[:, :4].T
    with np.errstate(invalid="ignore"):
        known = (ask > bid) & (bid_size > 0.0) & (ask_size > 0.0)
    if known.sum() < 2:
        raise FitError(f"fit_microprice: at least 2 sound quotes are needed, got {known.sum()}")
    tick = float((ask - bid)[known].min())
    state = np.full(len(window), -1)
    share = (bid_size[known] / (bid_size[known] + ask_size[known]) * imbalances).astype(int)
    wide = np.clip(((ask - bid)[known] / tick + 0.5).astype(int), 1, spreads) - 1
    state[known] = wide * imbalances + np.minimum(share, imbalances - 1)
    moves = np.diff(bid + ask) / (2.0 * tick)
    moves[np.abs(moves) < STILL] = 0.0
    linked = known[:-1] & known[1:]
    table = solve_microprice(
        state[:-1][linked], state[1:][linked], moves[linked], imbalances, spreads
    )
    return np.concatenate([[tick], table * tick])


def solve_microprice(
    origin: np.ndarray, target: np.ndarray, moves: np.ndarray, imbalances: int, spreads: int
) -> np.ndarray:
    """The fixed point for observed transitions between states, in the unit of the moves."""
    size = imbalances * spreads
    mirror = np.arange(size).reshape(spreads, imbalances)[:, ::-1].ravel()
    origin = np.concatenate([origin, mirror[origin]])
    target = np.concatenate([target, mirror[target]])
    moves = np.concatenate([moves, -moves])
    left = np.unique(origin)
    while not (kept := np.isin(target, left)).all():  # the last quote's state may never be left
        origin, target, moves = origin[kept], target[kept], moves[kept]
        left = np.unique(origin)
    origin, target = np.searchsorted(left, origin), np.searchsorted(left, target)
    states = left.size
    still, moving = np.zeros((states, states)), np.zeros((states, states))
    np.add.at(still, (origin[moves == 0.0], target[moves == 0.0]), 1.0)
    np.add.at(moving, (origin[moves != 0.0], target[moves != 0.0]), 1.0)
    if not moving.any():
        raise FitError(f"fit_microprice: the mid must move, got none of {moves.size // 2}")
    seen = (still + moving).sum(axis=1)
    gain = np.bincount(origin, weights=moves, minlength=states) / seen
    wait = np.eye(states) - still / seen[:, None]
    solved = _solve(
        wait, np.column_stack([gain, moving / seen[:, None]]), "every state must reach a move"
    )
    first, jump = solved[:, 0], solved[:, 1:]
    # equal entries solve g = jump @ g; the added average picks the antisymmetric solution
    table = np.full(size, np.nan)
    table[left] = _solve(np.eye(states) - jump + 1.0 / states, first, "all states must be linked")
    return table


def _solve(system: np.ndarray, right: np.ndarray, rule: str) -> np.ndarray:
    condition = float(np.linalg.cond(system))
    if not condition < WORST:
        raise FitError(f"fit_microprice: {rule}, got a system of condition {condition:g}")
    return np.linalg.solve(system, right)


def microprice(imbalances: int = 10, spreads: int = 3) -> Model:
    """The micro-price table as a model to refit."""
    return Model(
        f"microprice {imbalances}x{spreads} v1",
        1 + imbalances * spreads,
        functools.partial(fit_microprice, imbalances=imbalances, spreads=spreads),
    )
