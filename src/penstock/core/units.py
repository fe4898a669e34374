"""Units as text: products of named factors with integer or half powers, such as ``price^2*size^-1``."""

from fractions import Fraction

ONE = "1"


def factors(unit: str) -> dict[str, Fraction]:
    """The powers of a unit's factors.

    Examples
    --------
    >>> factors("price^2*size^-1") == {"price": 2, "size": -1}
    True
    """
    powers: dict[str, Fraction] = {}
    for factor in unit.split("*"):
        name, _, power = factor.partition("^")
        if name != ONE:
            powers[name] = powers.get(name, Fraction(0)) + Fraction(power or "1")
    return {name: power for name, power in powers.items() if power}


def unit_text(powers: dict[str, Fraction]) -> str:
    """The canonical text of a unit."""
    parts = [
        name if powers[name] == 1 else f"{name}^{powers[name]}"
        for name in sorted(powers)
        if powers[name]
    ]
    return "*".join(parts) or ONE


def times(*units: str) -> str:
    """The product of units.

    Examples
    --------
    >>> times("price", "size"), times("price", power("price", -1))
    ('price*size', '1')
    """
    total: dict[str, Fraction] = {}
    for unit in units:
        for name, exponent in factors(unit).items():
            total[name] = total.get(name, Fraction(0)) + exponent
    return unit_text(total)


def power(unit: str, exponent: int | Fraction) -> str:
    """A unit raised to a power.

    Examples
    --------
    >>> power("price", 2), power("price^2", Fraction(1, 2)), power("price", 0)
    ('price^2', 'price', '1')
    """
    return unit_text({name: value * exponent for name, value in factors(unit).items()})
