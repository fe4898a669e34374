"""What cleaning keeps and drops."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.core.errors import DefinitionError
from penstock.text import Cleaning

# what people write, in several scripts; the halves of pairs that files may hold too
TEXT = st.text(st.characters(), max_size=60)
RAW = Cleaning(entities=False)


@pytest.mark.parametrize(
    ("options", "text", "cleaned"),
    [
        (
            {},
            "Zürich: Größe, naïve 東京 Москва مرحبا 🚀",
            "Zürich: Größe, naïve 東京 Москва مرحبا 🚀",
        ),
        ({}, "see https://x.y/z?a=1 and WWW.foo.com now", "see and now"),
        ({"urls": "keep"}, "see https://x.y/z", "see https://x.y/z"),
        ({}, "@jane hi, a@b.com", "hi, a@b.com"),
        ({"mentions": "keep"}, "@jane hi", "@jane hi"),
        ({}, "#Gewinn #1 and C#", "Gewinn #1 and C#"),
        ({"hashtags": "keep"}, "#Gewinn", "#Gewinn"),
        ({"hashtags": "drop"}, "up #Gewinn", "up"),
        ({"emoji": "drop"}, "to the 🚀🌙 👍🏽 🇩🇪 👩‍💻!", "to the !"),
        ({"emoji": "name"}, "to the 🚀👍🏽", "to the rocket thumbs up sign"),
        ({}, "AT&amp;T &lt;3", "AT&T <3"),
        ({"entities": False}, "AT&amp;T", "AT&amp;T"),
        ({}, "e\u0301te\u0301", "été"),
        ({"form": "none"}, "e\u0301", "e\u0301"),
        ({"form": "NFKC"}, "ﬁne", "fine"),
        ({}, "a\u200b\ufeff\x00b\n\t c\ud83d", "ab c"),
        ({}, "@jane https://x.y", ""),
    ],
)
def test_a_part_is_kept_or_dropped(options, text, cleaned):
    assert Cleaning(**options).clean(text) == cleaned


@given(TEXT)
def test_what_is_clean_stays_as_it_is(text):
    once = RAW.clean(text)
    assert re.sub(r"\s+", " ", once).strip() == once
    kept = Cleaning(urls="keep", mentions="keep", hashtags="keep", entities=False)
    assert kept.clean(kept.clean(text)) == kept.clean(text)


@given(TEXT)
def test_no_letter_of_any_script_is_lost(text):
    def letters(words):
        words = unicodedata.normalize("NFC", words)
        return [c for c in words if unicodedata.category(c)[0] in "LMN"]

    kept = Cleaning(urls="keep", mentions="keep", hashtags="keep", entities=False)
    assert letters(kept.clean(text)) == letters(text)


def test_a_choice_that_there_is_not_is_refused():
    with pytest.raises(DefinitionError, match="emoji must be one of keep, drop, name, got 'words'"):
        Cleaning(emoji="words")
