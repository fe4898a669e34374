"""What is counted of a prompt before its words are let go."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from penstock.events.texts import text_id
from penstock.events.types.llm import LEXICONS

WORDS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
SENTENCES = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]+")
VOWELS = re.compile(r"[aeiouyáéíóúäöüàèìòùâêîôû]+")
# the pieces that byte pair encodings cut a text into before they merge, four letters a token
PIECES = re.compile(r"[^\W\d_]{1,4}|\d{1,3}|[^\s\w]+|_+")
# whole words, lower case: what a prompt of a domain is full of, a start that a caller replaces
_DOMAINS = {
    "medical": "patient patients diagnosis dose symptom symptoms disease clinical therapy treatment",
    "legal": "contract court plaintiff defendant liability statute clause law legal tort",
    "finance": "price prices stock bond interest portfolio invoice revenue tax dollars loan bank",
    "code": "function class code python java javascript bug compile variable array api sql",
    "science": "experiment hypothesis energy molecule physics chemistry theorem equation cell",
}
NONE: frozenset[str] = frozenset()
SHORT = 64  # letters of a piece that is remembered
REMEMBERED = 1 << 16  # pieces
TOLD = ("tokens", "history_tokens", "characters")
WORDS_OF = {name: frozenset(words.split()) for name, words in _DOMAINS.items()}


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A way to count tokens.

    Attributes
    ----------
    name
        The encoding's name, such as ``o200k_base``; empty where the count is approximate.
    count
        From a text to its tokens.
    """

    name: str
    count: Callable[[str], int]

    @property
    def number(self) -> int:
        """What stands in an event beside the count: the name's id, 0 where it is approximate."""
        return text_id(self.name)


def approximate(text: str) -> int:
    """Tokens, about: pieces of words of at most four letters, of numbers and of signs.

    Examples
    --------
    >>> approximate("Tokenizers count pieces, about 1234 of them.")
    15
    """
    return len(PIECES.findall(text))


@lru_cache(1 << 14)
def syllables(word: str) -> int:
    """Syllables of a word in lower case, about: its runs of vowels."""
    return max(1, len(VOWELS.findall(word)))


APPROXIMATE = Tokenizer("", approximate)


Facts = tuple[int, int, int, int, tuple[int, ...]]


def facts(chunk: str, lexicons: tuple[frozenset[str], ...]) -> Facts:
    """Tokens, words, ends of sentences and syllables of a text, and the lexicons that its words are in, by place."""
    words = WORDS.findall(chunk.lower())
    hits = [place for word in words for place, known in enumerate(lexicons) if word in known]
    ends, beats = len(SENTENCES.findall(chunk)), sum(map(syllables, words))
    return approximate(chunk), len(words), ends, beats, tuple(hits)


@lru_cache(16)
def remembered(lexicons: tuple[frozenset[str], ...]) -> dict[str, Facts]:  # noqa: ARG001  (the key)
    """What was found of pieces of texts, for some lexicons."""
    return {}


def measured(
    text: str, lexicons: tuple[frozenset[str], ...]
) -> tuple[int, int, int, int, list[int]]:
    """Tokens, words, ends of sentences and syllables of a text, and how many words are of each lexicon.

    None of them reaches over white space, so the text is counted piece by piece, and a piece that came before is not
    looked at again.
    """
    tokens = words = ends = beats = 0
    hits, known = [0] * len(lexicons), remembered(lexicons)
    if len(known) > REMEMBERED:
        known.clear()
    for chunk, count in Counter(text.split()).items():
        found = known.get(chunk)
        if found is None:
            found = facts(chunk, lexicons)
            if len(chunk) <= SHORT:
                known[chunk] = found
        a, b, c, d, of = found
        tokens += count * a
        words += count * b
        ends += count * c
        beats += count * d
        for place in of:
            hits[place] += count
    return tokens, words, ends, beats, hits


def counted(
    raw: dict[str, Any], tokenizer: Tokenizer, lexicons: dict[str, frozenset[str]]
) -> dict[str, float]:
    """The columns of a request that its words give; what the event says itself stands."""
    prompt = raw.get("prompt")
    found: dict[str, float] = {}
    if isinstance(prompt, str):
        before = "\n".join([raw.get("system_prompt") or "", *(raw.get("history") or ())]).strip()
        history = tokenizer.count(before) if before else 0
        of = tuple(lexicons.get(name, NONE) for name in LEXICONS)
        tokens, words, sentences, syllables_, hits = measured(prompt, of)
        if tokenizer is not APPROXIMATE:
            tokens = tokenizer.count(prompt)
        found = {
            "tokens": tokens + history,
            "tokenizer": tokenizer.number,
            "history_tokens": history,
            "characters": len(prompt),
            "words": words,
            "sentences": max(1, sentences),
            "syllables": syllables_,
        }
        found |= {f"{name}_words": hit for name, hit in zip(LEXICONS, hits, strict=True)}
    elif raw.get("in_tokens") is not None:
        found["tokens"] = raw["in_tokens"]
    for name in TOLD:
        if raw.get(name) is not None:
            found[name] = raw[name]
    if raw.get("encoding"):
        found["tokenizer"] = text_id(raw["encoding"])
    return found
