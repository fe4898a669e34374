"""What of a text a scorer sees."""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from penstock.core.errors import DefinitionError

URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
MENTION = re.compile(r"(?<![\w@])@\w+")
HASHTAG = re.compile(r"(?<![\w#&])#(?=\w*[^\W\d_])(\w+)")
# a pictogram with its selector, its skin tone and what a joiner ties to it; flags are pairs of letters
_ONE = "[\U0001f000-\U0001f1e5\U0001f200-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\u3030\u303d]"
EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{1,2}}|{_ONE}[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*"
    f"(?:\u200d{_ONE}[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)
SPACE = re.compile(r"\s+")
# controls, halves of pairs, and marks without width that carry no meaning
NOISE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u200b\u2060\ufeff\ufff9-\ufffb]"
)
TONES = re.compile("[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]")

Choice = Literal["keep", "drop"]


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Which parts of a text are kept; letters of every script, accents and signs always are.

    Attributes
    ----------
    urls
        ``drop`` or ``keep``.
    mentions
        Names behind an ``@``: ``drop`` or ``keep``.
    hashtags
        ``word`` keeps the word without its ``#``; ``drop`` or ``keep`` the whole.
    emoji
        ``keep``, ``drop``, or ``name``: their names in Unicode, as words.
    entities
        Whether ``&amp;`` and the like become the characters that they stand for.
    form
        The normal form of Unicode; NFC joins a letter and its accent into one, and changes nothing that is seen.

    Examples
    --------
    >>> Cleaning().clean("@jane  Größe &amp; Überraschung 🚀 #Gewinn https://t.co/x")
    'Größe & Überraschung 🚀 Gewinn'
    >>> Cleaning(emoji="name", mentions="keep").clean("@jane 🚀")
    '@jane rocket'
    """

    urls: Choice = "drop"
    mentions: Choice = "drop"
    hashtags: Literal["keep", "drop", "word"] = "word"
    emoji: Literal["keep", "drop", "name"] = "keep"
    entities: bool = True
    form: Literal["NFC", "NFKC", "none"] = "NFC"

    def __post_init__(self) -> None:
        for name, known in (
            ("urls", ("keep", "drop")),
            ("mentions", ("keep", "drop")),
            ("hashtags", ("keep", "drop", "word")),
            ("emoji", ("keep", "drop", "name")),
            ("form", ("NFC", "NFKC", "none")),
        ):
            value = getattr(self, name)
            if value not in known:
                raise DefinitionError(
                    f"Cleaning: {name} must be one of {', '.join(known)}, got {value!r}"
                )

    def clean(self, text: str) -> str:
        """The text as a scorer sees it; empty where nothing is left."""
        if self.entities and "&" in text:
            text = html.unescape(text)
        if self.form != "none" and not text.isascii():
            text = unicodedata.normalize(self.form, text)
        if self.urls == "drop":
            text = URL.sub(" ", text)
        if self.mentions == "drop" and "@" in text:
            text = MENTION.sub(" ", text)
        if self.hashtags != "keep" and "#" in text:
            text = HASHTAG.sub(r"\1" if self.hashtags == "word" else " ", text)
        if self.emoji != "keep" and not text.isascii():
            text = EMOJI.sub(" " if self.emoji == "drop" else _named, text)
        return SPACE.sub(" ", NOISE.sub("", text)).strip()


def _named(found: re.Match[str]) -> str:
    """The names of the pictograms of a match, as words between spaces."""
    signs = TONES.sub("", found[0])
    return " " + " ".join(unicodedata.name(sign, "").lower() for sign in signs) + " "
