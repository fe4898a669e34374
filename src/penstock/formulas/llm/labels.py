"""Labels as codes and bits: ids of texts compared with the ids of those that a parameter names."""

from penstock.core.errors import DefinitionError
from penstock.events.texts import text_id
from penstock.events.types.llm import CAPABILITIES
from penstock.expr import Constant, Expr
from penstock.formulas.guards import NOTHING
from penstock.ops.elementwise.equal import Equal
from penstock.ops.elementwise.floor import Floor
from penstock.ops.elementwise.greater_equal import GreaterEqual
from penstock.ops.elementwise.where import Where


def code(label: Expr, names: tuple[str, ...], *, other: Expr = NOTHING) -> Expr:
    """The place of a label among names, the first 0; ``other`` where it is none of them."""
    if len(set(names)) < len(names):
        raise DefinitionError(f"Labels: each name is given once, got {':'.join(names)}")
    found = other
    for place in reversed(range(len(names))):
        found = Where(is_label(label, names[place]), Constant(place), found)
    return found


def is_label(label: Expr, name: str) -> Expr:
    """Whether a column of ids is that of a name."""
    return Equal(label, Constant(text_id(name)))


def bit(mask: Expr, place: int) -> Expr:
    """One bit of a column of whole numbers, 0 or 1."""
    return Floor(mask / float(2**place)) - Floor(mask / float(2 ** (place + 1))) * 2.0


def reordered(bits: list[Expr], names: tuple[str, ...]) -> Expr:
    """Bits that stand as in CAPABILITIES, as a number whose bits stand as in `names`."""
    unknown = [name for name in names if name not in CAPABILITIES]
    if unknown or len(set(names)) < len(names):
        raise DefinitionError(
            f"Labels: bits must be of {', '.join(CAPABILITIES)}, each once, got {':'.join(names)}"
        )
    total = bits[CAPABILITIES.index(names[0])]
    for place, name in enumerate(names[1:], 1):
        total = total + bits[CAPABILITIES.index(name)] * float(2**place)
    return total


def bits_of(mask: Expr) -> list[Expr]:
    """The bits of a mask, each NaN where the mask is negative, which is unknown."""
    known = Where(GreaterEqual(mask, 0.0), mask, NOTHING)
    return [bit(known, place) for place in range(len(CAPABILITIES))]
