"""What the tables of a view's file may hold."""

from dataclasses import fields

from penstock.declare.checks import Checks
from penstock.events.checks import Rules

# what each table may hold; a list is of texts, None is checked where it is read
TABLES: dict[str, dict[str, type | None]] = {
    "view": {
        "name": str, "key": None, "on": str, "ttl": None, "retention": None, "owner": str, "says": str, "tags": list,
        "features": None, "modules": list, "ranges": str, "routes": list,
    },
    "quality": {
        "policy": None, "quarantine": str, "on_late": str, "lateness": None, "negative_prices": bool, "crossed": bool,
        "symbols": list, "since": None, "until": None,
    },
    "checks": dict.fromkeys(Checks.__struct_fields__),
    "source": {
        "file": str, "role": str, "format": str, "type": str, "map": dict, "separator": str, "header": bool,
        "member": str,
    },
}  # fmt: skip
RULES = tuple(
    field.name for field in fields(Rules)
)  # keys of [quality] that say what the market may do
FREE = ("let", "columns", "roles")  # tables whose keys are the user's own
SAID = {str: "a text", bool: "true or false", list: "a list of texts", dict: "a table"}
