"""What the signs on expressions build: ``+ - * / % **``, ``< <= > >=``, ``& | ^ ~`` and ``abs``.

``==`` and ``!=`` stay identity: nodes are interned, and are keys. The operators enter themselves:
arithmetic from ``penstock.expr.arithmetic``, the others from ``penstock.ops.signs``.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from penstock.core.errors import DefinitionError

if TYPE_CHECKING:
    from penstock.expr.expression import Expr

Number = int | float


class Signs:
    """The signs of an expression."""

    SIGNS: ClassVar[dict[str, Any]] = {}

    def _build(self, sign: str, *sides: Any) -> "Expr":
        if sign not in Signs.SIGNS:
            raise DefinitionError(f"Expr: the signs need penstock.ops imported, got {sign}")
        return Signs.SIGNS[sign](*sides)

    def __add__(self, other: "Expr | Number") -> "Expr":
        return self._build("+", self, other)

    def __radd__(self, other: Number) -> "Expr":
        return self._build("+", other, self)

    def __sub__(self, other: "Expr | Number") -> "Expr":
        return self._build("-", self, other)

    def __rsub__(self, other: Number) -> "Expr":
        return self._build("-", other, self)

    def __mul__(self, other: "Expr | Number") -> "Expr":
        return self._build("*", self, other)

    def __rmul__(self, other: Number) -> "Expr":
        return self._build("*", other, self)

    def __truediv__(self, other: "Expr | Number") -> "Expr":
        return self._build("/", self, other)

    def __rtruediv__(self, other: Number) -> "Expr":
        return self._build("/", other, self)

    def __neg__(self) -> "Expr":
        return self._build("-", 0.0, self)

    def __mod__(self, other: "Expr | Number") -> "Expr":
        return self._build("%", self, other)

    def __rmod__(self, other: Number) -> "Expr":
        return self._build("%", other, self)

    def __pow__(self, other: "Expr | Number") -> "Expr":
        return self._build("**", self, other)

    def __rpow__(self, other: Number) -> "Expr":
        return self._build("**", other, self)

    def __abs__(self) -> "Expr":
        return self._build("abs", self)

    def __lt__(self, other: "Expr | Number") -> "Expr":
        return self._build("<", self, other)

    def __le__(self, other: "Expr | Number") -> "Expr":
        return self._build("<=", self, other)

    def __gt__(self, other: "Expr | Number") -> "Expr":
        return self._build(">", self, other)

    def __ge__(self, other: "Expr | Number") -> "Expr":
        return self._build(">=", self, other)

    def __and__(self, other: "Expr | Number") -> "Expr":
        return self._build("&", self, other)

    def __rand__(self, other: Number) -> "Expr":
        return self._build("&", other, self)

    def __or__(self, other: "Expr | Number") -> "Expr":
        return self._build("|", self, other)

    def __ror__(self, other: Number) -> "Expr":
        return self._build("|", other, self)

    def __xor__(self, other: "Expr | Number") -> "Expr":
        return self._build("^", self, other)

    def __rxor__(self, other: Number) -> "Expr":
        return self._build("^", other, self)

    def __invert__(self) -> "Expr":
        return self._build("~", self)
