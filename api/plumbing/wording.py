"""What is wrong with a record of a file, in the reader's language."""

from wangge.api.plumbing.problems import render
from wangge.data import messages
from wangge.geo.errors import WanggeError

__all__ = ["wording"]


def wording(error: WanggeError, language: messages.Language) -> tuple[str, str]:
    """What is wrong with a record, and what was expected, in a language."""
    told = render(error.kind, error.facts, language, "")
    if error.kind == "bad-field":
        title, _ = messages.text("bad-value", error.facts, language)
        return title, "; ".join(entry["message"] for entry in told["errors"])
    return told["title"], told["detail"]
