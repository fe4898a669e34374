"""The values at some paths of JSON texts, as columns."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated, Any, Literal, Optional, Union

import msgspec

Kind = Literal["real", "whole", "stamp", "exact", "text"]
Path = tuple[str, ...]

ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
LONGEST = 64  # members of a list that are columns

_I8 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_TYPES: dict[Kind, Any] = {
    "real": float | None,
    "whole": Optional[_I8],  # noqa: UP045 - an annotated type has no |
    "stamp": Union[_I8, float, str, None],  # noqa: UP007
    "exact": msgspec.Raw,  # a float would round what stands in the text
    "text": Any,
}
_NONE = msgspec.Raw(b"null")


def flat(value: object, path: Path = ()) -> dict[str, Path]:
    """The paths of a value's leaves and lists, by their names: ``data.p``, ``bids.0.1``, ``words``."""
    if isinstance(value, dict):
        inner = [(str(key), member) for key, member in value.items()]
    elif isinstance(value, list):
        inner = [(str(place), member) for place, member in enumerate(value[:LONGEST])]
    else:
        return {".".join(path): path}
    own = {".".join(path): path} if isinstance(value, list) and path else {}
    return own | {
        name: found for key, member in inner for name, found in flat(member, (*path, key)).items()
    }


class Paths:
    """Reads lines of JSON at declared paths.

    A struct of exactly these members is decoded, which skips the others; what it cannot hold is
    looked at value by value, so that one odd line neither stops a chunk nor changes another line.
    """

    def __init__(self, paths: dict[str, Path], kinds: dict[str, Kind], lists: set[Path]) -> None:
        self.paths = paths
        self.kinds = kinds
        self.leaves = {
            name: msgspec.json.Decoder(_TYPES[kinds[name]], strict=False) for name in paths
        }
        self.routes: dict[str, tuple[str, Path]] = {}  # attributes, then keys of plain values
        self.typed = msgspec.json.Decoder(self._type((), list(paths), lists, ""), strict=False)
        self.plain = msgspec.json.Decoder()

    def columns(self, lines: Sequence[bytes]) -> dict[str, list[Any]]:
        """A list of values for each path; raises one of `ERRORS` where a line is odd."""
        rows = list(map(self.typed.decode, lines))
        return {name: self._column(name, rows) for name in self.paths}

    def _type(self, at: Path, names: list[str], lists: set[Path], route: str) -> Any:
        """The type of the value at a path, and the routes to what is below it."""
        leaves = [name for name in names if self.paths[name] == at]
        if at in lists or (leaves and len(leaves) < len(names)):
            self.routes |= {name: (route, self.paths[name][len(at) :]) for name in names}
            return Any
        if leaves:
            self.routes |= dict.fromkeys(leaves, (route, ()))
            return _TYPES[self.kinds[leaves[0]]]
        below: dict[str, list[str]] = {}
        for name in names:
            below.setdefault(self.paths[name][len(at)], []).append(name)
        members: list[tuple[str, Any, Any]] = []
        keys = {f"m{place}": key for place, key in enumerate(below)}
        for member, key in keys.items():
            type_ = self._type((*at, key), below[key], lists, f"{route}.{member}".strip("."))
            default = _NONE if type_ is msgspec.Raw else None
            if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
                default = msgspec.field(default_factory=type_)
            members.append((member, type_, default))
        return msgspec.defstruct("Member", members, gc=False, rename=keys.get)

    def _column(self, name: str, rows: list[Any]) -> list[Any]:
        route, rest = self.routes[name]
        values = list(map(attrgetter(route), rows)) if route else rows
        if rest:
            return [self._leaf(name, _at(value, rest)) for value in values]
        if self.kinds[name] == "exact":
            return [_text(bytes(value)) for value in values]
        return values

    def _leaf(self, name: str, value: object) -> Any:
        """A value as its kind; raises where it cannot be."""
        if value is None or value == "":
            return None
        if self.kinds[name] == "exact":
            return value if isinstance(value, str) else repr(value)
        if self.kinds[name] == "real" and isinstance(value, str) and "_" not in value:
            try:
                return float(value)  # "+5" and " .5 " too, as in other text
            except ValueError as error:
                raise msgspec.ValidationError(str(error)) from error
        return self.leaves[name].decode(msgspec.json.encode(value))

    def one(self, line: bytes) -> tuple[dict[str, Any], dict[str, str]]:
        """The values of one line and, by name, those that are of a wrong type."""
        try:
            row = self.typed.decode(line)
            return {name: self._column(name, [row])[0] for name in self.paths}, {}
        except ERRORS:
            whole = self.plain.decode(line)
        if not isinstance(whole, dict | list):
            raise msgspec.ValidationError(f"an object or a list is needed, got {whole!r}")
        found, wrong = {}, {}
        for name, path in self.paths.items():
            value = _at(whole, path)
            try:
                found[name] = self._leaf(name, value)
            except ERRORS:
                found[name], wrong[name] = None, msgspec.json.encode(value).decode()
        return found, wrong


def _at(value: object, path: Path) -> object:
    """The member of a value at a path; None where there is none."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _text(raw: bytes) -> str | None:
    """A raw number or text as text."""
    if raw == b"null":
        return None
    return msgspec.json.decode(raw) if raw[:1] == b'"' else raw.decode()
