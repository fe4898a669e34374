"""The folders are the flow: each layer imports only lower ones."""

from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[1]


def test_each_layer_imports_only_lower_ones(capsys):
    failed = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert not failed, capsys.readouterr().out


def test_the_contract_has_no_exceptions():
    text = (ROOT / "pyproject.toml").read_text()
    assert "exhaustive = true" in text
    assert "ignore_imports" not in text
    assert "exhaustive_ignores" not in text
