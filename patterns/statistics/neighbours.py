"""Which cells are neighbours, as a sparse matrix of ones, and sums over neighbourhoods."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["Neighbours"]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The neighbours of n cells, without the cells themselves: `matrix` is symmetric, n × n, of ones."""

    matrix: Any

    @classmethod
    def touching(cls, geometries: NDArray[Any]) -> "Neighbours":
        """Cells that share a border or a corner ("queen"), of polygons of one plane."""
        a, b = shapely.STRtree(geometries).query(geometries, predicate="intersects")
        return cls.of_pairs(len(geometries), a[a != b], b[a != b])

    @classmethod
    def of_pairs(cls, n: int, a: NDArray[Any], b: NDArray[Any]) -> "Neighbours":
        """Neighbours of pairs of positions, each way or both."""
        rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
        matrix = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        return cls(matrix)

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    @property
    def number(self) -> NDArray[np.float64]:
        """How many neighbours each cell has, float64 (n,)."""
        number: NDArray[np.float64] = np.diff(self.matrix.indptr).astype(float)
        return number

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """Of each neighbourhood, the cell itself among it: the sum of values, (n,) or (n, m)."""
        result: NDArray[Any] = self.matrix @ values + values
        return result

    def of(self, cell: int) -> NDArray[np.int32]:
        """The neighbours of a cell."""
        found: NDArray[np.int32] = self.matrix.indices[self.matrix.indptr[cell] : self.matrix.indptr[cell + 1]]
        return found
