"""What may stand in an operator's fields, and how it gets its type."""

from penstock.core.errors import DefinitionError, nearest
from penstock.core.time import Duration, duration
from penstock.expr.expression import Constant, Expr, Output, hints
from penstock.streams import Clock


def as_expr(value: object, where: str) -> Expr:
    """A number as a constant; anything else that is no single-valued expression is refused."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Constant(float(value))
    if not isinstance(value, Expr):
        raise DefinitionError(f"{where}: an expression or a number is needed, got {value!r}")
    outputs = getattr(value, "outputs", ("out",))
    if len(outputs) > 1:
        raise DefinitionError(
            f"{where}: one of the outputs {', '.join(outputs)} must be picked, got all of {value!r}"
        )
    return value


def coerce(node: Expr) -> None:
    """Give operands, durations and floats their types; refuse what is of another type."""
    for name, hint in hints(type(node)).items():
        value, where = getattr(node, name), f"{type(node).__name__}.{name}"
        if hint is Expr:
            value = as_expr(value, where)
        elif hint is Duration:
            value = duration(value)
        elif hint is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        elif hint is Clock and not isinstance(value, Clock):
            raise DefinitionError(
                f"{where}: must be a clock such as expr.TRADE or streams.Every('1s'), got {value!r}"
            )
        elif hint in (int, float, str, bool) and type(value) is not hint:
            raise DefinitionError(f"{where}: must be {hint.__name__}, got {value!r}")
        object.__setattr__(node, name, value)


def pick(source: Expr, name: str) -> Output:
    """An output by name."""
    outputs: tuple[str, ...] = getattr(source, "outputs", ("out",))
    if name not in outputs:
        raise DefinitionError(
            f"{type(source).__name__}: an output must be one of {', '.join(outputs)}, "
            f"got {name!r}{nearest(name, outputs)}"
        )
    return Output(source, name)
