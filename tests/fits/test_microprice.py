"""The micro-price table against the sum that defines it."""

from collections import Counter

import numpy as np
import pytest

from penstock.core.errors import FitError
from penstock.fits.microprice import fit_microprice, microprice, solve_microprice

IMBALANCES, SPREADS = 4, 2


def transitions(size, seed=0):
    """A chain whose mid tends to move to the side with less size."""
    random = np.random.default_rng(seed)
    state = random.integers(0, IMBALANCES * SPREADS, size + 1)
    lean = (state[:-1] % IMBALANCES - 1.5) / 3.0
    moves = np.where(
        random.random(size) < 0.3, np.where(random.random(size) < 0.5 + lean, 0.5, -0.5), 0.0
    )
    return state[:-1], state[1:], moves


def by_definition(origin, target, moves, terms):
    """The sum over the first moves, from counts of single transitions and their mirror images."""
    size = IMBALANCES * SPREADS

    def mirror(state):
        return state - state % IMBALANCES + IMBALANCES - 1 - state % IMBALANCES

    counts = Counter()
    for a, b, move in zip(origin.tolist(), target.tolist(), moves.tolist(), strict=True):
        counts[a, b, move] += 1
        counts[mirror(a), mirror(b), -move] += 1
    left = Counter()
    for (a, _, _), count in counts.items():
        left[a] += count
    still, moving, gain = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size)
    for (a, b, move), count in counts.items():
        share = count / left[a]
        gain[a] += share * move
        (still if move == 0.0 else moving)[a, b] += share
    waiting = sum(np.linalg.matrix_power(still, k) for k in range(400))
    first, jump = waiting @ gain, waiting @ moving
    table, term = np.zeros(size), first
    for _ in range(terms):
        table, term = table + term, jump @ term
    return table


def quotes(size, seed=0):
    """A book whose sizes predict which side is taken next."""
    random = np.random.default_rng(seed)
    rows = np.empty((size, 4))
    bid, bid_size, ask_size, wide = 100.0, 5, 5, 1
    for t in range(size):
        rows[t] = bid, bid_size, bid + 0.25 * wide, ask_size
        if random.random() < 0.4:
            bid += 0.25 if random.random() < bid_size / (bid_size + ask_size) else -0.25
        bid_size, ask_size = random.integers(1, 10, 2)
        wide = 1 + int(random.random() < 0.2)
    return rows


def test_the_fixed_point_is_the_sum_of_the_expected_moves():
    origin, target, moves = transitions(5_000)
    solved = solve_microprice(origin, target, moves, IMBALANCES, SPREADS)
    np.testing.assert_allclose(
        solved, by_definition(origin, target, moves, 400), rtol=1e-9, atol=1e-12
    )


def test_the_table_is_antisymmetric_in_imbalance():
    solved = solve_microprice(*transitions(3_000, seed=1), IMBALANCES, SPREADS)
    by_spread = solved.reshape(SPREADS, IMBALANCES)
    np.testing.assert_allclose(by_spread, -by_spread[:, ::-1], atol=1e-12)


def test_more_bid_size_means_a_higher_price():
    table = fit_microprice(quotes(20_000), imbalances=4, spreads=2)
    assert table[0] == 0.25
    assert (np.diff(table[1:5]) > 0.0).all()


def test_only_the_best_level_is_read():
    rows = quotes(2_000)
    deeper = np.column_stack([rows, np.full((2_000, 4), np.nan)])
    np.testing.assert_array_equal(
        fit_microprice(deeper, imbalances=4, spreads=2),
        fit_microprice(rows, imbalances=4, spreads=2),
    )


def test_unsound_quotes_cut_the_sequence():
    rows = quotes(3_000)
    holed = np.insert(rows, 1_500, [[np.nan, 0.0, 100.0, 1.0], [101.0, 1.0, 100.0, 1.0]], axis=0)
    parts = [rows[:1_500], rows[1_500:]]
    spread = np.round((rows[:, 2] - rows[:, 0]) / 0.25).astype(int)
    share = np.floor(4 * rows[:, 1] / (rows[:, 1] + rows[:, 3])).astype(int)
    state = (np.clip(spread, 1, 2) - 1) * 4 + np.minimum(share, 3)
    mids = (rows[:, 0] + rows[:, 2]) / 2.0
    kept = np.arange(2_999) != 1_499
    expected = solve_microprice(
        state[:-1][kept], state[1:][kept], (np.diff(mids) / 0.25)[kept], 4, 2
    )
    assert sum(map(len, parts)) == 3_000
    np.testing.assert_allclose(fit_microprice(holed, 4, 2)[1:], expected * 0.25, rtol=1e-12)


def test_a_state_that_was_never_left_has_no_adjustment():
    origin, target, moves = transitions(3_000)
    inner = (origin % IMBALANCES > 0) & (origin % IMBALANCES < 3)
    inner &= (target % IMBALANCES > 0) & (target % IMBALANCES < 3)
    solved = solve_microprice(origin[inner], target[inner], moves[inner], IMBALANCES, SPREADS)
    np.testing.assert_array_equal(np.isnan(solved), np.isin(np.arange(8) % 4, (0, 3)))


def test_rounding_of_decimal_prices_is_no_move():
    cents = quotes(2_000)
    cents[:, [0, 2]] = np.round(cents[:, [0, 2]] * 4.0) * 0.01
    whole = cents.copy()
    whole[:, [0, 2]] = np.round(whole[:, [0, 2]] * 100.0)
    np.testing.assert_allclose(
        fit_microprice(cents, 4, 2), fit_microprice(whole, 4, 2) * 0.01, rtol=1e-9, atol=1e-15
    )


def test_a_mid_that_never_moves_is_a_fit_error():
    rows = np.tile([100.0, 1.0, 100.25, 2.0], (50, 1))
    with pytest.raises(FitError, match="the mid must move"):
        fit_microprice(rows)


def test_a_window_without_sound_quotes_is_a_fit_error():
    with pytest.raises(FitError, match="sound quotes"):
        fit_microprice(np.full((50, 4), np.nan))


def test_a_state_that_only_waits_is_a_fit_error():
    origin = np.array([0, 0, 1, 1])
    with pytest.raises(FitError, match="reach a move"):
        solve_microprice(origin, np.array([0, 0, 1, 1]), np.array([0.0, 0.0, 0.5, -0.5]), 4, 1)


def test_the_model_declares_as_many_cells_as_it_fits():
    model = microprice(4, 2)
    assert model.fit(quotes(2_000)).size == model.size
