"""Small symmetric systems for kernels: no library, so that the bits are ours.

Matrices lie row by row in flat arrays; `at` is where one begins. Only the lower triangle of a
symmetric matrix is read.
"""

import math

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.errors import DefinitionError
from penstock.core.jit import jit
from penstock.expr import Expr

SCRATCH = np.dtype([("value", "f8")])
SWEEPS = 30  # Jacobi's method converges quadratically: six do for a hundred rows


def side(node: Expr, matrix: Expr) -> int:
    """Rows of a square matrix."""
    rows = math.isqrt(matrix.cells)
    if rows < 2 or rows * rows != matrix.cells:
        raise DefinitionError(
            f"{type(node).__name__}: a matrix has a square number of cells, at least 4, got {matrix.cells}"
        )
    return rows


@jit
def factor(h: np.ndarray, matrix: F8, at: int, n: int) -> bool:
    """Cholesky's lower factor into the first n * n items of `h`; whether there is one."""
    for i in range(n):
        for j in range(i + 1):
            total = matrix[at + i * n + j]
            for k in range(j):
                total -= h[i * n + k]["value"] * h[j * n + k]["value"]
            if i == j:
                if not (total > 0.0 and maths.is_finite(total)):
                    return False
                h[i * n + i]["value"] = math.sqrt(total)
            else:
                h[i * n + j]["value"] = total / h[j * n + j]["value"]
    return True


@jit
def solve(h: np.ndarray, n: int, at: int) -> None:
    """Replace the n items of `h` from `at` by the solution; the factor is in the first n * n."""
    for i in range(n):
        total = h[at + i]["value"]
        for k in range(i):
            total -= h[i * n + k]["value"] * h[at + k]["value"]
        h[at + i]["value"] = total / h[i * n + i]["value"]
    for i in range(n - 1, -1, -1):
        total = h[at + i]["value"]
        for k in range(i + 1, n):
            total -= h[k * n + i]["value"] * h[at + k]["value"]
        h[at + i]["value"] = total / h[i * n + i]["value"]


@jit
def rotate(h: np.ndarray, n: int, p: int, q: int) -> None:
    """One rotation of Jacobi's: it sets the element (p, q) to 0. The vectors follow the matrix."""
    off = h[p * n + q]["value"]
    theta = (h[q * n + q]["value"] - h[p * n + p]["value"]) / (2.0 * off)
    t = 1.0 / (abs(theta) + maths.sqrt(theta * theta + 1.0))
    t = -t if theta < 0.0 else t
    c = 1.0 / math.sqrt(t * t + 1.0)
    s = t * c
    for k in range(n):
        if k not in (p, q):
            a, b = h[k * n + p]["value"], h[k * n + q]["value"]
            h[k * n + p]["value"], h[k * n + q]["value"] = c * a - s * b, s * a + c * b
            h[p * n + k]["value"], h[q * n + k]["value"] = c * a - s * b, s * a + c * b
        a, b = h[n * n + k * n + p]["value"], h[n * n + k * n + q]["value"]
        h[n * n + k * n + p]["value"] = c * a - s * b
        h[n * n + k * n + q]["value"] = s * a + c * b
    h[p * n + p]["value"] -= t * off
    h[q * n + q]["value"] += t * off
    h[p * n + q]["value"], h[q * n + p]["value"] = 0.0, 0.0


@jit
def diagonalise(h: np.ndarray, n: int) -> None:
    """Eigenvalues onto the diagonal of the matrix in `h`, eigenvectors into the columns after it."""
    for i in range(n):
        for j in range(n):
            h[n * n + i * n + j]["value"] = 1.0 if i == j else 0.0
    for _ in range(SWEEPS):
        turned = 0
        for p in range(n - 1):
            for q in range(p + 1, n):
                size = maths.sqrt(abs(h[p * n + p]["value"])) * maths.sqrt(
                    abs(h[q * n + q]["value"])
                )
                if abs(h[p * n + q]["value"]) > 1e-17 * size:
                    rotate(h, n, p, q)
                    turned += 1
        if turned == 0:
            return
