"""Formulas over what a gateway of language models says."""
