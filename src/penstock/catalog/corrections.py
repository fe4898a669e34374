"""Where a row of the specification is doubtful or wrong: what this catalogue does instead, and why."""

CORRECTIONS: dict[str, str] = {}
