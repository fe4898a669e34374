"""Ratchets: what holds for every file of the repository."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
ROOTS = (".ci", "benchmarks", "docs", "scripts", "src", "tests")
GENERATED = {"__pycache__", "_build", "generated", "results"}
MODULES = sorted((ROOT / "src").rglob("*.py"))
LIST = (
    ROOT / "src/penstock/ops/__init__.py"
)  # a line for each operator (decision 0025), which grows with them
# spelled with brackets so that this file does not match itself
HOSTS = re.compile(r"py[p]i[.]org|python[h]osted|registry[.]np[m]js|deb[.]de[b]ian")
PATHS = re.compile(r"(?<![A-Za-z0-9_.}-])/(?:wor[k]|hom[e]|roo[t]|far[m])/[\w.]")
OPEN_ENDS = re.compile(r"\b(?:TO[D]O|FI[X]ME|X[X]X)\b")
BARE_IGNORES = re.compile(r"#\s*(?:type|pyright): ignore(?!\[)|#\s*noqa(?!:)")
PIN = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def texts() -> Iterator[tuple[str, str]]:
    """Every text file that is written by hand."""
    inside = (path for root in ROOTS for path in (ROOT / root).rglob("*"))
    for path in (*ROOT.iterdir(), *inside):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and GENERATED.isdisjoint(parts) and parts[0] != ".git":
            try:
                yield "/".join(parts), path.read_text()
            except UnicodeDecodeError:
                continue  # sample data, not text


def found(pattern: re.Pattern[str], suffix: str = "") -> list[str]:
    """Where a pattern stands, as file:line."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts()
        if name.endswith(suffix)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def pins() -> dict[str, str]:
    """The pinned versions by canonical name."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_module_has_at_most_300_lines(path):
    lines = path.read_text().splitlines()
    if path == LIST:
        lines = [line for line in lines if not line.startswith("from penstock.ops.")]
    assert len(lines) <= 300


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_module_says_what_it_is(path):
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree), f"{path.name} has no docstring"


def test_no_file_names_a_package_registry():
    assert found(HOSTS) == []


def test_no_file_names_a_path_of_one_machine():
    assert found(PATHS) == []


def test_nothing_is_left_for_later():
    assert found(OPEN_ENDS, ".py") == []


def test_a_silenced_rule_is_named():
    assert found(BARE_IGNORES, ".py") == []


def test_a_constraint_is_a_name_and_a_version():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [x for x in lines if not x.startswith("#") and not PIN.fullmatch(x)] == []


def test_every_dependency_is_pinned_within_its_range():
    extras = PROJECT["optional-dependencies"].values()
    asked = [Requirement(x) for x in (*PROJECT["dependencies"], *(y for z in extras for y in z))]
    pinned = pins()
    bad = [
        str(x) for x in asked if not x.specifier.contains(pinned.get(canonicalize_name(x.name), ""))
    ]
    assert bad == []


def test_what_a_dependency_needs_is_pinned_too():
    pinned = pins()
    missing = {
        f"{name} needs {needed.name}"
        for name in pinned
        for needed in requirements(name)
        if canonicalize_name(needed.name) not in pinned
    }
    assert missing == set()


def requirements(name: str) -> list[Requirement]:
    """What an installed distribution needs here, extras aside."""
    try:
        needed = map(Requirement, metadata.requires(name) or ())
    except metadata.PackageNotFoundError:
        return []  # of an extra that is not installed here
    return [x for x in needed if x.marker is None or x.marker.evaluate({"extra": ""})]


def test_importing_penstock_loads_neither_a_compiler_nor_pandas():
    heavy = "{'numba', 'llvmlite', 'pandas', 'scipy', 'arch'}"
    code = f"import sys, penstock; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_readme_names_every_make_target():
    rules = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    assert rules
    assert [rule for rule in rules if f"make {rule}" not in readme] == []


def test_every_decision_is_numbered_and_listed():
    names = sorted(path.stem for path in (ROOT / "docs/decisions").glob("0*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    index = (ROOT / "docs/decisions/index.md").read_text()
    assert [name for name in names if name not in index] == []
