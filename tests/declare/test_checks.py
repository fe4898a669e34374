"""Checks of a view: in its file, in its text, in its schema."""

from pathlib import Path

import msgspec
import pytest

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.declare import Checks, Schema, schema_of
from penstock.declare.view_file import read_view
from penstock.declare.view_text import view_text

TEXT = """
[view]
name = "spread"
on = "quote"
[columns]
spread = "quote.ask_price - quote.bid_price"
[checks]
rules = ["spread <= 100", "`spread` >= 0"]
outside = "refuse"
fill = { spread = "last" }
window = 64
"""


def test_checks_of_a_file_are_those_of_its_view_and_come_back(tmp_path: Path) -> None:
    file = tmp_path / "view.toml"
    file.write_text(TEXT)
    view = read_view(file).view
    assert view.checks == Checks(
        ("spread <= 100", "`spread` >= 0"), "refuse", fill={"spread": "last"}, window=64
    )
    file.write_text(view_text(view))
    again = read_view(file).view
    assert again.checks == view.checks
    made = schema_of(again)
    assert msgspec.json.decode(msgspec.json.encode(made), type=Schema) == made


def test_checks_and_age_are_no_part_of_a_view_s_identity() -> None:
    columns = {"spread": ps.quote.ask_price - ps.quote.bid_price}
    plain = schema_of(ps.View("spread", columns, on="quote"))
    other = schema_of(
        ps.View("spread", columns, on="quote", ttl="1h", checks=Checks(("spread >= 0",)))
    )
    assert plain.fingerprint == other.fingerprint
    assert plain != other
    faster = schema_of(ps.View("spread", columns, on="every:1s"))
    assert faster.fingerprint != plain.fingerprint


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("window = 2", "a window of at least 8 rows"),
        ('outside = "drop"', "Invalid enum value 'drop'"),
        ("rule = []", "a key must be one of rules"),
    ],
)
def test_a_wrong_check_names_the_file_and_the_line(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "view.toml"
    file.write_text(TEXT.partition("rules")[0] + line)
    with pytest.raises(DefinitionError, match=rf"view\.toml:\d+: .*{said}"):
        read_view(file)
