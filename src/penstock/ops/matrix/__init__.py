"""Matrices in wide columns, row by row."""
