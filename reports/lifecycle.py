"""The life of a case as one pure table: its states, and the moves between them."""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["MOVES", "OPENING", "Move", "State", "moves_from"]


class State(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    ASSIGNED = "assigned"


class Move(NamedTuple):
    """A step that a case may take, from one state to another."""

    name: str
    source: State
    target: State


MOVES: tuple[Move, ...] = (Move("assign", State.RECEIVED, State.ASSIGNED),)

OPENING: tuple[State, ...] = (State.RECEIVED, State.ASSIGNED)
"""States that a report passes at intake: it is received, and its base grid is found at once."""


def moves_from(state: State) -> tuple[Move, ...]:
    """The moves that are open in a state."""
    return tuple(move for move in MOVES if move.source == state)
