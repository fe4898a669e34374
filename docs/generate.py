"""Pages made from what runs: a page per family of operators and of features, and the command line.

`conf.py` calls `write` at every build; the tests read the same pages without Sphinx.
"""

import ast
import dataclasses
import importlib
import inspect
import io
import re
import textwrap
import tomllib
import typing
from collections.abc import Iterable
from pathlib import Path

from cyclopts import App
from rich.console import Console

from penstock.catalog import FAMILIES, FEATURES, WAITING
from penstock.cli.app import app
from penstock.core.errors import DefinitionError
from penstock.core.schema import EventType, Field
from penstock.core.time import Duration
from penstock.declare import Feature
from penstock.declare.facts import streams
from penstock.expr import Column, Expr, Operator, Stream, operand_names
from penstock.ops import OPERATORS
from penstock.ops.laws.cases import INTEGERS

WIDTH = 100  # columns of a captured help text
UNDERLINE = re.compile(r"^-{3,}$")
GENERAL = ("general", "Lags, averages, time between ticks, as-of, fits.")
TITLES = {"ops": GENERAL, "expr": ("arithmetic", "What ``+ - * /`` on expressions build.")}
Lines = list[str]
ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/penstock"
PACKAGES = {path.name: path for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS = CONTRACTS["contracts"][0]["layers"]


def write(folder: Path) -> None:
    """Write every page that differs from what is there, and remove what is no page any more."""
    made = {folder / name: text for name, text in pages().items()}
    for path in folder.rglob("*.rst"):
        if path not in made:
            path.unlink()
    for path, text in made.items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def pages() -> dict[str, str]:
    """The text of each page by its path."""
    made = {"command-line.rst": command_line(), "modules.rst": modules()}
    operators = operator_families()
    for name, (says, classes) in operators.items():
        made[f"operators/{name}.rst"] = page(name, says, map(operator, classes))
    features = {family.__name__.rpartition(".")[2]: family for family in FAMILIES}
    for name, family in features.items():
        entries = [*map(feature, family.FEATURES), waiting(name)]
        made[f"features/{name}.rst"] = page(name, family.__doc__ or "", entries)
    made["operators/index.rst"] = index("Operators", operators, f"{len(OPERATORS)} operators.")
    counts = f"{len(FEATURES)} features; {len(WAITING)} more wait for what is not built yet."
    made["features/index.rst"] = index("Features", features, counts)
    return made


# -- operators


def operator_families() -> dict[str, tuple[str, list[type[Operator]]]]:
    """Sentence and operators of each family: a folder of ``ops``, or what stands beside them."""
    found: dict[str, tuple[str, list[type[Operator]]]] = {}
    for cls in OPERATORS:
        package = cls.__module__.rpartition(".")[0]
        short = package.rpartition(".")[2]
        name, says = TITLES.get(short, (short, importlib.import_module(package).__doc__ or ""))
        found.setdefault(name, (says, []))[1].append(cls)
    return dict(sorted(found.items()))


def operator(cls: type[Operator]) -> Lines:
    """An operator: what its docstring says, and what its example knows."""
    return [
        *heading(cls.__name__, "-"),
        f".. autoclass:: penstock.ops.{cls.__name__}({signature(cls)})",
        "   :no-index-entry:",
        "",
        *(picture("operators", cls.__name__) if example(cls) is not None else ()),
        *table(operator_facts(cls)),
    ]


def signature(cls: type[Operator]) -> str:
    """The arguments as a person writes them: operands bare, parameters with their types."""
    hints = typing.get_type_hints(cls)
    parts = []
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        kind = "Duration" if hint is Duration else getattr(hint, "__name__", str(hint))
        shown = field.name if hint is Expr else f"{field.name}: {kind}"
        default = "" if field.default is dataclasses.MISSING else f"={default_text(field.default)}"
        parts.append(shown + default)
    return ", ".join(parts)


def default_text(value: object) -> str:
    """A default; the view's own clock is called VIEW."""
    return {"view": "VIEW", "never": "NEVER"}.get(str(value), repr(value))


def operator_facts(cls: type[Operator]) -> dict[str, str]:
    """What code knows of an operator, by its example."""
    facts = {"cost per tick": cls.cost, "version": str(cls.version)}
    if len(cls.outputs) > 1:
        facts["outputs"] = ", ".join(map(literal, cls.outputs))
    if cls.exempt:
        facts["exempt from"] = "; ".join(f"{law}: {plain(why)}" for law, why in cls.exempt.items())
    node = example(cls)
    if node is None:
        return facts
    shown = literal(f"{cls.__name__}({', '.join(arguments(cls))})")
    return {"example": shown, "its warm-up": ticks(node.warmup), "its unit": unit(node), **facts}


def arguments(cls: type[Operator]) -> list[str]:
    """The arguments of the example: operands by name, then parameters."""
    given = [name for name in operand_names(cls) if name not in cls.example]
    return [*given, *(f"{name}={value!r}" for name, value in cls.example.items())]


def example(cls: type[Operator]) -> Operator | None:
    """The operator of its example, over columns whose units are their names or, where it asks that, one unit."""
    needed = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING]
    if not {*needed} <= {*operand_names(cls), *cls.example}:
        return None
    try:
        return cls(**columns(cls, None), **cls.example)
    except DefinitionError:
        return cls(**columns(cls, "unit"), **cls.example)


def examples() -> dict[str, Operator | None]:
    """The operator of each example, by name."""
    return {cls.__name__: example(cls) for cls in OPERATORS}


def columns(cls: type[Operator], one: str | None) -> dict[str, Column]:
    """A column for each operand that the example leaves open."""
    names = [name for name in operand_names(cls) if name not in cls.example]
    fields = tuple(Field(n, one or n, "i8" if n in INTEGERS else "f8") for n in names)
    stream = Stream(EventType("example", "Columns of an example.", fields))
    return {name: Column(stream, name) for name in names}


def unit(node: Operator) -> str:
    """The unit, or that of each output."""
    if len(node.outputs) == 1:
        return literal(node.unit)
    return ", ".join(f"{literal(node.unit_of(name))} ({name})" for name in node.outputs)


# -- features


def feature(item: Feature) -> Lines:
    """A feature: sentence, formula, what its docstring adds, and what its expression knows."""
    notes = {name: lines for name, lines in sections(item.about).items() if name in KEPT}
    return [
        *heading(literal(item.name), "-"),
        plain(item.says),
        "",
        ".. math:: " + item.formula,
        "",
        *(line for name, lines in notes.items() for line in ("", f"*{name}.*", *lines, "")),
        *(picture("features", item.name) if drawable(item) else []),
        *table(feature_facts(item)),
    ]


def drawable(item: Feature) -> bool:
    """Whether the market that is drawn has what a feature reads."""
    return set(streams(item.expr())) <= {"trade", "quote", "book", "bar"}


KEPT = ("Notes", "References")


def sections(docstring: str) -> dict[str, Lines]:
    """The lines of each underlined section of a docstring."""
    found: dict[str, Lines] = {}
    lines, name = docstring.splitlines(), ""
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if UNDERLINE.match(after):
            name = line
        elif not UNDERLINE.match(line):
            found.setdefault(name, []).append(line)
    return found


def feature_facts(item: Feature) -> dict[str, str]:
    """What code knows of a feature at its defaults."""
    low, high = (f"{bound:g}".replace("inf", "∞") for bound in item.range)
    parameters = (
        f"{literal(p.name)} = {literal(p.text)} ({plain(p.kind)})" for p in item.parameters.values()
    )
    return {
        "parameters": "; ".join(parameters) or "none",
        "unit": literal(item.unit),
        "range": f"{low} to {high}",
        "warm-up": ticks(item.warmup),
        "inputs": ", ".join(map(literal, item.inputs)),
        "cost per tick": item.incremental,
        "source": plain(item.source),
        "version": str(item.version),
    }


def waiting(family: str) -> Lines:
    """The features of a family that are not built yet."""
    found = {name: why for name, why in WAITING if name.partition(".")[0] == family}
    if not found:
        return []
    rows = table({literal(name): f"waits for {plain(why)}" for name, why in found.items()})
    return [*heading("Not built yet", "-"), *rows]


# -- the command line


def command_line() -> str:
    """The help of every command, as the program prints it."""
    parts = [help_of(path) for path in commands()]
    return page("command line", "What each command says with ``--help``.", parts)


def commands(here: App = app, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command, those of nested ones too."""
    names = [name for name in here if not name.startswith("-")]
    return [path, *(found for name in names for found in commands(here[name], (*path, name)))]


def help_of(path: tuple[str, ...]) -> Lines:
    """One command's help."""
    shown = io.StringIO()
    app.help_print(list(path), console=Console(file=shown, width=WIDTH, color_system=None))
    text = "\n".join(line.rstrip() for line in shown.getvalue().splitlines())
    block = textwrap.indent(text.strip(), "   ").splitlines()
    return [
        *heading(literal(" ".join(("penstock", *path))), "-"),
        ".. code-block:: text",
        "",
        *block,
        "",
    ]


# -- the modules


def modules() -> str:
    """Every module with the first line of its docstring, by layer as pyproject.toml lists them."""
    layers = [name for line in LAYERS for name in re.findall(r"\w+", line) if name in PACKAGES]
    parts = [
        [*heading(literal(f"penstock.{layer}"), "-"), *table(said(PACKAGES[layer]))]
        for layer in layers
    ]
    return page("modules", "Layers from high to low; each imports only lower ones.", parts)


def said(folder: Path) -> dict[str, str]:
    """The modules of a folder, and what each says that it is."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        says = ast.get_docstring(ast.parse(path.read_text()))
        name = path.relative_to(folder).with_suffix("").as_posix().removesuffix("/__init__")
        if says:
            found[literal(name)] = plain(says.partition("\n\n")[0].replace("\n", " "))
    return found


# -- pages as text


def picture(kind: str, name: str) -> Lines:
    """What `pictures.draw` draws under that name."""
    return [f".. image:: /generated/pictures/{kind}/{name}.svg", f"   :alt: {name}", ""]


def page(name: str, says: str, parts: Iterable[Lines]) -> str:
    """A page of its parts."""
    title = name.replace("_", " ").capitalize()
    lines = [*heading(title, "="), inspect.cleandoc(says), ""]
    return "\n".join([*lines, *(line for part in parts for line in part), ""])


def index(title: str, names: Iterable[str], says: str) -> str:
    """A page that lists pages."""
    entries = [f"   {name}" for name in names]
    return "\n".join([*heading(title, "="), says, "", ".. toctree::", "   :maxdepth: 1", "", *entries, ""])  # fmt: skip


def heading(text: str, line: str) -> Lines:
    """A title."""
    return [text, line * len(text), ""]


def table(rows: dict[str, str]) -> Lines:
    """What and its value, one a row."""
    lines = [".. list-table::", "   :widths: 20 80", ""]
    for name, value in rows.items():
        lines += [f"   * - {name}", f"     - {value}"]
    return [*lines, ""]


def ticks(count: int) -> str:
    """A number of ticks."""
    return f"{count} tick" + "s" * (count != 1)


def literal(text: str) -> str:
    """Text as it is typed."""
    return f"``{text}``" if text else "nothing"


def plain(text: str) -> str:
    """Text without markup."""
    return re.sub(r"([*`_|\\])", r"\\\1", text)
