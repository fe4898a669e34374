"""Features, requests, clocks and views as people write them, and what they are told when they mistype."""

import pytest

import penstock.catalog
from penstock.core.errors import DefinitionError
from penstock.core.time import duration
from penstock.declare import (
    Entity,
    Feature,
    Service,
    View,
    parse_clock,
    parse_request,
    split_requests,
)
from penstock.declare.clock_text import clock_text
from penstock.expr import BAR, BOOK, TRADE, Column, Constant, When
from penstock.formulas.columns import CLOSE
from penstock.formulas.sessions import bar_session, session_clock
from penstock.streams import NEVER, AnyOf, Every, TimeBars

MEAN = penstock.catalog.find("streaming_stats.rolling_mean")


def test_a_request_gives_the_feature_its_parameters_and_the_name_as_asked_for() -> None:
    feature, params, column = parse_request(" streaming_stats.rolling_mean(w=20, x='close') ")
    assert feature is MEAN
    assert params == {"w": 20, "x": "close"}
    assert column == "streaming_stats.rolling_mean(w=20, x='close')"
    assert feature.expr(**params) is MEAN.expr(w=20, x="close")


def test_a_request_reads_every_type_of_parameter() -> None:
    assert parse_request("microstructure.kyle_lambda(w=300 bars)")[1] == {"w": 300}
    assert parse_request("streaming_stats.expanding_skewness(bias=False)")[1] == {"bias": False}
    assert parse_request("volume.twap(W=1.5m)")[1] == {"W": duration("90s")}
    assert parse_request("microstructure.cost_of_round_trip(notional=1e6)")[1] == {"notional": 1e6}
    assert parse_request("microstructure.trade_size_clustering(units=100)")[1] == {"units": 100.0}
    assert parse_request("microstructure.trade_size_clustering(units=auto)")[1] == {"units": "auto"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("streaming_stats.roling_mean", "did you mean 'streaming_stats.rolling_mean'"),
        ("vwap", "did you mean 'volume.vwap'"),
        ("streaming_stats.rolling_mean(window=3)", "a parameter must be one of x, w, got 'window'"),
        ("streaming_stats.rolling_mean(w=many)", r"rolling_mean\(w\): must be int, got 'many'"),
        ("streaming_stats.rolling_mean(w=2.5)", "must be int, got '2.5'"),
        ("streaming_stats.rolling_mean(x=closed)", "did you mean 'close'"),
        ("streaming_stats.rolling_mean(w=3, w=4)", "each parameter is given once"),
        ("streaming_stats.rolling_mean(3)", "each parameter is given once as name=value, got '3'"),
        ("streaming_stats.rolling_mean(w=0)", "window must be at least"),
        ("volume.twap(W=soon)", "Duration: a number and one of"),
        (
            "microstructure.trade_size_clustering(units=some)",
            "must be float or one of auto, got 'some'",
        ),
        ("price.cumulative_return(anchor=lunch)", "Session: session, start, or a period"),
        ("price.log_return(k=1", "NAME or NAME"),
    ],
)
def test_a_wrong_request_names_the_rule_the_value_and_the_nearest_name(
    text: str, message: str
) -> None:
    with pytest.raises(DefinitionError, match=message):
        View("wrong", [text], on="bar")


def test_a_parameter_of_several_numbers_is_written_with_colons() -> None:
    ribbon = penstock.catalog.find("indicators.moving_average_ribbon_spread")
    assert ribbon.parameters["ws"].text == "10:20:30:40:50"
    assert parse_request(f"{ribbon.name}(ws=5: 8)")[1] == {"ws": (5, 8)}
    assert parse_request(f"{ribbon.name}(ws=5)")[1] == {"ws": (5,)}
    assert ribbon.expr(ws=[10, 20, 30, 40, 50]) is ribbon.expr()
    for wrong in ("5:x", "5:", ""):
        with pytest.raises(DefinitionError, match=r"ribbon_spread\(ws\): must be int, got"):
            parse_request(f"{ribbon.name}(ws={wrong})")
    for wrong in (5, (), "5:8"):
        with pytest.raises(
            DefinitionError, match="must be values with colons between them, each int"
        ):
            ribbon.expr(ws=wrong)


def test_a_parameter_has_one_type_from_python_too() -> None:
    assert MEAN.expr(w=60) is MEAN.expr()
    for wrong in (60.0, "60", True, None):
        with pytest.raises(DefinitionError, match=r"rolling_mean\(w\): must be int"):
            MEAN.expr(w=wrong)


def test_a_feature_says_its_defaults() -> None:
    assert MEAN.signature == "streaming_stats.rolling_mean(x=log_return, w=60)"
    assert penstock.catalog.find("volume.twap").signature == "volume.twap(W=5m)"
    assert MEAN.inputs == ("bar.close",)
    assert MEAN.warmup == 61
    assert MEAN.unit == "1"
    assert MEAN.incremental == "O(1) exact"
    assert penstock.catalog.find("microstructure.microprice").incremental == "periodic refit"
    assert penstock.catalog.find("volume.volume").incremental == "O(1) exact"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "Mean"}, "a name must read family.name in lower case, got 'Mean'"),
        ({"says": "a mean"}, "says must be a sentence"),
        ({"range": (1.0, 0.0)}, "range must be"),
    ],
)
def test_a_feature_keeps_the_grammar(fields: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        Feature(**{"name": "a.mean", "build": MEAN.build, "says": "A mean.", **fields})  # type: ignore[arg-type]


def test_a_formula_with_a_positional_parameter_is_refused() -> None:
    def build(w: int = 3) -> Constant:
        return Constant(float(w))

    with pytest.raises(DefinitionError, match="a parameter must be keyword-only with a default"):
        Feature("a.mean", build, says="A mean.").expr(w=3)


def test_a_list_is_split_outside_brackets_only() -> None:
    assert split_requests("a.b(x=1, y=2), c.d,") == ["a.b(x=1, y=2)", "c.d"]


def test_a_clock_is_read_from_its_text() -> None:
    assert parse_clock("every:1s") is Every("1s")
    assert parse_clock("every:1d+14.5h") is Every("1d", offset="870m")
    assert parse_clock("bar:1m") is TimeBars("1m", TRADE)
    assert parse_clock("bar:5m(book)") is TimeBars("5m", BOOK)
    assert parse_clock("any(trade, book)") is AnyOf((TRADE, BOOK))
    assert parse_clock("bar") is BAR
    for text in ("tick:100", "volume:1000", "dollar:1e6"):
        clock = parse_clock(text)
        assert isinstance(clock, When)
        assert clock is parse_clock(text)


@pytest.mark.parametrize(
    "text",
    [
        "every:1s",
        "every:1d+870m",
        "every:1s+250ms;idle=1h(book)",
        "bar:1m(trade)",
        "any(trade,book)",
        "book",
        "tick:100",
        "volume:1000",
        "dollar:0.5",
        "gap:30s(trade)",
        "gap:30s;maximum=1h(any(trade,book))",
        "session:24/7:open",
        "session:24/7@Europe/Berlin:close",
        "delay:5s(trade)",
        "delay:5s(tick:100)",
        "delay:1ns(delay:2s(gap:30s(quote)))",
    ],
)
def test_a_clock_is_written_as_the_text_it_is_read_from(text: str) -> None:
    clock = parse_clock(text)
    assert clock_text(clock) == text
    assert parse_clock(clock_text(clock)) is clock


def test_a_clock_without_a_short_text_cannot_be_written() -> None:
    with pytest.raises(DefinitionError, match="can be written as text, got when"):
        clock_text(When(Column(TRADE, "price")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("evry:1s", r"did you mean 'every:1s'"),
        ("every", "is needed, got 'every'; did you mean 'every:1s'"),
        ("any(trade,bok)", "a stream must be one of .* got 'bok'; did you mean 'book'"),
        ("tick:many", "tick bars need a number, got 'many'"),
        ("volume:10+5", "is needed, got 'volume:10"),
        ("every:0s", "hop must be positive"),
        ("trade:1s", "is needed, got 'trade:1s'"),
        ("gap:0s", "GapSession: gap must be positive, got 0"),
        ("gap:30s;max=1h", "is needed, got 'gap:30s;max=1h'"),
        ("bar:1m;idle=1h", "is needed, got 'bar:1m;idle=1h'"),
        ("delay:5s", "did you mean 'delay:5s.trade.'"),
        ("delay:5s(trad)", "got 'trad'; did you mean 'trade'"),
        ("session:open", "is needed, got 'session:open'"),
        (
            "session:24/7:noon",
            "edge must be one of open, close, break_start, break_end, got 'noon'",
        ),
    ],
)
def test_a_wrong_clock_names_the_nearest_form(text: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        parse_clock(text)


def test_a_session_has_a_period_and_an_offset() -> None:
    assert session_clock("session") is Every("1d")
    assert session_clock("start") is NEVER
    assert session_clock("1d+14h30m") is Every("1d", offset="870m")
    # a bar that ends at the roll belongs to the session that ends there
    assert bar_session("1d") is Every("1d", offset=1)


def test_a_view_takes_features_requests_and_expressions() -> None:
    view = View(
        "mixed",
        [MEAN, "price.log_return(k=2)", ("twice", CLOSE * 2.0)],
        on="bar",
        ttl="1h",
        key="symbol",
    )
    assert list(view.columns()) == [MEAN.name, "price.log_return(k=2)", "twice"]
    assert view.key == ("symbol",)
    assert view.ttl == duration("1h")
    assert [item.feature for item in view.definitions] == [
        MEAN,
        penstock.catalog.find("price.log_return"),
        None,
    ]
    assert view.definitions[1].params == {"k": 2}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": []}, "at least one feature and one key column"),
        ({"features": [MEAN, MEAN]}, "each column needs a name of its own"),
        ({"features": [("ts", CLOSE)]}, "each column needs a name of its own, got 'ts' twice"),
        ({"features": "price.log_return"}, "features must be a list"),
        ({"features": [3]}, "a feature, a request or a pair"),
        ({"name": ""}, "a name is needed"),
    ],
)
def test_a_view_that_breaks_a_rule_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        View(**{"name": "v", "features": [MEAN], "on": "bar", **fields})  # type: ignore[arg-type]


def test_a_service_names_views_and_an_entity_its_keys() -> None:
    view = View("v", [MEAN], on="bar")
    assert Service("s", [view]).views == (view,)  # type: ignore[arg-type]
    assert Entity("instrument", ("symbol", "venue")).join_keys == ("symbol", "venue")
    with pytest.raises(DefinitionError, match="views with names of their own"):
        Service("s", (view, view))
