"""The laws of operators as functions: what ours are held to, and users may hold their own to."""

from penstock.ops.laws.check import check_operator

__all__ = ["check_operator"]
