"""Groups of rows by k-means."""

import functools

import numpy as np

from penstock.core.errors import FitError
from penstock.core.model import Model

ROUNDS = 50


def fit_kmeans(window: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    r"""The centres of groups of rows, as weights by which a row finds its nearest.

    .. math:: \arg\min_k |z - c_k|^2 = \arg\max_k (z \cdot c_k - |c_k|^2 / 2), \quad z = (x - \mu) / \sigma

    Parameters
    ----------
    window
        Rows; one with a value that is not finite is left out. Columns are standardised by their mean and deviation.
    clusters
        How many centres, k. They stand in the order of their cells, the first first: a fit knows no fit before it, so
        groups keep their numbers as long as they keep that order.
    seed
        Of the first centres, which k-means++ draws.

    Returns
    -------
    numpy.ndarray
        Row by row for each centre the matrix that (x, 1) is multiplied by: the largest product is the nearest centre.

    Raises
    ------
    FitError
        With fewer different rows than centres.

    References
    ----------
    Lloyd, S. (1982). Least squares quantization in PCM. IEEE Trans. Information Theory 28; Arthur, D., Vassilvitskii,
    S. (2007). k-means++. SODA.
    """
    rows = window[np.isfinite(window).all(axis=1)]
    if len(np.unique(rows, axis=0)) < clusters:
        raise FitError(f"fit_kmeans: at least {clusters} different rows are needed, got fewer")
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 0.0, scale, 1.0)
    z, rng = (rows - mean) / scale, np.random.default_rng(seed)
    centres = z[[rng.integers(len(z))]]
    while len(centres) < clusters:
        near = ((z[:, None] - centres) ** 2).sum(axis=2).min(axis=1)
        centres = np.vstack([centres, z[rng.choice(len(z), p=near / near.sum())]])
    for _ in range(ROUNDS):
        mine = ((z[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        moved = np.array(
            [
                z[mine == k].mean(axis=0) if (mine == k).any() else centres[k]
                for k in range(clusters)
            ]
        )
        if np.array_equal(moved, centres):
            break
        centres = moved
    centres = centres[np.lexsort(centres.T[::-1])]
    weights = centres / scale
    return np.column_stack([weights, -weights @ mean - (centres**2).sum(axis=1) / 2.0]).ravel()


def kmeans(columns: int, clusters: int, seed: int) -> Model:
    """Groups of rows of so many columns as a model to refit."""
    fit = functools.partial(fit_kmeans, clusters=clusters, seed=seed)
    return Model(f"kmeans {columns}x{clusters}x{seed} v1", clusters * (columns + 1), fit)
