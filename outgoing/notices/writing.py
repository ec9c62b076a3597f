"""What a message says: what happened, by number, category and state, and where to look. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wangge.data import messages
from wangge.data.languages import Language
from wangge.outgoing.notices.kinds import Kind

__all__ = ["Letter", "News", "write"]


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened. `number` is empty where it is of no single case; `link` shows more of it."""

    kind: Kind
    number: str
    category: str
    state: str
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it is sent.

    Attributes
    ----------
    text : with its links and how to refuse such messages; for e-mail.
    short : what happened in a line, without links; for telephones.
    link : of what is told last.
    stop : a page where such messages are refused. `stop_now` refuses them when it is posted to.
    first : what is told first, by name: number, category, state, kind.
    """

    subject: str
    text: str
    short: str
    link: str
    stop: str
    stop_now: str
    first: Mapping[str, str]


def write(news: Sequence[News], language: Language, stop: str, stop_now: str) -> Letter:
    """The message that tells some news, at least one."""
    told = [
        messages.text(f"notice-{one.kind}", {"number": one.number, "category": one.category}, language) for one in news
    ]
    word = "subject_one" if len(news) == 1 else "subject_many"
    subject = messages.word("notices", word, language, title=told[0][0], number=news[0].number, count=len(news))
    lines: list[str] = []
    for (_, detail), one, follows in zip(told, news, [*news[1:], None], strict=True):
        lines.append(detail)
        if follows is None or follows.link != one.link:  # what is told of the same case stands above one link
            state = messages.word("notices", "state", language, state=one.state) if one.state else ""
            lines += [*([state] if state else []), one.link, ""]
    lines += [
        "-- ",
        messages.word("notices", "by_itself", language),
        messages.word("notices", "stop", language, link=stop),
    ]
    short = " ".join(dict.fromkeys(detail for _, detail in told))
    first = {"number": news[0].number, "category": news[0].category, "state": news[0].state, "kind": news[0].kind}
    return Letter(subject.strip(), "\n".join(lines) + "\n", short, news[-1].link, stop, stop_now, first)
