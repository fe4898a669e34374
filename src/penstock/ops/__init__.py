"""Operators, one a file: kernel, oracle, registers, warm-up, unit, version."""
