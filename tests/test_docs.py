"""The documentation: what it shows runs, and what exists is in it."""

import importlib.util
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.catalog import FAMILIES, FEATURES, WAITING
from penstock.cli import main
from penstock.cli.app import app
from penstock.core import native
from penstock.events import Keys, Quarantine, Trade
from penstock.events.simulator import simulate
from penstock.events.writers import write_dbn
from penstock.ops import OPERATORS, Fitted

ROOT = Path(__file__).resolve().parents[1]
HOWTO = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / "docs/howto").glob("*.md")
    if path.stem != "index"
)
PAGES = ("README.md", "docs/quickstart.md", "docs/concepts.md", *HOWTO)
WRITTEN = sorted(
    path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\w+\.(?:py|toml))\n")  # the first line of a block that is a file
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def blocks(page: str, *languages: str) -> list[str]:
    """The blocks of a page in some languages, in order."""
    return [code for name, code in FENCE.findall((ROOT / page).read_text()) if name in languages]


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    """A directory with the files that the pages name."""
    folder = tmp_path_factory.mktemp("docs")
    write_dbn(folder / "trades.dbn.zst", simulate(("AA", "BB"), seconds=120), schema="trades")
    write_dbn(folder / "day.mbp-10.dbn.zst", simulate(("AA", "BB"), seconds=60))
    return folder


@pytest.fixture
def beside(market, tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty directory to work in, with those files and the modules that a page writes."""
    for path in market.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture(scope="module")
def generated():
    """The pages that are made from what runs, by path."""
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def feed() -> list:
    """Events of a simulated market."""
    chunks = simulate(("AA",), seconds=20).chunks(Keys(), Quarantine())
    return [event for chunk in chunks for block in chunk if block.type is Trade for event in block]


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_runs(page, beside):
    names = {"__name__": "docs_page", "feed": feed()}
    found = blocks(page, "python", "toml")
    assert found
    for code in found:
        if file := FILE.match(code):
            (beside / file[1]).write_text(code)
        else:
            exec(compile(code, page, "exec"), names)  # noqa: S102  (our own page)


@pytest.mark.skipif(not native.available(), reason="doctor fails where nothing compiles")
@pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md"])
def test_the_commands_of_a_page_run(page, beside, capsys):
    text = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.startswith("penstock ")]
    assert lines
    for line in lines:
        assert main(shlex.split(line)[1:]) == 0, f"{line}: {capsys.readouterr().err}"


def test_the_quickstart_names_the_files_of_the_market(market):
    text = (ROOT / "docs/quickstart.md").read_text()
    assert [path.name for path in market.iterdir() if path.name not in text] == []


def test_every_command_is_in_the_pages(generated):
    page = generated["command-line.rst"]
    assert [
        name for name in app if not name.startswith("-") and f"``penstock {name}``" not in page
    ] == []


def test_every_operator_has_its_place(generated):
    text = "\n".join(generated.values())
    missing = [
        cls.__name__
        for cls in OPERATORS
        if f".. autoclass:: penstock.ops.{cls.__name__}(" not in text
    ]
    assert missing == []


def test_every_feature_and_its_formula_is_on_the_page_of_its_family(generated):
    missing = [
        feature.name
        for feature in FEATURES
        for page in [generated[f"features/{feature.family}.rst"]]
        if f"\n``{feature.name}``\n" not in page or f".. math:: {feature.formula}\n" not in page
    ]
    assert missing == []


def test_every_operator_and_feature_has_a_picture(generated):
    text = "\n".join(generated.values())
    drawn = [f"operators/{cls.__name__}.svg" for cls in OPERATORS if cls is not Fitted]
    streams = {"trade", "quote", "book", "bar"}  # of the market that is drawn
    drawn += [
        f"features/{feature.name}.svg"
        for feature in FEATURES
        if all(name.partition(".")[0] in {*streams, "time"} for name in feature.inputs)
    ]
    assert [name for name in drawn if f".. image:: /generated/pictures/{name}\n" not in text] == []


def test_every_family_has_a_page_that_the_index_lists(generated):
    names = [family.__name__.rpartition(".")[2] for family in FAMILIES]
    index = generated["features/index.rst"]
    assert [name for name in names if f"   {name}\n" not in index] == []
    pages = {path.removesuffix(".rst") for path in generated if path.count("/")}
    listed = {
        f"{folder}/{line.strip()}"
        for folder in ("operators", "features")
        for line in [
            "index",
            *generated[f"{folder}/index.rst"].partition(":maxdepth: 1")[2].split(),
        ]
    }
    assert pages == listed


def test_what_is_not_built_yet_is_listed_with_its_reason(generated):
    text = "\n".join(generated.values())
    missing = [name for name, why in WAITING if f"``{name}``" not in text or why not in text]
    assert missing == []


def test_every_operator_family_says_what_it_is(generated):
    for path, text in generated.items():
        says = text.splitlines()[3]
        assert says.endswith("."), f"{path}: {says!r}"


def test_every_how_to_is_listed():
    listed = (ROOT / "docs/howto/index.md").read_text().split()
    assert [page for page in HOWTO if Path(page).stem not in listed] == []


@pytest.mark.parametrize("page", WRITTEN, ids=str)
def test_a_link_leads_somewhere(page):
    links = LINK.findall((ROOT / page).read_text())
    assert [link for link in links if not (ROOT / page.parent / link).exists()] == []
