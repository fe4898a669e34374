"""What tests of the command line share: a small market on disk, and a way to call a command."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.cli import main
from penstock.events import Trade
from penstock.events.simulator import simulate
from penstock.events.writers import write_csv, write_dbn


@dataclass(frozen=True)
class Said:
    """What a command did."""

    status: int
    out: str
    err: str


@pytest.fixture
def penstock(capsys):
    """Call a command in this process."""

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(status, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def market(tmp_path_factory) -> Path:
    """Trades and books of two instruments over three minutes, as DBN."""
    path = tmp_path_factory.mktemp("market") / "market.mbp-10.dbn.zst"
    write_dbn(path, simulate(("AA", "BB"), seconds=180))
    return path


@pytest.fixture(scope="session")
def trades(market) -> Path:
    """The trades alone, as CSV."""
    path = market.with_name("trades.csv")
    write_csv(path, simulate(("AA", "BB"), seconds=180), type=Trade)
    return path
