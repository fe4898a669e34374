"""``penstock plan``: what features compile to."""

from penstock.cli.console import print_json
from penstock.cli.inputs import prepare
from penstock.cli.options import Input, Json


def plan(options: Input, *, json: Json = False) -> int:
    """Print the plan of features over files: steps by clock, shared where definitions are, then the outputs."""
    sources, view = prepare(options)
    from penstock.jobs.wiring import plan_of
    from penstock.plan.text import numbered

    made, _ = plan_of(view, sources)
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
            }
        )
    else:
        print(numbered(made))
    return 0
