"""Whether LLVM made vector code of a kernel: what the machine code of its wrapper in blocks looks like."""

import re
from dataclasses import dataclass

from penstock.compile import emit
from penstock.compile.layout import layout
from penstock.core import native
from penstock.core.errors import DefinitionError
from penstock.expr import Operator
from penstock.plan import build
from penstock.streams import Stream

BLOCK = 1_024
VECTOR = re.compile(r"<\d+ x double>")
CALL = re.compile(r"\bcall (?:\w+ )*double @\"?([\w.]+)")
INLINE = frozenset(
    {"fabs", "sqrt", "fma", "copysign", "minnum", "maxnum"}
)  # instructions, not calls


@dataclass(frozen=True, slots=True)
class Vectorised:
    """What was found: vector arithmetic in the loop, and functions of the C library that it calls."""

    name: str
    vector: bool
    calls: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why there is no vector form; nothing where there is one."""
        if self.calls:
            return (
                f"calls {', '.join(self.calls)} of the C library, which takes one value at a time"
            )
        return "" if self.vector else "LLVM found no vector form of its loop"


def vectorised(node: Operator, on: Stream) -> Vectorised:
    """Look at the wrapper that runs an operator in blocks; it is compiled anew, past the cache."""
    if not native.available():
        raise DefinitionError(f"vectorised: a compiler is needed, got {native.REASON}")
    made = layout(build({"column": node}, on, (on,)), BLOCK, {})
    bound = next(x for x in made.plan.operators if type(x) is type(node))
    fields = emit.instance(bound, made)
    written = emit.source(
        type(node).kernel,
        tuple(fields.arguments),
        emit.dtype_text(node),
        type(node).__name__,
        8 * len(fields.values),
        live=False,
    )
    names: dict[str, object] = {}
    # code from the cache cannot be inspected
    exec(compile(written.replace("cache=True, ", ""), "<vectorised>", "exec"), names)  # noqa: S102  (our own source)
    (text,) = names["wrapper"].inspect_llvm().values()  # type: ignore[attr-defined]
    called = {name.removeprefix("llvm.").partition(".")[0] for name in CALL.findall(text)}
    loop = "vector.body" in text and VECTOR.search(text) is not None
    return Vectorised(type(node).__name__, loop, tuple(sorted(called - INLINE)))
