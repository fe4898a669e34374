"""``penstock view``: views in files."""

from pathlib import Path
from typing import Any

from cyclopts import App

from penstock.cli.console import OUT, print_json, print_table
from penstock.cli.inputs import check_file, read_file
from penstock.cli.options import Json

view = App(name="view", help="Check views in files.", result_action="return_value")


@view.command
def check(file: Path, *, json: Json = False) -> int:
    """Read a view's file and its sources' names, and say what it defines; nothing is computed.

    An error names the file, the line, the rule and, of a name, the nearest one; the exit status is then 2.

    Parameters
    ----------
    file
        A TOML file, as --view takes it.
    """
    from penstock.declare.facts import inputs, warmup
    from penstock.declare.route_text import route_texts

    found = read_file(file)
    for source in found.sources:
        check_file(str(source.file))
    columns: list[dict[str, Any]] = [
        {
            "column": item.column,
            "feature": item.feature.name if item.feature else None,
            "unit": item.expr.unit,
            "inputs": list(inputs(item.expr)),
            "warmup": warmup(item.expr),
            "fingerprint": item.expr.fingerprint,
        }
        for item in found.view.definitions
    ]
    on = found.view.on if isinstance(found.view.on, str) else found.view.on.text
    if json:
        print_json(
            {
                "view": found.view.name,
                "key": list(found.view.key),
                "on": on,
                "columns": columns,
                "sources": [str(source.file) for source in found.sources],
                "routes": route_texts(found.view.routes),
                "roles": {role: stream.type.name for role, stream in found.roles.items()},
            }
        )
        return 0
    lines = {
        "key": ", ".join(found.view.key),
        "on": on,
        "sources": ", ".join(str(source.file) for source in found.sources) or "none: give --source",
    }
    if found.view.routes:
        lines["routes"] = ", ".join(route_texts(found.view.routes))
    print_table(f"{file} is good: view {found.view.name} of {len(columns)} columns", lines)
    print_table(
        "\nColumns",
        {
            one[
                "column"
            ]: f"{one['unit']}, warm-up {one['warmup']}, reads {', '.join(one['inputs'])}"
            for one in columns
        },
    )
    OUT.print(f"\nNext: penstock explain --view {file}", markup=False)
    return 0
