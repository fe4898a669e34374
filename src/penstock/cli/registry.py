"""``penstock registry``: what is registered, its versions, and what hangs on what."""

from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import App, Parameter

from penstock.cli.console import print_json, print_table
from penstock.cli.definitions import HERE, Store, registry_of
from penstock.cli.options import Json

registry = App(
    name="registry",
    help="List what is registered, and say what hangs on what.",
    result_action="return_value",
)
NANOS = 1_000_000_000


@registry.command(name="list")
def list_(*, store: Store = HERE, json: Json = False) -> int:
    """List views, services and entities."""
    with registry_of(store) as found:
        contents = found.contents()
    views: list[dict[str, Any]] = [
        {
            "name": view.name,
            "kind": view.kind,
            "latest": view.latest,
            "versions": list(view.versions),
            "columns": len(view.schema().columns),
            "owner": view.metadata.get("owner", ""),
            "tags": list(view.metadata.get("tags", ())),
            "split": dict(view.shares),
        }
        for view in contents.views.values()
    ]
    others = [
        {"name": name, "kind": kind, **definition}
        for (kind, name), (_, definition) in contents.objects.items()
    ]
    if json:
        print_json({"revision": contents.revision, "views": views, "others": others})
        return 0
    rows: dict[str, object] = {
        f"{view['kind']} {view['name']}@v{view['latest']}": f"{view['columns']} columns"
        + (f", owner {view['owner']}" if view["owner"] else "")
        + (f", split {shares_text(view['split'])}" if view["split"] else "")
        for view in views
    }
    for one in others:
        names = one.get("views", one.get("join_keys", ()))
        rows[f"{one['kind']} {one['name']}"] = ", ".join(names)
    print_table("", rows or {"nothing": "is registered: penstock apply FILES"})
    return 0


def shares_text(shares: "dict[int, float]") -> str:
    """Percent by version, for people."""
    return ", ".join(f"v{number} {percent:g} %" for number, percent in sorted(shares.items()))


@registry.command
def show(
    ref: Annotated[str, Parameter(help="A view such as quotes or quotes@v2.")],
    *,
    store: Store = HERE,
    json: Json = False,
) -> int:
    """Show a view: its columns, who answers for it, and the definition that it was registered with."""
    from msgspec import to_builtins

    with registry_of(store) as found:
        contents = found.contents()
    schema = contents.schema(ref)
    view = contents.view(schema.view)
    definition = dict(view.definitions[schema.version])
    if json:
        described = {"kind": view.kind, "metadata": dict(view.metadata), "definition": definition}
        print_json({**described, "versions": list(view.versions), "schema": to_builtins(schema)})
        return 0
    about = {"kind": view.kind, "key": ", ".join(schema.key), "fingerprint": schema.fingerprint}
    about |= {
        name: said(value) for name, value in view.metadata.items() if value not in (None, "", [])
    }
    about["versions"] = ", ".join(f"v{number}" for number in view.versions)
    print_table(schema.id, about)
    print_table("\nColumns", {c.name: f"{c.kind}, unit {c.unit}" for c in schema.columns})
    print()
    print(definition.get("text") or said(definition))
    return 0


def said(value: Any) -> str:
    """A value for people."""
    if isinstance(value, dict):
        return ", ".join(
            f"{name} = {said(one)}" for name, one in value.items() if one not in (None, [], {})
        )
    return ", ".join(map(said, value)) if isinstance(value, list | tuple) else str(value)


@registry.command
def history(
    name: Annotated[str | None, Parameter(help="Of one view, service or entity.")] = None,
    *,
    limit: Annotated[int, Parameter(help="Changes at most.")] = 100,
    store: Store = HERE,
    json: Json = False,
) -> int:
    """Who changed what, and when: the newest first."""
    with registry_of(store) as found:
        changes = found.changelog(name, limit)
    if json:
        every = [{field: getattr(c, field) for field in c.__slots__} for c in changes]
        print_json({"changes": every})
        return 0
    for change in changes:
        when = datetime.fromtimestamp(change.at / NANOS, UTC).isoformat(timespec="seconds")
        details = dict(change.details)
        version = details.pop("version", None)
        at = f"@v{version}" if version else ""
        more = f" ({said(details)})" if details else ""
        print(f"{when} {change.by}: {change.action} {change.kind} {change.name}{at}{more}")
    return 0


@registry.command
def lineage(
    ref: Annotated[str, Parameter(help="A view such as quotes or quotes@v2.")],
    *,
    store: Store = HERE,
    json: Json = False,
) -> int:
    """Say where a view's columns come from, and which services read them."""
    with registry_of(store) as found:
        made = found.contents().lineage(ref)
    if json:
        print_json(made)
        return 0
    columns = {
        name: ", ".join(column["reads"]) + (f" by {column['feature']}" if column["feature"] else "")
        for name, column in made["columns"].items()
    }
    print_table(f"{made['view']} of {', '.join(made['key'])}", columns)
    print(f"\nservices: {', '.join(made['services']) or 'none'}")
    return 0


@registry.command
def uses(
    what: Annotated[
        str, Parameter(help="A column of events (trade.price), a feature, a view or view:feature.")
    ],
    *,
    store: Store = HERE,
    json: Json = False,
) -> int:
    """Say what a change of something would reach."""
    with registry_of(store) as found:
        made = found.contents().uses(what)
    if json:
        print_json(made)
        return 0
    print_table(what, {name: ", ".join(names) or "none" for name, names in made.items()})
    return 0
