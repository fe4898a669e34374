"""Routes as they are written in a view's file and on the command line."""

import ast
import json
import re
from collections.abc import Callable, Iterable, Sequence

from penstock.core.errors import DefinitionError, nearest
from penstock.streams import Route, benchmark, pair
from penstock.streams.routes import Key

KINDS: dict[str, Callable[..., tuple[Route, ...]]] = {
    "benchmark": benchmark,
    "pair": pair,
    "Route": lambda *given, **named: (Route(*given, **named),),
}
FORMS = 'benchmark("SPY"), pair("ES", "NQ") or Route("index", "SPY", "ES")'
CALL = re.compile(r"\s*(\w+)\s*\((.*)\)\s*", re.DOTALL)
# a text in quotes, a key of several parts, or a bare word
VALUE = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\([^()]*\)|[^\s,()"'=][^,()"'=]*)"""
ARGUMENT = re.compile(rf"\s*(?:(\w+)\s*=\s*)?({VALUE})\s*(?:,|$)")


def parse_routes(text: str, roles: Iterable[str] | None = None) -> tuple[Route, ...]:
    """Routes from their text; a key may stand without quotes, and one of several parts in brackets.

    With ``roles`` one of theirs must be among those.

    Examples
    --------
    >>> parse_routes('benchmark("SPY", role="index")') == parse_routes("benchmark(SPY, role=index)")
    True
    >>> parse_routes("pair((ES, CME), (NQ, CME))")[1].source
    ('NQ', 'CME')
    """
    call = CALL.fullmatch(text)
    if call is None or call[1] not in KINDS:
        near = nearest(text if call is None else call[1], KINDS)
        raise DefinitionError(f"Route: {FORMS} is needed, got {text!r}{near}")
    given: list[Key | str] = []
    named: dict[str, Key | str] = {}
    place = 0
    while call[2][place:].strip():
        found = ARGUMENT.match(call[2], place)
        if found is None:
            raise DefinitionError(f"Route: {FORMS} is needed, got {call[2][place:]!r} in {text!r}")
        place = found.end()
        if found[1]:
            named[found[1]] = _value(found[2])
        else:
            given.append(_value(found[2]))
    try:
        made = KINDS[call[1]](*given, **named)
    except (TypeError, ValueError):  # too few or too many, or keys of different sizes
        raise DefinitionError(f"Route: {FORMS} is needed, got {text!r}") from None
    known, of_it = None if roles is None else list(roles), [route.role for route in made]
    if known is not None and not set(of_it) & set(known):
        raise DefinitionError(
            f"Route: a role that columns read is needed ({', '.join(known) or 'there is none'}), "
            f"got {' and '.join(of_it)}{nearest(of_it[0], known)}"
        )
    return made


def _value(text: str) -> Key | str:
    """A key or a name."""
    if text.startswith("("):
        return tuple(str(_value(part.strip())) for part in text[1:-1].split(",") if part.strip())
    return ast.literal_eval(text) if text[0] in "\"'" else text.strip()


def route_texts(routes: Sequence[Route]) -> list[str]:
    """The texts that ``parse_routes`` turns into these routes.

    Examples
    --------
    >>> route_texts((*benchmark("SPY"), *pair("ES", "NQ")))
    ['benchmark("SPY")', 'pair("ES", "NQ")']
    """
    texts, left = [], list(routes)
    while left:
        route = left.pop(0)
        key = _key(route.source)
        if (
            left
            and route.target
            and pair(route.source, left[0].source, route.target) == (route, left[0])
        ):
            other = left.pop(0)
            plain = pair(route.source, other.source)[0].target == route.target
            name = "" if plain else f", name={_key(route.target)}"
            texts.append(f"pair({key}, {_key(other.source)}{name})")
        elif route.target is None:
            role = "" if route.role == "benchmark" else f", role={json.dumps(route.role)}"
            texts.append(f"benchmark({key}{role})")
        else:
            texts.append(f"Route({json.dumps(route.role)}, {key}, {_key(route.target)})")
    return texts


def _key(key: Key) -> str:
    parts = [json.dumps(part, ensure_ascii=False) for part in key]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
