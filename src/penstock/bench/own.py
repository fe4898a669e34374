"""An operator in a user's own file beside the same one of ours, in the suite ``operators``."""

import importlib.util
import inspect
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from penstock.bench import instances
from penstock.bench.timing import figures
from penstock.bench.views import blocks, live
from penstock.ops import ema
from penstock.plan import build

NAME = "own_ema"
COPIES, ROUNDS = 50, 7


def own_operator(*, quick: bool) -> dict[str, Any]:
    """Nanoseconds of an instance, ours and the copy by turns; of each the round that was disturbed least."""
    copies, rounds, repeats = (3, 1, 1) if quick else (COPIES, ROUNDS, 10)
    spent: dict[str, list[float]] = {}
    with copied() as cls:
        for _ in range(rounds):
            for whose, made in (("ours", ema.Ema), ("own", cls)):
                node = instances.example(made)
                stream = instances.stream_of(("x",), "1")
                plan = build(instances.columns((node,), copies), stream, (stream,))
                data = {stream: instances.rows(stream, 40_000, "Ema")}
                spent.setdefault(f"ns_live_{whose}", []).append(live(plan, stream, data, repeats))
                spent.setdefault(f"ns_block_{whose}", []).append(
                    blocks(plan, stream, data, repeats)
                )
    found = {name: figures(min(values) / copies) for name, values in spent.items()}
    return {
        "case": "own_operator",
        "kind": "own",
        **found,
        "ratio_live": figures(found["ns_live_own"] / found["ns_live_ours"]),
        "ratio_block": figures(found["ns_block_own"] / found["ns_block_ours"]),
        "target_ratio": 1.1,
    }


@contextmanager
def copied() -> Generator[Any]:
    """The class of a copy of our file, imported from a directory of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{NAME}.py"
        path.write_text(inspect.getsource(ema))
        spec = importlib.util.spec_from_file_location(NAME, path)
        module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
        sys.modules[NAME] = module
        try:
            spec.loader.exec_module(module)  # type: ignore[union-attr]
            yield module.Ema
        finally:
            del sys.modules[NAME]
