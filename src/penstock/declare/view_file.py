"""A view in a TOML file: features, columns, sources and what to do with bad rows.

``docs/howto/view-file.md`` shows every key. Each error names the file and the line.
"""

import re
import tomllib
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from penstock.core.errors import DefinitionError, PenstockError, nearest
from penstock.core.time import Duration, duration, time_of
from penstock.declare.checks import Checks, checks_of
from penstock.declare.clock_text import parse_clock
from penstock.declare.expression_text import parse_expression
from penstock.declare.names import Names
from penstock.declare.own_modules import own_module
from penstock.declare.pushed import kept_for
from penstock.declare.route_text import parse_routes
from penstock.declare.toml_lines import line_of, lines_of
from penstock.declare.view import View, define
from penstock.declare.view_parts import FileSource, Quality, ViewFile
from penstock.declare.view_tables import FREE, RULES, SAID, TABLES
from penstock.events import EVENT_TYPES
from penstock.events.checks import Rules
from penstock.expr import Expr
from penstock.streams import Clock, Route, Stream

Item = str | tuple[str, Expr]
PYTHON = re.compile(r"\s*\(at line (\d+), column (\d+)\)")


def read_view(path: Path | str) -> ViewFile:
    """The view in a TOML file.

    Raises
    ------
    DefinitionError
        The file breaks a rule; the message begins with its name and the line.
    """
    place = Path(path)
    try:
        text = place.read_text()
    except FileNotFoundError:
        raise DefinitionError(f"{place}: a view must be a file, got no such file") from None
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{place}: a view must be text in UTF-8, got {error}") from None
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = PYTHON.search(str(error))
        where = f"{place}:{line[1]}" if line else str(place)
        raise DefinitionError(f"{where}: must be TOML, got {PYTHON.sub('', str(error))}") from error
    return _Reader(place, text, found).file()


class _Reader:
    """Reads the tables of a file, and knows where each value stands."""

    def __init__(self, path: Path, text: str, found: dict[str, Any]) -> None:
        self.path, self.found, self.lines = path, found, lines_of(text)

    @contextmanager
    def at(self, *path: str | int) -> Generator[None]:
        """Let errors name the file and the line of a value."""
        try:
            yield
        except PenstockError as error:
            where = f"{self.path}:{line_of(self.lines, path)}"
            said = str(error)
            raise DefinitionError(
                said if said.startswith(f"{self.path}:") else f"{where}: {said}"
            ) from error

    def fail(self, said: str, *path: str | int) -> None:
        """Refuse a value."""
        with self.at(*path):
            raise DefinitionError(said)

    def file(self) -> ViewFile:
        """All of it."""
        self.check()
        view = self.found["view"]
        roles = {name: self.stream(name) for name in self.found.get("roles", {})}
        with self.at("view", "modules"):
            modules = [own_module(self.path.parent / name) for name in view.get("modules", ())]
        names, routes = Names(roles, modules), self.routes(view.get("routes", ()), roles)
        made_by_routes = {route.role for route in routes}
        played = {n: stream for n, stream in roles.items() if stream.role not in made_by_routes}
        for name, text in self.found.get("let", {}).items():
            names.columns[name] = self.expression("let", name, text, names)
        with self.at("view"):
            made = View(
                view.get("name", self.path.stem),
                tuple(self.items(view.get("features", ()), names)),
                key=tuple(
                    [view["key"]]
                    if isinstance(view.get("key"), str)
                    else view.get("key", ("symbol",))
                ),
                on=self.clock(view, names),
                ttl=self.ttl(view),
                retention=self.retention(view),
                ranges=view.get("ranges", "count"),
                routes=routes,
                owner=view.get("owner", ""),
                says=view.get("says", ""),
                tags=tuple(view.get("tags", ())),
                checks=self.checks(),
            )
        return ViewFile(self.path, made, self.sources(played), self.quality(), played)

    def checks(self) -> Checks:
        """What a store checks."""
        with self.at("checks"):
            return checks_of(self.found.get("checks", {}), "[checks]")

    def check(self) -> None:
        """Refuse tables and keys that do not exist, and values of other types."""
        for name, table in self.found.items():
            known = [*TABLES, *FREE]
            if name not in known:
                self.fail(
                    f"a table must be one of {', '.join(known)}, got {name!r}{nearest(name, known)}",
                    name,
                )
            lists = name == "source"
            if not isinstance(table, list if lists else dict):
                self.fail(
                    f"[{name}] must be {'[[source]] tables' if lists else 'a table'}, got {table!r}",
                    name,
                )
            if name in TABLES:
                for index, one in enumerate(table) if lists else [(None, table)]:
                    self.check_table(name, one, (name,) if index is None else (name, index))
        if "view" not in self.found:
            self.fail("[view] is needed, got none")

    def check_table(self, name: str, table: Any, path: tuple[str | int, ...]) -> None:
        """Refuse keys of one table."""
        known = TABLES[name]
        if not isinstance(table, Mapping):
            self.fail(f"[{name}] must be a table, got {table!r}", *path)
        for key, value in table.items():
            if key not in known:
                self.fail(
                    f"[{name}] a key must be one of {', '.join(known)}, got {key!r}{nearest(key, known)}",
                    *path,
                    key,
                )
            wanted = known[key]
            texts = (
                wanted is list
                and isinstance(value, list)
                and all(isinstance(x, str) for x in value)
            )
            if wanted is not None and not (texts if wanted is list else isinstance(value, wanted)):
                self.fail(f"[{name}] {key} must be {SAID[wanted]}, got {value!r}", *path, key)

    def stream(self, name: str) -> Stream:
        """The stream of a role."""
        types = {type_.name: type_ for type_ in EVENT_TYPES}
        wanted = self.found["roles"][name]
        role, _, type_ = name.partition(".")
        if (
            wanted not in types
            or not role.isidentifier()
            or role in types
            or type_ not in ("", wanted)
        ):
            said = f"[roles] {name} must be one of {', '.join(types)}, got {wanted!r}{nearest(str(wanted), types)}"
            if wanted in types:
                said = f"[roles] a role must be a word that is no stream's, or that and its type, got {name!r}"
            self.fail(said, "roles", name)
        return Stream(types[wanted], role)

    def expression(self, table: str, name: str, text: object, names: Names) -> Expr:
        """A column of the file."""
        with self.at(table, name):
            if not isinstance(text, str):
                raise DefinitionError(
                    f"[{table}] {name} must be an expression as text, got {text!r}"
                )
            if table == "let" and not name.isidentifier():
                raise DefinitionError(f"[let] a name must be a word, got {name!r}")
            try:
                return parse_expression(text, names)
            except DefinitionError as error:
                raise DefinitionError(f"[{table}] {name}: {error}") from error

    def items(self, features: object, names: Names) -> Generator[Item]:
        """The columns of the view: those of ``features``, then those of ``[columns]``."""
        if not isinstance(features, list | tuple):
            self.fail(f"[view] features must be a list, got {features!r}", "view", "features")
            return
        for index, item in enumerate(features):
            with self.at("view", "features", index):
                yield self.column_of(item, names)
        for name, text in self.found.get("columns", {}).items():
            made = self.expression("columns", name, text, names)
            if name.isidentifier():
                names.columns.setdefault(name, made)
            yield name, made

    def column_of(self, item: object, names: Names) -> Item:
        """One item of ``features``."""
        if isinstance(item, str):
            define(item, "")
            return item
        if isinstance(item, dict) and set(item) == {"column", "expr"}:
            return str(item["column"]), parse_expression(str(item["expr"]), names)
        raise DefinitionError(
            f'[view] an item of features must be a text or {{column = "…", expr = "…"}}, got {item!r}'
        )

    def clock(self, view: Mapping[str, Any], names: Names) -> Clock:
        """The view's clock."""
        with self.at("view", "on"):
            if "on" not in view:
                raise DefinitionError('[view] on = "every:1s" or another clock is needed, got none')
            text = view["on"]
            if text in names.streams:
                return names.streams[text]
            if not re.match(r"[A-Z]\w*\(", text):
                return parse_clock(text)
            made = parse_expression(text, names)
            if not isinstance(made, Clock):
                raise DefinitionError(f"[view] on must be a clock, got {text!r}")
            return made

    def ttl(self, view: Mapping[str, Any]) -> Duration | None:
        """How long a value is valid."""
        with self.at("view", "ttl"):
            return None if view.get("ttl") is None else duration(view["ttl"])

    def retention(self, view: Mapping[str, Any]) -> Duration | None:
        """How long its history is kept."""
        with self.at("view", "retention"):
            return kept_for(view.get("retention"), "[view]")

    def routes(self, texts: Iterable[str], roles: Mapping[str, Stream]) -> tuple[Route, ...]:
        """The keys whose events others see."""
        made: list[Route] = []
        for index, text in enumerate(texts):
            with self.at("view", "routes", index):
                made += parse_routes(text, {stream.role for stream in roles.values()})
        return tuple(made)

    def sources(self, roles: Mapping[str, Stream]) -> tuple[FileSource, ...]:
        """The files, relative to this one."""
        made = []
        for index, table in enumerate(self.found.get("source", ())):
            with self.at("source", index):
                if "file" not in table:
                    raise DefinitionError("[[source]] file is needed, got none")
                role = table.get("role", "")
                names = {stream.role for stream in roles.values()}
                if role and role not in names:
                    raise DefinitionError(
                        f"[[source]] role must be one of [roles], got {role!r}{nearest(role, names)}"
                    )
                options = {key: table[key] for key in ("format", "type") if key in table}
                options["mapping"] = [
                    f"{key}={value}" for key, value in table.get("map", {}).items()
                ]
                dialect = {k: table[k] for k in ("separator", "header", "member") if k in table}
                made.append(FileSource(self.path.parent / table["file"], role, options, dialect))
        if len({source.role for source in made}) < len(made) and any(s.role for s in made):
            self.fail("[[source]] where one has a role, each needs one of its own", "source")
        return tuple(made)

    def quality(self) -> Quality:
        """What to do with bad rows."""
        given = dict(self.found.get("quality", {}))
        with self.at("quality", "policy"):
            policy = given.get("policy", "count")
            if policy not in ("count", "stop") and (
                isinstance(policy, bool) or not isinstance(policy, int | float)
            ):
                raise DefinitionError(
                    f"[quality] policy must be count, stop or a rate such as 0.01, got {policy!r}"
                )
        with self.at("quality", "on_late"):
            if given.get("on_late", "count") not in ("count", "error", "rebuild"):
                raise DefinitionError(
                    f"[quality] on_late must be count, error or rebuild, got {given['on_late']!r}"
                )
        with self.at("quality", "lateness"):
            given["lateness"] = duration(given.get("lateness", 0))
        if "quarantine" in given:
            given["quarantine"] = self.path.parent / given["quarantine"]
        rules = {name: given.pop(name) for name in RULES if name in given}
        if "symbols" in rules:
            rules["symbols"] = frozenset(rules["symbols"])
        for name in {"since", "until"} & set(rules):
            with self.at("quality", name):
                rules[name] = time_of(str(rules[name]), f"[quality] {name}")
        return Quality(**given, rules=Rules(**rules))
