"""One turn of a case: the move that is being made, by whom, when and with what. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wangge.access.person import Person
from wangge.reports.case.case import Arguments, Case, Event, Task
from wangge.reports.case.lifecycle import Move, TaskState
from wangge.reports.case.setting import Setting
from wangge.reports.errors import BadArgument

__all__ = ["Effect", "Facts", "Turn"]

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """A move that has been found to be open.

    Attributes
    ----------
    tasks : the tasks that the move is about.
    """

    case: Case
    move: Move
    arguments: Arguments
    person: Person
    now: datetime
    setting: Setting
    tasks: list[Task]

    @property
    def task(self) -> Task:
        """The one task that the move is about.

        Raises
        ------
        BadArgument : there are several, and none was named.
        """
        if len(self.tasks) != 1:
            raise BadArgument(field="task", reason="missing")
        return self.tasks[0]

    def become(self, task: Task) -> None:
        """A task that the move is about stands where the table says; one that it says nothing of stays."""
        task.state = self.move.becomes or task.state
        task.version += 1

    def cancel(self) -> None:
        """Cancel the tasks that are over with the move."""
        for task in self.case.with_state(self.move.cancels):
            task.state = TaskState.CANCELLED
            task.version += 1

    def tell(self, case: Case, move: str, facts: Facts, note: str | None = None) -> None:
        """Append an event of this turn to a case."""
        who, facts = self.person, case.running | facts
        case.events.append(Event(move, case.state, self.now, who.name, who.account, note, facts, case.version))


Effect = Callable[[Turn], Facts]
"""What a move makes of a case; gives what the event is to tell of it."""
