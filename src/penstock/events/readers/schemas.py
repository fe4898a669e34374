"""The layout of a DBN file's records, by its schema and version."""

from penstock.core.errors import DefinitionError, nearest
from penstock.events.readers.layouts import MARKET, Layout
from penstock.events.readers.terms import TERMS, terms

LATEST = 3  # version of the format
SCHEMAS = (*MARKET, *TERMS)


def layout(schema: str, version: int = LATEST) -> Layout:
    """The layout of a schema that gives events."""
    found = MARKET.get(schema) or terms(schema, version)
    if found is None:
        raise DefinitionError(
            f"DBN: the schema must be one of {', '.join(SCHEMAS)}, of version 1 to {LATEST}, "
            f"got {schema!r} of version {version}{nearest(schema, SCHEMAS)}"
        )
    return found
