"""What a request says before any model has seen it."""

from math import log, pi
from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.events.texts import text_id
from penstock.events.types.llm import CAPABILITIES, LEXICONS
from penstock.expr import Column, Constant, Expr
from penstock.formulas.guards import NOTHING, known, one, positive
from penstock.formulas.llm.labels import bits_of, code, reordered
from penstock.formulas.llm.streams import (
    GAP,
    LONGEST,
    REQUEST,
    WEEK,
    completions,
    good,
    sessions,
    when,
)
from penstock.formulas.readability import reading_ease
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.clip import Clip
from penstock.ops.elementwise.cos import Cos
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.fill_nan import FillNan
from penstock.ops.elementwise.floor import Floor
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.log1p import Log1p
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.minimum import Minimum
from penstock.ops.elementwise.or_ import Or
from penstock.ops.elementwise.sin import Sin
from penstock.ops.elementwise.where import Where
from penstock.ops.session.cumulative_sum import CumulativeSum
from penstock.ops.time.local_time import LocalTime
from penstock.ops.window.window_sum import WindowSum

Wave = Literal["sin", "cos"]
TASKS = (
    "classification", "generation", "extraction", "summarization", "qa", "code", "translation", "chat", "reasoning",
    "other",
)  # fmt: skip
TIERS = ("free", "pro", "enterprise")
ENGLISH = 256.0 * ord("e") + ord("n")
ENOUGH_WORDS = 0.5  # in a hundred: fewer are no domain
LONG = 32_000.0  # tokens


def prompt_length(*, encoding: str = "any") -> Expr:
    r"""Tokens of the whole prompt, :math:`n`.

    Notes
    -----
    As the reader counted them. With an `encoding` such as ``o200k_base`` a prompt that was counted otherwise, or
    approximately, is NaN; with ``any`` it is not.
    """
    return counted_by(REQUEST.tokens, encoding)


def conversation_history_length(*, encoding: str = "any") -> Expr:
    r"""Tokens of the system prompt and of the turns before that a request carries, :math:`n_h`.

    Notes
    -----
    For `encoding` see ``prompt_length``.
    """
    return counted_by(REQUEST.history_tokens, encoding)


def counted_by(tokens: Expr, encoding: str) -> Expr:
    """A count, where it was made with an encoding."""
    if encoding == "any":
        return tokens + 0.0
    return when(Equal(REQUEST.tokenizer, Constant(text_id(encoding))), tokens, None)


def prompt_char_count() -> Expr:
    r"""Unicode code points of the prompt, :math:`|s|`."""
    return REQUEST.characters + 0.0


def prompt_complexity() -> Expr:
    r"""How hard an English prompt is to read, from 0 to 1.

    .. math:: \operatorname{clip}\left(\frac{100 - F}{100}, 0, 1\right), \quad
        F = 206.835 - 1.015 \frac{W}{S} - 84.6 \frac{Y}{W}

    Notes
    -----
    W, S and Y are words, sentences and syllables; NaN of other languages and where there is no word.

    References
    ----------
    Flesch, R. (1948). A new readability yardstick. Journal of Applied Psychology 32(3), 221-233.
    """
    ease = reading_ease(REQUEST.words, REQUEST.sentences, REQUEST.syllables)
    english = Equal(REQUEST.language, ENGLISH)
    return when(english, Clip((100.0 - ease) / 100.0, low=0.0, high=1.0), None)


def expected_output_length(
    *, window: Duration = WEEK, prior: float = 256.0, strength: float = 5.0
) -> Expr:
    r"""Logarithm of the answer's tokens to expect of a user's requests of this task.

    .. math:: \min\left( \frac{\sum_{i \in W} \ln(1 + o_i) + m \ln(1 + p)}{n + m}, \; \ln(1 + o_{\max}) \right)

    Notes
    -----
    Over the key's good completions of the last `window` whose task is the request's, shrunk to `prior` tokens as if
    `strength` answers of that length had been seen; a task that is none of ``TASKS`` is one more. The view's key is the
    user.
    """
    if strength <= 0.0 or prior < 0.0:
        raise DefinitionError(
            f"expected_output_length: strength must be positive and prior not negative, got {strength}, {prior}"
        )
    mine, others = completions(), Constant(len(TASKS))
    done, asked = (
        code(mine.task, TASKS, other=others),
        AsOf(code(REQUEST.task, TASKS, other=others)),
    )
    length = Log1p(mine.output_tokens)
    ok = And(good(), known(length))
    expected: Expr = NOTHING
    for task in range(len(TASKS) + 1):
        of_task = And(ok, Equal(done, float(task)))
        seen = WindowSum(when(of_task, length), width=window)
        n = WindowSum(of_task, width=window)
        shrunk = (FillNan(seen, value=0.0) + strength * log(1.0 + prior)) / (
            FillNan(n, value=0.0) + strength
        )
        expected = Where(Equal(asked, float(task)), shrunk, expected)
    return Minimum(expected, FillNan(AsOf(Log1p(REQUEST.max_tokens)), value=1e9))


def task_type(*, classes: tuple[str, ...] = TASKS) -> Expr:
    r"""Task of a request as its place among `classes`, :math:`\{0, 1, \dots\}`.

    Notes
    -----
    A category: numbers say nothing of an order. A label that is none of them, or none at all, is ``other`` where that
    is one of them, else NaN.
    """
    other = Constant(classes.index("other")) if "other" in classes else NOTHING
    return code(REQUEST.task, classes, other=other)


def prompt_language(*, share: float = 0.8) -> Expr:
    r"""Language of the prompt, :math:`256 a + b` of the letters of ISO 639-1; 0 is undetermined.

    Notes
    -----
    Undetermined where the reader is less sure than `share`, or knows nothing.
    """
    sure = GreaterEqual(FillNan(REQUEST.language_share, value=0.0), share)
    return when(sure, REQUEST.language)


def prompt_domain(*, lexicons: tuple[str, ...] = LEXICONS) -> Expr:
    r"""Domain whose words are densest, :math:`1 + \arg\max_j h_j`, and 0 where none has a word in two hundred.

    Notes
    -----
    A category: the place among `lexicons`, from 1 on. Hits are whole words, counted by the reader; the first of equals
    counts. NaN without words.
    """
    unknown = [name for name in lexicons if name not in LEXICONS]
    if unknown:
        raise DefinitionError(
            f"prompt_domain: lexicons must be of {', '.join(LEXICONS)}, got {unknown[0]!r}"
        )
    words = positive(REQUEST.words)
    most: Expr = words * 0.0
    place: Expr = words * 0.0
    for number, name in enumerate(lexicons, 1):
        dense = FillNan(Column(REQUEST.stream, f"{name}_words"), value=0.0) * 100.0 / words
        place = Where(Greater(dense, most), Constant(number), place)
        most = Maximum(dense, most)
    return when(GreaterEqual(most, ENOUGH_WORDS), place) + words * 0.0


def request_priority(*, range: str = "0-10") -> Expr:
    r"""Priority within its range, :math:`(\operatorname{clip}(p, a, b) - a) / (b - a)`; one half if unknown."""
    low, _, high = range.partition("-")
    if not (low.isdecimal() and high.isdecimal() and int(low) < int(high)):
        raise DefinitionError(
            f"request_priority(range): two numbers such as 0-10 are needed, got {range!r}"
        )
    a, b = float(low), float(high)
    return FillNan((Clip(REQUEST.priority, low=a, high=b) - a) / (b - a), value=0.5)


def local(tz: str) -> tuple[Expr, Expr]:
    """Second of the day and day of the week, of a zone or by the user's own clock; UTC where that is unknown."""
    if tz != "user":
        now = LocalTime(zone=tz)
        return now["second_of_day"], now["day_of_week"]
    now = LocalTime()
    moved = now["second_of_day"] + FillNan(AsOf(REQUEST.offset), value=0.0)
    days = Floor(moved / 86_400.0)
    weekday = now["day_of_week"] + days
    return moved - days * 86_400.0, weekday - Floor(weekday / 7.0) * 7.0


def wave_of(angle: Expr, wave: Wave) -> Expr:
    """Height or width of a place on a circle."""
    return Sin(angle) if wave == "sin" else Cos(angle)


def request_hour_of_day(*, tz: str = "user", wave: Wave = "sin") -> Expr:
    r"""Time of the user's day on a circle, :math:`\sin` or :math:`\cos` of :math:`2 \pi h / 24`."""
    return wave_of(local(tz)[0] * (2.0 * pi / 86_400.0), wave)


def request_day_of_week(*, tz: str = "user", wave: Wave = "sin") -> Expr:
    r"""Day of the user's week on a circle, :math:`\sin` or :math:`\cos` of :math:`2 \pi d / 7`; Monday is 0."""
    return wave_of(local(tz)[1] * (2.0 * pi / 7.0), wave)


def request_is_weekend(*, tz: str = "user") -> Expr:
    r"""Saturday or Sunday of the user, :math:`1\{d \ge 5\}`."""
    return GreaterEqual(local(tz)[1], 5.0)


def session_depth(*, gap: Duration = GAP, max: Duration = LONGEST) -> Expr:
    r"""Requests of the user's open session before this one, :math:`|\{j < i : s_j = s_i\}|`."""
    return CumulativeSum(one(REQUEST.tokens), reset=sessions(gap, max)) - 1.0


def user_tier(*, order: tuple[str, ...] = TIERS) -> Expr:
    r"""What a user pays for, as its place in `order`, :math:`\{0, 1, 2\}`; NaN where it is none of them."""
    return code(REQUEST.tier, order)


def required_capabilities(*, bits: tuple[str, ...] = CAPABILITIES) -> Expr:
    r"""What a request needs of a model, :math:`\sum_k 2^k b_k`.

    Notes
    -----
    Beside what the request says, more than 32,000 tokens need a long context.
    """
    needed = bits_of(REQUEST.needs)
    place = CAPABILITIES.index("long_context")
    needed[place] = Or(needed[place], Greater(FillNan(REQUEST.tokens, value=0.0), LONG))
    return reordered(needed, bits)
