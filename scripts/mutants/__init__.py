"""Changes the rules by a little, one change at a time, and sees whether the tests notice: `make mutants`.

The code of each module in settings.toml is changed in the ways of changes.py; of the table of moves, each entry is left
out or replaced. The tests near a module are collected once. Each change is then made in a process of its own, forked
from that one, which runs the tests that come through the changed function until one fails. A change that no test
notices (a survivor) is printed; one that cannot be noticed stands in settings.toml with the reason.
"""
