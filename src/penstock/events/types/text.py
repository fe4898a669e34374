"""Messages and news, and what scorers say of them."""

from penstock.core.schema import EventType, Field

Text = EventType(
    "text",
    "A message or an article at the time that it was published; its words lie in the source's `Texts`.",
    (
        Field("text", "id", "i8"),  # same words, same id
        Field("author", "id", "i8"),  # 0 where unknown
        Field("source", "id", "i8"),  # the feed or the site; 0 where unknown
        Field(
            "language", "code", "i8"
        ),  # ISO 639-1 as 256 times the first letter plus the second; 0 unknown
        Field("weight", "1"),  # the author's followers or the source's weight; NaN where unknown
        Field("likes", "1"),  # as they stood when the event was known; NaN where unknown
        Field("reposts", "1"),
    ),
)

Sentiment = EventType(
    "sentiment",
    "What a scorer says of a text, at the time of the text and the scorer's declared latency.",
    (
        *Text.fields,
        Field("published", "ns", "i8"),  # the text's own time; 0 where unknown
        Field("scorer", "id", "i8"),  # of the scorer's name; 0 where unknown
        Field("positive", "1"),  # shares of 0 to 1; NaN where the text has no score
        Field("negative", "1"),
        Field("neutral", "1"),
        Field("compound", "1"),  # from -1 to 1; NaN where the text has no score
        Field("valence", "1"),  # what a lexicon sums before it is squashed; NaN of other scorers
        Field(
            "tokens", "tokens"
        ),  # of the cleaned text, as the scorer counts; NaN where it does not
        Field("limit", "tokens"),  # behind which the scorer cuts a text; NaN where it has none
        Field("characters", "1"),  # of the cleaned text
        Field("words", "1"),
        Field("sentences", "1"),
        Field("syllables", "1"),
        Field(
            "novelty", "1"
        ),  # 1 less the likeness to the likest text before; NaN where not measured
        Field("horizon", "ns", "i8"),  # how far back texts count as before; 0 where not measured
    ),
)
