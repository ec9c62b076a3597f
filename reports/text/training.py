"""Learns from closed cases of which category a text is, and measures on the newest of them how good that is.

scikit-learn fits the weights, and is loaded by the command that trains alone: a server reads the arrays with NumPy.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wangge.geo.errors import WanggeError
from wangge.reports.text.grams import COLUMNS, grams_of
from wangge.reports.text.model import Model

__all__ = ["FEWEST", "Bin", "Measured", "TooFewTexts", "train"]

FEWEST = 200
"""Texts below which nothing is learned."""
HELD_OUT = 0.2
"""Share of the cases, the newest ones, on which the rest is measured."""
MANY = 200
"""Texts of a category from which on it is told by itself."""
STRENGTH = 5.0
TEMPERATURES = (0.5, 5.0)
NAMED = 5.0
"""So many cases a name is worth, so that what no case is of yet is heard."""


class TooFewTexts(WanggeError):
    """Too few closed cases have words, or all are of one category. Facts: `texts`, `needed`."""

    kind = "too-few-texts"


@dataclass(frozen=True, slots=True)
class Bin:
    """Guesses that were about so sure: how many, how sure on average, and the share that was right."""

    least: float
    guesses: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What the newest cases say of a model that was trained on the others. Shares are from 0 to 1.

    Attributes
    ----------
    asked : cases that were measured on; `silent` of them nothing was suggested for, which counts as wrong.
    first, three : right at first, and among three. `first_most_frequent` and so on: by always saying what is frequent.
    error : of the confidence: the mean gap between how sure and how often right, over the bins.
    many : of categories with at least 200 texts to learn from: code, texts, asked, right among three.
    confused : what it is, what was suggested at first, how often; the most frequent ones.
    """

    trained: int
    asked: int
    silent: int
    first: float
    three: float
    first_most_frequent: float
    three_most_frequent: float
    error: float
    bins: list[Bin]
    many: list[tuple[str, int, int, float]]
    confused: list[tuple[str, str, int]]

    def as_document(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)


def train(texts: Sequence[str], codes: Sequence[str], terms: Mapping[str, Sequence[str]]) -> tuple[Model, Measured]:
    """Learn from texts and their categories, the oldest first; what is measured was not learned from.

    Parameters
    ----------
    terms : names and words by category, learned as texts too: what no case is of yet is known by its name.

    Raises
    ------
    TooFewTexts
    """
    known = sorted({*codes} | terms.keys())
    if len(texts) < FEWEST or len({*codes}) < 2:
        raise TooFewTexts(texts=len(texts), needed=FEWEST)
    held = len(texts) - int(len(texts) * HELD_OUT)
    judged = _fit(texts[:held], codes[:held], terms, known)
    asked, truth = texts[held:], codes[held:]
    half = len(asked) // 2  # the temperature is of one half, what is told of the other
    temperature = _temperature(judged, asked[:half], truth[:half])
    measured = _measure(_warmed(judged, temperature), asked[half:], truth[half:], Counter(codes[:held]))
    return _warmed(_fit(texts, codes, terms, known), temperature), measured


def _warmed(model: Model, temperature: float) -> Model:
    return Model(model.codes, model.weights, model.rarity, model.bias, temperature)


def _fit(texts: Sequence[str], codes: Sequence[str], terms: Mapping[str, Sequence[str]], known: list[str]) -> Model:
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    named = [(term, code) for code, each in terms.items() for term in each]
    rows = [grams_of(text) for text in [*texts, *(term for term, _ in named)]]
    labels = [*codes, *(code for _, code in named)]
    frequency = np.bincount(np.concatenate([columns for columns, _ in rows]), minlength=COLUMNS)
    rarity = np.log((1 + len(rows)) / (1 + frequency)) + 1
    often = frequency > 1
    often[np.concatenate([at for at, _ in rows[len(texts) :]] or [np.array([], np.int64)])] = True
    columns = np.flatnonzero(often)
    rows = [(at[often[at]], counts[often[at]]) for at, counts in rows]
    place = np.zeros(COLUMNS, np.int64)
    place[columns] = np.arange(len(columns))
    values = [counts * rarity[at] for at, counts in rows]
    data = np.concatenate([value / (np.linalg.norm(value) or 1.0) for value in values])
    starts = np.concatenate([[0], np.cumsum([len(value) for value in values])])
    matrix = csr_array((data, place[np.concatenate([at for at, _ in rows])], starts), shape=(len(rows), len(columns)))
    weight = np.repeat([1.0, NAMED], [len(texts), len(named)])
    fitted = LogisticRegression(C=STRENGTH, max_iter=500, tol=1e-3).fit(matrix, labels, weight)
    weights, bias = fitted.coef_.T, fitted.intercept_
    if len(fitted.classes_) == 2:
        weights, bias = np.hstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    of = {str(code): i for i, code in enumerate(fitted.classes_)}
    whole = np.zeros((COLUMNS, len(known)), np.float16)
    offset = np.full(len(known), bias.min() - 10, np.float32)
    for j, code in enumerate(known):
        if code in of:
            whole[columns, j] = weights[:, of[code]]
            offset[j] = bias[of[code]]
    return Model(tuple(known), whole, rarity.astype(np.float16), offset, 1.0)


def _temperature(model: Model, texts: Sequence[str], codes: Sequence[str]) -> float:
    """What makes the confidence as right as it says on these cases."""
    from scipy.optimize import minimize_scalar

    found = [(model.chances(text), code) for text, code in zip(texts, codes, strict=True)]
    logs = [(np.log(chances + 1e-12), model.codes.index(code)) for chances, code in found if chances is not None]
    if not logs:
        return 1.0

    def loss(temperature: float) -> float:
        return float(-np.mean([_log_softmax(log / temperature)[at] for log, at in logs]))

    return float(minimize_scalar(loss, bounds=TEMPERATURES, method="bounded").x)


def _log_softmax(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = sums - sums.max()
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return result


def _measure(model: Model, texts: Sequence[str], codes: Sequence[str], learned: Counter[str]) -> Measured:
    taken = {*model.codes}
    guesses = [model.suggest(text, taken) for text in texts]
    said = [[one.category for one in guess] for guess in guesses]
    frequent = [code for code, _ in learned.most_common(3)]
    sure = np.array([guess[0].confidence or 0.0 for guess in guesses if guess])
    right = np.array([guess[0] == code for guess, code in zip(said, codes, strict=True) if guess], bool)
    bins = [
        Bin(float(least), int(here.sum()), float(sure[here].mean()), float(right[here].mean()))
        for least in np.arange(0.2, 1.0, 0.1).round(1)
        if (here := (sure >= least) & ((sure < least + 0.1) | (least > 0.85))).any()
    ]
    error = sum(one.guesses * abs(one.confidence - one.right) for one in bins) / max(1, len(sure))
    pairs = list(zip(said, codes, strict=True))
    many = [
        (code, texts_of, len(own), sum(code in guess for guess, _ in own) / len(own))
        for code, texts_of in learned.most_common()
        if texts_of >= MANY and (own := [pair for pair in pairs if pair[1] == code])
    ]
    wrong = Counter((code, guess[0]) for guess, code in pairs if guess and guess[0] != code)
    n = len(codes)
    return Measured(
        trained=learned.total(),
        asked=n,
        silent=sum(not guess for guess in said),
        first=sum(guess[:1] == [code] for guess, code in pairs) / n,
        three=sum(code in guess for guess, code in pairs) / n,
        first_most_frequent=sum(code == frequent[0] for code in codes) / n,
        three_most_frequent=sum(code in frequent for code in codes) / n,
        error=float(error),
        bins=bins,
        many=many,
        confused=[(code, guess, count) for (code, guess), count in wrong.most_common(12)],
    )
