"""``penstock explain``: what features compile to, and what that costs."""

from typing import TYPE_CHECKING, Any

from penstock.cli.console import print_json, size
from penstock.cli.inputs import prepare, view_file
from penstock.cli.options import NOTHING, Input, Json

if TYPE_CHECKING:
    from penstock.plan import Plan


def explain(options: Input = NOTHING, *, json: Json = False) -> int:
    """Print the plan of features over files: steps by clock, shared where definitions are, then the outputs.

    After it: each column's warm-up, in ticks of its source clock, and the memory of one key before time windows grow.
    A view's file without sources is planned over the streams that it names.
    """
    made = planned(options)
    from penstock.plan.text import numbered

    costs = memory(made)
    if json:
        print_json(
            {
                "on": made.on.text,
                "streams": [stream.text for stream in made.streams],
                "clocks": [clock.text for clock in made.clocks],
                "steps": [
                    node.text
                    for segment in made.segments
                    for batch in segment.batches
                    for node in batch.nodes
                ],
                "outputs": [
                    {"column": name, "formula": expr.text, "warmup": made.warmups[name]}
                    for name, expr in made.outputs
                ],
                "bytes_per_key": costs,
            }
        )
        return 0
    print(numbered(made))
    print("warm-up")
    for name, ticks in made.warmups.items():
        print(f"    {name}: {ticks:,} tick{'s' * (ticks != 1)}")
    print("memory of one key")
    for layout, kinds in costs.items():
        parts = ", ".join(f"{kind} {size(count)}" for kind, count in kinds.items())
        print(f"    {layout}: {size(sum(kinds.values()))} ({parts})")
    return 0


def planned(options: Input) -> "Plan":
    """The plan over the sources, or over the streams that a view's file names."""
    file = view_file(options)
    if file is not None and not file.sources and not options.source:
        from penstock.declare.view_text import streams
        from penstock.jobs.wiring import by_rank
        from penstock.plan import build

        return build(file.view.columns(), file.view.on, by_rank(streams(file.view)))  # type: ignore[arg-type]
    sources, view = prepare(options)
    from penstock.jobs.wiring import plan_of

    return plan_of(view, sources)[0]


def memory(made: "Plan") -> dict[str, dict[str, Any]]:
    """Bytes of one key by layout and kind."""
    from penstock.compile import layout
    from penstock.engine.profiling.footprint import by_kind
    from penstock.jobs.run import block_size

    sizes = {"live": 1, "blocks": block_size(made)}
    return {name: by_kind(layout(made, capacity, {})) for name, capacity in sizes.items()}
