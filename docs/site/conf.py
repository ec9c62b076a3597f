"""Makes the site of the documentation out of the pages as they lie in the repository: `make docs`.

The source is the whole clone, so that a link between two pages is the same on the site as in a reader of Markdown.
Warnings are errors there: a page that the index leaves out, a link that leads nowhere, a name that is not there.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "Wangge 网格"
author = "the Wangge authors"
copyright = "the Wangge authors, Apache-2.0"  # noqa: A001 - Sphinx's word
version = release = version_of("wangge")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "index", "drawings", "reference", "offline"]
root_doc = "docs/index"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/*.md",
    "docs/decisions/*.md",
    "bench/*.md",
    "data/*/*.md",
    "data/boundaries/*/*.md",
    "data/attributes/*/*.md",
    "data/overlays/*/*.md",
]
# What is not walked: the rooms are linked a second time under wangge/.
exclude_patterns = [".*", "wangge", "web", "scripts", "build", "dist", "tests", "*.egg-info", "node_modules"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!wangge\b).*")]  # other projects' names, which only a network could look up
default_role = "literal"

myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]

html_theme = "furo"
html_title = f"{project} {version}"
html_favicon = "../../web/icon.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = ["front"]
html_copy_source = False
html_show_sphinx = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_attr_annotations = False
