"""What is counted of a prompt before its words are let go."""

import re
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


def counted(
    raw: dict[str, Any], tokenizer: Tokenizer, lexicons: dict[str, frozenset[str]]
) -> dict[str, float]:
    """The columns of a request that its words give; what the event says itself stands."""
    prompt = raw.get("prompt")
    before = "\n".join([raw.get("system_prompt") or "", *(raw.get("history") or ())]).strip()
    found: dict[str, float] = {}
    if isinstance(prompt, str):
        words = WORDS.findall(prompt.lower())
        history = tokenizer.count(before) if before else 0
        found = {
            "tokens": tokenizer.count(prompt) + history,
            "tokenizer": tokenizer.number,
            "history_tokens": history,
            "characters": len(prompt),
            "words": len(words),
            "sentences": max(1, len(SENTENCES.findall(prompt))),
            "syllables": sum(map(syllables, words)),
        }
        for name in LEXICONS:
            known = lexicons.get(name, frozenset())
            found[f"{name}_words"] = sum(map(known.__contains__, words))
    if raw.get("in_tokens") is not None and not found:
        found["tokens"] = raw["in_tokens"]
    told = {
        name: raw[name]
        for name in ("tokens", "history_tokens", "characters")
        if raw.get(name) is not None
    }
    if raw.get("encoding"):
        told["tokenizer"] = text_id(raw["encoding"])
    return found | told
