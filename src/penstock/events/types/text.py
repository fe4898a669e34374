"""Messages and news."""

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
