"""How new a text is beside those before it."""

import math
import re
from collections import Counter, deque
from typing import NamedTuple

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration

WORDS = re.compile(r"\w+")
DAY = duration("1d")
ROOM = 10_000  # texts that are remembered of a key


class _Seen(NamedTuple):
    number: int
    time: int
    weights: dict[str, float]


class Novelty:
    r"""One less the likeness of a text to the likest one of the `width` before it, key by key.

    .. math:: 1 - \max_{t_i - w < t_j < t_i} \cos(v_i, v_j), \quad
        v_{ik} = f_{ik} \left(\ln \frac{1 + N_i}{1 + n_{ik}} + 1\right)

    f counts a word in the text; N and n are the texts before it and those of them that have the word, as they were
    then: a vector never changes, so a repetition is near 0 and not at it. Texts of one time come in their order. 1
    where nothing came before, NaN for a text without words.

    Parameters
    ----------
    width
        How far back a text counts.
    room
        Texts of a key that are remembered at most; the oldest are forgotten.

    References
    ----------
    Tetlock, P. C. (2011). All the news that's fit to reprint: do investors react to stale information? Review of
    Financial Studies 24(5), 1481-1512.

    Examples
    --------
    >>> novelty = Novelty("1h")
    >>> [round(novelty.of(0, time, text), 2) for time, text in enumerate(["rates rise", "rates fall", "rates rise"])]
    [1.0, 0.64, 0.01]
    """

    def __init__(self, width: Duration | str = DAY, *, room: int = ROOM) -> None:
        self.width = duration(width)
        if self.width <= 0 or room < 1:
            raise DefinitionError(
                f"Novelty: width and room must be positive, got {self.width} ns and {room}"
            )
        self.room = room
        self._keys: dict[int, _Past] = {}

    def of(self, key: int, time: int, text: str) -> float:
        """The novelty of a text, which is remembered."""
        counts = Counter(WORDS.findall(text.lower()))
        if not counts:
            return math.nan
        past = self._keys.setdefault(key, _Past())
        past.forget(time - self.width, self.room)
        return past.take(time, counts)


class _Past:
    """The texts of a key that are remembered, by the words that they have."""

    def __init__(self) -> None:
        self.seen: deque[_Seen] = deque()
        self.having: dict[str, dict[int, float]] = {}  # word: number of a text: its weight
        self.next = 0

    def forget(self, until: int, room: int) -> None:
        while self.seen and (self.seen[0].time <= until or len(self.seen) >= room):
            old = self.seen.popleft()
            for word in old.weights:
                having = self.having[word]
                del having[old.number]
                if not having:
                    del self.having[word]

    def take(self, time: int, counts: Counter[str]) -> float:
        n, nobody = len(self.seen), dict[int, float]()
        weights = {
            word: count * (math.log((1 + n) / (1 + len(self.having.get(word, nobody)))) + 1.0)
            for word, count in counts.items()
        }
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        likeness: dict[int, float] = {}
        for word, weight in weights.items():
            mine = weights[word] = weight / length
            for number, theirs in self.having.get(word, nobody).items():
                likeness[number] = likeness.get(number, 0.0) + mine * theirs
            self.having.setdefault(word, {})[self.next] = mine
        self.seen.append(_Seen(self.next, time, weights))
        self.next += 1
        return min(1.0, max(0.0, 1.0 - max(likeness.values(), default=0.0)))
