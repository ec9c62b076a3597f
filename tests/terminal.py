"""The command line as a terminal has it, run in the test's own process: starting another takes a second."""

import sys
from typing import NamedTuple
from unittest.mock import patch

from typer.testing import CliRunner

from wangge.api.cli.main import main

__all__ = ["Said", "wangge"]


class Said(NamedTuple):
    """How a command ended, and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str


def wangge(*arguments: object, given: str = "", **environment: str) -> Said:
    """Run a command with something on its standard input and some variables of the environment."""
    words = ["wangge", *map(str, arguments)]
    with CliRunner().isolation(input=given, env=environment) as (out, err, _), patch.object(sys, "argv", words):
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        return Said(code, out.getvalue().decode(), err.getvalue().decode())
