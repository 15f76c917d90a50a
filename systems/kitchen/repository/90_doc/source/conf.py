"""Settings of Sphinx."""

project = "Back to the Future Kitchen"
extensions = ["myst_parser"]
html_theme = "sphinx_rtd_theme"
