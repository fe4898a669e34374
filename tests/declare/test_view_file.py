"""Views in TOML: what they mean, what they refuse, and that a view comes back from its own text."""

import contextlib
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import penstock.catalog  # noqa: F401  (requests find its features)
from penstock.catalog import FEATURES
from penstock.core.errors import DefinitionError
from penstock.declare import View, parse_clock
from penstock.declare.expression_source import expression_source, shared_sources, stream_names
from penstock.declare.expression_text import parse_expression
from penstock.declare.names import Names
from penstock.declare.toml_lines import lines_of
from penstock.declare.view_file import read_view
from penstock.declare.view_text import view_text
from penstock.events import LlmCompletion, Trade
from penstock.expr import VIEW, Column, Constant, Operator, When, columns, trade, walk
from penstock.ops import OPERATORS, AsOf, Ema, Greater, RollingMoments, WindowSum
from penstock.streams import NEVER, AnyOf, Every, Route, Stream, TimeBars, benchmark, pair

FILE = """
[view]
name = "first"
key = ["symbol", "venue"]
on = "every:1s"
ttl = "1h"
owner = "desk"
tags = ["demo"]
ranges = "null"
features = [
  "price.log_return(k=5)",   # of the catalogue
  { column = "twice", expr = "trade.price * 2" },
]

[let]
smooth = "Ema(trade.price, span=10)"

[columns]
gap = "trade.price - smooth"
"spread (sd)" = 'RollingMoments(smooth, window=20)["std"]'

[[source]]
file = "trades.csv"
type = "trade"
map = { price = "px", time = "ts:ms:UTC" }

[quality]
policy = 0.01
on_late = "error"
lateness = "2s"
quarantine = "bad.arrow"
"""


@pytest.fixture
def written(tmp_path):
    """Write a view's file."""

    def write(text: str):
        path = tmp_path / "view.toml"
        path.write_text(text)
        return path

    return write


def test_a_file_says_what_the_same_view_in_python_says(written):
    path = written(FILE)
    found = read_view(path)
    smooth = Ema(trade.price, span=10)
    expected = {
        "twice": trade.price * 2,
        "gap": trade.price - smooth,
        "spread (sd)": RollingMoments(smooth, window=20)["std"],
    }
    made = found.view.columns()
    assert list(made) == ["price.log_return(k=5)", *expected]
    assert {name: made[name] for name in expected} == expected
    view = found.view
    assert (view.name, view.key, view.on) == ("first", ("symbol", "venue"), Every("1s"))
    assert (view.ttl, view.owner, view.tags, view.ranges) == (
        3_600 * 10**9, "desk", ("demo",), "null"
    )  # fmt: skip
    (source,) = found.sources
    assert source.file == path.parent / "trades.csv"
    assert source.options == {"type": "trade", "mapping": ["price=px", "time=ts:ms:UTC"]}
    quality = found.quality
    assert (quality.policy, quality.on_late, quality.lateness) == (0.01, "error", 2 * 10**9)
    assert quality.quarantine == path.parent / "bad.arrow"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('name = "first"', 'nam = "first"', 3, "a key must be one of name, key, on"),
        ('name = "first"', 'nam = "first"', 3, "got 'nam'; did you mean 'name'?"),
        ('name = "first"', "name = 3", 3, "[view] name must be a text, got 3"),
        ('on = "every:1s"', 'on = "evry:1s"', 5, "did you mean 'every:1s'?"),
        ('on = "every:1s"', "", 2, "or another clock is needed, got none"),
        ('ttl = "1h"', 'ttl = "1 fortnight"', 6, "Duration: a number and one of ns"),
        ('ttl = "1h"', 'retention = "0s"', 6, "[view]: a retention must be above zero, got '0s'"),
        ("log_return(k=5)", "log_retrun(k=5)", 11, "did you mean 'price.log_return'?"),
        ("log_return(k=5)", "log_return(j=5)", 11, "a parameter must be one of k"),
        ("trade.price * 2", "trade.prise * 2", 12, "did you mean 'price'?"),
        ("span=10", "spam=10", 16, "[let] smooth: Ema: got an unexpected keyword argument 'spam'"),
        ("span=10", "span=0.5", 16, "[let] smooth: Ema: span must be at least 1, got 0.5"),
        ("trade.price - smooth", "trade.price - smoth", 19, "got 'smoth'; did you mean 'smooth'?"),
        ("trade.price - smooth", "open('x')", 19, "an operator of Penstock or of the file's modules"),
        ('["std"]', '["sd"]', 20, "an output must be one of"),
        ('ranges = "null"', 'ranges = "nul"', 2, "ranges must be one of count, null, stop"),
        ('file = "trades.csv"', "", 22, "[[source]] file is needed, got none"),
        ('file = "trades.csv"', 'fle = "trades.csv"', 23, "did you mean 'file'?"),
        ("policy = 0.01", "policy = true", 28, "policy must be count, stop or a rate"),
        ('on_late = "error"', 'on_late = "eror"', 29, "on_late must be count, error or rebuild"),
        ("[quality]", "[qualty]", 27, "did you mean 'quality'?"),
        ("[columns]", "[columns", 18, "must be TOML, got "),
        ("[quality]", '[roles]\nspot = "trad"\n[quality]', 28, "did you mean 'trade'?"),
        ('name = "first"', 'name = "first"\nroutes = [\n"pair(A)"]', 5, "Route: benchmark("),
        ('name = "first"', 'name = "first"\nroutes = ["benchmark(A)"]', 4, "(there is none), got benchmark"),
        ("[quality]", '[quality]\nsymbols = "A"', 28, "symbols must be a list of texts, got 'A'"),
        ("[quality]", '[quality]\nsince = "yesterday"', 28, "[quality] since: a time such as"),
        ('name = "first"', 'name = "first"\nmodules = ["absent.py"]', 4, "modules: a Python file whose name"),
    ],
)  # fmt: skip
def test_an_error_names_the_file_the_line_and_the_nearest(written, old, new, line, says):
    assert FILE.count(old) >= 1
    path = written(FILE.replace(old, new, 1))
    with pytest.raises(DefinitionError) as raised:
        read_view(path)
    said = str(raised.value)
    assert said.startswith(f"{path}:{line}: "), said
    assert says in said
    assert said.count(str(path)) == 1


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DefinitionError, match="a view must be a file, got no such file"):
        read_view(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "(lambda: 1)()",
        "trade.price.__class__",
        "trade.__class__",
        "[x for x in (1, 2)]",
        "f'{trade.price}'",
        "trade.price if 1 else 2",
        "Ema.__init__(trade.price)",
        "'a' * 10",
        "9 ** 9 ** 9",
        "trade.price and 1",
        "x := 1",
        "*trade.price",
        "Ema(*trade.price)",
        "Ema(**trade.price)",
        "Names",
        "trade.price == 1",
        "1 < trade.price < 2",
        "None",
        "b'x'",
        "...",
        "",
        "\0",
        "(" * 2_000 + "1" + ")" * 2_000,
        "-" * 5_000 + "1",
    ],
)
def test_nothing_but_expressions_is_read(text):
    with pytest.raises(DefinitionError) as raised:
        parse_expression(text)
    assert str(raised.value)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text("()[]{}.,=+-*/'\"abctradeprice0123456789 \n", max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(DefinitionError):
        parse_expression(text)


def test_signs_clocks_roles_models_and_features_can_be_written():
    names = Names({"spot": Stream(Trade, "spot")})
    for text, expected in (
        ("spot.price / 2 - -1", columns(Trade, "spot").price / 2 - -1),
        ("trade.price > 3", trade.price > 3),
        ("WindowSum(trade.size, width='60s', on=trade)", WindowSum(trade.size, width="60s", on=Stream(Trade))),
        ("WindowSum(trade.size, width='60s', on='every:1s')", WindowSum(trade.size, width="60s", on=Every("1s"))),
        ("AsOf(trade.price, on=view)", AsOf(trade.price, on=VIEW)),
        ("AsOf(trade.price, on=When(trade.price > 3))", AsOf(trade.price, on=When(trade.price > 3))),
        ("feature('price.log_return(k=5)')", View("x", ["price.log_return(k=5)"], on="trade").definitions[0].expr),
        ("AnyOf((trade, book))", parse_clock("any(trade,book)")),
        ("never", NEVER),
    ):  # fmt: skip
        assert parse_expression(text, names) is expected, text


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_comes_back_from_its_text(feature):
    expr = feature.expr()
    columns = [node for node in walk([expr]) if isinstance(node, Column)]
    named = stream_names(c.stream for c in columns)
    names = Names(roles={text: stream for stream, text in named.items() if stream.role})
    parts, texts = shared_sources({"x": expr}, ())
    for name, text in parts.items():
        names.columns[name] = parse_expression(text, names)
    assert parse_expression(texts["x"], names) is expr


@pytest.mark.parametrize(
    "value", [0.1, -0.0, 1e300, float("nan"), float("inf"), float("-inf"), -3.0], ids=str
)
def test_a_number_comes_back_in_bits(value):
    made = trade.price + value
    assert parse_expression(expression_source(made)) is made


def test_a_view_comes_back_from_its_text(written):
    spot = columns(Trade, "spot").price
    long = RollingMoments(Ema(spot, span=3.0), window=20)
    views = [
        View("a", ["price.log_return", "price.log_return(k=5)"], on="bar:1m", ttl="1h", retention="30d"),
        View("b", {"m": long["mean"], "s (sd)": long["std"], "z": (spot - long["mean"]) / long["std"]},
             on=TimeBars("1m", Stream(Trade, "spot")), owner="me", tags=("x", 'y"z')),
        View("c", ["price.log_return", ("mine", trade.price * 2), "volume.volume"], on="trade", key=("a", "b")),
        View("d", [("own", Constant(1.5) * trade.price), *FEATURES[:3]], on=AnyOf((Stream(Trade),)), ranges="stop"),
        View("e", {"x": Ema(trade.price, span=2.0)}, on=When(Greater(trade.size, 5.0))),
        View("f", {"x": Ema(trade.price, span=2.0)}, on="dollar:1e6"),
        View("g", {"x": AsOf(spot), "y": AsOf(columns(Trade, "a").price)}, on="every:1s", key=("a", "b"), routes=(
            *benchmark(("X", "Y"), "spot"), *pair(("A", 'q"'), ("B", "Q")), Route("a", ("A", "Q"), ("C", "Q")),
            *pair(("A", "Q"), ("B", "Q"), ("N", "Q")))),
    ]  # fmt: skip
    for view in views:
        text = view_text(view)
        found = read_view(written(text)).view
        assert found.on is view.on, text
        for name in ("name", "key", "ttl", "retention", "owner", "tags", "ranges", "routes"):
            assert getattr(found, name) == getattr(view, name), name
        assert list(found.columns()) == list(view.columns())
        for name, expr in view.columns().items():
            assert found.columns()[name] is expr, text
            assert found.columns()[name].fingerprint == expr.fingerprint


def test_every_operator_has_a_text():
    from penstock.jobs.warm import example

    class Here(Names):
        pass

    for cls in OPERATORS:
        if "kernel" in cls.exempt:
            continue
        node = example(cls)
        names = Here()
        for operand in node.operands:
            stream = getattr(operand, "stream", None)
            if stream is not None:
                names.streams[stream.name] = stream
        names.models |= {p.name: p for p in node.parameters.values() if type(p).__name__ == "Model"}
        assert isinstance(node, Operator)
        assert parse_expression(expression_source(node), names) is node, cls.__name__


OWN = '''
"""Twice."""
from dataclasses import dataclass
import numpy as np
from penstock.core.jit import jit
from penstock.expr import Expr, Operator

@jit
def _kernel(out, x):
    for i in range(out.size):
        out[i] = 2.0 * x[i]

@dataclass(frozen=True, eq=False, repr=False)
class Twice(Operator):
    """Twice the value."""
    x: Expr
    kernel = staticmethod(_kernel)
    oracle = staticmethod(lambda x: 2.0 * x)
'''


def test_own_operators_come_from_a_file_beside_the_view(written, tmp_path):
    (tmp_path / "twice_of_test.py").write_text(OWN)
    text = '[view]\non = "trade"\nmodules = ["twice_of_test.py"]\n[columns]\nx = "Twice(trade.price)"\n'
    try:
        view = read_view(written(text)).view
        assert view.name == "view"
        assert type(view.columns()["x"]).__module__ == "twice_of_test"
        assert read_view(written(text)).view.columns()["x"] is view.columns()["x"]
        (tmp_path / "json.py").write_text(OWN)
        with pytest.raises(
            DefinitionError, match="a name that no other module has is needed, got 'json'"
        ):
            read_view(written(text.replace("twice_of_test", "json")))
        (tmp_path / "broken_of_test.py").write_text("1 / 0")
        with pytest.raises(DefinitionError, match="must import, got ZeroDivisionError"):
            read_view(written(text.replace("twice_of_test", "broken_of_test")))
        assert "broken_of_test" not in sys.modules
    finally:
        sys.modules.pop("twice_of_test", None)


def test_lines_are_found_through_strings_comments_and_nesting():
    text = '''# [no]
a = """x
y = 1
""" # z = 2
[t."b.c"]
list = [ # , ]
  "1,]", '2',
  { k = 1, l = [
     3 ] },
]
[[s]]
x = 1
[[s]]
d.e = 2
'''
    found = lines_of(text)
    expected = {
        ("a",): 2,
        ("t", "b.c"): 5,
        ("t", "b.c", "list"): 6,
        ("t", "b.c", "list", 0): 7,
        ("t", "b.c", "list", 1): 7,
        ("t", "b.c", "list", 2, "k"): 8,
        ("t", "b.c", "list", 2, "l", 0): 9,
        ("s", 0, "x"): 12,
        ("s", 1): 13,
        ("s", 1, "d", "e"): 14,
    }
    assert {path: found.get(path) for path in expected} == expected


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_file_is_refused_with_its_line(written, data):
    at = data.draw(st.integers(0, len(FILE) - 1))
    letter = data.draw(st.sampled_from("[]{}\"'=.,x1\n#("))
    path = written(FILE[:at] + letter + FILE[at + 1 :])
    said = f"{path}:"
    with contextlib.suppress(DefinitionError):
        try:
            read_view(path)
        except DefinitionError as error:
            said = str(error)
            raise
    assert said.startswith(f"{path}:")


def test_a_role_with_streams_of_two_types_comes_back_from_a_file(tmp_path):
    requests = ("llm_derived.cost_latency_score", "price.log_return")
    own = ("rate", AsOf(columns(LlmCompletion, "a").latency, on=Stream(LlmCompletion, "a")))
    view = View("routed", (*requests, own), on="every:1s")
    text = view_text(view)
    assert '"a.llm_model" = "llm_model"' in text
    assert "AsOf(a.llm_completion.latency, on=a.llm_completion)" in text
    path = tmp_path / "routed.toml"
    path.write_text(text)
    found = read_view(path)
    assert found.view.columns() == view.columns()
    assert {stream.role for stream in found.roles.values()} == {"a", "b"}
    path.write_text(text.replace('"a.llm_model" = "llm_model"', '"a.llm_model" = "trade"'))
    with pytest.raises(DefinitionError, match="or that and its type"):
        read_view(path)
