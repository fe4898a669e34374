"""What a columnar file of ours says of itself: its event type, and each column's unit."""

import pyarrow as pa

from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field

TYPE, UNIT, ROLE = b"penstock.type", b"unit", b"role"
LABEL = b"label"  # the role of a column that says what came after


def said(schema: pa.Schema, type: EventType) -> pa.Schema:
    """A schema that names an event type and its columns' units."""
    units = {field.name: field.unit for field in type.fields} | {"time": "ns", "receive": "ns"}
    fields = [
        field.with_metadata({UNIT: units[field.name].encode()}) if field.name in units else field
        for field in schema
    ]
    return pa.schema(fields, {TYPE: type.name.encode()})


def type_name(schema: pa.Schema) -> str | None:
    """The event type that a schema names."""
    found = (schema.metadata or {}).get(TYPE)
    return None if found is None else found.decode("utf-8", "replace")


def check_unit(schema: pa.Schema, column: str, field: Field, source: str) -> None:
    """Refuse a column that says that it is in another unit than the field it is for."""
    unit = (schema.field(column).metadata or {}).get(UNIT)
    if unit is not None and unit != field.unit.encode():
        raise DefinitionError(
            f"{source}: column {column!r} for {field.name} must be in units of {field.unit!r}, "
            f"got {unit.decode('utf-8', 'replace')!r}; a factor in the mapping says how they convert"
        )


def refuse_labels(schema: pa.Schema, source: str) -> None:
    """Refuse a file that says of a column that it is a label: what came after can be no feature's source."""
    found = [field.name for field in schema if (field.metadata or {}).get(ROLE) == LABEL]
    if found:
        raise DefinitionError(
            f"{source}: a source of features must hold no labels, got {', '.join(found)}; "
            "read the file of signals, and join labels where a model is trained"
        )
