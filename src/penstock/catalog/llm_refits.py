"""What is fitted to prompts and to rewards from time to time."""

from functools import reduce
from math import log

from penstock.core.errors import DefinitionError
from penstock.events import LlmProfile, LlmReward
from penstock.expr import Constant, Expr
from penstock.expr.columns import Columns, columns
from penstock.fits.kmeans import kmeans
from penstock.fits.principal import principal
from penstock.fits.ridge import ridge
from penstock.formulas.guards import one
from penstock.formulas.llm.labels import code
from penstock.formulas.llm.prompts import vector
from penstock.formulas.llm.requests import TASKS
from penstock.formulas.llm.streams import REQUEST
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.log1p import Log1p
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.matrix.matrix_product import MatrixProduct
from penstock.ops.row.dot import Dot
from penstock.ops.row.row_arg_max import RowArgMax
from penstock.ops.row.stack import Stack


def prompt_embedding(
    *,
    dim: int = 8,
    component: int = 1,
    window: int = 1_000,
    refit: int = 250,
    encoder: str = "any",
) -> Expr:
    r"""One of the first principal components of the last prompt's vector.

    .. math:: z_k = b_k \cdot (e - \bar e)

    Notes
    -----
    The row is a vector; a column is one number, so `component` chooses from 1 to `dim`. The basis is fitted every
    `refit` prompts on the last `window` of them, signs fixed, and used from the next on; the row refits once a day,
    and prompts are counted instead, so that the same prompts give the same fits wherever a log begins. Known when the
    encoder is done, which the reader declares.
    """
    if not 1 <= component <= dim or dim < 2:
        raise DefinitionError(
            f"prompt_embedding: dim must be at least 2 and component from 1 to dim, got {dim}, {component}"
        )
    x = vector(encoder)
    basis = Fitted(x, principal(x.cells, dim), window=window, every=refit)
    return AsOf(Cell(MatrixProduct(basis, Stack(x, Constant(1.0)), rows=dim), component - 1))


def context(of: Columns, classes: tuple[str, ...]) -> list[Expr]:
    """What a request says, each of about 1: of a request, or of what a reward repeats of one."""
    n, words = of.tokens, of.words
    parts = [
        one(n), Log1p(n) / 8.0, of.history_tokens / n, of.characters / words / 8.0, words / of.sentences / 32.0,
        of.syllables / words / 2.0, of.priority / 10.0,
    ]  # fmt: skip
    tasks = code(of.task, classes, other=Constant(len(classes)))
    return [FillNan(part, value=0.0) for part in parts] + [
        Equal(tasks, float(place)) + 0.0 for place in range(len(classes))
    ]


def model_fit_score(
    *,
    lambda_: float = 1.0,
    window: int = 200,
    refit: int = 20,
    classes: tuple[str, ...] = TASKS,
    model: str = "",
) -> Expr:
    r"""Reward that a model may bring for a request, by a linear model of the rewards that it brought.

    .. math:: \hat r_m = x^\top \theta_m, \quad
        \theta_m = (X_m^\top X_m + \lambda I)^{-1} X_m^\top r_m

    Notes
    -----
    :math:`X_m` and :math:`r_m` are contexts and rewards of the last `window` decisions for the model whose reward is
    known, refitted every `refit` of them and used from the next on; NaN before. The context is 1,
    :math:`\ln(1 + n) / 8`, the share of history, letters a word by 8, words a sentence by 32, syllables a word by 2,
    the priority by 10, and one for each of `classes` that is the task; what is unknown is 0. A model, not an
    observation: it has seen the rewards of what was chosen alone.
    """
    if lambda_ <= 0.0:
        raise DefinitionError(f"model_fit_score: lambda must be positive, got {lambda_}")
    told, asked = columns(LlmReward, model), [AsOf(x) for x in context(REQUEST, classes)]
    past = reduce(Stack, [*context(told, classes), told.value])
    weights = Fitted(past, ridge(len(asked), lambda_), window=window, every=refit)
    return Dot(AsOf(weights), reduce(Stack, asked))


def user_behavior_cluster(
    *, K: int = 8, seed: int = 0, window: int = 400, refit: int = 100
) -> Expr:
    r"""Group of users that the user whose session ended last is in, from 0 on.

    .. math:: \arg\min_k |z - c_k|

    Notes
    -----
    A category: numbers say nothing of an order. A user is what his sessions were like in the mean: the logarithms of
    requests a session, of a prompt's length and of the seconds between requests (half an hour where no session has
    two), ratings a request, the share that was asked for again, the share of sessions that were given up; standardised.
    The `K` centres are fitted every `refit` sessions on the last `window` of them, of all users, and used from the next
    on; NaN before. They stand in the order of their cells: groups keep their numbers as long as that order does. The
    view's key is the system; the user stands in the event.
    """
    if K < 2 or seed < 0:
        raise DefinitionError(
            f"user_behavior_cluster: K must be at least 2, seed not negative, got {K}, {seed}"
        )
    of = columns(LlmProfile)
    pace = FillNan(Log1p(of.pace), value=log(1_801.0))
    parts = [Log1p(of.requests), Log1p(of.length), pace, of.rated, of.again, of.abandoned]
    x = reduce(Stack, [part + 0.0 for part in parts])
    centres = Fitted(x, kmeans(len(parts), K, seed), window=window, every=refit)
    return AsOf(RowArgMax(MatrixProduct(centres, Stack(x, Constant(1.0)), rows=K)))
