"""Definition errors: thing, rule, value."""

import pytest

import penstock as ps
import penstock.catalog
from penstock.core.errors import DefinitionError
from penstock.expr import BAR, BOOK, QUOTE, TRADE, Column, Expr
from penstock.ops import (
    AsOf,
    CorrelationMatrix,
    Ema,
    Lag,
    RollingMoments,
    WindowMoments,
    WindowSum,
)
from penstock.plan import build
from penstock.streams import AnyOf, Every, Stream, TimeBars

PRICE, SIZE = Column(TRADE, "price"), Column(TRADE, "size")
CLOSE, LEVELS = Column(BAR, "close"), Column(BOOK, "levels")
SECONDS = Every("1s")


def view(expr: Expr, on=SECONDS, streams=(TRADE, BOOK)) -> None:
    build({"x": expr}, on, streams)


def test_mixed_clocks_need_an_as_of():
    with pytest.raises(
        DefinitionError, match=r"Subtract: operands must live on one clock .*, got bar and trade"
    ):
        CLOSE - PRICE
    with pytest.raises(
        DefinitionError, match=r"operands must live on one clock .*every:1s and trade"
    ):
        view(AsOf(PRICE) - PRICE)
    with pytest.raises(DefinitionError, match="operands must live on one clock"):
        view(AsOf(PRICE, on=BOOK) + AsOf(PRICE))


def test_a_clock_is_no_text():
    with pytest.raises(DefinitionError, match=r"WindowSum.on: must be a clock .*, got 'trade'"):
        WindowSum(SIZE, width="1s", on="trade")


def test_a_mixture_that_fits_the_view_is_accepted():
    view(AsOf(PRICE) - PRICE, TRADE)


@pytest.mark.parametrize(
    ("column", "name"), [(Column(QUOTE, "bid_price"), "quote"), (CLOSE, "bar")]
)
def test_a_stream_that_no_source_has_is_named(column, name):
    with pytest.raises(
        DefinitionError, match=rf"View: the stream '{name}' is needed, got a source of trade"
    ):
        view(column, TRADE, (TRADE,))


def test_a_clock_of_a_stream_that_no_source_has_is_named():
    for on in (BOOK, AnyOf((TRADE, BOOK)), TimeBars("1m", BOOK)):
        with pytest.raises(
            DefinitionError, match="the stream 'book' is needed, got a source of trade"
        ):
            view(AsOf(PRICE), on, (TRADE,))


def test_bars_need_a_clock_to_be_made_on():
    with pytest.raises(DefinitionError, match="bars are made from trades with a view on=bar:1m"):
        view(AsOf(CLOSE), TRADE, (TRADE,))


def test_a_role_that_no_source_plays_is_named():
    spot = Stream(TRADE.type, "spot")
    with pytest.raises(DefinitionError, match="the stream 'spot' is needed, got a source of trade"):
        view(AsOf(Column(spot, "price")), SECONDS, (TRADE,))


@pytest.mark.parametrize(
    "expr",
    [
        AsOf(WindowSum(SIZE, "5s", on=TRADE)),
        WindowSum(SIZE, "5s", on=TRADE),
        WindowMoments(PRICE, "5s", on=TRADE)["mean"],
        WindowSum(SIZE, "5s", on=AnyOf((TRADE, BOOK))),
    ],
    ids=str,
)
def test_a_window_that_would_freeze_when_events_stop_is_refused(expr):
    with pytest.raises(DefinitionError, match=r"'x'.*on="):
        view(expr)


@pytest.mark.parametrize(
    "expr",
    [
        AsOf(WindowSum(SIZE, "5s", on=TRADE) * 2.0),
        WindowSum(SIZE, "5s", on=TRADE) / PRICE,
        WindowMoments(PRICE, "5s", on=TRADE)["mean"] - PRICE,
        Ema(AsOf(WindowSum(SIZE, "5s", on=TRADE)), 3.0),
        AsOf(PRICE * WindowSum(SIZE, "5s", on=TRADE), on=BOOK) * 2.0,
    ],
    ids=str,
)
def test_a_window_inside_a_formula_freezes_too(expr):
    with pytest.raises(DefinitionError, match=r"'x'.*on="):
        view(expr)


def test_a_window_on_the_clock_of_the_view_is_accepted():
    view(WindowSum(SIZE, "5s", on=TRADE), TRADE)
    view(WindowSum(SIZE, "5s"))
    view(AsOf(WindowSum(SIZE, "5s", on=Every("10s"))))
    view(AsOf(WindowSum(SIZE, "5s", on=TRADE), on=TRADE) / PRICE, TRADE)


def test_a_memory_of_a_window_is_a_series_of_its_events_and_may_be_sampled():
    view(Ema(WindowSum(SIZE, "5s", on=TRADE), 3.0))
    view(Lag(WindowSum(SIZE, "5s", on=TRADE), 3))


def test_a_wide_column_of_a_view_is_refused():
    with pytest.raises(
        DefinitionError, match=r"column 'x': must be one cell wide, got 40; use Cell"
    ):
        view(LEVELS, BOOK)
    matrix = CorrelationMatrix(LEVELS, window=5)
    with pytest.raises(DefinitionError, match="must be one cell wide, got 1600"):
        view(matrix, BOOK)


def test_all_outputs_at_once_are_refused():
    with pytest.raises(
        DefinitionError, match=r"one of the outputs mean, variance, std, .* must be picked"
    ):
        ps.View("v", [("x", RollingMoments(PRICE, 5))], on="trade")
    with pytest.raises(DefinitionError, match="got 'men'; did you mean 'mean'"):
        RollingMoments(PRICE, 5)["men"]


def test_columns_of_one_name_are_refused():
    with pytest.raises(DefinitionError, match="each column needs a name of its own, got 'x' twice"):
        ps.View("v", [("x", PRICE), ("x", SIZE)], on="trade")
    for taken in ("ts", "symbol"):
        with pytest.raises(DefinitionError, match=f"got '{taken}' twice"):
            ps.View("v", [(taken, PRICE)], on="trade")


def test_different_units_are_not_added():
    with pytest.raises(
        DefinitionError, match="Add: both sides must have one unit, got price and size"
    ):
        PRICE + SIZE
    with pytest.raises(DefinitionError, match="Subtract: both sides must have one unit"):
        PRICE * SIZE - SIZE


def test_bad_parameters_say_what_they_are():
    with pytest.raises(DefinitionError, match=r"Lag: .*, got -1"):
        Lag(PRICE, -1)
    with pytest.raises(DefinitionError, match=r"Lag.ticks: must be int, got 1.5"):
        Lag(PRICE, 1.5)
    with pytest.raises(DefinitionError, match=r"WindowSum: width must be positive, got 0"):
        WindowSum(SIZE, "0s")
    with pytest.raises(DefinitionError, match=r"Duration: .*, got '5 parsecs'"):
        WindowSum(SIZE, "5 parsecs")
    with pytest.raises(
        DefinitionError, match=r"Ema.x: an expression or a number is needed, got 'price'"
    ):
        Ema("price", 3.0)
    with pytest.raises(DefinitionError, match="got 'prise'; did you mean 'price'"):
        Column(TRADE, "prise")


def test_a_view_needs_columns_sources_and_a_known_clock():
    with pytest.raises(DefinitionError, match="at least one column is needed, got none"):
        build({}, TRADE, (TRADE,))
    with pytest.raises(DefinitionError, match="View v: at least one source is needed, got none"):
        ps.run(ps.View("v", [("x", PRICE)], on="trade"), [])
    with pytest.raises(DefinitionError, match="got 'evry:1s'; did you mean 'every:1s'"):
        ps.View("v", [("x", PRICE)], on="evry:1s")
    with pytest.raises(DefinitionError, match="hop must be positive, got '0s'"):
        Every("0s")
    with pytest.raises(DefinitionError, match=r"offset must be in \[0, width\), got '1m'"):
        TimeBars("1m", TRADE, offset="1m")


def test_an_unknown_feature_names_the_nearest_one():
    with pytest.raises(
        DefinitionError, match=r"got 'price.log_retrun'; did you mean 'price.log_return'"
    ):
        ps.View("v", ["price.log_retrun"], on="bar:1m")
    with pytest.raises(DefinitionError, match="got 'kk'"):
        ps.View("v", ["price.log_return(kk=3)"], on="bar:1m")
