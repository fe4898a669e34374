"""The cases of captures on tiny shapes: what they count; no time is asserted."""

from penstock.bench.captures import LEVELS, captures


def test_a_capture_is_measured_from_the_file_to_its_books(tmp_path):
    found = captures(tmp_path, messages=30, repeats=1)
    assert len(found) == len(LEVELS)
    for case in found:
        assert case["messages"] == 31
        assert case["lines"] == 1 + 30 * 14
        assert case["bad_lines"] == 0
        assert case["messages_to_book_per_s"] > 0
        assert case["peers"].get("sortedcontainers_messages_per_s", 1) > 0
