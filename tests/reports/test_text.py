"""What the words of reports say: how texts become numbers, what is learned of them, which cases may be the same."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from wangge.reports.text.doubles import LIKELY, NEAR_M, Other, Subject, doubles
from wangge.reports.text.grams import COLUMNS, folded, grams_of, likeness, pairs_of
from wangge.reports.text.model import BadModel, Model, Suggestion, read_model
from wangge.reports.text.names import by_names
from wangge.reports.text.training import Measured, TooFewTexts, train

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
TERMS = {"lamp": ["路灯故障", "Street lamp out", "灯不亮"], "rubbish": ["垃圾", "Rubbish"], "kite": ["风筝", "Kite"]}
PLACES = ("门口", "小区北门", "学校旁边", "公园里", "市场对面", "3号楼下")
SAID = {"lamp": ("的路灯不亮了", "路灯一闪一闪", "灯坏了太黑"), "rubbish": ("垃圾没人收", "垃圾桶满了", "有一堆垃圾")}


def sentences(n: int) -> tuple[list[str], list[str]]:
    """Texts of two kinds, in turns."""
    codes = [("lamp", "rubbish")[i % 2] for i in range(n)]
    return [PLACES[i % 6] + SAID[code][i // 2 % 3] for i, code in enumerate(codes)], codes


@pytest.fixture(scope="module")
def learned() -> tuple[Model, Measured]:
    return train(*sentences(400), TERMS)


@given(some.text(max_size=3000))
def test_every_text_becomes_numbers(text: str) -> None:
    columns, counts = grams_of(text)
    assert len(columns) == len(counts)
    assert (np.diff(columns) > 0).all()
    assert ((columns >= 0) & (columns < COLUMNS)).all()
    assert (counts >= 1).all()
    assert likeness(pairs_of(text), pairs_of(text)) in (1.0, None)
    assert folded(folded(text)) == folded(text)


def test_a_text_is_the_same_however_it_is_written() -> None:
    assert folded("３号楼，路灯 不亮！") == folded("8号楼 路灯、不亮") == "0号楼 路灯 不亮"
    assert likeness(pairs_of("路灯不亮"), pairs_of("水管漏水")) == 0
    assert likeness(pairs_of(""), pairs_of("路灯")) is None


def test_what_was_learned_suggests_and_says_how_sure_it_is(learned: tuple[Model, Measured]) -> None:
    model, measured = learned
    (first, *_) = model.suggest("楼下路灯不亮", TERMS)
    assert first.category == "lamp"
    assert first.confidence is not None
    assert 0.5 < first.confidence <= 1
    assert model.suggest("风筝", TERMS)[:1] in ([], [Suggestion("kite", model.suggest("风筝", TERMS)[0].confidence)])
    assert model.suggest("zzz qqq", TERMS) == [], "of what nobody ever said, nothing is sure"
    assert model.suggest("路灯不亮", {"rubbish"}) == [], (
        "a category that went is not suggested, nor another in its place"
    )
    assert (measured.trained, measured.asked) == (320, 40)
    assert measured.first > measured.first_most_frequent
    assert measured.three == 1
    assert sum(one.guesses for one in measured.bins) == measured.asked - measured.silent


def test_too_few_texts_teach_nothing() -> None:
    with pytest.raises(TooFewTexts):
        train(*sentences(199), TERMS)
    with pytest.raises(TooFewTexts):
        train(["路灯"] * 300, ["lamp"] * 300, TERMS)


def test_a_model_is_read_as_it_was_written_and_no_other(learned: tuple[Model, Measured]) -> None:
    arrays, digest = learned[0].as_bytes()
    again = read_model(arrays, digest)
    assert again.suggest("楼下路灯不亮", TERMS) == learned[0].suggest("楼下路灯不亮", TERMS)
    for altered in (arrays[:-1], arrays[:100] + b"x" + arrays[101:], b""):
        with pytest.raises(BadModel, match="digest"):
            read_model(altered, digest)


def test_a_pickle_is_never_loaded() -> None:
    """Whoever could write both columns gets no code run by them."""
    file = io.BytesIO()
    np.savez(file, form=np.array([print], dtype=object))
    newer = io.BytesIO()
    two = np.array([2])
    np.savez(newer, form=two, codes=two, weights=two, rarity=two, bias=two, temperature=two)
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("form.npy", b"no array")
    for made, reason in ((file, "arrays"), (newer, "form"), (other, "arrays"), (io.BytesIO(b"PK"), "arrays")):
        arrays = made.getvalue()
        with pytest.raises(BadModel, match=reason):
            read_model(arrays, sha256(arrays).digest())


def test_where_nothing_was_learned_names_and_words_suggest() -> None:
    assert by_names("北门的灯不亮，垃圾也没人收", TERMS) == [Suggestion("lamp", None), Suggestion("rubbish", None)]
    assert by_names("the STREET LAMP is out", TERMS) == [Suggestion("lamp", None)]
    assert by_names("没人管", TERMS) == []
    assert by_names("in the street", {"green": ["tree"]}) == [], "a word is not found inside another"
    assert by_names("two trees fell", {"green": ["tree"]}) == [Suggestion("green", None)]


def other(**changed: object) -> Other:
    given_: dict[str, object] = {"metres": 10.0, "occurred_at": NOW - timedelta(hours=3)}
    return Other(**given_ | changed)  # type: ignore[arg-type]


def test_the_same_lamp_is_likelier_than_the_next_one() -> None:
    subject = Subject(NOW, "北门第二盏路灯不亮")
    same, words, far, old = (
        other(description="北门第二盏路灯不亮了"),
        other(description="公园里的草太长"),
        other(metres=90.0),
        other(occurred_at=NOW - timedelta(days=40)),
    )
    found = {one.place: one for one in doubles(subject, [same, words, far, old, other(metres=NEAR_M + 1)])}
    assert found[0].chance > LIKELY
    assert found[0].words
    assert all(found[0].chance > one.chance for place, one in found.items() if place)
    assert 4 not in found, "what is too far is no double"
    assert sum(one.chance for one in found.values()) <= 1.001


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ({"differ": 2}, {"differ": None}),
        ({"same_category": True}, {"same_category": False}),
        ({"accuracy_m": None}, {"accuracy_m": 80.0}),
        ({"occurred_at": NOW}, {"occurred_at": NOW - timedelta(days=20)}),
    ],
)
def test_each_reason_counts(more: dict[str, object], less: dict[str, object]) -> None:
    def chance(**changed: object) -> float:
        return next((one.chance for one in doubles(Subject(NOW), [other(**changed)])), 0.0)

    assert chance(**more) > chance(**less)


def test_where_such_cases_are_many_nearness_says_less() -> None:
    def chance(crowd: int) -> float:
        return doubles(Subject(NOW), [other(), *[other(metres=400.0)] * crowd])[0].chance

    assert chance(0) > chance(20) > chance(150)
