"""What the signs on expressions build."""

import subprocess
import sys

import pytest

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.expr import Multiply
from penstock.ops import (
    Abs,
    And,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Modulo,
    Not,
    Or,
    Power,
    Xor,
)

X, Y = ps.trade.price, ps.quote.bid_price


@pytest.mark.parametrize(
    ("built", "meant"),
    [
        (X < 3, Less(X, 3.0)),
        (X <= 3, LessEqual(X, 3.0)),
        (X > 3, Greater(X, 3.0)),
        (X >= 3, GreaterEqual(X, 3.0)),
        ((X > 1) & (X < 3), And(Greater(X, 1.0), Less(X, 3.0))),
        ((X > 1) | (X < 3), Or(Greater(X, 1.0), Less(X, 3.0))),
        ((X > 1) ^ (X < 3), Xor(Greater(X, 1.0), Less(X, 3.0))),
        (~(X > 1), Not(Greater(X, 1.0))),
        (abs(X), Abs(X)),
        (X % 2, Modulo(X, 2.0)),
        (7 % X, Modulo(7.0, X)),
        (X**3, Power(X, 3.0)),
        (X**0.5, Power(X, 0.5)),
        (2 ** (X / X), Power(2.0, X / X)),
        (X**2, Multiply(X, X)),
    ],
)
def test_a_sign_builds_its_operator(built, meant):
    assert built is meant


def test_equality_stays_identity():
    assert (X == X) is True
    assert (X != Y) is True
    assert {X: 1}[X] == 1


@pytest.mark.parametrize("asked", [lambda: 1 < X < 3, lambda: bool(X > 1), lambda: X > 1 and X < 3])
def test_an_expression_has_no_truth_value(asked):
    with pytest.raises(DefinitionError, match="no truth value"):
        asked()


def test_a_power_knows_its_unit():
    assert (X**3).unit == "price^3"
    with pytest.raises(DefinitionError, match="pure numbers"):
        X**X


def test_the_columns_of_the_package_bring_all_signs():
    code = "import penstock as ps; print(ps.trade.price > 3)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "Greater(trade.price, 3)"
