"""What a registry says of a model at the time of the row; the view's key is the model, or `model` is its role."""

from penstock.core.errors import DefinitionError
from penstock.events.types.llm import BENCHMARKS, CAPABILITIES
from penstock.expr import Column, Expr
from penstock.formulas.guards import known, positive
from penstock.formulas.llm.labels import bits_of, code, reordered
from penstock.formulas.llm.streams import registry, when
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.not_equal import NotEqual
from penstock.ops.time.until import Until

SIZES = ("small", "medium", "large")
DAY = 86_400.0


def context_length(*, model: str = "") -> Expr:
    r"""Tokens of the largest context, :math:`c`, as the registry has it at the time of the row."""
    return registry(model).context_length + 0.0


def max_output_tokens(*, model: str = "") -> Expr:
    r"""Tokens of the longest answer, :math:`o_{\max}`, as the registry has it at the time of the row."""
    return registry(model).max_output + 0.0


def cost_per_1k_input_tokens(*, currency: str = "USD", model: str = "") -> Expr:
    r"""Price of 1,000 tokens of a prompt, :math:`c_{in}`, valid at the time of the row."""
    return in_dollars(registry(model).input_cost, currency)


def cost_per_1k_output_tokens(*, currency: str = "USD", model: str = "") -> Expr:
    r"""Price of 1,000 tokens of an answer, :math:`c_{out}`, valid at the time of the row."""
    return in_dollars(registry(model).output_cost, currency)


def in_dollars(price: Expr, currency: str) -> Expr:
    """A price; registries list dollars."""
    if currency != "USD":
        raise DefinitionError(
            f"Prices of models: currency must be USD, which registries list, got {currency!r}"
        )
    return price + 0.0


def capability_score(*, benchmarks: tuple[float, ...] = (1.0,) * 6, model: str = "") -> Expr:
    r"""Weighted mean of a model's percentiles in benchmarks, from 0 to 1.

    .. math:: \frac{\sum_{j \in K} w_j b_j}{\sum_{j \in K} w_j}

    Notes
    -----
    `benchmarks` are the weights of knowledge, reasoning, mathematics, coding, instructions and vision; K are those
    that are known. NaN where none is.
    """
    if len(benchmarks) != len(BENCHMARKS) or min(benchmarks) < 0.0:
        raise DefinitionError(
            f"capability_score: {len(BENCHMARKS)} weights of 0 or more are needed "
            f"({', '.join(BENCHMARKS)}), got {benchmarks}"
        )
    above: Expr | None = None
    below: Expr | None = None
    for weight, name in zip(benchmarks, BENCHMARKS, strict=True):
        found = Column(registry(model).stream, name)
        part, share = FillNan(found, value=0.0) * weight, known(found) * weight
        above = part if above is None else above + part
        below = share if below is None else below + share
    if above is None or below is None:
        raise DefinitionError("capability_score: a benchmark is needed, got none")
    return above / positive(below)


def capabilities(*, bits: tuple[str, ...] = CAPABILITIES, model: str = "") -> Expr:
    r"""What a model can do, :math:`\sum_k 2^k b_k`; NaN where the registry does not say."""
    return reordered(bits_of(registry(model).capabilities), bits)


def knowledge_cutoff_age(*, model: str = "") -> Expr:
    r"""Days since the end of what a model was trained on, :math:`(t - t_c) / 86400`."""
    return Until(registry(model).cutoff) * (-1.0 / DAY)


def provider(*, model: str = "") -> Expr:
    r"""Who serves a model, as the id of the name, :math:`\mathrm{id}(p)`.

    Notes
    -----
    A category; see ``text_id`` for the ids. NaN where the registry does not say.
    """
    told = registry(model).provider
    return when(NotEqual(told, 0.0), told, None)


def size_class(*, order: tuple[str, ...] = SIZES, model: str = "") -> Expr:
    r"""Size of a model as its place in `order`, :math:`\{0, 1, 2\}`; NaN where it is none of them."""
    return code(registry(model).size, order)


def nominal_decode_rate(*, model: str = "") -> Expr:
    r"""Tokens per second that the registry promises of one request alone, :math:`r`."""
    rate = registry(model).decode_rate
    return when(GreaterEqual(rate, 0.0), rate, None)
