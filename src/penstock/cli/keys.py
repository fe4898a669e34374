"""``penstock keys``: the API keys of the server."""

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import App, Parameter

from penstock.cli.console import ERR, print_json, print_table
from penstock.cli.definitions import HERE, By, Store, registry_of, who
from penstock.cli.options import Json

keys = App(
    name="keys", help="Make, list and revoke the server's API keys.", result_action="return_value"
)
NANOS = 1_000_000_000


@keys.command
def make(
    *scopes: Annotated[str, Parameter(help="What it may be used for: read, push, admin.")],
    says: Annotated[str, Parameter(help="Whose it is, in a few words.")] = "",
    store: Store = HERE,
    by: By = None,
    json: Json = False,
) -> int:
    """Make an API key and print it, this once: only its hash is kept.

    Example: penstock keys make read --says "the trading bots"
    """
    with registry_of(store) as registry:
        text = registry.make_key(scopes, says=says, **who(by))
    if json:
        print_json({"id": text.split("_", 2)[1], "key": text, "scopes": list(scopes)})
        return 0
    print(text)
    ERR.print("keep it: it is not shown again", style="dim")
    return 0


@keys.command(name="list")
def list_(*, store: Store = HERE, json: Json = False) -> int:
    """List the keys, without their secrets."""
    with registry_of(store) as registry:
        found = registry.api_keys()
    every = [
        {
            "id": key.id,
            "scopes": list(key.scopes),
            "says": key.says,
            "created": key.created,
            "revoked": key.revoked,
        }
        for key in found.values()
    ]
    if json:
        print_json({"keys": every})
        return 0
    rows = {
        key.id: ", ".join(key.scopes)
        + (f"; {key.says}" if key.says else "")
        + f"; made {day(key.created)}"
        + (f"; revoked {day(key.revoked)}" if key.revoked else "")
        for key in found.values()
    }
    print_table("", rows or {"no keys": "penstock keys make read"})
    return 0


@keys.command
def revoke(
    id: Annotated[str, Parameter(help="As penstock keys list shows it.")],
    *,
    store: Store = HERE,
    by: By = None,
    json: Json = False,
) -> int:
    """End a key: servers refuse it from their next look at the registry."""
    with registry_of(store) as registry:
        registry.revoke_key(id, **who(by))
    print_json({"id": id, "revoked": True}) if json else print(f"{id} is revoked")
    return 0


def day(at: int) -> str:
    """The day of a time."""
    return datetime.fromtimestamp(at / NANOS, UTC).date().isoformat()
