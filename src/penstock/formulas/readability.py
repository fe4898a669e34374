"""How hard a text is to read."""

from penstock.expr import Expr
from penstock.formulas.guards import positive


def reading_ease(words: Expr, sentences: Expr, syllables: Expr) -> Expr:
    """Flesch's reading ease of counts; NaN where there is no word."""
    counted = positive(words)
    return 206.835 - counted / positive(sentences) * 1.015 - syllables / counted * 84.6
