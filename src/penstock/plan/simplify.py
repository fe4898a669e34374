"""Pass 3: rewrites that keep every bit."""

from penstock.expr import Constant, Divide, Expr, Multiply
from penstock.ops.asof import AsOf
from penstock.plan.bind import Rewrite, rebuild


def _rule(node: Expr) -> Expr:
    """One rewrite at the root.

    ``asof(x, on=clock of x)`` is x; a constant is itself on every clock; ``x * 1`` and ``x / 1`` are x. Adding 0 is
    not among them: -0.0 + 0.0 is 0.0.
    """
    if isinstance(node, AsOf) and (node.x.clock is None or node.x.clock is node.on):
        return node.x
    if isinstance(node, Multiply | Divide) and node.y is Constant(1.0):
        return node.x
    return node


def simplify(outputs: tuple[tuple[str, Expr], ...]) -> tuple[tuple[str, Expr], ...]:
    """The same columns from fewer nodes; shared sub-expressions are one node already, by interning."""
    return rewrite(outputs, _rule)


def rewrite(outputs: tuple[tuple[str, Expr], ...], rule: Rewrite) -> tuple[tuple[str, Expr], ...]:
    """The columns with a rule applied everywhere until it changes nothing more."""
    done: dict[object, object] = {}

    def fixed(node: Expr) -> Expr:
        while (smaller := rule(node)) is not node:
            node = smaller
        return node

    def leaf(node: Expr) -> Expr:
        # what stands in is rewritten below too, at once: operands and clocks must agree whenever a node is made
        smaller = fixed(node)
        return node if smaller is node else rebuild(smaller, done, leaf, lambda clock: clock)

    def settle(expr: Expr) -> Expr:
        before = None
        while before is not expr:
            before, expr = expr, fixed(rebuild(expr, done, leaf, lambda clock: clock))
        return expr

    return tuple((name, settle(expr)) for name, expr in outputs)
