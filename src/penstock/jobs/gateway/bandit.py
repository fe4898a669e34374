"""A contextual bandit of Vowpal Wabbit: which model a request should go to, and how likely each choice is."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from penstock.core.errors import DefinitionError

SEED = 1
EXPLORE = 0.3  # share of choices that are by chance
REQUEST = (
    "prompt_length",
    "prompt_char_count",
    "prompt_complexity",
    "prompt_domain",
    "conversation_history_length",
)
LARGE = ("prompt_length", "prompt_char_count", "conversation_history_length")
OF_WORDS = ("digits", "signs", "capitals", "letters", "sentences")
MODEL = ("model_fit_score", "success_rate", "cost_latency_score", "pareto_efficiency_score")
Context = Mapping[str, Any]


class Bandit:
    """Rewards by context and model, learned from the choices that were made alone.

    Rewards are importance-weighted by their propensities (``mtr``); exploring choices follow SquareCB.

    Parameters
    ----------
    models
        The candidates.
    explore
        Whether choices are to teach; else the best is chosen.

    References
    ----------
    Bietti, A., Agarwal, A., Langford, J. (2021). A contextual bandit bake-off. JMLR 22 (133).
    Foster, D., Rakhlin, A. (2020). Beyond UCB: optimal and efficient contextual bandits with regression oracles. ICML.
    """

    def __init__(self, models: Sequence[str], *, explore: bool) -> None:
        try:
            import vowpalwabbit  # noqa: PLC0415  (an extra that only routing needs)
        except ImportError as error:
            raise DefinitionError(
                "Bandit: the extra 'routing' is needed, got no vowpalwabbit; install penstock[routing]"
            ) from error
        self.models = tuple(models)
        how = f"--epsilon {EXPLORE if explore else 0}"
        self._vw = vowpalwabbit.Workspace(
            f"--cb_explore_adf --cb_type mtr {how} -q ra --ignore_linear r --quiet --random_seed {SEED}"
        )

    def shares(self, shared: Context, each: Mapping[str, Context]) -> np.ndarray:
        """How likely each model is to be chosen, in the order of models."""
        found = np.array(self._vw.predict(self._lines(shared, each)))
        return found / found.sum()

    def learn(
        self,
        shared: Context,
        each: Mapping[str, Context],
        model: str,
        propensity: float,
        reward: float,
    ) -> None:
        """Take what a choice brought."""
        lines = self._lines(shared, each)
        place = 1 + self.models.index(model)
        lines[place] = f"0:{-reward}:{propensity} {lines[place]}"
        self._vw.learn(lines)

    def close(self) -> None:
        """Let the library's memory go."""
        self._vw.finish()

    def _lines(self, shared: Context, each: Mapping[str, Context]) -> list[str]:
        told = [f"{name}:{scaled(name, shared.get(name))}" for name in (*REQUEST, *OF_WORDS)]
        found = ["shared |r " + " ".join(told)]
        for place, name in enumerate(self.models):
            known = each.get(name, {})
            of = " ".join(f"{feature}:{scaled(feature, known.get(feature))}" for feature in MODEL)
            found.append(f"|a m{place} |s {of}")
        return found


def scaled(name: str, value: Any) -> float:
    """A feature as a number of about 1: what is unknown is 0, and counts are logarithms."""
    if value is None or math.isnan(value):
        return 0.0
    return round(math.log1p(value) / 8.0 if name in LARGE else float(value), 6)


def of_words(prompt: str) -> dict[str, float]:
    """Shares of kinds of letters in a prompt, which no feature of the catalogue has."""
    size = max(len(prompt), 1)
    words = prompt.split()
    return {
        "digits": sum(map(str.isdigit, prompt)) / size,
        "signs": sum(not (c.isalnum() or c.isspace()) for c in prompt) / size,
        "capitals": sum(map(str.isupper, prompt)) / size,
        "letters": sum(map(len, words)) / max(len(words), 1) / 10.0,
        "sentences": sum(prompt.count(mark) for mark in ".!?") / 10.0,
    }
