"""What can go wrong, said once for every room: a kind and the facts, never the wording.

The wording, in Chinese and English, lives with the interface (`data/messages/`), and so does the HTTP status.
"""

from typing import Any, ClassVar

__all__ = ["WanggeError"]


class WanggeError(Exception):
    """A refusal that the reader can act on.

    Subclasses set `kind`, a stable slug. `facts` are the values that the wording names and that an API answer
    carries: which record, which field, what was expected.
    """

    kind: ClassVar[str]

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.kind, facts)
        self.facts = facts

    def __str__(self) -> str:
        told = ", ".join(f"{key}={value!r}" for key, value in self.facts.items())
        return f"{self.kind}({told})"
