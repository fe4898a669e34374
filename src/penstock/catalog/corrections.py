"""Where a row of the specification is doubtful or wrong: what this catalogue does instead, and why."""

CORRECTIONS: dict[str, str] = {
    "time.day_of_year_phase": "a feature is one number a row: `wave` says whether it is the sine or the cosine",
    "time.days_to_expiry": "a row's time has no contract: `expiry` is a rule for every month, times or a file, not the "
    "word `contract`",
    "time.days_to_next_holiday": "today counts, so that the day before a holiday is 1 and the holiday itself 0",
    "time.minutes_since_open": "NaN outside the session, as `minutes_to_close` and `session_fraction` are",
    "time.seconds_to_event": "no file is shipped: by default the first Friday of a month at 8:30 in New York, when the "
    "Employment Situation comes out as a rule",
}
