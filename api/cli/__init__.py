"""The command line."""

from wangge.api.cli.main import main

__all__ = ["main"]
