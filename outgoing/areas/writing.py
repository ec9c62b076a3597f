"""What is written to whoever wants to hear of an area: may we, and what is new there. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wangge.data import messages
from wangge.data.languages import Language
from wangge.outgoing.notices.writing import Letter

__all__ = ["PublicCase", "write_digest", "write_question"]


@dataclass(frozen=True, slots=True)
class PublicCase:
    """What everybody may know of a case: no words of anybody. `link` leads to it on the public map."""

    number: str
    category: str
    stage: str
    since: date
    link: str


def write_question(area: str, categories: str, language: Language, link: str, stop: str, stop_now: str) -> Letter:
    """The message that asks whoever reads the mailbox to confirm; `stop` refuses all messages to it."""
    facts = {"area": area, "categories": categories}
    subject = messages.word("areas", "question_subject", language, **facts)
    lines = [
        messages.word("areas", "question", language, **facts),
        "",
        link,
        "",
        messages.word("areas", "question_not_you", language),
        "",
        "-- ",
        messages.word("notices", "by_itself", language),
        messages.word("notices", "stop", language, link=stop),
    ]
    return Letter(subject, "\n".join(lines) + "\n", subject, link, stop, stop_now, {})


def write_digest(
    cases: Sequence[PublicCase], area: str, language: Language, more: str | None, stop: str, stop_now: str
) -> Letter:
    """The message that tells what is new in an area; `more` leads to what it has no room for, `stop` ends it."""
    count = f"{len(cases)}+" if more else str(len(cases))
    subject = messages.word("areas", "digest_subject", language, area=area, count=count)
    lines = [messages.word("areas", "digest", language, area=area), ""]
    for one in cases:
        facts = {"category": one.category, "stage": one.stage, "since": one.since.isoformat(), "number": one.number}
        lines += [messages.word("areas", "case", language, **facts), one.link, ""]
    if more:
        lines += [messages.word("areas", "more", language), more, ""]
    lines += [
        "-- ",
        messages.word("notices", "by_itself", language),
        messages.word("areas", "stop", language, link=stop),
    ]
    return Letter(subject, "\n".join(lines) + "\n", subject, cases[0].link, stop, stop_now, {})
