"""What every model would have made of every request of a gateway's day: simulated, or put together from recordings."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from penstock.events.readers.telemetry import approximate

DAY = 86_400 * 1_000_000_000
START = 1_767_312_000_000_000_000  # 2 January 2026, 00:00 UTC
USERS = 40
SAID_IN_FULL = 0.25  # share of a prompt's words that say what its task is


@dataclass(frozen=True)
class Trace:
    """Requests in order of time, and of each what each model answers: n rows, a column for each model.

    Attributes
    ----------
    models
        Their names.
    prices
        Dollars of 1,000 tokens of a prompt and of an answer, by model: two columns.
    times
        In ns UTC.
    prompts, users, tasks
        What is asked, by whom, and its label.
    quality
        From 0 to 1.
    latency, first_token
        In ms.
    output_tokens
        Of the answers.
    says
        Where it is from.
    """

    models: tuple[str, ...]
    prices: np.ndarray
    times: np.ndarray
    prompts: list[str]
    users: list[str]
    tasks: list[str]
    quality: np.ndarray
    latency: np.ndarray
    first_token: np.ndarray
    output_tokens: np.ndarray
    says: str

    def __len__(self) -> int:
        return len(self.times)

    @cached_property
    def tokens(self) -> np.ndarray:
        """Tokens of the prompts, about."""
        return np.array([float(approximate(prompt)) for prompt in self.prompts])

    @cached_property
    def cost(self) -> np.ndarray:
        """Dollars of each answer."""
        asked, answered = self.tokens[:, None] * self.prices[:, 0], self.output_tokens
        return (asked + answered * self.prices[:, 1]) / 1_000.0


# what a model is good at, from 0 to 1, and how much of it a long prompt takes
TASKS = {
    "chat": ("tell me", "what do you think of", "say hello to", "friendly"),
    "code": ("function", "python", "array", "bug", "class", "compile"),
    "reasoning": ("prove", "equation", "theorem", "probability", "how many", "therefore"),
    "summarization": ("summarize", "in short", "abstract", "main points", "report"),
}
FILL = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "that",
    "for",
    "it",
    "with",
    "as",
    "on",
    "be",
    "at",
    "by",
    "this",
    "from",
    "or",
    "an",
    "which",
]
SKILL = {
    "atlas-large": (0.92, 0.84, 0.80, 0.90),
    "birch-medium": (0.90, 0.55, 0.60, 0.88),
    "cedar-small": (0.86, 0.30, 0.25, 0.70),
    "dune-code": (0.40, 0.86, 0.55, 0.45),
}
PRICES = {
    "atlas-large": (0.005, 0.015), "birch-medium": (0.001, 0.004), "cedar-small": (0.0002, 0.0006),
    "dune-code": (0.001, 0.003),
}  # fmt: skip
DECODE = {"atlas-large": 45.0, "birch-medium": 80.0, "cedar-small": 150.0, "dune-code": 90.0}


def simulated(n: int = 4_000, seed: int = 7) -> Trace:
    """A day of a gateway with four models, each good at something.

    Requests follow the hours of a day; what a model's answer is worth is drawn from its skill at the task, which
    is less for long prompts; answers take their first token's wait and the time of their tokens.
    """
    rng = np.random.default_rng(seed)
    hours = np.arange(24)
    rate = 1.0 + 0.8 * np.sin((hours - 9.0) * np.pi / 12.0)
    hour = rng.choice(24, n, p=rate / rate.sum())
    times = START + np.sort(((hour + rng.random(n)) * 3_600e9).astype(np.int64))
    kinds = rng.choice(len(TASKS), n, p=[0.4, 0.25, 0.15, 0.2])
    length = np.clip(rng.lognormal(3.6, 0.8, n), 6, 600).astype(int)
    prompts = [
        prompt(list(TASKS.values())[kind], size, rng)
        for kind, size in zip(kinds, length, strict=True)
    ]
    models = tuple(SKILL)
    skill = (
        np.array([SKILL[name] for name in models]).T[kinds] - 0.08 * np.log(length / 36.0)[:, None]
    )
    answers = np.clip(
        rng.lognormal(4.6, 0.6, (n, 1)) * rng.lognormal(0.0, 0.2, (n, len(models))), 5, 2_000
    )
    speed = np.array([DECODE[name] for name in models]) * rng.lognormal(0.0, 0.15, (n, len(models)))
    first = rng.lognormal(np.log(400.0 / speed * 45.0), 0.4)
    return Trace(
        models, np.array([PRICES[name] for name in models]), times, prompts,
        [f"user-{u}" for u in rng.zipf(1.5, n) % USERS], [list(TASKS)[kind] for kind in kinds],
        (rng.random((n, len(models))) < skill).astype(float), first + answers / speed * 1e3, first,
        np.floor(answers), "simulated: 24 hours, four models",
    )  # fmt: skip


def prompt(words: tuple[str, ...], size: int, rng: np.random.Generator) -> str:
    """A text about a task."""
    told = rng.random(size) < SAID_IN_FULL
    found = np.where(told, rng.choice(words, size), rng.choice(FILL, size))
    return " ".join(found.tolist()).capitalize() + rng.choice([".", "?"])
