"""Languages: one list, the same texts in each, a name in whichever there is, and no words in the code."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest

from tests.conftest import ROOT
from wangge.access.roles import Role
from wangge.api.plumbing.problems import STATUS, render
from wangge.api.schemas.forms import FORMS
from wangge.data import messages
from wangge.data.languages import LANGUAGES, NEAREST, Language, in_every_language, language_of_locale, negotiate, spoken
from wangge.duty.bodies import COLUMNS, columns
from wangge.duty.rosterfile import LEAVE, ROSTER
from wangge.reports.bulk.columns.history import Outcome, known_outcomes
from wangge.reports.case.lifecycle import State
from wangge.reports.case.table import MOVES
from wangge.reports.meetings.members import COLUMNS as MEMBERS
from wangge.store.settings import Settings

CATALOGUES = {
    language: tomllib.loads((ROOT / "data" / "messages" / f"{language}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
ROOMS = ("access", "api", "duty", "geo", "outgoing", "reports", "store", "tilesets")
# How dates and hours are written, how offices are named, and an example of TOML: grammar that is read, not texts.
GRAMMAR = {
    "duty/entries.py",
    "duty/organisations.py",
    "duty/ruletext.py",
    "geo/manifest.py",
    "reports/bulk/columns/numbers.py",
    "reports/bulk/columns/times.py",
    "api/cli/main.py",  # the name of the program
    "api/cli/demo.py",
}


def leaves(table: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{inside}{key}.")
        else:
            yield f"{inside}{key}", value


def facts(text: str) -> set[str]:
    """What stands in braces; the braces of TOML in an example are doubled."""
    return set(re.findall(r"(?<!\{)\{([a-z_]+)", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_stands_in_every_language_with_the_same_facts(language: Language) -> None:
    nearest, ours = dict(leaves(CATALOGUES[NEAREST])), dict(leaves(CATALOGUES[language]))
    assert ours.keys() == nearest.keys()
    assert {key for key, text in ours.items() if facts(text) != facts(nearest[key])} == set()
    assert {key for key, text in ours.items() if bool(text) != bool(nearest[key])} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_has_as_many_heads_in_every_language(language: Language) -> None:
    for name, heads in CATALOGUES[NEAREST]["headings"].items():
        assert len(messages.words("headings", name, language)) == heads.count("|") + 1, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_program_names_has_a_word(language: Language) -> None:
    words = CATALOGUES[language]
    assert MOVES.keys() <= words["moves"].keys()
    assert set(State) <= words["states"].keys()
    assert words["outcomes"].keys() == set(Outcome)
    assert words["roster-columns"].keys() == set(ROSTER)
    assert words["leave-columns"].keys() == set(LEAVE)
    assert words["member-columns"].keys() == set(MEMBERS)
    assert words["organisation-columns"].keys() == {"name"} | {c for c in COLUMNS if not c.startswith("name_")}
    viewer = (ROOT / "web" / "js" / "i18n" / f"{language}.js").read_text(encoding="utf-8")
    assert set(re.findall(r"^  role_(\w+):", viewer, re.MULTILINE)) == {role.replace("-", "_") for role in Role}


def needs() -> Iterator[tuple[str, str]]:
    """What refusals say that they expected, with where: `expected=…`, and what a `refuse` or `check` ends with."""
    for room in ("access", "duty", "outgoing", "patterns", "planning", "reports", "api/routes", "api/plumbing"):
        for file in (ROOT / room).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(call, ast.Call):
                    continue
                told = [word.value for word in call.keywords if word.arg == "expected"]
                if isinstance(call.func, ast.Name) and call.func.id in {"refuse", "check"}:
                    told += call.args[-1:]
                for part in (part for one in told for part in ast.walk(one)):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield str(file.relative_to(ROOT)), part.value


def test_what_was_expected_is_said_in_the_readers_language() -> None:
    found = list(needs())
    named = {text for _, text in found if text in CATALOGUES[NEAREST]["needs"]}
    assert named == CATALOGUES[NEAREST]["needs"].keys() - {"key-of-sum", "rule-of-values"}  # which come with facts
    plain = [(where, text) for where, text in found if re.search(r"[a-z]{2,} [a-z]{2,}", text)]
    assert plain == [], "words belong into [needs] of the messages"
    assert re.search("[一-鿿]", messages.field_message("expected", {"expected": "x"}, "zh") or "")
    answer = render("bad-field", {"field": "code", "reason": "expected", "expected": "small-letters"}, "zh", "")
    assert answer["errors"][0]["message"].startswith("应为 小写字母")
    for kind in FORMS.values():
        assert re.search("[一-鿿]", messages.field_message(kind, {}, "zh") or ""), kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_of_the_service_names_an_option_of_a_command(language: Language) -> None:
    tables = {kind: CATALOGUES[language].get(kind, {}) for kind in (*STATUS, "missing-place-hint")}
    texts = {f"{kind}.{part}": entry.get(part, "") for kind, entry in tables.items() for part in ("title", "detail")}
    texts |= {f"{name}.{key}": text for name in ("fields", "needs") for key, text in CATALOGUES[language][name].items()}
    assert [name for name, text in texts.items() if re.search(r"--[a-z]", text)] == []
    facts = {"field": "lon", "columns": ["x"], "column": "X"}
    assert "--map lon=" in messages.command("missing-column", facts, language), "the command still offers it"


def test_the_languages_are_those_of_the_one_list() -> None:
    assert get_args(Language) == LANGUAGES
    assert {file.stem for file in (ROOT / "data" / "messages").glob("*.toml")} == set(LANGUAGES)
    assert {file.stem for file in (ROOT / "web" / "js" / "i18n").glob("*.js")} == set(LANGUAGES)


def test_the_columns_of_a_file_may_be_called_by_any_language_and_no_word_means_two() -> None:
    assert columns()["name_zh"] != columns()["name_en"]
    for table in ("roster-columns", "leave-columns", "member-columns", "posting-roles", "yes-no", "outcomes"):
        meant = [
            (word, key) for key in CATALOGUES[NEAREST][table] for word in {key, *messages.words_in_all(table, key)}
        ]
        assert len({word for word, _ in meant}) == len(meant), table
    others = [word for names in columns().values() for word in names]
    assert len(set(others)) == len(others)
    assert known_outcomes()["已结案"] is known_outcomes()["completed"] is Outcome.CLOSED


@pytest.mark.parametrize(
    ("name", "language", "said"),
    [
        ({"en": "Lamps", "zh": "路灯"}, "zh", "路灯"),
        ({"en": "Lamps"}, "zh", "Lamps"),
        ({"zh": "路灯"}, "en", "路灯"),
        ({"en": "", "zh": "路灯"}, "en", "路灯"),
        ({"xx": "Lampes"}, "en", "Lampes"),
        ({"xx": "Lampes", "en": "Lamps"}, "zh", "Lamps"),
        ({}, "zh", "lamp"),
    ],
)
def test_a_name_is_said_in_the_nearest_language_there_is(name: dict[str, str], language: str, said: str) -> None:
    assert spoken(name, language, "lamp") == said


def test_a_name_is_stored_in_every_language() -> None:
    assert in_every_language({"zh": "路灯", "en": None}) == dict.fromkeys(LANGUAGES, "路灯")
    given = {"en": "Lamps", "zh": "路灯"}
    assert in_every_language(given) == dict.fromkeys(LANGUAGES, given[NEAREST]) | given
    assert in_every_language({"en": "", "zh": None}) == {}


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (None, NEAREST),
        ("", NEAREST),
        ("xx", NEAREST),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.3, zh;q=0.4", "zh"),
        ("xx, zh;q=0.1", "zh"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=none", NEAREST),
    ],
)
def test_the_language_that_weighs_most_is_answered(asked: str | None, language: str) -> None:
    assert negotiate(asked) == language


def test_the_terminal_speaks_the_language_of_its_locale() -> None:
    assert [language_of_locale(one) for one in ("zh_CN.UTF-8", "ZH_TW", "en_GB", "C.UTF-8", "")] == [
        "zh",
        "zh",
        "en",
        NEAREST,
        NEAREST,
    ]
    with pytest.raises(ValueError, match="lang"):
        Settings(lang="xx")


def test_no_text_stands_in_the_code() -> None:
    """What is written in another script than the code's would be a text that a third language could not replace."""
    found = set()
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            documented = {
                node.body[0].value
                for node in ast.walk(tree)
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                and node.body
                and isinstance(node.body[0], ast.Expr)
            }
            found |= {
                str(file.relative_to(ROOT))
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documented
                if re.search("[一-鿿]", node.value)
            }
    assert found <= GRAMMAR


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "kind",
    [kind for kind, entry in CATALOGUES["en"].items() if "{" in str(entry.get("title", "")) and "detail" in entry],
)
def test_a_title_tells_what_it_names(language: Language, kind: str) -> None:
    named = re.findall(r"\{(\w+)", CATALOGUES[language][kind]["title"])
    title, _ = messages.text(kind, dict.fromkeys(named, "Xinhua"), language)
    assert "Xinhua" in title
    assert "{" not in title
