"""What was learned from the closed cases of a territory: of which category a text may be, and how sure that is.

It is plain arrays, which run nothing when they are read: a `.npz` without pickles, whose digest stands beside it. Pure.
"""

import io
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from wangge.geo.errors import WanggeError
from wangge.reports.text.grams import COLUMNS, grams_of

__all__ = ["FORM", "LEAST", "SHOWN", "BadModel", "Model", "Suggestion", "read_model"]

FORM = 1
"""Of the arrays and of how texts become numbers: what another form was learned by is good for nothing."""

SHOWN = 3
LEAST = 0.05
"""So unlikely that it is not worth a line."""
SURE = 0.25
"""Where the likeliest is less likely than this, nothing is said."""
KNOWN = 0.2
"""Nor of a text of whose runs so few were ever seen: what is likely then is only what is frequent."""


class BadModel(WanggeError):
    """What was learned is not as it was written, or of another form. Facts: `reason`."""

    kind = "bad-model"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category that a text may be of; `confidence` is how often such a guess is right, None where nobody counted."""

    category: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of the columns for each category.

    Attributes
    ----------
    weights : float16, (COLUMNS, categories); a column that was never seen is all zeros.
    rarity : float16, (COLUMNS,): how much a column counts by how few texts have it.
    temperature : what sums are divided by, so that confidence is as often right as it says.
    """

    codes: tuple[str, ...]
    weights: NDArray[np.float16]
    rarity: NDArray[np.float16]
    bias: NDArray[np.float32]
    temperature: float

    def chances(self, text: str) -> NDArray[np.float64] | None:
        """How likely each category is; None where too little of the text is known."""
        columns, counts = grams_of(text)
        rows = self.weights[columns].astype(np.float32)
        seen = rows.any(axis=1)
        if not columns.size or seen.mean() < KNOWN:
            return None
        values = counts * self.rarity[columns].astype(np.float32)
        norm = float(np.linalg.norm(values))
        sums = (values @ rows / (norm or 1.0) + self.bias).astype(np.float64) / self.temperature
        powers = np.exp(sums - sums.max())
        chances: NDArray[np.float64] = powers / powers.sum()
        return chances

    def suggest(self, text: str, taken: Collection[str]) -> list[Suggestion]:
        """The likeliest categories of those that the territory takes, at most three; none where nothing is sure."""
        chances = self.chances(text)
        if chances is None:
            return []
        order = [int(i) for i in np.argsort(-chances) if self.codes[int(i)] in taken]
        if not order or chances[order[0]] < SURE:
            return []
        return [Suggestion(self.codes[i], round(float(chances[i]), 3)) for i in order[:SHOWN] if chances[i] >= LEAST]

    def as_bytes(self) -> tuple[bytes, bytes]:
        """The arrays as a `.npz`, and its SHA-256."""
        file = io.BytesIO()
        np.savez_compressed(
            file,
            form=np.array([FORM]),
            codes=np.array(self.codes),
            weights=self.weights,
            rarity=self.rarity,
            bias=self.bias,
            temperature=np.array([self.temperature]),
        )
        arrays = file.getvalue()
        return arrays, sha256(arrays).digest()


def read_model(arrays: bytes, digest: bytes) -> Model:
    """A model as it was written.

    Raises
    ------
    BadModel : it was altered, or is of another form.
    """
    if sha256(arrays).digest() != digest:
        raise BadModel(reason="digest")
    try:
        with np.load(io.BytesIO(arrays), allow_pickle=False) as file:
            found = {name: file[name] for name in ("form", "codes", "weights", "rarity", "bias", "temperature")}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile):
        raise BadModel(reason="arrays") from None
    classes = len(found["codes"])
    shapes = {
        "form": (1,),
        "weights": (COLUMNS, classes),
        "rarity": (COLUMNS,),
        "bias": (classes,),
        "temperature": (1,),
    }
    if found["form"].tolist() != [FORM] or any(found[name].shape != shape for name, shape in shapes.items()):
        raise BadModel(reason="form")
    return Model(
        tuple(map(str, found["codes"])),
        found["weights"].astype(np.float16),
        found["rarity"].astype(np.float16),
        found["bias"].astype(np.float32),
        float(found["temperature"][0]),
    )
