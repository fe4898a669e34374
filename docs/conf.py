"""How Sphinx builds the documentation: formulas without the internet, warnings are errors."""

import sys
from pathlib import Path

from penstock import __version__

sys.path.insert(0, str(Path(__file__).parent))

import generate
import pictures

GENERATED = Path(__file__).parent / "generated"
generate.write(GENERATED)
pictures.draw(GENERATED / "pictures", generate.examples())

project = "Penstock"
author = "The Penstock authors"
copyright = "2026, The Penstock authors"  # noqa: A001  Sphinx reads this name
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",
]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"Penstock {release}"
