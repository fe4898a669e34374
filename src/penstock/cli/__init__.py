"""The command line: one command per file."""

from penstock.cli.app import main

__all__ = ["main"]
