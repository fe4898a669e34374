"""Entity keys: tuples of texts, and bytes that no two of them share."""

from collections.abc import Mapping, Sequence

from penstock.core.errors import DataError, DefinitionError

Key = tuple[str, ...]


def entity_key(row: Mapping[str, object], names: Sequence[str]) -> Key:
    """The key of an entity from a row of a request; a number is the text of that number.

    Raises
    ------
    DataError
        A key column is missing, or holds neither a text, an integer nor a truth.

    Examples
    --------
    >>> entity_key({"driver": 1001, "city": "x", "other": 1}, ("driver", "city"))
    ('1001', 'x')
    """
    return tuple(key_part(row.get(name), name) for name in names)


def key_part(value: object, name: str) -> str:
    """One column of a key as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise DataError(f"Entity: {name} must be a text, an integer or a truth, got {value!r}")


def encode_key(key: Key) -> bytes:
    """A key as bytes: each part after its length, so that ("1", "23") is never ("12", "3").

    Examples
    --------
    >>> encode_key(("1", "23")), encode_key(("12", "3"))
    (b'1:1,2:23,', b'2:12,1:3,')
    """
    parts = [part.encode() for part in key]
    return b"".join(b"%d:%b," % (len(part), part) for part in parts)


def decode_key(data: bytes) -> Key:
    """The key of such bytes.

    Examples
    --------
    >>> decode_key(encode_key(("ES", "a:1,")))
    ('ES', 'a:1,')
    """
    parts, at = list[str](), 0
    while at < len(data):
        colon = data.find(b":", at)
        if colon < 0 or not data[at:colon].isdigit():
            raise DefinitionError(f"Entity: bytes of a key are needed, got {data!r}")
        end = colon + 1 + int(data[at:colon])
        if data[end : end + 1] != b",":
            raise DefinitionError(f"Entity: bytes of a key are needed, got {data!r}")
        parts.append(data[colon + 1 : end].decode())
        at = end + 1
    return tuple(parts)
