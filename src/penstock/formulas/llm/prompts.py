"""What a prompt is like: its vector, and how it is to others of its task."""

from penstock.core.errors import DefinitionError
from penstock.events import LlmPrompt
from penstock.events.texts import text_id
from penstock.expr import Constant, Expr
from penstock.expr.columns import columns
from penstock.formulas.llm.labels import code
from penstock.formulas.llm.requests import TASKS
from penstock.formulas.llm.streams import when
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.equal import Equal
from penstock.ops.expanding.centroid_cosine import CentroidCosine
from penstock.ops.row.spread import Spread

PROMPT = columns(LlmPrompt)


def vector(encoder: str) -> Expr:
    """The vectors of an encoder; NaN where another made them."""
    if encoder == "any":
        return PROMPT.vector
    mine = when(Equal(PROMPT.encoder, Constant(text_id(encoder))), Constant(1.0), None)
    return PROMPT.vector * Spread(mine, members=PROMPT.vector.cells)


def prompt_similarity_to_centroid(
    *, halflife: float = 5_000.0, classes: tuple[str, ...] = TASKS, encoder: str = "any"
) -> Expr:
    r"""Cosine of the last prompt and the mean of those of its task before it, of which later ones weigh more.

    .. math:: \cos(e_t, c_t), \quad c_t = \sum_{s < t, \; \text{task}_s = \text{task}_t} 2^{-a_s / h} e_s

    Notes
    -----
    `halflife` counts the task's prompts; a task that is none of `classes` is one more. Known when the encoder is done,
    which the reader declares. NaN for the first of a task.
    """
    if halflife <= 0.0:
        raise DefinitionError(
            f"prompt_similarity_to_centroid: halflife must be positive, got {halflife}"
        )
    task = code(PROMPT.task, classes, other=Constant(len(classes)))
    alike = CentroidCosine(vector(encoder), task, halflife=halflife, groups=len(classes) + 1)
    return AsOf(alike)
